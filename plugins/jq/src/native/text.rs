//! Strings.

use super::table;
use crate::value::{Result, Val, fail, parse_literal, unfit};

table! {
    "tostring" 0 |value| Ok(match value {
        Val::Str(_) => value,
        other => Val::text(crate::write::compact(&other)),
    });
    "tonumber" 0 to_number;
    "utf8bytelength" 0 |value| match &value {
        Val::Str(text) => Ok(Val::Num(text.len() as f64)),
        _ => unfit(&value, "only strings have UTF-8 byte length"),
    };
    "startswith" 1 |value, part| match (&value, &part) {
        (Val::Str(text), Val::Str(part)) => Ok(Val::Bool(text.starts_with(&**part))),
        _ => fail("startswith() requires string inputs"),
    };
    "endswith" 1 |value, part| match (&value, &part) {
        (Val::Str(text), Val::Str(part)) => Ok(Val::Bool(text.ends_with(&**part))),
        _ => fail("endswith() requires string inputs"),
    };
    "split" 1 |value, separator| match (&value, &separator) {
        (Val::Str(text), Val::Str(separator)) => Ok(crate::value::split(text, separator)),
        _ => fail("split input and separator must be strings"),
    };
    "explode" 0 |value| match &value {
        Val::Str(text) => Ok(text.chars().map(|c| Val::Num(f64::from(u32::from(c)))).collect()),
        _ => fail("explode input must be a string"),
    };
    "implode" 0 implode;
    "ascii_downcase" 0 |value| match &value {
        Val::Str(text) => Ok(Val::text(text.to_ascii_lowercase())),
        _ => fail("explode input must be a string"),
    };
    "ascii_upcase" 0 |value| match &value {
        Val::Str(text) => Ok(Val::text(text.to_ascii_uppercase())),
        _ => fail("explode input must be a string"),
    };
    "trim" 0 |value| trimmed(&value, str::trim);
    "ltrim" 0 |value| trimmed(&value, str::trim_start);
    "rtrim" 0 |value| trimmed(&value, str::trim_end);
    "_strindices" 1 indices;
}

fn to_number(value: Val) -> Result {
    let parsed = match &value {
        Val::Num(_) | Val::Literal(_) => return Ok(value),
        Val::Str(text) => number(text),
        _ => None,
    };
    match parsed {
        Some(number) => Ok(number),
        None => unfit(&value, "cannot be parsed as a number"),
    }
}

fn number(text: &str) -> Option<Val> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = *digits.as_bytes().first()?;
    let is_word = digits.eq_ignore_ascii_case("nan");
    match first.is_ascii_digit() || first == b'.' || is_word {
        true => parse_literal(text.as_bytes()),
        false => None,
    }
}

fn implode(value: Val) -> Result {
    let Val::Arr(points) = &value else {
        return fail("implode input must be an array");
    };
    let mut text = String::with_capacity(points.len());
    for point in points.iter() {
        match point.number() {
            Some(number) if !number.is_nan() => {
                let code = u32::try_from(number as i64).ok();
                let c = code.and_then(char::from_u32);
                text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            _ => {
                let what = "can't be imploded, unicode codepoint needs to be numeric";
                return unfit(point, what);
            }
        }
    }
    Ok(Val::text(text))
}

fn trimmed(value: &Val, trim: fn(&str) -> &str) -> Result {
    match value {
        Val::Str(text) => Ok(Val::text(trim(text))),
        _ => fail("trim input must be a string"),
    }
}

/// Where a string is found, overlapping, in code points.
fn indices(value: Val, part: Val) -> Result {
    let Val::Str(text) = &value else {
        return unfit(&value, "cannot be searched, as it is not a string");
    };
    let Val::Str(part) = &part else {
        return unfit(&part, "is not a string");
    };
    if part.is_empty() {
        return Ok(Val::Null);
    }
    let mut found = Vec::new();
    let (mut octets, mut points) = (0, 0);
    while let Some(at) = text[octets..].find(&**part) {
        points += text[octets..octets + at].chars().count();
        octets += at;
        found.push(Val::Num(points as f64));
        octets += text[octets..].chars().next().map_or(1, char::len_utf8);
        points += 1;
    }
    Ok(Val::array(found))
}
