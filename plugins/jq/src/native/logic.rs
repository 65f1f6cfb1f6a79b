//! Operators, comparisons and constants.

use jaq_core::ops::Math;

use super::table;
use crate::value::{Result, Val, calculate, compare, contains, equal, unfit};

table! {
    "null" 0 |_| Ok(Val::Null);
    "true" 0 |_| Ok(Val::Bool(true));
    "false" 0 |_| Ok(Val::Bool(false));
    "not" 0 |value| Ok(Val::Bool(!value.is_true()));
    "_add" 2 |_, [right, left]| calculate(left, Math::Add, right);
    "_add_first" 2 |_, [left, right]| calculate(left, Math::Add, right);
    "_subtract" 2 |_, [right, left]| calculate(left, Math::Sub, right);
    "_multiply" 2 |_, [right, left]| calculate(left, Math::Mul, right);
    "_divide" 2 |_, [right, left]| calculate(left, Math::Div, right);
    "_remainder" 2 |_, [right, left]| calculate(left, Math::Rem, right);
    "_equal" 2 |_, [right, left]| equal(&left, &right).map(Val::Bool);
    "_unequal" 2 |_, [right, left]| equal(&left, &right).map(|equal| Val::Bool(!equal));
    "_less" 2 |_, [right, left]| compare(&left, &right).map(|order| Val::Bool(order.is_lt()));
    "_greater" 2 |_, [right, left]| compare(&left, &right).map(|order| Val::Bool(order.is_gt()));
    "_at_most" 2 |_, [right, left]| compare(&left, &right).map(|order| Val::Bool(order.is_le()));
    "_at_least" 2 |_, [right, left]| compare(&left, &right).map(|order| Val::Bool(order.is_ge()));
    "_negate" 0 |value| -value;
    "_key" 1 key;
    "contains" 1 |value, part| contains(&value, &part).map(Val::Bool);
    "type" 0 |value| Ok(Val::text(value.kind()));
    "toboolean" 0 to_boolean;
    "have_literal_numbers" 0 |_| Ok(Val::Bool(true));
    "have_decnum" 0 |_| Ok(Val::Bool(true));
}

/// A key of a pattern.
fn key(_: Val, key: Val) -> Result {
    match key {
        Val::Str(_) => Ok(key),
        _ => crate::value::fail(format!("Cannot index object with {}", key.kind())),
    }
}

fn to_boolean(value: Val) -> Result {
    match &value {
        Val::Bool(_) => Ok(value),
        Val::Str(text) if **text == *"true" => Ok(Val::Bool(true)),
        Val::Str(text) if **text == *"false" => Ok(Val::Bool(false)),
        _ => unfit(&value, "cannot be parsed as a boolean"),
    }
}
