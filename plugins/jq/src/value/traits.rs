//! What jaq's interpreter asks of a value. Most of jq's semantics does not come through here: the filters of `native`
//! take the place of the interpreter's own operators.

use std::fmt::{self, Display};
use std::ops;

use jaq_core::box_iter::BoxIter;
use jaq_core::ops::Math;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Exn, ValR, ValT, ValX};

use super::{Map, Val, calculate, compare, equal, fail, path};

impl Display for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            _ => f.write_str(&crate::write::compact(self)),
        }
    }
}

impl From<bool> for Val {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<isize> for Val {
    fn from(number: isize) -> Self {
        Self::Num(number as f64)
    }
}

impl From<f64> for Val {
    fn from(number: f64) -> Self {
        Self::Num(number)
    }
}

impl From<usize> for Val {
    fn from(number: usize) -> Self {
        Self::Num(number as f64)
    }
}

impl From<String> for Val {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Range<Val>> for Val {
    fn from(range: Range<Val>) -> Self {
        let end = |end: Option<Val>| end.unwrap_or(Val::Null);
        Self::object([("start", end(range.start)), ("end", end(range.end))])
    }
}

impl FromIterator<Val> for Val {
    fn from_iter<I: IntoIterator<Item = Val>>(elements: I) -> Self {
        Self::array(elements.into_iter().collect())
    }
}

impl PartialEq for Val {
    fn eq(&self, other: &Self) -> bool {
        equal(self, other).unwrap_or(false)
    }
}

impl PartialOrd for Val {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        compare(self, other).ok()
    }
}

macro_rules! operator {
    ($($name:ident $function:ident $op:ident),*) => {
        $(impl ops::$name for Val {
            type Output = ValR<Self>;
            fn $function(self, other: Self) -> ValR<Self> {
                calculate(self, Math::$op, other)
            }
        })*
    };
}

operator!(Add add Add, Sub sub Sub, Mul mul Mul, Div div Div, Rem rem Rem);

impl ops::Neg for Val {
    type Output = ValR<Self>;
    fn neg(self) -> ValR<Self> {
        match &self {
            Self::Num(number) => Ok(Self::Num(-number)),
            Self::Literal(literal) => Ok(Self::Literal(literal.negated().into())),
            _ => super::unfit(&self, "cannot be negated"),
        }
    }
}

fn changed<'a>(outputs: impl IntoIterator<Item = ValX<'a, Val>>) -> ValX<'a, Option<Val>, Val> {
    outputs.into_iter().next().transpose()
}

impl ValT for Val {
    fn from_num(text: &str) -> ValR<Self> {
        match super::parse_literal(text.as_bytes()) {
            Some(number) => Ok(number),
            None => fail(format!("{text} is not a number")),
        }
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(entries: I) -> ValR<Self> {
        let mut map = Map::default();
        for (name, value) in entries {
            let Val::Str(name) = name else {
                return fail(format!("Cannot use {} as object key", name.named()));
            };
            map.insert(name, value);
        }
        Ok(Self::Obj(map.into()))
    }

    fn key_values(self) -> BoxIter<'static, ValR<(Self, Self), Self>> {
        match self {
            Self::Arr(elements) => {
                let elements = elements.into_vec().into_iter().enumerate();
                Box::new(elements.map(|(at, value)| Ok((Val::Num(at as f64), value))))
            }
            Self::Obj(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(n, v)| (n.clone(), v.clone()))
                    .collect();
                let entries = entries.into_iter();
                Box::new(entries.map(|(name, value)| Ok((Val::Str(name), value))))
            }
            other => Box::new(std::iter::once(cannot_iterate(&other))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Self::Arr(elements) => Box::new(elements.into_vec().into_iter().map(Ok)),
            Self::Obj(entries) => {
                let values: Vec<_> = entries.values().cloned().collect();
                Box::new(values.into_iter().map(Ok))
            }
            other => Box::new(std::iter::once(cannot_iterate(&other))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        path::index(&self, index)
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        let (from, upto) = (range.start.unwrap_or(&Self::Null), range.end);
        path::slice(&self, from, upto.unwrap_or(&Self::Null))
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        match self {
            Self::Arr(elements) => {
                let mut kept = Vec::with_capacity(elements.len());
                for value in elements.into_vec() {
                    kept.extend(changed(f(value))?);
                }
                Ok(Self::array(kept))
            }
            Self::Obj(entries) => {
                let mut kept = Map::default();
                for (name, value) in entries.iter() {
                    if let Some(value) = changed(f(value.clone()))? {
                        kept.insert(name.clone(), value);
                    }
                }
                Ok(Self::Obj(kept.into()))
            }
            other => opt.fail(other, |other| match cannot_iterate::<()>(&other) {
                Err(error) => Exn::from(error),
                Ok(()) => Exn::from(super::Error::new(Self::Null)),
            }),
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        _: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let old = path::index(&self, index)?;
        let way = Self::array(vec![index.clone()]);
        match changed(f(old))? {
            Some(new) => Ok(path::set(self, &way, new)?),
            None => Ok(path::delete(self, &Self::array(vec![way]))?),
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        let range = Self::from(range.start.cloned()..range.end.cloned());
        self.map_index(&range, opt, f)
    }

    fn as_bool(&self) -> bool {
        self.is_true()
    }

    fn into_string(self) -> Self {
        match self {
            Self::Str(_) => self,
            other => Self::text(crate::write::compact(&other)),
        }
    }
}

/// The error of `.[]` on what has no elements.
pub(crate) fn cannot_iterate<T>(value: &Val) -> super::Result<T> {
    fail(format!("Cannot iterate over {}", value.named()))
}
