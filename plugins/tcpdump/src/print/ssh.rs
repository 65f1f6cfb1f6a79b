//! The line with which SSH begins (RFC 4253).

use super::prelude::*;

/// Prints the line, if it is here.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ssh";
    for (at, expected) in b"SSH-".iter().enumerate() {
        if b.u8(at)? != *expected {
            return Ok(());
        }
    }
    for at in 4..length {
        match b.u8(at)? {
            0x20..0x7f => continue,
            b'\n' => {}
            b'\r' if at + 1 < length && b.u8(at + 1)? == b'\n' => {}
            _ => return Ok(()),
        }
        p.text(": SSH: ");
        p.text(std::str::from_utf8(b.upto(at)).unwrap_or_default());
        return Ok(());
    }
    Ok(())
}
