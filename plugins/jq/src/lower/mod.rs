//! A tree of jq becomes a term of jaq's interpreter.
//!
//! Where the two differ, a function of `native` takes the place of the interpreter's own operator. Every function gets a
//! name of its own, so the interpreter resolves none; only the definitions that a program uses are handed to it.
//!
//! A term may be asked for its values, or for its paths too. What gives values only is marked with `_value` where paths
//! may be asked for, so that the error is told where a path is needed, as jq does.

mod bind;
mod count;
mod expression;
mod modules;

use std::collections::{BTreeMap, BTreeSet};

use jaq_core::load::parse::{BinaryOp, Def, Term as JaqTerm};

pub(crate) use modules::{Files, describe_named};

use crate::builtins;
use crate::syntax::ast::{Ast, Definition, File};
use crate::syntax::{Span, Wrong};
use crate::value::Val;

/// A term of the interpreter.
pub(crate) type Term = JaqTerm<&'static str>;

/// A program for the interpreter.
pub(crate) struct Lowered {
    pub(crate) definitions: Vec<Def<&'static str>>,
    pub(crate) main: Term,
    pub(crate) globals: Vec<(&'static str, Val)>,
    pub(crate) natives: BTreeSet<(&'static str, usize)>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    /// A definition, by the name that only it has.
    Defined(&'static str),
    /// A filter that is a parameter.
    Filter(&'static str),
    /// A value that is a parameter, called as a filter.
    Value(&'static str),
}

#[derive(Clone, Debug)]
enum Entry {
    Function(String, usize, Meaning),
    Variable(String, &'static str),
    Label(String, &'static str),
}

/// The most constants that are kept; more are made anew each time, for a list is walked.
const CONSTANTS: usize = 24;

/// What is known while a program is lowered.
pub(crate) struct Lowering<'a> {
    scope: Vec<Entry>,
    definitions: Vec<Def<&'static str>>,
    globals: Vec<(&'static str, Val)>,
    constants: BTreeMap<String, &'static str>,
    builtins: BTreeMap<(&'static str, usize), &'static str>,
    natives: BTreeSet<(&'static str, usize)>,
    files: &'a dyn Files,
    modules: BTreeMap<String, Vec<Entry>>,
    loading: Vec<String>,
    count: usize,
    wrong: Vec<Wrong>,
    /// The messages about modules, which have a text of their own.
    told: Vec<String>,
}

/// Keeps a text for the rest of the run; a run has one program.
fn keep(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The main program for the interpreter, or the lines that say what is wrong.
pub(crate) fn lower(
    file: &File,
    text: &str,
    globals: Vec<(String, Val)>,
    files: &dyn Files,
) -> Result<Lowered, Vec<String>> {
    let mut lowering = Lowering {
        scope: Vec::new(),
        definitions: Vec::new(),
        globals: Vec::new(),
        constants: BTreeMap::new(),
        builtins: BTreeMap::new(),
        natives: BTreeSet::new(),
        files,
        modules: BTreeMap::new(),
        loading: Vec::new(),
        count: 0,
        wrong: Vec::new(),
        told: Vec::new(),
    };
    for (name, value) in globals {
        let own = lowering.global(value);
        lowering
            .scope
            .push(Entry::Variable(format!("${name}"), own));
    }
    lowering.imports(&file.imports, "");
    if !lowering.told.is_empty() {
        return Err(lowering.told);
    }
    for definition in &file.definitions {
        lowering.top_definition(definition);
    }
    let main = match &file.main {
        Some(main) => lowering.term(main, false),
        None => Term::Id,
    };
    let mut told = lowering.told;
    told.extend(
        lowering
            .wrong
            .iter()
            .map(|wrong| wrong.tell("<top-level>", text)),
    );
    match told.is_empty() {
        false => Err(told),
        true => Ok(Lowered {
            definitions: lowering.definitions,
            main,
            globals: lowering.globals,
            natives: lowering.natives,
        }),
    }
}

impl Lowering<'_> {
    fn fresh(&mut self, kind: &str) -> &'static str {
        self.count += 1;
        keep(format!("{kind}{}", self.count))
    }

    fn global(&mut self, value: Val) -> &'static str {
        let name = self.fresh("$g");
        self.globals.push((name, value));
        name
    }

    fn fail(&mut self, message: String, span: &Span) -> Term {
        self.wrong.push(Wrong::new(message, span.clone()));
        Term::Id
    }

    /// A call of a function of `native`.
    fn native(&mut self, name: &'static str, arguments: Vec<Term>) -> Term {
        self.natives.insert((name, arguments.len()));
        Term::Call(name, arguments)
    }

    /// Marks what has no path, where one may be asked for.
    fn value(&mut self, term: Term, path: bool) -> Term {
        match path {
            true => self.native("_value", vec![term]),
            false => term,
        }
    }

    /// A value that never changes.
    fn constant(&mut self, value: Val) -> Term {
        let key = format!("{} {}", value.kind(), crate::write::compact(&value));
        if let Some(name) = self.constants.get(&key) {
            return Term::Var(name);
        }
        if self.constants.len() >= CONSTANTS {
            match &value {
                Val::Str(text) => return plain_text(keep(text.to_string())),
                Val::Num(number) if *number >= 0.0 && number.is_finite() => {
                    return Term::Num(keep(crate::write::compact(&value)));
                }
                _ => {}
            }
        }
        let name = self.global(value);
        self.constants.insert(key, name);
        Term::Var(name)
    }

    /// A definition outside of every other.
    fn top_definition(&mut self, definition: &Definition) {
        let (own, entry) = self.declare(definition);
        self.scope.push(entry);
        let lowered = self.define(definition, own, true);
        self.definitions.push(lowered);
    }

    fn declare(&mut self, definition: &Definition) -> (&'static str, Entry) {
        let own = self.fresh("f");
        let arity = definition.parameters.len();
        let entry = Entry::Function(definition.name.clone(), arity, Meaning::Defined(own));
        (own, entry)
    }

    /// The definition under the name `own`; it may call itself, so its name is in scope already.
    fn define(
        &mut self,
        definition: &Definition,
        own: &'static str,
        path: bool,
    ) -> Def<&'static str> {
        let depth = self.scope.len();
        let mut arguments = Vec::new();
        for parameter in &definition.parameters {
            match parameter.strip_prefix('$') {
                Some(name) => {
                    let own = self.fresh("$p");
                    arguments.push(own);
                    self.scope.push(Entry::Variable(parameter.clone(), own));
                    let value = Meaning::Value(own);
                    self.scope.push(Entry::Function(name.to_owned(), 0, value));
                }
                None => {
                    let own = self.fresh("p");
                    arguments.push(own);
                    let filter = Meaning::Filter(own);
                    self.scope
                        .push(Entry::Function(parameter.clone(), 0, filter));
                }
            }
        }
        let body = self.term(&definition.body, path);
        self.scope.truncate(depth);
        Def {
            name: own,
            args: arguments,
            body,
        }
    }

    /// A call of what stands in scope, of a definition of jq's own, or of a native function.
    fn call(&mut self, name: &str, arguments: &[Ast], span: &Span, path: bool) -> Term {
        let arity = arguments.len();
        let found = self.scope.iter().rev().find_map(|entry| match entry {
            Entry::Function(other, count, meaning) if *count == arity && other == name => {
                Some(*meaning)
            }
            _ => None,
        });
        match found {
            Some(Meaning::Value(variable)) => return self.value(Term::Var(variable), path),
            Some(Meaning::Filter(own)) => return Term::Call(own, Vec::new()),
            Some(Meaning::Defined(own)) => {
                let arguments = arguments.iter().map(|a| self.term(a, true)).collect();
                return Term::Call(own, arguments);
            }
            None => {}
        }
        if let Some(definition) = builtins::find(name, arity) {
            let own = self.builtin(definition);
            let ways = definition.paths;
            let arguments = self.arguments(arguments, ways, path);
            let term = Term::Call(own, arguments);
            return match ways {
                builtins::Paths::None => self.value(term, path),
                _ => term,
            };
        }
        if let Some(native) = crate::native::find(name, arity) {
            let values =
                native.reversed && arguments.iter().filter(|a| !count::is_one(a)).count() > 1;
            if values {
                return self.reversed(native.name, arguments, path);
            }
            let arguments = self.arguments(arguments, native.paths, path);
            let term = self.native(native.name, arguments);
            return match native.paths {
                builtins::Paths::None => self.value(term, path),
                _ => term,
            };
        }
        self.fail(format!("{name}/{arity} is not defined"), span)
    }

    fn arguments(&mut self, arguments: &[Ast], ways: builtins::Paths, path: bool) -> Vec<Term> {
        let lower = |(at, argument): (usize, &Ast)| {
            let asked = match ways {
                builtins::Paths::None => false,
                builtins::Paths::Through(which) => path && which & 1 << at != 0,
                builtins::Paths::Asked(which) => which & 1 << at != 0,
            };
            self.term(argument, asked)
        };
        arguments.iter().enumerate().map(lower).collect()
    }

    /// A call with the outputs of the last argument outermost.
    fn reversed(&mut self, name: &'static str, arguments: &[Ast], path: bool) -> Term {
        let names: Vec<_> = arguments.iter().map(|_| self.fresh("$a")).collect();
        let call = names.iter().map(|name| Term::Var(name)).collect();
        let call = self.native(name, call);
        let call = self.value(call, path);
        // The first argument becomes the innermost.
        let lowered: Vec<Term> = arguments.iter().map(|a| self.term(a, false)).collect();
        names
            .into_iter()
            .zip(lowered)
            .fold(call, |inner, (name, argument)| {
                bind_to(argument, name, inner)
            })
    }

    /// The own name of a definition of jq's own.
    fn builtin(&mut self, definition: &'static builtins::Builtin) -> &'static str {
        let key = (definition.name, definition.arity);
        if let Some(own) = self.builtins.get(&key) {
            return own;
        }
        let own = self.fresh("b");
        self.builtins.insert(key, own);
        let scope = std::mem::take(&mut self.scope);
        if let Ok(file) = crate::syntax::parse::parse(definition.text) {
            for parsed in &file.definitions {
                let path = !matches!(definition.paths, builtins::Paths::None);
                let lowered = self.define(parsed, own, path);
                self.definitions.push(lowered);
            }
        }
        self.scope = scope;
        own
    }
}

/// `term as $name | body`
fn bind_to(term: Term, name: &'static str, body: Term) -> Term {
    let pattern = jaq_core::load::parse::Pattern::Var(name);
    Term::BinOp(term.into(), BinaryOp::Pipe(Some(pattern)), body.into())
}

/// `left | right`
fn pipe(left: Term, right: Term) -> Term {
    match (left, right) {
        (Term::Id, right) => right,
        (left, Term::Id) => left,
        (left, right) => Term::BinOp(left.into(), BinaryOp::Pipe(None), right.into()),
    }
}

fn plain_text(text: &'static str) -> Term {
    Term::Str(None, vec![jaq_core::load::lex::StrPart::Str(text)])
}
