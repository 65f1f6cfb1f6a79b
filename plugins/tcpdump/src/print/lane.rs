//! LAN emulation over ATM.

use super::ethernet;
use super::prelude::*;

const OPERATIONS: &Table = &[
    (1, "configure request"),
    (257, "configure response"),
    (2, "join request"),
    (258, "join response"),
    (3, "ready query"),
    (259, "ready indication"),
    (4, "register request"),
    (260, "register response"),
    (5, "unregister request"),
    (261, "unregister response"),
    (6, "ARP request"),
    (262, "ARP response"),
    (7, "flush request"),
    (263, "flush response"),
    (8, "NARP request"),
    (9, "topology request"),
];

/// Prints a frame.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lane";
    let client = b.be16(0)?;
    if client == 0xff00 {
        let operation = b.be16(4)?;
        write!(p, "lec: proto {:x} vers {:x} ", b.u8(2)?, b.u8(3)?);
        p.name(OPERATIONS, operation, "opcode-#%u");
        return Ok(());
    }
    if p.set.link {
        write!(p, "lecid:{client:x} ");
    }
    ethernet::print(p, b.tail(2), length.saturating_sub(2)).map(|_| ())
}
