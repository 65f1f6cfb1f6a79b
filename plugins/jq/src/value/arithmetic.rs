//! `+ - * / %` on all kinds of values.

use jaq_core::ops::Math;

use super::{MAX_DEPTH, Map, Obj, Result, Val, equal, fail, unfit_pair};

/// The longest string that a repetition may give.
const LONGEST: usize = i32::MAX as usize / 4;

/// `left op right`.
pub(crate) fn calculate(left: Val, op: Math, right: Val) -> Result {
    match op {
        Math::Add => add(left, right),
        Math::Sub => subtract(left, right),
        Math::Mul => multiply(left, right),
        Math::Div => divide(left, right),
        Math::Rem => remainder(left, right),
    }
}

fn add(left: Val, right: Val) -> Result {
    Ok(match (left, right) {
        (Val::Null, other) | (other, Val::Null) => other,
        (Val::Num(a), Val::Num(b)) => Val::Num(a + b),
        (Val::Str(a), Val::Str(b)) => Val::Str(concatenate(&a, &b)),
        (Val::Arr(mut a), Val::Arr(b)) => {
            if a.is_empty() {
                return Ok(Val::Arr(b));
            }
            let own = a.own();
            match b.len() {
                0 => {}
                _ => own.extend(b.into_vec()),
            }
            Val::Arr(a)
        }
        (Val::Obj(mut a), Val::Obj(b)) => {
            if a.is_empty() {
                return Ok(Val::Obj(b));
            }
            let own = a.own();
            for (name, value) in b.iter() {
                own.insert(name.clone(), value.clone());
            }
            Val::Obj(a)
        }
        (left, right) => match (left.number(), right.number()) {
            (Some(a), Some(b)) => Val::Num(a + b),
            _ => return unfit_pair(&left, &right, "cannot be added"),
        },
    })
}

fn concatenate(a: &str, b: &str) -> std::rc::Rc<str> {
    let mut text = String::with_capacity(a.len() + b.len());
    text.push_str(a);
    text.push_str(b);
    text.into()
}

fn subtract(left: Val, right: Val) -> Result {
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return Ok(Val::Num(a - b));
    }
    match (left, right) {
        (Val::Arr(a), Val::Arr(b)) => {
            let mut kept = Vec::new();
            'each: for value in a.iter() {
                for other in b.iter() {
                    if equal(value, other)? {
                        continue 'each;
                    }
                }
                kept.push(value.clone());
            }
            Ok(Val::array(kept))
        }
        (left, right) => unfit_pair(&left, &right, "cannot be subtracted"),
    }
}

fn multiply(left: Val, right: Val) -> Result {
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return Ok(Val::Num(a * b));
    }
    match (left, right) {
        (Val::Str(text), count) | (count, Val::Str(text)) if count.number().is_some() => {
            repeat(&text, count.number().unwrap_or(0.0))
        }
        (Val::Obj(a), Val::Obj(b)) => Ok(Val::Obj(merge(a, &b, 0)?)),
        (left, right) => unfit_pair(&left, &right, "cannot be multiplied"),
    }
}

fn repeat(text: &str, count: f64) -> Result {
    if count.is_nan() || count < 0.0 {
        return Ok(Val::Null);
    }
    if text.is_empty() {
        return Ok(Val::text(""));
    }
    if count * text.len() as f64 > LONGEST as f64 {
        return fail("Repeat string result too long");
    }
    Ok(Val::text(text.repeat(count as usize)))
}

fn merge(mut a: Obj, b: &Map, depth: usize) -> Result<Obj> {
    if depth > MAX_DEPTH {
        return fail("Object merge too deep");
    }
    let own = a.own();
    for (name, value) in b {
        match (own.get_mut(name), value) {
            (Some(slot @ Val::Obj(_)), Val::Obj(more)) => {
                if let Val::Obj(old) = std::mem::replace(slot, Val::Null) {
                    *slot = Val::Obj(merge(old, more, depth + 1)?);
                }
            }
            _ => {
                own.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(a)
}

fn divide(left: Val, right: Val) -> Result {
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        if b == 0.0 {
            let what = "cannot be divided because the divisor is zero";
            return unfit_pair(&left, &right, what);
        }
        return Ok(Val::Num(a / b));
    }
    match (left, right) {
        (Val::Str(text), Val::Str(separator)) => Ok(split(&text, &separator)),
        (left, right) => unfit_pair(&left, &right, "cannot be divided"),
    }
}

/// The parts of a string between separators; its characters if the separator is empty.
pub(crate) fn split(text: &str, separator: &str) -> Val {
    if text.is_empty() {
        return Val::array(Vec::new());
    }
    let parts = match separator {
        "" => text
            .char_indices()
            .map(|(at, c)| Val::text(&text[at..at + c.len_utf8()]))
            .collect(),
        _ => text.split(separator).map(Val::text).collect(),
    };
    Val::array(parts)
}

/// A double as an integer, saturating.
fn whole(number: f64) -> i64 {
    number as i64
}

fn remainder(left: Val, right: Val) -> Result {
    let (Some(a), Some(b)) = (left.number(), right.number()) else {
        return unfit_pair(&left, &right, "cannot be divided (remainder)");
    };
    if a.is_nan() || b.is_nan() {
        return Ok(Val::Num(f64::NAN));
    }
    let divisor = whole(b).unsigned_abs();
    if divisor == 0 {
        let what = "cannot be divided (remainder) because the divisor is zero";
        return unfit_pair(&left, &right, what);
    }
    let rest = (whole(a).unsigned_abs() % divisor) as f64;
    Ok(Val::Num(if whole(a) < 0 { 0.0 - rest } else { rest }))
}
