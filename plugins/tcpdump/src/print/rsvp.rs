//! RSVP (RFC 2205), with its extensions for traffic engineering: messages, and the order of their objects.

use super::prelude::*;
use super::rsvp_names as names;
use super::rsvp_object;

const HEADER: usize = 8;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "rsvp";
    b.octets(0, HEADER)?;
    let version = b.u8(0)? >> 4;
    if version != 1 {
        write!(p, "ERROR: RSVP version {version} packet not supported");
        return Ok(());
    }
    let kind = b.u8(1)?;
    if !p.v(1) {
        let name = tok(names::MESSAGES, kind.into(), "unknown (%u)");
        write!(p, "RSVPv{version} {name} Message, length: {length}");
        return Ok(());
    }
    let Some(rest) = header(p, b, "\n\t")? else {
        return Ok(());
    };
    let b = b.tail(HEADER);
    match kind {
        12 => bundle(p, b, rest),
        1..=7 | 13..=15 | 20 => rsvp_object::print(p, b, rest, "\n\t  ").map(|_| ()),
        _ => {
            p.unknown(b, "\n\t    ", rest);
            Ok(())
        }
    }
}

/// Prints a header; how much follows it, none when its length is wrong.
fn header(p: &mut Printer, b: &[u8], indent: &str) -> Done<Option<usize>> {
    let (first, kind, size) = (b.u8(0)?, b.u8(1)?, usize::from(b.be16(6)?));
    let name = tok(names::MESSAGES, kind.into(), "unknown, type: %u");
    let flags = bits(names::HEADER_FLAGS, (first & 15).into(), "none", ", ");
    write!(
        p,
        "{indent}RSVPv{} {name} Message ({kind}), Flags: [{flags}]",
        first >> 4
    );
    write!(
        p,
        ", length: {size}, ttl: {}, checksum: 0x{:04x}",
        b.u8(4)?,
        b.be16(2)?
    );
    if size < HEADER {
        write!(p, "ERROR: common header too short {size} < {HEADER}");
        return Ok(None);
    }
    Ok(Some(size - HEADER))
}

fn bundle(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        let message = b.tail(at);
        message.octets(0, HEADER)?;
        let version = message.u8(0)? >> 4;
        if version != 1 {
            write!(p, "ERROR: RSVP version {version} packet not supported");
            return Ok(());
        }
        let Some(rest) = header(p, message, "\n\t  ")? else {
            return Ok(());
        };
        let size = rest + HEADER;
        if left < size {
            write!(p, "ERROR: common header too large {size} > {left}");
            return Ok(());
        }
        if !rsvp_object::print(p, message.tail(HEADER), rest, "\n\t    ")? {
            return Ok(());
        }
        at += size;
        left -= size;
    }
    Ok(())
}
