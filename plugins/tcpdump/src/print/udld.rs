//! UDLD: links of Cisco that work in one direction only (RFC 5171).

use super::prelude::*;

const FIELDS: &Table = &[
    (1, "Device-ID TLV"),
    (2, "Port-ID TLV"),
    (3, "Echo TLV"),
    (4, "Message Interval TLV"),
    (5, "Timeout Interval TLV"),
    (6, "Device Name TLV"),
    (7, "Sequence Number TLV"),
];
const CODES: &Table = &[
    (0, "Reserved"),
    (1, "Probe message"),
    (2, "Echo message"),
    (3, "Flush message"),
];
const FLAGS: &Table = &[
    (1, "RT"),
    (2, "RSY"),
    (4, "MBZ-2"),
    (8, "MBZ-3"),
    (16, "MBZ-4"),
    (32, "MBZ-5"),
    (64, "MBZ-6"),
    (128, "MBZ-7"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "udld";
    p.protocol_caps();
    if length < 4 {
        p.invalid();
        return b.octets(0, length).map(|_| ());
    }
    let (first, flags) = (b.u8(0)?, b.u8(1)?);
    let code = first & 0x1f;
    let name = tok(CODES, code.into(), "Reserved");
    let set = bits(FLAGS, flags.into(), "none", ", ");
    write!(p, "v{}, Code {name} ({code:x}), ", first >> 5);
    write!(p, "Flags [{set}] (0x{flags:02x}), length {length}");
    if !p.v(1) {
        return b.octets(0, length).map(|_| ());
    }
    write!(p, "\n\tChecksum 0x{:04x} (unverified)", b.be16(2)?);
    let (mut b, mut left) = (b.tail(4), length - 4);
    while left > 0 {
        if left < 4 {
            p.invalid();
            return b.octets(0, left).map(|_| ());
        }
        let (kind, size) = (b.be16(0)?, usize::from(b.be16(2)?));
        let name = tok(FIELDS, kind.into(), "Unknown");
        write!(p, "\n\t{name} (0x{kind:04x}) TLV, length {size}");
        b = b.tail(4);
        left -= 4;
        let size = match size.checked_sub(4) {
            Some(size) if size > 0 && size <= left => size,
            _ => {
                p.invalid();
                return b.octets(0, left).map(|_| ());
            }
        };
        match (kind, size) {
            (1 | 2 | 6, _) => {
                p.text(", ");
                p.padded_string_at(b, 0, size)?;
            }
            (3, _) => {
                p.text(", ");
                p.string_at(b, 0, size)?;
            }
            (4 | 5, 1) => write!(p, ", {}s", b.u8(0)?),
            (7, 4) => write!(p, ", {}", b.be32(0)?),
            (4 | 5 | 7, _) => {
                p.invalid();
                return b.octets(0, left).map(|_| ());
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
