//! Bluetooth's host interface with a direction before it.

use super::prelude::*;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "bluetooth";
    p.text("bluetooth");
    let direction = b.be32(0)?;
    p.link_header += 4;
    if p.set.link {
        let way = if direction & 1 != 0 { "in" } else { "out" };
        write!(
            p,
            ", hci length {}, direction {way}",
            length.saturating_sub(4)
        );
    }
    p.octets_of_unknown(b.tail(4));
    Ok(())
}
