//! IKE version 2: its payloads.

use super::isakmp::{End, Message, Payload, begin, short};
use super::isakmp_names::{self as names, Attribute, name};
use super::isakmp1::attributes_until;
use super::prelude::*;

/// The name of a payload, and whether it is critical.
fn head(p: &mut Printer, m: Message<'_>, payload: Payload, named: &str) -> Done {
    let critical = m.b.u8(payload.at + 1)? & 0x80 != 0;
    write!(p, "{named}{}:", if critical { "[C]" } else { "" });
    Ok(())
}

/// Prints a payload.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let known = name(names::PAYLOADS, kind);
    match kind {
        33 => association(p, m, payload),
        34 => {
            let Ok(fixed) = m.b.octets(at, 8) else {
                return short(p, kind);
            };
            head(p, m, payload, &known)?;
            if size < 8 {
                write!(p, " len={size} < 8");
                return Ok(Some(at + size));
            }
            let group = name(names::GROUPS, fixed.be16(4)?);
            write!(p, " len={} group={group}", size - 8);
            if p.v(3) && size > 8 {
                p.text(" ");
                m.raw(p, at + 8, size - 8);
            }
            Ok(Some(at + size))
        }
        35 | 36 => identity(p, m, payload),
        39 => authentication(p, m, payload),
        40 => {
            head(p, m, payload, "nonce")?;
            write!(p, " len={}", size - 4);
            if p.v(2) {
                p.text(" nonce=(");
                m.raw(p, at + 4, size - 4);
                p.text(") ");
            } else {
                m.some(p, at + 4);
            }
            Ok(Some(at + size))
        }
        41 => notification(p, m, payload),
        43 => {
            head(p, m, payload, &known)?;
            write!(p, " len={} vid=", size - 4);
            p.string_at(m.b, at + 4, size - 4)?;
            if p.v(3) && size > 8 {
                p.text(" ");
                m.raw(p, at + 4, size - 4);
            }
            Ok(Some(at + size))
        }
        46 => {
            head(p, m, payload, &known)?;
            write!(p, " len={}", size - 4);
            if p.v(3) && size > 8 {
                p.text(" ");
                m.raw(p, at + 4, size - 4);
            }
            // Nothing is decrypted.
            Ok(None)
        }
        _ => {
            head(p, m, payload, &known)?;
            write!(p, " len={}", size - 4);
            m.whole(p, payload)
        }
    }
}

/// Prints the payloads within one, of one kind; where they end.
fn inner(
    p: &mut Printer,
    m: Message<'_>,
    around: Payload,
    (from, length): (usize, usize),
    kind: u8,
    print: impl Fn(&mut Printer, Payload, usize) -> End,
) -> End {
    let (mut at, mut left, mut next) = (from, length, kind);
    let mut number = 0;
    while next != 0 {
        number += 1;
        let too_long = |p: &mut Printer| {
            short(p, around.kind)?;
            Ok(Some(at + left))
        };
        if left < 4 {
            return too_long(p);
        }
        let Ok(fixed) = m.b.octets(at, 4) else {
            return short(p, around.kind);
        };
        let size = usize::from(fixed.be16(2)?);
        if size <= 4 {
            return short(p, around.kind);
        }
        if left < size {
            return too_long(p);
        }
        if m.b.octets(at, size).is_err() {
            return short(p, around.kind);
        }
        let depth = around.depth + 1;
        begin(p, depth);
        if next == kind {
            let payload = Payload {
                kind,
                at,
                size,
                depth,
                ..around
            };
            match print(p, payload, number)? {
                Some(end) => at = end,
                None => return Ok(None),
            }
        } else {
            p.text(&name(names::PAYLOADS, next));
            at += size;
        }
        p.text(")");
        left -= size;
        next = fixed.u8(0)?;
    }
    Ok(Some(at))
}

fn association(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    head(p, m, payload, "sa")?;
    let length = payload.size - 4;
    write!(p, " len={length}");
    inner(
        p,
        m,
        payload,
        (payload.at + 4, length),
        2,
        |p, payload, _| proposal(p, m, payload),
    )
}

