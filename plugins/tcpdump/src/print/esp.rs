//! Encapsulated payloads of security (RFC 4303). Nothing is decrypted.

use super::prelude::*;
use super::transport::Ip;

/// Prints the header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, _: Ip<'_>) -> Done {
    p.protocol = "esp";
    p.protocol_caps();
    write!(p, "(spi=0x{:08x}", b.be32(0)?);
    write!(p, ",seq=0x{:x})", b.be32(4)?);
    write!(p, ", length {length}");
    Ok(())
}
