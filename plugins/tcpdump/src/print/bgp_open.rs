//! BGP: what speakers tell when they open a session.

use super::address_family::FAMILIES;
use super::bgp::family;
use super::bgp_names as names;
use super::bgp_nlri::as_number;
use super::prelude::*;

const OPEN: usize = 29;

/// Prints a message that opens a session.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if !b.has(OPEN) || length < OPEN {
        p.truncated();
        return Ok(());
    }
    let system = as_number(p, b.be16(20)?.into());
    write!(
        p,
        "\n\t  Version {}, my AS {system}, Holdtime {}s, ID ",
        b.u8(19)?,
        b.be16(22)?
    );
    p.v4_at(b, 24)?;
    let mut options = usize::from(b.u8(28)?);
    let extended = b.u8(29)? == 255;
    let (mut start, mut head) = (OPEN, 2);
    if extended {
        options = b.be16(30)?.into();
        (start, head) = (OPEN + 3, 3);
    }
    let name = if extended { " (Extended)" } else { "" };
    write!(p, "\n\t  Optional parameters{name}, length: {options}");
    let mut at = 0;
    while at < options {
        let option = b.tail(start + at);
        if !option.has(head) || length < start + at + head {
            p.truncated();
            return Ok(());
        }
        let kind = option.u8(0)?;
        let size = match extended {
            true => usize::from(option.be16(1)?),
            false => option.u8(1)?.into(),
        };
        if head + at + size > options {
            write!(
                p,
                "\n\t     Option {kind}, length: {size}, goes past the end of the options"
            );
            return Ok(());
        }
        let name = tok(names::OPTIONS, kind.into(), "Unknown");
        write!(p, "\n\t    Option {name} ({kind}), length: {size}");
        match kind {
            2 => capabilities(p, option.tail(head), size)?,
            _ => write!(p, "\n\t      no decoder for option {kind}"),
        }
        at += head + size;
    }
    Ok(())
}

fn capabilities(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let mut at = 0;
    while at < length {
        let rest = b.tail(at);
        let (Ok(kind), Ok(size)) = (rest.u8(0), rest.u8(1)) else {
            p.truncated();
            return Ok(());
        };
        let name = tok(names::CAPABILITIES, kind.into(), "Unknown");
        write!(p, "\n\t      {name} ({kind}), length: {size}");
        let size = usize::from(size);
        let Ok(value) = rest.octets(2, size) else {
            p.truncated();
            return Ok(());
        };
        let least = match kind {
            1 | 65 => 4,
            64 => 2,
            9 => 1,
            _ => 0,
        };
        if size < least {
            write!(p, " (too short, < {least})");
            return Ok(());
        }
        if kind == 7 && size != 3 {
            write!(p, " [{size} != 3]");
            return Ok(());
        }
        capability(p, kind, value)?;
        if p.v(2) && size > 0 {
            p.unknown(value, "\n\t\t", size);
        }
        at += 2 + size;
    }
    Ok(())
}

fn capability(p: &mut Printer, kind: u8, v: &[u8]) -> Done {
    match kind {
        1 => {
            p.text("\n\t\t");
            family(p, v.be16(0)?, v.u8(3)?);
        }
        7 => {
            let first = v.u8(0)?;
            let sends = first >> 3 & 1;
            let direction = if sends == 1 { "Send" } else { "Receive" };
            let number = v.be16(1)?;
            let name = bits(FAMILIES, number.into(), "Unknown", ", ");
            write!(
                p,
                "\n\t\tVersion {}, Direction {direction} ({sends})",
                first & 0xf0
            );
            write!(p, ", AFI {name} ({number})");
        }
        8 => {
            for entry in v.chunks_exact(4) {
                p.text("\n\t\t");
                family(p, entry.be16(0)?, entry.u8(2)?);
                write!(p, ", Count: {}", entry.u8(3)?);
            }
        }
        9 => {
            let role = v.u8(0)?;
            write!(
                p,
                "\n\t\tRole name {} ({role})",
                tok(names::ROLES, role.into(), "Unassigned")
            );
        }
        64 => {
            let flags = bits(names::RESTART_FLAGS, (v.u8(0)? >> 4).into(), "none", ", ");
            let time = v.be16(0)? & 0xfff;
            write!(p, "\n\t\tRestart Flags: [{flags}], Restart Time {time}s");
            for entry in v.tail(2).chunks_exact(4) {
                p.text("\n\t\t  ");
                family(p, entry.be16(0)?, entry.u8(2)?);
                let kept = if entry.u8(3)? & 0x80 != 0 {
                    "yes"
                } else {
                    "no"
                };
                write!(p, ", Forwarding state preserved: {kept}");
            }
        }
        65 => {
            let system = as_number(p, v.be32(0)?);
            write!(p, "\n\t\t 4 Byte AS {system}");
        }
        69 if v.is_empty() => p.text(" (bogus)"),
        69 => {
            for entry in v.chunks(4) {
                if entry.len() < 4 {
                    p.invalid();
                    break;
                }
                p.text("\n\t\t");
                family(p, entry.be16(0)?, entry.u8(2)?);
                let way = tok(names::ADD_PATH, entry.u8(3)?.into(), "Bogus (0x%02x)");
                write!(p, ", Send/Receive: {way}");
            }
        }
        2 | 6 | 70 | 71 | 128 => {}
        _ => {
            write!(p, "\n\t\tno decoder for Capability {kind}");
            if !p.v(2) {
                p.unknown(v, "\n\t\t", v.len());
            }
        }
    }
    Ok(())
}
