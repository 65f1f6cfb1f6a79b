//! Compressed payloads of IP (RFC 3173).

use super::prelude::*;

/// Prints the header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "ipcomp";
    write!(p, "IPComp(cpi=0x{:04x})", b.be16(2)?);
    Ok(())
}
