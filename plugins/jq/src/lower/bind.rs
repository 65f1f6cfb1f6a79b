//! Variables: patterns, `?//`, `reduce` and `foreach`.

use jaq_core::load::parse::{Def, Pattern as JaqPattern};

use super::{Entry, Lowering, Term, bind_to, count, pipe};
use crate::syntax::ast::{Ast, Pattern};

/// The variables of a pattern and the names that the interpreter knows them by.
type Names = Vec<(String, &'static str)>;

impl Lowering<'_> {
    /// Names for all variables of these patterns.
    fn names(&mut self, patterns: &[Pattern]) -> Names {
        let mut found = Vec::new();
        patterns
            .iter()
            .for_each(|pattern| pattern.variables(&mut found));
        let found = found.into_iter();
        found
            .map(|name| (name.to_owned(), self.fresh("$v")))
            .collect()
    }

    fn declare_all(&mut self, names: &Names) {
        let entries = names
            .iter()
            .map(|(name, own)| Entry::Variable(name.clone(), own));
        self.scope.extend(entries);
    }

    fn pattern(&mut self, pattern: &Pattern, names: &Names) -> JaqPattern<&'static str> {
        match pattern {
            Pattern::Variable(name) => {
                let own = names.iter().find(|(other, _)| other == name);
                JaqPattern::Var(own.map_or("$", |(_, own)| own))
            }
            Pattern::Array(parts) => {
                JaqPattern::Arr(parts.iter().map(|part| self.pattern(part, names)).collect())
            }
            Pattern::Object(parts) => {
                let mut lowered = Vec::new();
                for (key, part) in parts {
                    let key = self.term(key, false);
                    let key = self.native("_key", vec![key]);
                    lowered.push((key, self.pattern(part, names)));
                }
                JaqPattern::Obj(lowered)
            }
        }
    }

    /// `source as patterns | body`
    pub(super) fn bind(
        &mut self,
        source: &Ast,
        patterns: &[Pattern],
        body: &Ast,
        path: bool,
    ) -> Term {
        let source = self.term(source, false);
        let names = self.names(patterns);
        let depth = self.scope.len();
        if let [pattern] = patterns {
            let pattern = self.pattern(pattern, &names);
            self.declare_all(&names);
            let body = self.term(body, path);
            self.scope.truncate(depth);
            let operator = jaq_core::load::parse::BinaryOp::Pipe(Some(pattern));
            return Term::BinOp(source.into(), operator, body.into());
        }
        // The body is a function of all variables, so that it is there once.
        self.declare_all(&names);
        let lowered = self.term(body, path);
        self.scope.truncate(depth);
        let own = self.fresh("f");
        let parameters = names.iter().map(|(_, own)| *own).collect();
        let definition = Def {
            name: own,
            args: parameters,
            body: lowered,
        };
        let (input, taken) = (self.fresh("$i"), self.fresh("$s"));
        let mut rest: Option<Term> = None;
        for pattern in patterns.iter().rev() {
            let mut here = Vec::new();
            pattern.variables(&mut here);
            let null = self.native("null", Vec::new());
            let arguments = names
                .iter()
                .map(|(name, own)| match here.contains(&name.as_str()) {
                    true => Term::Var(own),
                    false => null.clone(),
                });
            let call = Term::Call(own, arguments.collect());
            let pattern = self.pattern(pattern, &names);
            let operator = jaq_core::load::parse::BinaryOp::Pipe(Some(pattern));
            let attempt = Term::BinOp(Term::Var(taken).into(), operator, call.into());
            rest = Some(match rest {
                None => attempt,
                Some(rest) => {
                    let rest = pipe(Term::Var(input), rest);
                    Term::TryCatch(attempt.into(), Some(rest.into()))
                }
            });
        }
        let attempts = bind_to(source, taken, rest.unwrap_or_default());
        let attempts = bind_to(Term::Id, input, attempts);
        Term::Def(vec![definition], attempts.into())
    }

    /// A source that several patterns take apart gives arrays of all their variables.
    fn source(
        &mut self,
        source: &Ast,
        patterns: &[Pattern],
    ) -> (Term, JaqPattern<&'static str>, Names) {
        if let [pattern] = patterns {
            let source = self.term(source, false);
            let names = self.names(patterns);
            let pattern = self.pattern(pattern, &names);
            return (source, pattern, names);
        }
        let mut found = Vec::new();
        patterns
            .iter()
            .for_each(|pattern| pattern.variables(&mut found));
        let span = 0..0;
        let variables = found
            .iter()
            .map(|name| Ast::Variable((*name).to_owned(), span.clone()));
        let body = Ast::Array(Some(Ast::Comma(variables.collect()).into()));
        let source = self.bind(source, patterns, &body, false);
        let names = self.names(patterns);
        let parts = names.iter().map(|(_, own)| JaqPattern::Var(*own)).collect();
        (source, JaqPattern::Arr(parts), names)
    }

    pub(super) fn reduce(
        &mut self,
        source: &Ast,
        patterns: &[Pattern],
        parts: &[Ast; 2],
        path: bool,
    ) -> Term {
        let first = self.term(&parts[0], path);
        let (source, pattern, names) = self.source(source, patterns);
        let depth = self.scope.len();
        self.declare_all(&names);
        let mut update = self.term(&parts[1], path);
        self.scope.truncate(depth);
        if !count::is_one(&parts[1]) {
            update = self.native("_last_or_null", vec![update]);
        }
        Term::Fold("reduce", source.into(), pattern, vec![first, update])
    }

    pub(super) fn foreach(
        &mut self,
        source: &Ast,
        patterns: &[Pattern],
        parts: &[Ast; 2],
        extract: Option<&Ast>,
        path: bool,
    ) -> Term {
        let mut first = self.term(&parts[0], path);
        let (source, pattern, names) = self.source(source, patterns);
        let depth = self.scope.len();
        self.declare_all(&names);
        let mut update = self.term(&parts[1], path);
        let mut extract = extract.map(|extract| self.term(extract, path));
        self.scope.truncate(depth);
        if !path && !count::is_one(&parts[1]) {
            // The state is the list of outputs, of which the last goes on.
            first = Term::Arr(Some(first.into()));
            first = pipe(first, self.native("_each", Vec::new()));
            first = pipe(first, Term::Arr(Some(Term::Id.into())));
            let last = self.native("_last", Vec::new());
            update = Term::Arr(Some(pipe(last, update).into()));
            let each = self.native("_each", Vec::new());
            extract = Some(pipe(each, extract.unwrap_or(Term::Id)));
        }
        let mut parts = vec![first, update];
        parts.extend(extract);
        Term::Fold("foreach", source.into(), pattern, parts)
    }
}
