//! Authentication headers (RFC 4302).

use super::prelude::*;

/// Prints the header; its length, none when nothing behind it is printed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    p.protocol = "ah";
    p.text("AH");
    let words = b.u8(1)?;
    let length = (usize::from(words) + 2) * 4;
    p.text("(");
    if p.v(1) {
        write!(p, "length={words}({length}-bytes),");
    }
    let reserved = b.be16(2)?;
    if reserved != 0 {
        write!(p, "reserved=0x{reserved:x}[MustBeZero],");
    }
    write!(p, "spi=0x{:08x},", b.be32(4)?);
    write!(p, "seq=0x{:x},icv=0x", b.be32(8)?);
    let check = length.saturating_sub(12);
    p.hex(b.tail(12).upto(check), "");
    b.octets(12, check)?;
    p.text("): ");
    Ok(Some(length))
}
