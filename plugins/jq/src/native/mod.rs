//! The functions of jq that are written in Rust, and jq's operators for jaq's interpreter.

mod collect;
mod dates;
mod format;
mod io;
mod logic;
mod math;
mod object;
mod paths;
mod regex;
mod streams;
mod strftime;
mod strptime;
mod text;

use jaq_core::native::Fun;
use jaq_core::{DataT, Lut, data::HasLut};

use crate::builtins::Paths;
use crate::value::Val;

pub(crate) use io::{Inputs, World};
pub(crate) use object::MOST_ENTRIES;

/// The types that filters work with.
pub(crate) struct Filters;

/// What filters can reach.
#[derive(Clone, Copy)]
pub(crate) struct Reach<'a> {
    pub(crate) lut: &'a Lut<Filters>,
    pub(crate) world: &'a World,
}

impl DataT for Filters {
    type V<'a> = Val;
    type Data<'a> = Reach<'a>;
}

impl<'a> HasLut<'a, Filters> for Reach<'a> {
    fn lut(&self) -> &'a Lut<Filters> {
        self.lut
    }
}

/// A function that is known by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(crate) name: &'static str,
    pub(crate) paths: Paths,
    /// The outputs of the last argument are gone through outermost, as in jq's own functions in C.
    pub(crate) reversed: bool,
}

/// What the language calls these functions.
static WITH_PATHS: &[(&str, usize, Paths)] = &[
    ("path", 1, Paths::Asked(1)),
    ("empty", 0, Paths::Through(0)),
    ("error", 0, Paths::Through(0)),
    ("first", 1, Paths::Through(1)),
    ("last", 1, Paths::Through(1)),
    ("_limit", 2, Paths::Through(2)),
    ("_skip", 2, Paths::Through(2)),
    ("getpath", 1, Paths::Through(0)),
    ("_assign", 2, Paths::Asked(2)),
    ("_modify", 2, Paths::Asked(1)),
];

/// The function of this name.
pub(crate) fn find(name: &str, arity: usize) -> Option<Known> {
    let (name, _) = names().find(|(other, args)| *other == name && *args == arity)?;
    let special = WITH_PATHS
        .iter()
        .find(|(other, args, _)| *other == name && *args == arity);
    Some(Known {
        name,
        paths: special.map_or(Paths::None, |(_, _, paths)| *paths),
        reversed: special.is_none() && arity > 1 && !name.starts_with('_') && name != "range",
    })
}

fn names() -> impl Iterator<Item = (&'static str, usize)> {
    tables()
        .into_iter()
        .flatten()
        .map(|(name, arity)| (*name, *arity))
}

/// What `builtins` lists of these.
pub(crate) fn listed() -> impl Iterator<Item = (&'static str, usize)> {
    names().filter(|(name, _)| !name.starts_with('_'))
}

fn tables() -> [&'static [(&'static str, usize)]; 10] {
    [
        collect::NAMES,
        dates::NAMES,
        format::NAMES,
        io::NAMES,
        logic::NAMES,
        math::NAMES,
        paths::NAMES,
        regex::NAMES,
        streams::NAMES,
        text::NAMES,
    ]
}

/// The functions for the interpreter; only those that are used.
pub(crate) fn functions(
    used: &std::collections::BTreeSet<(&'static str, usize)>,
) -> Vec<Fun<Filters>> {
    let all = collect::functions()
        .into_iter()
        .chain(dates::functions())
        .chain(format::functions())
        .chain(io::functions())
        .chain(logic::functions())
        .chain(math::functions())
        .chain(paths::functions())
        .chain(regex::functions())
        .chain(streams::functions())
        .chain(text::functions())
        .chain(object::functions());
    all.filter(|(name, arguments, _)| used.contains(&(name, arguments.len())))
        .collect()
}

/// A function of the input and values: the name, then a function of so many values.
macro_rules! table {
    ($($name:literal $kind:tt $function:expr;)*) => {
        /// The names and how many arguments they take.
        pub(super) static NAMES: &[(&str, usize)] = &[$(($name, $crate::native::arity!($kind))),*];

        /// The functions for the interpreter.
        pub(super) fn functions() -> Vec<jaq_core::native::Fun<$crate::native::Filters>> {
            vec![$($crate::native::function!($name $kind $function)),*]
        }
    };
}

macro_rules! arity {
    (0) => {
        0
    };
    (1) => {
        1
    };
    (2) => {
        2
    };
    (3) => {
        3
    };
    (f) => {
        1
    };
    (vf) => {
        2
    };
    (ff) => {
        2
    };
    (raw0) => {
        0
    };
    (raw1) => {
        1
    };
    (raw2) => {
        2
    };
    (rawf) => {
        1
    };
    (rawvf) => {
        2
    };
    (rawff) => {
        2
    };
}

macro_rules! function {
    ($name:literal 0 $function:expr) => {
        (
            $name,
            jaq_core::native::v(0),
            jaq_core::Native::new(|cv| {
                let function: fn($crate::value::Val) -> $crate::value::Result = $function;
                jaq_core::native::bome(function(cv.1))
            }),
        )
    };
    ($name:literal 1 $function:expr) => {
        (
            $name,
            jaq_core::native::v(1),
            jaq_core::Native::new(|mut cv| {
                let function: fn($crate::value::Val, $crate::value::Val) -> $crate::value::Result =
                    $function;
                let first = cv.0.pop_var();
                jaq_core::native::bome(function(cv.1, first))
            }),
        )
    };
    ($name:literal 2 $function:expr) => {
        (
            $name,
            jaq_core::native::v(2),
            jaq_core::Native::new(|mut cv| {
                let function: fn(
                    $crate::value::Val,
                    [$crate::value::Val; 2],
                ) -> $crate::value::Result = $function;
                let second = cv.0.pop_var();
                let first = cv.0.pop_var();
                jaq_core::native::bome(function(cv.1, [first, second]))
            }),
        )
    };
    ($name:literal 3 $function:expr) => {
        (
            $name,
            jaq_core::native::v(3),
            jaq_core::Native::new(|mut cv| {
                let function: fn(
                    $crate::value::Val,
                    [$crate::value::Val; 3],
                ) -> $crate::value::Result = $function;
                let third = cv.0.pop_var();
                let second = cv.0.pop_var();
                let first = cv.0.pop_var();
                jaq_core::native::bome(function(cv.1, [first, second, third]))
            }),
        )
    };
    ($name:literal raw0 $function:expr) => {
        ($name, jaq_core::native::v(0), $function)
    };
    ($name:literal raw1 $function:expr) => {
        ($name, jaq_core::native::v(1), $function)
    };
    ($name:literal raw2 $function:expr) => {
        ($name, jaq_core::native::v(2), $function)
    };
    ($name:literal rawf $function:expr) => {
        ($name, [jaq_core::Bind::Fun(())].into(), $function)
    };
    ($name:literal rawvf $function:expr) => {
        (
            $name,
            [jaq_core::Bind::Var(()), jaq_core::Bind::Fun(())].into(),
            $function,
        )
    };
    ($name:literal rawff $function:expr) => {
        (
            $name,
            [jaq_core::Bind::Fun(()), jaq_core::Bind::Fun(())].into(),
            $function,
        )
    };
}

use {arity, function, table};
