//! JSON values as jq 1.8 knows them: numbers are doubles that remember how they were written, objects keep the order of
//! insertion, and a value of any depth is let go without recursion.

mod arithmetic;
mod number;
mod order;
pub(crate) mod path;
mod traits;

use std::ops::Deref;
use std::rc::Rc;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

pub(crate) use arithmetic::{calculate, split};
pub(crate) use number::{Literal, format_double, parse_literal};
pub(crate) use order::{compare, contains, equal, sort_values};

/// Deeper values are neither read nor written nor compared.
pub(crate) const MAX_DEPTH: usize = 10_000;

/// What an object holds.
pub(crate) type Map = IndexMap<Rc<str>, Val, RandomState>;

/// Why a filter failed: the value that `catch` sees.
pub(crate) type Error = jaq_core::Error<Val>;

/// A value or an error.
pub(crate) type Result<T = Val> = std::result::Result<T, Error>;

/// A value.
#[derive(Clone, Debug, Default)]
pub(crate) enum Val {
    #[default]
    Null,
    Bool(bool),
    Num(f64),
    /// A number that a double does not print as it was written.
    Literal(Rc<Literal>),
    Str(Rc<str>),
    Arr(Arr),
    Obj(Obj),
    /// In a path: what stands here has no path.
    Off,
}

/// An array.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arr(Rc<Vec<Val>>);

/// An object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Obj(Rc<Map>);

impl Deref for Arr {
    type Target = Vec<Val>;
    fn deref(&self) -> &Vec<Val> {
        &self.0
    }
}

impl Deref for Obj {
    type Target = Map;
    fn deref(&self) -> &Map {
        &self.0
    }
}

impl Arr {
    /// Its own elements, copied if others share them.
    pub(crate) fn own(&mut self) -> &mut Vec<Val> {
        Rc::make_mut(&mut self.0)
    }

    /// The elements, without a copy where nobody shares them.
    pub(crate) fn into_vec(mut self) -> Vec<Val> {
        match Rc::get_mut(&mut self.0) {
            Some(own) => std::mem::take(own),
            None => self.0.to_vec(),
        }
    }
}

impl Obj {
    /// Its own entries, copied if others share them.
    pub(crate) fn own(&mut self) -> &mut Map {
        Rc::make_mut(&mut self.0)
    }

    /// The entries in the order of their names.
    pub(crate) fn sorted(&self) -> Vec<(&Rc<str>, &Val)> {
        let mut entries: Vec<_> = self.0.iter().collect();
        entries.sort_unstable_by(|a, b| a.0.cmp(b.0));
        entries
    }
}

impl From<Vec<Val>> for Arr {
    fn from(elements: Vec<Val>) -> Self {
        Self(Rc::new(elements))
    }
}

impl From<Map> for Obj {
    fn from(entries: Map) -> Self {
        Self(Rc::new(entries))
    }
}

fn is_nested(value: &Val) -> bool {
    matches!(value, Val::Arr(_) | Val::Obj(_))
}

/// Lets go of nested values one by one, so that the depth does not matter.
fn unravel(mut rest: Vec<Val>) {
    while let Some(value) = rest.pop() {
        match value {
            Val::Arr(mut arr) => {
                if let Some(own) = Rc::get_mut(&mut arr.0) {
                    rest.extend(own.drain(..).filter(is_nested));
                }
            }
            Val::Obj(mut obj) => {
                if let Some(own) = Rc::get_mut(&mut obj.0) {
                    rest.extend(own.drain(..).map(|(_, value)| value).filter(is_nested));
                }
            }
            _ => {}
        }
    }
}

impl Drop for Arr {
    fn drop(&mut self) {
        if let Some(own) = Rc::get_mut(&mut self.0)
            && own.iter().any(is_nested)
        {
            unravel(own.drain(..).filter(is_nested).collect());
        }
    }
}

impl Drop for Obj {
    fn drop(&mut self) {
        if let Some(own) = Rc::get_mut(&mut self.0)
            && own.values().any(is_nested)
        {
            let values = own.drain(..).map(|(_, value)| value);
            unravel(values.filter(is_nested).collect());
        }
    }
}

impl Val {
    /// A string.
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Str(text.into())
    }

    /// An array.
    pub(crate) fn array(elements: Vec<Val>) -> Self {
        Self::Arr(elements.into())
    }

    /// An object of these entries.
    pub(crate) fn object<const N: usize>(entries: [(&str, Val); N]) -> Self {
        let entries = entries
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        Self::Obj(Map::from_iter(entries).into())
    }

    /// What `type` says.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null | Self::Off => "null",
            Self::Bool(_) => "boolean",
            Self::Num(_) | Self::Literal(_) => "number",
            Self::Str(_) => "string",
            Self::Arr(_) => "array",
            Self::Obj(_) => "object",
        }
    }

    /// The number as a double.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(*number),
            Self::Literal(literal) => Some(literal.double),
            _ => None,
        }
    }

    /// Whether a condition holds.
    pub(crate) fn is_true(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// The value in an error message: compact, and cut after 29 octets.
    pub(crate) fn short(&self) -> String {
        const ROOM: usize = 29;
        let mut text = crate::write::compact_prefix(self, ROOM + 1);
        if text.len() > ROOM {
            let closing = match text.as_bytes().first() {
                Some(b'"') => "\"",
                Some(b'[') => "]",
                Some(b'{') => "}",
                _ => "",
            };
            let mut end = ROOM - 3 - closing.len();
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
            text.push_str("...");
            text.push_str(closing);
        }
        text
    }

    /// `string ("x")`, as error messages name a value.
    pub(crate) fn named(&self) -> String {
        format!("{} ({})", self.kind(), self.short())
    }
}

/// An error with this message.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Val::text(message.into())))
}

/// An error about a value.
pub(crate) fn unfit<T>(value: &Val, what: &str) -> Result<T> {
    fail(format!("{} {what}", value.named()))
}

/// An error about two values.
pub(crate) fn unfit_pair<T>(left: &Val, right: &Val, what: &str) -> Result<T> {
    fail(format!("{} and {} {what}", left.named(), right.named()))
}
