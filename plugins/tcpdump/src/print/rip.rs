//! RIP of both versions (RFC 1058, 2453, 4822).

use super::prelude::*;

const COMMANDS: &Table = &[
    (1, "Request"),
    (2, "Response"),
    (3, "Trace on"),
    (4, "Trace off"),
    (6, "Triggered Request"),
    (7, "Triggered Response"),
    (8, "Triggered Acknowledgement"),
    (9, "Update Request"),
    (10, "Update Response"),
    (11, "Update Acknowledge"),
];
const FAMILIES: &Table = &[
    (2, "IPv4"),
    (6, "NS"),
    (7, "ISO"),
    (16, "Appletalk"),
    (23, "IPX"),
    (24, "IPv6"),
    (28, "IPv6"),
    (30, "IPv6"),
];
const ROUTE: usize = 20;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "rip";
    p.text(if p.v(1) { "\n\t" } else { "" });
    p.protocol_caps();
    if length < 4 {
        p.bad("packet length", length, "<", 4);
        return Ok(());
    }
    let version = b.u8(1)?;
    write!(p, "v{version}");
    if !matches!(version, 1 | 2) {
        p.text(" [version != 1 && version != 2]");
        p.invalid();
        return b.octets(0, length).map(|_| ());
    }
    let command = b.u8(0)?;
    let name = tok(COMMANDS, command.into(), "unknown command (%u)");
    write!(p, ", {name}, length: {length}");
    b.octets(0, 4)?;
    if !p.v(1) {
        return Ok(());
    }
    let (mut b, mut left) = (b.tail(4), length - 4);
    match command {
        1 | 2 => {
            let more = if version == 2 { " or less" } else { "" };
            write!(p, ", routes: {}{more}", left / ROUTE);
            while left != 0 {
                let size = match version {
                    1 => first(p, b, left)?,
                    _ => second(p, b, left)?,
                };
                if size != 0 && left < size {
                    p.bad("remaining entries length", left, "<", size);
                } else if size != 0 {
                    b = b.tail(size);
                    left -= size;
                    continue;
                } else {
                    p.invalid();
                }
                return b.octets(0, left).map(|_| ());
            }
        }
        3 | 4 | 6..=11 => {}
        _ if !p.v(2) => p.unknown(b, "\n\t", left),
        _ => {}
    }
    if p.v(2) && b.has(left) {
        p.unknown(b, "\n\t", left);
    }
    Ok(())
}

/// Prints a route of version 1: what it takes, or nothing when it is invalid.
fn first(p: &mut Printer, b: &[u8], left: usize) -> Done<usize> {
    if left < ROUTE {
        write!(p, " [remaining data length {left} < {ROUTE}]");
        return Ok(0);
    }
    b.octets(0, ROUTE)?;
    let family = b.be16(0)?;
    if !matches!(family, 0 | 2) {
        let name = tok(FAMILIES, family.into(), "Unknown (%u)");
        write!(p, "\n\t AFI {name}, ");
        p.unknown(b.tail(4), "\n\t  ", ROUTE - 4);
    } else if b.be16(2)? != 0 || b.be32(8)? != 0 || b.be32(12)? != 0 {
        p.unknown(b, "\n\t  ", ROUTE);
    } else {
        p.text(if family == 0 {
            "\n\t  AFI 0, "
        } else {
            "\n\t  "
        });
        p.v4_at(b, 4)?;
        write!(p, ", metric: {}", b.be32(16)?);
    }
    Ok(ROUTE)
}

/// Prints an entry of version 2: what it takes, or nothing when it is invalid.
fn second(p: &mut Printer, b: &[u8], left: usize) -> Done<usize> {
    if left < 4 {
        write!(p, " [remaining data length {left} < 4]");
        return Ok(0);
    }
    let (family, tag) = (b.be16(0)?, b.be16(2)?);
    match family {
        0xffff => return authentication(p, b, tag, left),
        0 | 2 => {
            if left < ROUTE {
                write!(p, " [remaining data length {left} < {ROUTE}]");
                return Ok(0);
            }
            b.octets(0, ROUTE)?;
            let mask = b.be32(8)?;
            let prefix = match mask.leading_ones() {
                ones if ones == mask.count_ones() => i64::from(ones),
                _ => -1,
            };
            let name = tok(FAMILIES, family.into(), "%u");
            let address = std::net::Ipv4Addr::from(b.array::<4>(4)?).to_string();
            write!(
                p,
                "\n\t  AFI {name}, {address:>15}/{prefix:<2}, tag 0x{tag:04x}, "
            );
            write!(p, "metric: {}, next-hop: ", b.be32(16)?);
            match b.be32(12)? {
                0 => p.text("self"),
                _ => p.v4_at(b, 12)?,
            }
        }
        _ => {
            let name = tok(FAMILIES, family.into(), "Unknown (%u)");
            write!(p, "\n\t  AFI {name}");
            p.unknown(b.tail(4), "\n\t  ", ROUTE - 4);
        }
    }
    Ok(ROUTE)
}

fn authentication(p: &mut Printer, b: &[u8], kind: u16, left: usize) -> Done<usize> {
    match kind {
        2 => {
            p.text("\n\t  Simple Text Authentication data: ");
            p.padded_string_at(b, 4, 16)?;
        }
        3 if left < ROUTE => {
            write!(p, " [remaining data length {} < 16]", left - 4);
            return Ok(0);
        }
        3 => {
            p.text("\n\t  Auth header:");
            write!(p, " Packet Len {},", b.be16(4)?);
            write!(p, " Key-ID {},", b.u8(6)?);
            write!(p, " Auth Data Len {},", b.u8(7)?);
            write!(p, " SeqNo {},", b.be32(8)?);
            write!(p, " MBZ {},", b.be32(12)?);
            write!(p, " MBZ {}", b.be32(16)?);
        }
        _ => {
            match kind {
                1 => p.text("\n\t  Auth trailer:"),
                _ => write!(p, "\n\t  Unknown ({kind}) Authentication data:"),
            }
            p.unknown(b.tail(4), "\n\t  ", left - 4);
            return Ok(left);
        }
    }
    Ok(ROUTE)
}
