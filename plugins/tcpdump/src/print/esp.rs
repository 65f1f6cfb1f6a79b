//! Encapsulated payloads of security (RFC 4303). Nothing is decrypted.

use super::prelude::*;
use super::transport::Ip;

/// Prints the header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, _: Ip<'_>) -> Done {
    p.protocol = "esp";
    b.octets(0, 8)?;
    write!(
        p,
        "ESP(spi=0x{:08x},seq=0x{:x}), length {length}",
        b.be32(0)?,
        b.be32(4)?
    );
    Ok(())
}
