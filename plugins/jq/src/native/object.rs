//! Objects in one step: names and values in turn.

use jaq_core::native::{Fun, bome, v};
use jaq_core::{Cv, Native, ValXs};

use super::Filters;
use crate::value::{Map, Val, fail};

/// The most entries that one function takes.
pub(crate) const MOST_ENTRIES: usize = 8;

fn build<'a, const N: usize>(mut cv: Cv<'a, Filters>) -> ValXs<'a, Val> {
    let mut parts: [Val; N] = std::array::from_fn(|_| Val::Null);
    for slot in parts.iter_mut().rev() {
        *slot = cv.0.pop_var();
    }
    let mut map = Map::with_capacity_and_hasher(N / 2, Default::default());
    let mut parts = parts.into_iter();
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        let Val::Str(name) = name else {
            return bome(fail(format!("Cannot use {} as object key", name.named())));
        };
        map.insert(name, value);
    }
    bome(Ok(Val::Obj(map.into())))
}

/// The functions, one for each number of entries.
pub(super) fn functions() -> Vec<Fun<Filters>> {
    vec![
        ("_object", v(2), Native::<Filters>::new(|cv| build::<2>(cv))),
        ("_object", v(4), Native::<Filters>::new(|cv| build::<4>(cv))),
        ("_object", v(6), Native::<Filters>::new(|cv| build::<6>(cv))),
        ("_object", v(8), Native::<Filters>::new(|cv| build::<8>(cv))),
        (
            "_object",
            v(10),
            Native::<Filters>::new(|cv| build::<10>(cv)),
        ),
        (
            "_object",
            v(12),
            Native::<Filters>::new(|cv| build::<12>(cv)),
        ),
        (
            "_object",
            v(14),
            Native::<Filters>::new(|cv| build::<14>(cv)),
        ),
        (
            "_object",
            v(16),
            Native::<Filters>::new(|cv| build::<16>(cv)),
        ),
    ]
}
