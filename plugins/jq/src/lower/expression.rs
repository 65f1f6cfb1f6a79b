//! Expressions other than calls and bindings.

use jaq_core::load::parse::BinaryOp;

use super::{Entry, Lowering, Term, bind_to, pipe};
use crate::syntax::ast::{Ast, Compare, Math, Operator, Piece, Step};
use crate::syntax::parse::is_constant;
use crate::value::{Map, Val, parse_literal};

impl Lowering<'_> {
    /// The term for an expression; `path` if its paths may be asked for.
    pub(super) fn term(&mut self, ast: &Ast, path: bool) -> Term {
        if is_constant(ast)
            && let Some(value) = constant(ast)
        {
            let term = self.constant(value);
            return self.value(term, path);
        }
        match ast {
            Ast::Identity => Term::Id,
            Ast::Recurse => Term::Recurse,
            Ast::Number(_) => Term::Id,
            Ast::Text(format, pieces) => {
                let term = self.text(format.as_deref(), pieces);
                self.value(term, path)
            }
            Ast::Format(name) => {
                let name = self.constant(Val::text(name[1..].to_owned()));
                let term = self.native("format", vec![name]);
                self.value(term, path)
            }
            Ast::Array(elements) => {
                let elements = elements.as_ref().map(|e| Box::new(self.term(e, false)));
                let elements = elements.unwrap_or_else(|| self.native("empty", Vec::new()).into());
                self.value(Term::Arr(Some(elements)), path)
            }
            Ast::Object(entries) => {
                let term = self.object(entries);
                self.value(term, path)
            }
            Ast::Negate(inner) => {
                let inner = self.term(inner, false);
                let negate = self.native("_negate", Vec::new());
                let term = pipe(inner, negate);
                self.value(term, path)
            }
            Ast::Step(term, step, optional) => self.step(term, step, *optional, path),
            Ast::Try(body, catch) => {
                let body = self.term(body, path);
                let catch = match catch {
                    Some(catch) => self.term(catch, path),
                    None => self.native("empty", Vec::new()),
                };
                Term::TryCatch(body.into(), Some(catch.into()))
            }
            Ast::Pipe(parts) => {
                let parts: Vec<Term> = parts.iter().map(|part| self.term(part, path)).collect();
                let mut parts = parts.into_iter().rev();
                let last = parts.next().unwrap_or_default();
                parts.fold(last, |rest, part| pipe(part, rest))
            }
            Ast::Comma(parts) => {
                let parts: Vec<Term> = parts.iter().map(|part| self.term(part, path)).collect();
                let mut parts = parts.into_iter().rev();
                let last = parts.next().unwrap_or_default();
                parts.fold(last, |rest, part| {
                    Term::BinOp(part.into(), BinaryOp::Comma, rest.into())
                })
            }
            Ast::Binary(operator, left, right) => self.binary(*operator, left, right, path),
            Ast::Bind(source, patterns, body) => self.bind(source, patterns, body, path),
            Ast::Reduce(source, patterns, parts) => self.reduce(source, patterns, parts, path),
            Ast::Foreach(source, patterns, parts, extract) => {
                self.foreach(source, patterns, parts, extract.as_deref(), path)
            }
            Ast::If(condition, then, otherwise) => {
                let condition = self.term(condition, false);
                let then = self.term(then, path);
                let otherwise = otherwise
                    .as_ref()
                    .map(|other| Box::new(self.term(other, path)));
                Term::IfThenElse(vec![(condition, then)], otherwise)
            }
            Ast::Label(name, body) => {
                let own = self.fresh("$l");
                self.scope.push(Entry::Label(name.clone(), own));
                let body = self.term(body, path);
                self.scope.pop();
                Term::Label(own, body.into())
            }
            Ast::Break(name, span) => {
                let found = self.scope.iter().rev().find_map(|entry| match entry {
                    Entry::Label(other, own) if other == name => Some(*own),
                    _ => None,
                });
                match found {
                    Some(own) => Term::Break(own),
                    None => {
                        let name = &name[1..];
                        self.fail(format!("$*label-{name} is not defined"), span)
                    }
                }
            }
            Ast::Define(definition, rest) => {
                let (own, entry) = self.declare(definition);
                self.scope.push(entry);
                let lowered = self.define(definition, own, true);
                let rest = self.term(rest, path);
                self.scope.pop();
                Term::Def(vec![lowered], rest.into())
            }
            Ast::Call(name, arguments, span) => self.call(name, arguments, span, path),
            Ast::Variable(name, span) => self.variable(name, span, path),
            Ast::Location(line) => {
                let line = Val::Num(*line as f64);
                let location = Val::object([("file", Val::text("<top-level>")), ("line", line)]);
                let term = self.constant(location);
                self.value(term, path)
            }
        }
    }

    fn variable(&mut self, name: &str, span: &crate::syntax::Span, path: bool) -> Term {
        let found = self.scope.iter().rev().find_map(|entry| match entry {
            Entry::Variable(other, own) if other == name => Some(*own),
            _ => None,
        });
        let term = match found {
            Some(own) => Term::Var(own),
            None if name == "$ENV" => self.native("env", Vec::new()),
            None if name == "$__prog_args" => self.native("null", Vec::new()),
            None => return self.fail(format!("{name} is not defined"), span),
        };
        self.value(term, path)
    }

    fn text(&mut self, format: Option<&str>, pieces: &[Piece]) -> Term {
        let mut whole: Option<Term> = None;
        for piece in pieces {
            let part = match piece {
                Piece::Text(text) => self.constant(Val::text(text.clone())),
                Piece::Filter(filter) => {
                    let filter = self.term(filter, false);
                    let formatted = match format {
                        None | Some("@text") => self.native("tostring", Vec::new()),
                        Some(name) => {
                            let name = self.constant(Val::text(name[1..].to_owned()));
                            self.native("format", vec![name])
                        }
                    };
                    pipe(filter, formatted)
                }
            };
            whole = Some(match whole {
                None => part,
                Some(before) => self.native("_add", vec![part, before]),
            });
        }
        match whole {
            Some(whole) => whole,
            None => self.constant(Val::text("")),
        }
    }

    fn object(&mut self, entries: &[(Ast, Ast)]) -> Term {
        let mut lowered = Vec::new();
        for (name, value) in entries {
            lowered.push(self.term(name, false));
            lowered.push(self.term(value, false));
        }
        // So many entries at once; more are added to them.
        let mut whole: Option<Term> = None;
        while !lowered.is_empty() {
            let most = crate::native::MOST_ENTRIES * 2;
            let rest = lowered.split_off(lowered.len().min(most));
            let part = self.native("_object", std::mem::replace(&mut lowered, rest));
            whole = Some(match whole {
                None => part,
                Some(before) => self.native("_add_first", vec![before, part]),
            });
        }
        whole.unwrap_or_default()
    }

    fn step(&mut self, term: &Ast, step: &Step, optional: bool, path: bool) -> Term {
        let from = self.term(term, path);
        let is_here = matches!(from, Term::Id);
        let mut bound = Vec::new();
        // An index sees the input of the whole, not that of the step.
        let mut key = |lowering: &mut Self, key: &Ast| {
            let lowered = lowering.term(key, false);
            if is_here || matches!(lowered, Term::Var(_)) || is_constant(key) {
                return lowered;
            }
            let name = lowering.fresh("$k");
            bound.push((name, lowered));
            Term::Var(name)
        };
        let step = match step {
            Step::Each => self.native("_each", Vec::new()),
            Step::Index(index) => {
                let index = key(self, index);
                self.native("_index", vec![index])
            }
            Step::Slice(start, end) => {
                let null = self.native("null", Vec::new());
                let start = start
                    .as_ref()
                    .map_or(null.clone(), |start| key(self, start));
                let end = end.as_ref().map_or(null, |end| key(self, end));
                self.native("_slice", vec![start, end])
            }
        };
        let step = match optional {
            true => {
                let nothing = self.native("empty", Vec::new());
                Term::TryCatch(step.into(), Some(nothing.into()))
            }
            false => step,
        };
        let mut whole = pipe(from, step);
        for (name, key) in bound.into_iter().rev() {
            whole = bind_to(key, name, whole);
        }
        whole
    }

    fn binary(&mut self, operator: Operator, left: &Ast, right: &Ast, path: bool) -> Term {
        let term = match operator {
            Operator::Alternative => {
                let (left, right) = (self.term(left, path), self.term(right, path));
                return Term::BinOp(left.into(), BinaryOp::Alt, right.into());
            }
            Operator::And | Operator::Or => {
                let (left, right) = (self.term(left, false), self.term(right, false));
                let operator = match operator {
                    Operator::And => BinaryOp::And,
                    _ => BinaryOp::Or,
                };
                Term::BinOp(left.into(), operator, right.into())
            }
            Operator::Math(math) => {
                let (left, right) = (self.term(left, false), self.term(right, false));
                self.native(math_name(math), vec![right, left])
            }
            Operator::Compare(compare) => {
                let (left, right) = (self.term(left, false), self.term(right, false));
                let name = match compare {
                    Compare::Equal => "_equal",
                    Compare::Unequal => "_unequal",
                    Compare::Less => "_less",
                    Compare::Greater => "_greater",
                    Compare::AtMost => "_at_most",
                    Compare::AtLeast => "_at_least",
                };
                self.native(name, vec![right, left])
            }
            Operator::Assign => {
                let (paths, value) = (self.term(left, true), self.term(right, false));
                self.native("_assign", vec![value, paths])
            }
            Operator::Modify => {
                let (paths, update) = (self.term(left, true), self.term(right, false));
                self.native("_modify", vec![paths, update])
            }
            Operator::ModifyMath(math) => {
                let paths = self.term(left, true);
                let name = self.fresh("$m");
                let update = self.native(math_name(math), vec![Term::Var(name), Term::Id]);
                let modify = self.native("_modify", vec![paths, update]);
                let right = self.term(right, false);
                bind_to(right, name, modify)
            }
            Operator::ModifyAlternative => {
                let paths = self.term(left, true);
                let name = self.fresh("$m");
                let update = Term::BinOp(Term::Id.into(), BinaryOp::Alt, Term::Var(name).into());
                let modify = self.native("_modify", vec![paths, update]);
                let right = self.term(right, false);
                bind_to(right, name, modify)
            }
        };
        self.value(term, path)
    }
}

