//! The tree of a program, as it is written.

use super::Span;

/// An arithmetic operator.
pub(crate) use jaq_core::ops::Math;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compare {
    Equal,
    Unequal,
    Less,
    Greater,
    AtMost,
    AtLeast,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Math(Math),
    Compare(Compare),
    And,
    Or,
    Alternative,
    Assign,
    Modify,
    ModifyMath(Math),
    ModifyAlternative,
}

/// A part of a string.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Filter(Ast),
}

/// A step behind a term.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Index(Ast),
    Slice(Option<Ast>, Option<Ast>),
    Each,
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Ast {
    Identity,
    Recurse,
    Number(String),
    Text(Option<String>, Vec<Piece>),
    Format(String),
    Array(Option<Box<Ast>>),
    Object(Vec<(Ast, Ast)>),
    Negate(Box<Ast>),
    /// A term, a step from it, and whether `?` follows.
    Step(Box<Ast>, Box<Step>, bool),
    Try(Box<Ast>, Option<Box<Ast>>),
    Pipe(Vec<Ast>),
    Comma(Vec<Ast>),
    Binary(Operator, Box<Ast>, Box<Ast>),
    Bind(Box<Ast>, Vec<Pattern>, Box<Ast>),
    Reduce(Box<Ast>, Vec<Pattern>, Box<[Ast; 2]>),
    Foreach(Box<Ast>, Vec<Pattern>, Box<[Ast; 2]>, Option<Box<Ast>>),
    If(Box<Ast>, Box<Ast>, Option<Box<Ast>>),
    Label(String, Box<Ast>),
    Break(String, Span),
    Define(Box<Definition>, Box<Ast>),
    Call(String, Vec<Ast>, Span),
    Variable(String, Span),
    /// `$__loc__`: the line.
    Location(usize),
}

/// What a variable or several are bound to.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Variable(String),
    Array(Vec<Pattern>),
    Object(Vec<(Ast, Pattern)>),
}

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) name: String,
    /// `$name` for a value, `name` for a filter.
    pub(crate) parameters: Vec<String>,
    pub(crate) body: Ast,
}

/// An import or an include.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) path: String,
    /// `$name` for data, `name` for a module, `None` for an include.
    pub(crate) name: Option<String>,
    pub(crate) meta: Option<Ast>,
}

/// A file of the language.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) meta: Option<Ast>,
    pub(crate) imports: Vec<Import>,
    pub(crate) definitions: Vec<Definition>,
    /// What the main program does; a module has none.
    pub(crate) main: Option<Ast>,
}

impl Pattern {
    /// The variables, in the order of the text.
    pub(crate) fn variables<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Variable(name) => {
                if !found.contains(&name.as_str()) {
                    found.push(name);
                }
            }
            Self::Array(parts) => parts.iter().for_each(|part| part.variables(found)),
            Self::Object(parts) => parts.iter().for_each(|(_, part)| part.variables(found)),
        }
    }
}
