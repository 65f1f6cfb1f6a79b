//! The order of values, equality, and containment. Values deeper than the limit are an error.

use std::cmp::Ordering;

use super::{Error, MAX_DEPTH, Result, Val, fail};

fn rank(value: &Val) -> u8 {
    match value {
        Val::Null | Val::Off => 0,
        Val::Bool(false) => 1,
        Val::Bool(true) => 2,
        Val::Num(_) | Val::Literal(_) => 3,
        Val::Str(_) => 4,
        Val::Arr(_) => 5,
        Val::Obj(_) => 6,
    }
}

fn numbers(a: &Val, b: &Val) -> Ordering {
    if let (Val::Literal(a), Val::Literal(b)) = (a, b) {
        return a.compare(b);
    }
    let (a, b) = (a.number().unwrap_or(0.0), b.number().unwrap_or(0.0));
    // A NaN is below every number, itself included.
    a.partial_cmp(&b).unwrap_or(if a.is_nan() {
        Ordering::Less
    } else {
        Ordering::Greater
    })
}

/// The order of two values.
pub(crate) fn compare(a: &Val, b: &Val) -> Result<Ordering> {
    at_depth(a, b, 0).ok_or_else(|| Error::new(Val::text("Comparison too deep")))
}

fn at_depth(a: &Val, b: &Val, depth: usize) -> Option<Ordering> {
    if depth > MAX_DEPTH {
        return None;
    }
    let by_rank = rank(a).cmp(&rank(b));
    if by_rank != Ordering::Equal {
        return Some(by_rank);
    }
    Some(match (a, b) {
        (Val::Str(a), Val::Str(b)) => a.cmp(b),
        (Val::Arr(a), Val::Arr(b)) => {
            for (a, b) in a.iter().zip(b.iter()) {
                match at_depth(a, b, depth + 1)? {
                    Ordering::Equal => {}
                    unequal => return Some(unequal),
                }
            }
            a.len().cmp(&b.len())
        }
        (Val::Obj(a), Val::Obj(b)) => {
            let (a, b) = (a.sorted(), b.sorted());
            let names = a.iter().map(|(name, _)| name);
            let by_names = names.cmp(b.iter().map(|(name, _)| name));
            if by_names != Ordering::Equal {
                return Some(by_names);
            }
            for ((_, a), (_, b)) in a.iter().zip(&b) {
                match at_depth(a, b, depth + 1)? {
                    Ordering::Equal => {}
                    unequal => return Some(unequal),
                }
            }
            Ordering::Equal
        }
        (Val::Num(_) | Val::Literal(_), _) => numbers(a, b),
        _ => Ordering::Equal,
    })
}

/// Whether two values are equal.
pub(crate) fn equal(a: &Val, b: &Val) -> Result<bool> {
    equal_at(a, b, 0).ok_or_else(|| Error::new(Val::text("Equality check too deep")))
}

fn equal_at(a: &Val, b: &Val, depth: usize) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match (a, b) {
        (Val::Num(a), Val::Num(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::Arr(a), Val::Arr(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            for (a, b) in a.iter().zip(b.iter()) {
                if !equal_at(a, b, depth + 1)? {
                    return Some(false);
                }
            }
            true
        }
        (Val::Obj(a), Val::Obj(b)) => {
            if a.len() != b.len() {
                return Some(false);
            }
            for (name, a) in a.iter() {
                match b.get(name) {
                    Some(b) if equal_at(a, b, depth + 1)? => {}
                    _ => return Some(false),
                }
            }
            true
        }
        _ => rank(a) == rank(b) && at_depth(a, b, depth)? == Ordering::Equal,
    })
}

/// Sorts stably.
pub(crate) fn sort_values<T>(values: &mut [T], key: impl Fn(&T) -> &Val) -> Result<()> {
    let mut too_deep = None;
    values.sort_by(|a, b| {
        compare(key(a), key(b)).unwrap_or_else(|error| {
            too_deep = Some(error);
            Ordering::Equal
        })
    });
    too_deep.map_or(Ok(()), Err)
}

/// Whether `a` contains `b`.
pub(crate) fn contains(a: &Val, b: &Val) -> Result<bool> {
    contains_at(a, b, 0)
}

fn contains_at(a: &Val, b: &Val, depth: usize) -> Result<bool> {
    if depth > MAX_DEPTH {
        return fail("Containment check too deep");
    }
    Ok(match (a, b) {
        (Val::Obj(a), Val::Obj(b)) => {
            for (name, b) in b.iter() {
                match a.get(name) {
                    Some(a) if same_kind(a, b) && contains_at(a, b, depth + 1)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        (Val::Arr(a), Val::Arr(b)) => {
            'each: for b in b.iter() {
                for a in a.iter() {
                    if same_kind(a, b) && contains_at(a, b, depth + 1)? {
                        continue 'each;
                    }
                }
                return Ok(false);
            }
            true
        }
        (Val::Str(a), Val::Str(b)) => a.contains(&**b),
        _ if same_kind(a, b) => equal(a, b)?,
        _ if depth == 0 => {
            return super::unfit_pair(a, b, "cannot have their containment checked");
        }
        _ => false,
    })
}

fn same_kind(a: &Val, b: &Val) -> bool {
    a.kind() == b.kind()
}
