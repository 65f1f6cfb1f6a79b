//! QUIC (RFC 9000): what its headers show without keys.

use super::prelude::*;

/// Identifiers of connections remembered at most.
const MOST: usize = 512;
/// The longest identifier.
const LONGEST: usize = 20;

/// The identifiers that long headers have told: short headers do not say how long theirs is.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    known: Vec<Vec<u8>>,
    next: usize,
}

impl Connections {
    fn find(&mut self, b: &[u8]) -> Option<Vec<u8>> {
        let found = self.known.iter().position(|known| b.starts_with(known))?;
        self.known.swap(0, found);
        self.known.first().cloned()
    }

    fn learn(&mut self, id: &[u8]) {
        if id.is_empty() || self.find(id).is_some() {
            return;
        }
        match self.known.get_mut(self.next) {
            Some(place) => *place = id.to_vec(),
            None => self.known.push(id.to_vec()),
        }
        self.next = (self.next + 1) % MOST;
    }
}

/// Whether a datagram looks like QUIC.
///
/// # Errors
/// [`Cut`]
pub(crate) fn detect(b: &[u8], length: usize) -> Done<bool> {
    Ok(length >= 1 && b.u8(0)? & 0x40 != 0)
}

/// Prints the packets of a datagram.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "quic";
    p.text("quic");
    let mut at = 0;
    while at < b.len() {
        at = packet(p, b, at)?;
        at += b.tail(at).iter().take_while(|octet| **octet == 0).count();
    }
    Ok(())
}

/// A number of variable length and how many octets it takes.
fn number(b: &[u8], at: usize) -> Done<(u64, usize)> {
    let first = b.u8(at)?;
    let size = 1 << (first >> 6);
    let mut value = u64::from(first & 0x3f);
    for octet in b.octets(at + 1, size - 1)? {
        value = value << 8 | u64::from(*octet);
    }
    Ok((value, size))
}

fn connection(p: &mut Printer, b: &[u8], at: usize, name: &str) -> Done<usize> {
    let size = usize::from(b.u8(at)?);
    if size == 0 || size > LONGEST {
        return Ok(at + 1);
    }
    let id = b.octets(at + 1, size)?;
    write!(p, ", {name} ");
    p.hex(id, "");
    p.quic.learn(id);
    Ok(at + 1 + size)
}

/// Prints one packet; where the next one is.
fn packet(p: &mut Printer, b: &[u8], at: usize) -> Done<usize> {
    let first = b.u8(at)?;
    let at = at + 1;
    let end = b.len();
    if first & 0x80 == 0 {
        p.text(", protected");
        if end <= at + 16 {
            p.truncated();
        } else if let Some(id) = p.quic.find(b.tail(at)) {
            p.text(", dcid ");
            p.hex(&id, "");
        }
        return Ok(end);
    }
    let kind = first >> 4 & 3;
    let version = b.be32(at)?;
    p.text(match (version, kind) {
        (0, _) => ", version negotiation",
        (_, 0) => ", initial",
        (_, 1) => ", 0-rtt",
        (_, 2) => ", handshake",
        _ => ", retry",
    });
    if version > 1 {
        write!(p, ", v{version:x}");
    }
    let at = connection(p, b, at + 4, "dcid")?;
    let mut at = connection(p, b, at, "scid")?;
    if version == 0 {
        while at < end {
            let Ok(version) = b.be32(at) else {
                p.truncated();
                return Ok(end);
            };
            write!(p, ", version 0x{version:x}");
            at += 4;
        }
        return Ok(at);
    }
    if kind == 3 {
        p.text(", token ");
        match end > at + 16 {
            true => p.hex(b.octets(at, end - at - 16)?, ""),
            false => p.truncated(),
        }
        return Ok(end);
    }
    if kind == 0 {
        let (size, header) = number(b, at)?;
        at += header;
        if size > 0 && size < 1000 {
            let token = b.octets(at, size as usize)?;
            p.text(", token ");
            p.hex(token, "");
            at += token.len();
        }
    }
    let (size, header) = number(b, at)?;
    at += header;
    write!(p, ", length {size}");
    match usize::try_from(size)
        .ok()
        .filter(|size| b.octets(at, *size).is_ok())
    {
        Some(size) => Ok(at + size),
        None => {
            p.truncated();
            Ok(end)
        }
    }
}
