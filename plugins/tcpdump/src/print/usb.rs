//! USB as Linux captures it: what its header says.

use super::prelude::*;

/// A packet with a header of this length.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], header: usize) -> Done {
    p.protocol = match header {
        48 => "usb_linux_48_byte",
        _ => "usb_linux_64_byte",
    };
    b.octets(0, header)?;
    p.link_header += header;
    p.protocol = "usb";
    p.text("USB");
    if p.set.quiet > 0 {
        return Ok(());
    }
    let (event, transfer) = (b.u8(8)?, b.u8(9)?);
    p.text(match transfer {
        0 => " ISOCHRONOUS",
        1 => " INTERRUPT",
        2 => " CONTROL",
        3 => " BULK",
        _ => "  ?",
    });
    p.text(match event {
        b'S' => " SUBMIT",
        b'C' => " COMPLETE",
        b'E' => " ERROR",
        _ => " ?",
    });
    let asks = match event {
        b'S' => Some(true),
        b'C' | b'E' => Some(false),
        _ => None,
    };
    p.text(match (transfer, asks) {
        (0 | 2 | 3, Some(true)) | (1, Some(false)) => " to",
        (0 | 2 | 3, Some(false)) | (1, Some(true)) => " from",
        _ => "",
    });
    let (endpoint, device, bus) = (b.u8(10)? & 0x7f, b.u8(11)?, b.le16(12)?);
    write!(p, " {bus}:{device}:{endpoint}");
    Ok(())
}
