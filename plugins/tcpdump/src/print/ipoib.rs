//! IP over InfiniBand (RFC 4391), with its pseudo-header.

use super::ethertype;
use super::prelude::*;

const HEADER: usize = 44;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ipoib";
    if b.len() < HEADER || length < HEADER {
        p.truncated();
        p.link_header += b.len().min(length);
        return Ok(());
    }
    let kind = b.be16(40)?;
    if p.set.link {
        p.protocol_caps();
        header(p, kind, length);
    }
    p.link_header += HEADER;
    let payload = b.tail(HEADER);
    if !ethertype::print(p, kind, payload, length - HEADER, None)? {
        if !p.set.link {
            header(p, kind, length);
        }
        p.octets_of_unknown(payload);
    }
    Ok(())
}

fn header(p: &mut Printer, kind: u16, length: usize) {
    let name = tok(ethertype::NAMES, kind.into(), "Unknown");
    write!(p, ", ethertype {name}");
    if p.set.quiet == 0 {
        write!(p, " (0x{kind:04x})");
    }
    write!(p, ", length {length}: ");
}