fn proposal(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(fixed) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    head(p, m, payload, "p")?;
    let protocol = name(names::PROTOCOLS, fixed.u8(5)?);
    write!(
        p,
        " #{} protoid={protocol} transform={}",
        fixed.u8(4)?,
        fixed.u8(7)?
    );
    write!(p, " len={size}");
    let (mut from, mut length) = (at + 8, size - 4);
    let spi = usize::from(fixed.u8(6)?);
    if spi > 0 {
        if length < spi {
            short(p, kind)?;
            return Ok(Some(from + length));
        }
        p.text(" spi=");
        if !m.raw(p, from, spi) {
            return short(p, kind);
        }
        from += spi;
        length -= spi;
    }
    inner(p, m, payload, (from, length), 3, |p, payload, number| {
        transform(p, m, payload, number)
    })
}

fn transform(p: &mut Printer, m: Message<'_>, payload: Payload, number: usize) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(fixed) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    head(p, m, payload, "t")?;
    let (what, id) = (fixed.u8(4)?, fixed.be16(6)?);
    let (known, attributes): (&[&str], &[Attribute]) = match what {
        1 => (names::ESP, names::ENCRYPTION_ATTRIBUTES),
        2 => (names::PSEUDORANDOM, &[]),
        3 => (names::INTEGRITY, &[]),
        4 => (names::GROUPS, &[]),
        5 => (names::SEQUENCES, &[]),
        _ => (&[], &[]),
    };
    let id = match known {
        [] => id.to_string(),
        _ => name(known, id),
    };
    write!(
        p,
        " #{number} type={} id={id} ",
        name(names::TRANSFORMS, what)
    );
    attributes_until(p, m, at + 8, at + size, attributes, kind)
}

fn identity(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(fixed) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    head(p, m, payload, &name(names::PAYLOADS, kind))?;
    write!(p, " len={}", size - 4);
    if p.v(3) {
        p.text(" ");
        if !m.raw(p, at + 4, size - 4) {
            return short(p, kind);
        }
    }
    if size < 8 {
        p.text(" [payload too short]");
        return Ok(Some(at + size));
    }
    let (named, text) = match fixed.u8(4)? {
        1 => (" ipv4:", false),
        2 => (" fqdn:", true),
        3 => (" rfc822:", true),
        5 => (" ipv6:", false),
        9 => (" dn:", false),
        10 => (" gn:", false),
        11 => (" keyid:", false),
        _ => return Ok(Some(at + size)),
    };
    p.text(named);
    match text {
        true => p.string_at(m.b, at + 8, size - 8)?,
        false => {
            if !m.raw(p, at + 8, size - 8) {
                return short(p, kind);
            }
        }
    }
    Ok(Some(at + size))
}

fn authentication(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(fixed) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    head(p, m, payload, &name(names::PAYLOADS, kind))?;
    let method = name(names::METHODS, fixed.u8(4)?);
    write!(p, " len={} method={method}", size - 4);
    if p.v(2) {
        p.text(" authdata=(");
        if size < 8 || !m.raw(p, at + 8, size - 8) {
            return short(p, kind);
        }
        p.text(") ");
    } else {
        m.some(p, at + 8);
    }
    Ok(Some(at + size))
}

fn notification(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    const NOTIFY: u8 = 11;
    let Payload { at, size, .. } = payload;
    let Ok(fixed) = m.b.octets(at, 8) else {
        return short(p, NOTIFY);
    };
    head(p, m, payload, "n")?;
    write!(p, " prot_id={}", name(names::PROTOCOLS, fixed.u8(4)?));
    let what = fixed.be16(6)?;
    let known = names::NOTIFICATIONS.iter().find(|known| known.0 == what);
    let (named, with_spi) = match known {
        Some((_, named, with_spi)) => (*named, *with_spi),
        None => match what {
            ..8192 => ("error", true),
            8192..16384 => ("private-error", true),
            16384..40960 => ("status", true),
            _ => ("private-status", true),
        },
    };
    write!(p, " type={what}({named})");
    let spi = usize::from(fixed.u8(5)?);
    if with_spi && spi > 0 {
        p.text(" spi=");
        if !m.raw(p, at + 8, spi) {
            return short(p, NOTIFY);
        }
    }
    let data = m.b.tail(at + 8 + spi);
    let cookie = what == 16390;
    if !data.is_empty() {
        if p.v(4) || cookie && data.len() < 30 {
            p.text(" data=(");
            p.hex(data, "");
            p.text(")");
        } else if cookie {
            m.some(p, at + 8 + spi);
        }
    }
    Ok(Some(at + size))
}
