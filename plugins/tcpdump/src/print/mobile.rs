//! Minimal encapsulation of mobile IP (RFC 2004).

use super::checksum;
use super::prelude::*;

/// Prints a header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "mobile";
    p.text("mobile: ");
    if length < 8 {
        p.bad("length", length, "<", 8);
        return Ok(());
    }
    b.octets(0, 12)?;
    let (first, sum) = (b.be16(0)?, b.be16(2)?);
    let source = first & 0x80 != 0;
    p.text(if source { "[S] " } else { "[] " });
    if p.v(1) {
        if source {
            p.v4_at(b, 8)?;
            p.text(" ");
        }
        p.text("> ");
        p.v4_at(b, 4)?;
        write!(p, " (oproto={})", first >> 8);
    }
    let size = if source { 12 } else { 8 };
    if checksum::of(&[b.upto(size)]) != 0 {
        write!(p, " (bad checksum {sum})");
    }
    Ok(())
}
