//! IPv6 (RFC 8200): its header and the headers between it and what it carries.

use super::prelude::*;
use super::{ip, ip6_extension as extension, mobility, transport};

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.nested(|p| packet(p, b, length))
}

/// The destination behind all hops of a routing header.
#[must_use]
pub(crate) fn final_destination(header: &[u8]) -> Option<[u8; 16]> {
    let mut destination: [u8; 16] = header.array(24).ok()?;
    let (mut at, mut next) = (40, header.u8(6).ok()?);
    while at < header.len() {
        match next {
            0 | 60 | 62 | 135 => {
                next = header.u8(at).ok()?;
                at += (usize::from(header.u8(at + 1).ok()?) + 1) * 8;
            }
            44 => {
                next = header.u8(at).ok()?;
                at += 8;
            }
            43 => {
                let count = usize::from(header.u8(at + 1).ok()?);
                match header.u8(at + 2).ok()? {
                    _ if count % 2 == 1 => {}
                    0 | 2 => {
                        for hop in 0..count / 2 {
                            match header.array(at + 8 + hop * 16) {
                                Ok(address) => destination = address,
                                Err(Cut) => break,
                            }
                        }
                    }
                    4 => destination = header.array(at + 8).unwrap_or(destination),
                    _ => {}
                }
                break;
            }
            _ => break,
        }
    }
    Some(destination)
}

fn too_long(p: &mut Printer, total: usize, length: usize) {
    write!(p, "[header+payload length {total} > length {length}]");
    p.invalid();
    p.text(" ");
}

fn packet(p: &mut Printer, whole: &[u8], length: usize) -> Done {
    p.protocol = "ip6";
    if !p.set.link {
        p.text("IP6 ");
    }
    if length < 40 {
        p.bad("length", length, "<", 40);
        return Ok(());
    }
    let version = whole.u8(0)? >> 4;
    if version != 6 {
        p.bad("version", version, "!=", 6);
        return Ok(());
    }
    let mut payload = u32::from(whole.be16(4)?);
    let total = match payload {
        0 => length + 40,
        _ => payload as usize + 40,
    };
    if payload != 0 && total > length {
        too_long(p, total, length);
    }
    let mut next = whole.u8(6)?;
    if p.v(1) {
        let flow = whole.be32(0)?;
        p.text("(");
        if flow & 0x0ff0_0000 != 0 {
            write!(p, "class 0x{:02x}, ", flow >> 20 & 0xff);
        }
        if flow & 0x000f_ffff != 0 {
            write!(p, "flowlabel 0x{:05x}, ", flow & 0x000f_ffff);
        }
        let name = tok(ip::PROTOCOLS, next.into(), "unknown");
        write!(
            p,
            "hlim {}, next-header {name} ({next}), payload length {payload}) ",
            whole.u8(7)?
        );
    }
    whole.octets(0, 40)?;
    let mut b = whole.upto(length.min(total));
    let mut rest = total - 40;
    let mut at = 40;
    let mut previous = None;
    let (mut extended, mut jumbo, mut hop_by_hop, mut fragmented) = (false, false, false, false);
    if !matches!(next, 6 | 17 | 33 | 132) {
        p.v6_at(b, 8)?;
        p.text(" > ");
        p.v6_at(b, 24)?;
        p.text(": ");
    }
    loop {
        let header = match next {
            0 => {
                if hop_by_hop {
                    p.text("[The Hop-by-Hop Options header was already found]");
                    p.invalid();
                    return Ok(());
                }
                if previous.is_some() {
                    p.text("[The Hop-by-Hop Options header don't follow the IPv6 header]");
                    p.invalid();
                    return Ok(());
                }
                hop_by_hop = true;
                let header = extension::hop_by_hop(p, b.tail(at), &mut jumbo, &mut payload)?;
                if payload == 0 && !jumbo {
                    p.text("[No valid Jumbo Payload Hop-by-Hop option found]");
                    p.invalid();
                    return Ok(());
                }
                header
            }
            60 => extension::destination(p, b.tail(at))?,
            44 => {
                fragmented = true;
                match extension::fragment(p, b, at)? {
                    Some(header) if b.len() > at + header => Some(header),
                    _ => None,
                }
            }
            62 | 135 => {
                mobility::print(p, b.tail(at))?;
                return Ok(());
            }
            43 => extension::routing(p, b.tail(at))?,
            _ => break,
        };
        let Some(header) = header else {
            return Ok(());
        };
        extended = true;
        previous = Some(next);
        next = b.u8(at)?;
        p.protocol = "ip6";
        if b.len() <= at {
            return Ok(());
        }
        if rest < header {
            p.truncated();
            return Ok(());
        }
        at += header;
        rest -= header;
        if at > b.len() {
            break;
        }
    }
    if jumbo {
        let total = payload as usize + 40;
        if total < at {
            p.truncated();
            return Ok(());
        }
        if total > length {
            too_long(p, total, length);
        }
        b = whole.upto(total);
        rest = total - at;
    } else if payload == 0 {
        if extended {
            p.truncated();
            return Ok(());
        }
        if length > 65535 && matches!(next, 6 | 17) {
            rest = length - 40;
            if p.v(1) {
                write!(p, "[real length {length}, presumed BIG TCP] ");
            }
        } else {
            b = whole.upto(40);
            rest = 0;
        }
    }
    let ip = transport::Ip {
        header: b,
        version: 6,
        fragmented,
        hops: b.u8(7)?,
    };
    transport::print(p, b.tail(at), rest, next, ip)
}
