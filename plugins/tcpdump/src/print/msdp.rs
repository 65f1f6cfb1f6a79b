//! MSDP (RFC 3618): sources of multicast between domains.

use super::ip;
use super::prelude::*;

/// Prints the messages of a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "msdp";
    p.text(": msdp");
    let (kind, size) = (b.u8(0)?, b.be16(1)?);
    match (kind, size) {
        (_, 1501..) => p.bad("len", size, ">", 1500),
        (_, 0..3) => p.bad("len", size, "<", 3),
        (0, _) => p.bad("type", 0, "==", 0),
        (8.., _) => p.bad("type", kind, ">", 7),
        _ => return messages(p, b, length),
    }
    Ok(())
}

fn messages(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let mut at = 0;
    while at < length {
        if length - at < 3 {
            p.bad("length", length - at, "<", 3);
            break;
        }
        let size = usize::from(b.be16(at + 1)?);
        if !message(p, b.tail(at), size, length - at)? {
            p.invalid();
            break;
        }
        at += size;
    }
    Ok(())
}

/// Prints a message; false when it does not fit.
fn message(p: &mut Printer, b: &[u8], size: usize, length: usize) -> Done<bool> {
    let kind = b.u8(0)?;
    if size > 1400 || p.v(1) {
        write!(p, " [len {size}]");
    }
    if size < 3 {
        p.bad_only("len", size, "<", 3);
        return Ok(false);
    }
    if length < size {
        p.bad_only("length", length, "<", size);
        return Ok(false);
    }
    match kind {
        1 | 3 => {
            p.text(if kind == 1 { " SA" } else { " SA-Response" });
            if size < 4 {
                p.bad_only("len", size, "<", 4);
                return Ok(false);
            }
            let count = usize::from(b.u8(3)?);
            write!(p, " {count} entries");
            if size < 8 {
                p.bad_only("len", size, "<", 8);
                return Ok(false);
            }
            let end = 8 + count * 12;
            b.octets(0, end)?;
            if size > end {
                p.text(" [w/data]");
                if p.v(2) {
                    p.text(" ");
                    p.nested(|p| ip::print(p, b.tail(end), size - end))?;
                }
            }
        }
        2 => {
            p.text(" SA-Request");
            if size < 4 {
                p.bad_only("len", size, "<", 4);
                return Ok(false);
            }
            b.u8(3)?;
            if size < 8 {
                p.bad_only("len", size, "<", 8);
                return Ok(false);
            }
            if size != 8 {
                write!(p, "[len={size}] ");
            }
            let group = b.array(4)?;
            p.text(" for ");
            p.v4(group);
        }
        4 => {
            p.text(" Keepalive");
            if size != 3 {
                write!(p, "[len={size}] ");
            }
        }
        5 => p.text(" Notification"),
        _ => write!(p, " [type={kind} len={size}]"),
    }
    b.octets(0, size)?;
    Ok(true)
}
