//! SVCB and HTTPS (RFC 9460).

use super::{Presenter, Problem, encode};
use crate::name::push_decimal;
use crate::wire::Cursor;

const KEYS: [&str; 7] = [
    "mandatory",
    "alpn",
    "no-default-alpn",
    "port",
    "ipv4hint",
    "ech",
    "ipv6hint",
];

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    let priority = p.u16()?;
    p.number(format_args!("{priority} "));
    p.name()?;
    let mut last = None;
    while p.cursor.left() > 0 {
        let (key, length) = (p.u16()?, p.u16()?);
        if last.replace(key) >= Some(key) {
            return Err(Problem::Malformed);
        }
        let value = p.take(usize::from(length))?;
        p.push(" ");
        push_key(p, key);
        check(key, value)?;
        if !value.is_empty() {
            p.push("=");
            push_value(p, key, value)?;
        }
    }
    Ok(())
}

fn push_key(p: &mut Presenter<'_, '_>, key: u16) {
    match KEYS.get(usize::from(key)) {
        Some(name) => p.push(name),
        None => p.number(format_args!("key{key}")),
    }
}

/// Lengths that the known keys must have.
fn check(key: u16, value: &[u8]) -> Result<(), Problem> {
    let fits = |unit: usize| !value.is_empty() && value.len().is_multiple_of(unit);
    let right = match key {
        0 => fits(2),
        1 => !value.is_empty(),
        2 => value.is_empty(),
        3 => value.len() == 2,
        4 => fits(4),
        6 => fits(16),
        _ => true,
    };
    right.then_some(()).ok_or(Problem::Malformed)
}

fn push_value(p: &mut Presenter<'_, '_>, key: u16, value: &[u8]) -> Result<(), Problem> {
    let mut cursor = Cursor::new(value);
    match key {
        0 => list(p, &mut cursor, |p, cursor| {
            push_key(p, cursor.u16()?);
            Ok(())
        }),
        1 => {
            p.push("\"");
            list(p, &mut cursor, |p, cursor| {
                let protocol = cursor.text()?;
                if protocol.is_empty() {
                    return Err(Problem::Malformed);
                }
                push_protocol(p.out, protocol);
                Ok(())
            })?;
            p.push("\"");
            Ok(())
        }
        3 => {
            p.number(cursor.u16()?);
            Ok(())
        }
        4 => list(p, &mut cursor, |p, cursor| {
            p.number(std::net::Ipv4Addr::from(cursor.u32()?));
            Ok(())
        }),
        5 => {
            encode::push_base64(p.out, value, None, "");
            Ok(())
        }
        6 => list(p, &mut cursor, |p, cursor| {
            p.number(std::net::Ipv6Addr::from(cursor.u128()?));
            Ok(())
        }),
        _ => {
            encode::push_quoted(p.out, value);
            Ok(())
        }
    }
}

/// Values between commas.
fn list(
    p: &mut Presenter<'_, '_>,
    cursor: &mut Cursor<'_>,
    each: impl Fn(&mut Presenter<'_, '_>, &mut Cursor<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut separator = "";
    while cursor.left() > 0 {
        p.push(separator);
        each(p, cursor)?;
        separator = ",";
    }
    Ok(())
}

/// A protocol identifier in a list in quotes: a comma takes two levels of escapes, a backslash three.
fn push_protocol(out: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b',' => out.push_str("\\\\,"),
            b'\\' => out.push_str("\\\\\\\\"),
            b'!'..=0x7e => out.push(char::from(byte)),
            other => push_decimal(out, other),
        }
    }
}
