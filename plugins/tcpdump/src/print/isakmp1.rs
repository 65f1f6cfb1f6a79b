//! IKE version 1: its payloads.

use super::isakmp::{End, Message, Payload, short};
use super::isakmp_names::{self as names, Attribute, name};
use super::prelude::*;
use super::transport;

/// Prints a payload.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    write!(p, "{}:", name(names::PAYLOADS, kind));
    match kind {
        1 => association(p, m, payload),
        2 => proposal(p, m, payload),
        3 => transform(p, m, payload),
        4 => {
            write!(p, " key len={}", size - 4);
            m.whole(p, payload)
        }
        5 => identity(p, m, payload),
        6 | 7 => {
            let Ok(encoding) = m.b.octets(at, 6).and_then(|head| head.u8(4)) else {
                return short(p, kind);
            };
            write!(
                p,
                " len={} type={}",
                size - 4,
                name(names::CERTIFICATES, encoding)
            );
            m.whole(p, payload)
        }
        10 => {
            write!(p, " n len={}", size - 4);
            if p.v(2) && !p.v(3) {
                p.text(" ");
                m.some(p, at + 4);
            }
            m.whole(p, payload)
        }
        11 => notification(p, m, payload),
        12 => deletion(p, m, payload),
        _ => {
            write!(p, " len={}", size - 4);
            m.whole(p, payload)
        }
    }
}

fn association(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload {
        kind,
        at,
        protocol,
        depth,
        ..
    } = payload;
    let Ok(head) = m.b.octets(at, 12) else {
        return short(p, kind);
    };
    let (domain, situation) = (head.be32(4)?, head.be32(8)?);
    if domain != 1 {
        write!(p, " doi={domain} situation={situation}");
        return Ok(Some(at + 12));
    }
    p.text(" doi=ipsec situation=");
    let words = [(1, "identity"), (2, "secrecy"), (4, "integrity")];
    let words = words.iter().filter(|(bit, _)| situation & bit != 0);
    let words: Vec<&str> = words.map(|(_, word)| *word).collect();
    if words == ["integrity"] {
        p.text("integrity");
    } else {
        p.text(&words.join("+"));
    }
    let mut next = at + 12;
    if situation != 1 {
        write!(p, " ident={}", m.b.be32(at + 4)?);
        next += 4;
    }
    if m.b.octets(next, 4).is_err() {
        return short(p, kind);
    }
    m.payloads(p, 2, next, protocol, depth)
}

fn proposal(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload {
        kind, at, depth, ..
    } = payload;
    let Ok(head) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    let (protocol, spi) = (head.u8(5)?, usize::from(head.u8(6)?));
    write!(
        p,
        " #{} protoid={}",
        head.u8(4)?,
        name(names::PROTOCOLS, protocol)
    );
    write!(p, " transform={}", head.u8(7)?);
    if spi > 0 {
        p.text(" spi=");
        if !m.raw(p, at + 8, spi) {
            return short(p, kind);
        }
    }
    if m.b.octets(at + 8 + spi, 4).is_err() {
        return short(p, kind);
    }
    m.payloads(p, 3, at + 8 + spi, protocol, depth)
}

fn transform(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload {
        kind,
        at,
        size,
        protocol,
        ..
    } = payload;
    let Ok(head) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    let id = head.u8(5)?;
    let (known, attributes): (&[&str], &[Attribute]) = match protocol {
        1 => (names::KEYS, names::OAKLEY_ATTRIBUTES),
        2 => (names::AH, names::IPSEC_ATTRIBUTES),
        3 => (names::ESP, names::IPSEC_ATTRIBUTES),
        4 => (names::IPCOMP, names::IPSEC_ATTRIBUTES),
        _ => (&[], &[]),
    };
    let id = match known {
        [] => id.to_string(),
        _ => name(known, id),
    };
    write!(p, " #{} id={id} ", head.u8(4)?);
    attributes_until(p, m, at + 8, at + size, attributes, kind)
}

/// Prints attributes until a payload ends; where they end.
pub(crate) fn attributes_until(
    p: &mut Printer,
    m: Message<'_>,
    from: usize,
    to: usize,
    known: &[Attribute],
    kind: u8,
) -> End {
    let mut at = from;
    while at < m.b.len() && at < to {
        match attribute(p, m, at, to, known)? {
            Some(next) => at = next,
            None => return short(p, kind),
        }
    }
    if m.b.len() < to {
        p.text("...");
    }
    Ok(Some(at))
}

fn attribute(p: &mut Printer, m: Message<'_>, at: usize, to: usize, known: &[Attribute]) -> End {
    let fixed = m.b.u8(at)? & 0x80 != 0;
    let size = match fixed {
        true => 4,
        false => 4 + usize::from(m.b.be16(at + 2)?),
    };
    if to < at + size {
        p.text("[|attr]");
        return Ok(Some(to + 1));
    }
    let number = m.b.be16(at)? & 0x7fff;
    let found = known
        .get(usize::from(number))
        .filter(|known| !known.0.is_empty());
    match found {
        Some(found) => write!(p, "(type={} ", found.0),
        None => write!(p, "(type=#{number} "),
    }
    let whole = if fixed {
        p.text("value=");
        let value = m.b.be16(at + 2)?;
        let names = known.get(usize::from(number)).map(|known| known.1);
        let named = names.and_then(|names| names.get(usize::from(value)));
        match named.filter(|named| !named.is_empty()) {
            Some(named) => {
                p.text(named);
                true
            }
            None => m.raw(p, at + 2, 2),
        }
    } else {
        write!(p, "len={} value=", size - 4);
        m.raw(p, at + 4, size - 4)
    };
    p.text(")");
    Ok(whole.then_some(at + size))
}

