//! TFTP (RFC 1350, 2347).

use super::prelude::*;

const OPERATIONS: &Table = &[
    (1, "RRQ"),
    (2, "WRQ"),
    (3, "DATA"),
    (4, "ACK"),
    (5, "ERROR"),
    (6, "OACK"),
];
const FAILURES: &Table = &[
    (0, "EUNDEF"),
    (1, "ENOTFOUND"),
    (2, "EACCESS"),
    (3, "ENOSPACE"),
    (4, "EBADOP"),
    (5, "EBADID"),
    (6, "EEXISTS"),
    (7, "ENOUSER"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "tftp";
    write!(p, "TFTP, length {length}");
    if !message(p, b, length)? {
        p.truncated();
    }
    Ok(())
}

/// False when it ends within a field.
fn message(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    if length < 2 {
        return Ok(false);
    }
    let operation = b.be16(0)?;
    p.text(", ");
    p.name(OPERATIONS, operation, "tftp-#%u");
    let (b, length) = (b.tail(2).upto(length - 2), length - 2);
    match operation {
        1 | 2 => {
            if length == 0 {
                return Ok(false);
            }
            p.text(" \"");
            let end = p.zero_ended(b, 0, length);
            p.text("\"");
            let Some(at) = end.filter(|at| *at < length) else {
                return Ok(false);
            };
            p.text(" ");
            let Some(at) = p.zero_ended(b, at, length - at) else {
                return Ok(false);
            };
            options(p, b, at, length)
        }
        6 => options(p, b, 0, length),
        3 | 4 => {
            if length < 2 {
                return Ok(false);
            }
            write!(p, " block {}", b.be16(0)?);
            Ok(true)
        }
        5 => {
            if length < 2 {
                return Ok(false);
            }
            p.text(" ");
            p.name(FAILURES, b.be16(0)?, "tftp-err-#%u \"");
            if length == 2 {
                return Ok(false);
            }
            p.text(" \"");
            let end = p.zero_ended(b, 2, length - 2);
            p.text("\"");
            Ok(end.is_some())
        }
        _ => Ok(true),
    }
}

fn options(p: &mut Printer, b: &[u8], at: usize, length: usize) -> Done<bool> {
    let mut at = at;
    while at < length {
        if b.u8(at)? != 0 {
            p.text(" ");
        }
        match p.zero_ended(b, at, length - at) {
            Some(next) => at = next,
            None => return Ok(false),
        }
    }
    Ok(true)
}
