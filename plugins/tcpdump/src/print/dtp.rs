//! DTP: Cisco's negotiation of trunks.

use super::prelude::*;

const FIELDS: &Table = &[
    (1, "Domain"),
    (2, "Status"),
    (3, "DTP type"),
    (4, "Neighbor"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "dtp";
    p.protocol_caps();
    if length < 1 {
        p.text("[zero packet length]");
        p.invalid();
        return Ok(());
    }
    write!(p, "v{}, length {length}", b.u8(0)?);
    if !p.v(1) {
        return Ok(());
    }
    let (mut b, mut left) = (b.tail(1), length - 1);
    while left > 0 {
        if left < 4 {
            write!(p, "[{left} bytes remaining]");
            p.invalid();
            return b.octets(0, left).map(|_| ());
        }
        let (kind, size) = (b.be16(0)?, usize::from(b.be16(2)?));
        if kind == 0 {
            return Ok(());
        }
        let name = tok(FIELDS, kind.into(), "Unknown");
        write!(p, "\n\t{name} (0x{kind:04x}) TLV, length {size}");
        let fits = (4..=left).contains(&size);
        if !fits {
            write!(p, "[TLV length {size}]");
        }
        let sized = match kind {
            2 | 3 => size == 5,
            4 => size == 10,
            _ => true,
        };
        if !fits || !sized {
            p.invalid();
            return b.octets(0, left).map(|_| ());
        }
        match kind {
            1 => {
                p.text(", ");
                p.padded_string_at(b, 4, size - 4)?;
            }
            2 | 3 => write!(p, ", 0x{:x}", b.u8(4)?),
            4 => {
                b.octets(4, 6)?;
                p.text(", ");
                p.mac_at(b, 4)?;
            }
            _ => {
                b.octets(0, size)?;
            }
        }
        b = b.tail(size);
        left -= size;
    }
    Ok(())
}