fn identity(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(head) = m.b.octets(at, 8) else {
        return short(p, kind);
    };
    let (what, protocol) = (head.u8(4)?, head.u8(5)?);
    write!(p, " idtype={}", name(names::IDENTITIES, what));
    let known = transport::PROTOCOLS
        .iter()
        .find(|(number, _)| *number == u32::from(protocol));
    match known {
        Some((_, known)) if p.set.numeric == 0 && protocol != 0 => write!(p, " protoid={known}"),
        _ => write!(p, " protoid={protocol}"),
    }
    write!(p, " port={}", head.be16(6)?);
    let end = Ok(Some(at + size));
    let Some(length) = size.checked_sub(8).filter(|length| *length > 0) else {
        return end;
    };
    let Ok(data) = m.b.octets(at + 8, length) else {
        return short(p, kind);
    };
    write!(p, " len={length}");
    let least = match what {
        1 => 4,
        4 | 7 => 8,
        5 => 16,
        6 | 8 => 32,
        2 | 3 => 0,
        _ => {
            if p.v(3) {
                p.text(" ");
                m.raw(p, at + 8, length);
            }
            return end;
        }
    };
    if length < least {
        write!(p, " [bad: < {least}]");
        return end;
    }
    p.text(" ");
    match what {
        1 => p.v4_at(data, 0)?,
        2 | 3 => p.string_at(data, 0, length)?,
        4 => {
            p.v4_at(data, 0)?;
            let [a, b, c, d]: [u8; 4] = data.array(4)?;
            write!(p, "/{a}.{b}.{c}.{d}");
        }
        5 => p.v6_at(data, 0)?,
        6 => {
            p.v6_at(data, 0)?;
            p.text("/0x");
            p.hex(data.octets(16, 16)?, "");
        }
        7 => {
            p.v4_at(data, 0)?;
            p.text("-");
            p.v4_at(data, 4)?;
        }
        _ => {
            p.v6_at(data, 0)?;
            p.text("-");
            p.v6_at(data, 16)?;
        }
    }
    end
}

fn notification(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, size, .. } = payload;
    let Ok(head) = m.b.octets(at, 12) else {
        return short(p, kind);
    };
    let (domain, protocol, what) = (head.be32(4)?, head.u8(8)?, head.be16(10)?);
    let ipsec = domain == 1;
    match ipsec {
        true => write!(p, " doi=ipsec proto={}", name(names::PROTOCOLS, protocol)),
        false => write!(p, " doi={domain} proto={protocol}"),
    }
    let what_name = match what {
        ..8192 => name(names::ERRORS, what),
        8192..16384 if ipsec => match what - 8192 {
            0 => "RESERVED".to_owned(),
            other => format!("#{other}"),
        },
        16384..24576 => match what - 16384 {
            0 => "CONNECTED".to_owned(),
            other => format!("#{other}"),
        },
        24576..32768 if ipsec => name(names::IPSEC_STATUS, what - 24576),
        _ => format!("#{what}"),
    };
    write!(p, " type={what_name}");
    let spi = usize::from(head.u8(9)?);
    if spi > 0 {
        p.text(" spi=");
        if !m.raw(p, at + 12, spi) {
            return short(p, kind);
        }
    }
    let data = at + 12 + spi;
    if !ipsec {
        return Ok(Some(data));
    }
    if data < m.b.len() {
        match what {
            24576 => {
                p.text(" attrs=(");
                let mut place = data;
                while place < m.b.len() && place < at + size {
                    match attribute(p, m, place, at + size, names::OAKLEY_ATTRIBUTES)? {
                        Some(next) => place = next,
                        None => {
                            p.text(")");
                            return short(p, kind);
                        }
                    }
                }
                p.text(")");
            }
            24577 => {
                p.text(" status=(");
                let state = if m.b.be32(data)? == 0 { "dis" } else { "en" };
                write!(p, "replay detection {state}abled)");
            }
            _ if p.v(4) => {
                p.text(" data=(");
                p.hex(m.b.tail(data), "");
                p.text(")");
            }
            _ => {
                m.some(p, data);
            }
        }
    }
    Ok(Some(at + size))
}

fn deletion(p: &mut Printer, m: Message<'_>, payload: Payload) -> End {
    let Payload { kind, at, .. } = payload;
    let Ok(head) = m.b.octets(at, 12) else {
        return short(p, kind);
    };
    let (domain, protocol) = (head.be32(4)?, head.u8(8)?);
    match domain {
        1 => write!(p, " doi=ipsec proto={}", name(names::PROTOCOLS, protocol)),
        _ => write!(p, " doi={domain} proto={protocol}"),
    }
    let (size, count) = (usize::from(head.u8(9)?), head.be16(10)?);
    write!(p, " spilen={size} nspi={count}");
    let mut next = at + 12;
    if size > 0 {
        p.text(" spi=");
        for number in 0..count {
            p.text(if number > 0 { "," } else { "" });
            if !m.raw(p, next, size) {
                return short(p, kind);
            }
            next += size;
        }
    }
    Ok(Some(next))
}