fn math_name(math: Math) -> &'static str {
    match math {
        Math::Add => "_add",
        Math::Sub => "_subtract",
        Math::Mul => "_multiply",
        Math::Div => "_divide",
        Math::Rem => "_remainder",
    }
}

/// The value of a constant expression.
pub(super) fn constant(ast: &Ast) -> Option<Val> {
    Some(match ast {
        Ast::Number(number) => parse_literal(number.as_bytes())?,
        Ast::Text(_, pieces) => {
            let mut whole = String::new();
            for piece in pieces {
                if let Piece::Text(text) = piece {
                    whole.push_str(text);
                }
            }
            Val::text(whole)
        }
        Ast::Array(None) => Val::array(Vec::new()),
        Ast::Array(Some(elements)) => {
            let elements = match &**elements {
                Ast::Comma(elements) => elements.iter().map(constant).collect::<Option<_>>()?,
                element => vec![constant(element)?],
            };
            Val::array(elements)
        }
        Ast::Object(entries) => {
            let mut map = Map::default();
            for (name, value) in entries {
                let Val::Str(name) = constant(name)? else {
                    return None;
                };
                map.insert(name, constant(value)?);
            }
            Val::Obj(map.into())
        }
        Ast::Call(name, ..) => match name.as_str() {
            "true" => Val::Bool(true),
            "false" => Val::Bool(false),
            _ => Val::Null,
        },
        _ => return None,
    })
}
