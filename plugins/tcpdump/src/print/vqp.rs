//! VQP: which VLAN a station belongs to, by its address.

use super::prelude::*;

const KINDS: &Table = &[
    (1, "Request, Join Port"),
    (2, "Response, VLAN"),
    (3, "Request, Reconfirm"),
    (4, "Response, Reconfirm"),
];
const ERRORS: &Table = &[
    (0, "No error"),
    (3, "Access denied"),
    (4, "Shutdown port"),
    (5, "Wrong VTP domain"),
];
const OBJECTS: &Table = &[
    (3073, "Client IP Address"),
    (3074, "Port Name"),
    (3075, "VLAN Name"),
    (3076, "VTP Domain"),
    (3077, "Ethernet Packet"),
    (3078, "MAC Null"),
    (3080, "MAC Address"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "vqp";
    b.octets(0, 8)?;
    if length < 8 {
        p.invalid();
        return Ok(());
    }
    let version = b.u8(0)?;
    if version != 1 {
        write!(p, "VQP version {version} packet not supported");
        return Ok(());
    }
    let kind = tok(KINDS, b.u8(1)?.into(), "unknown (%u)");
    let code = b.u8(2)?;
    let error = tok(ERRORS, code.into(), "unknown");
    if !p.v(1) {
        write!(
            p,
            "VQPv1 {kind} Message, error-code {error} ({code}), length {length}"
        );
        return Ok(());
    }
    let items = b.u8(3)?;
    write!(
        p,
        "\n\tVQPv1, {kind} Message, error-code {error} ({code}), seq 0x{:08x}, items {items}, length {length}",
        b.be32(4)?
    );
    let mut at = 8;
    for _ in 0..items {
        if at >= length {
            break;
        }
        b.octets(at, 6)?;
        if length - at < 6 {
            p.invalid();
            return Ok(());
        }
        let (kind, size) = (b.be32(at)?, usize::from(b.be16(at + 4)?));
        at += 6;
        let name = tok(OBJECTS, kind, "Unknown");
        write!(
            p,
            "\n\t  {name} Object (0x{kind:08x}), length {size}, value: "
        );
        if kind == 0 || size == 0 {
            return Ok(());
        }
        let v = b.octets(at, size)?;
        let wanted = match kind {
            0xc01 => 4,
            0xc06 | 0xc08 => 6,
            _ => size,
        };
        if size > length - at || size != wanted {
            p.invalid();
            return Ok(());
        }
        match kind {
            0xc01 => {
                p.v4_at(v, 0)?;
                write!(p, " (0x{:08x})", v.be32(0)?);
            }
            0xc02..=0xc05 => p.padded_string_at(v, 0, size)?,
            0xc06 | 0xc08 => p.hex(v, ":"),
            _ if p.v(2) => {}
            _ => p.unknown(v, "\n\t    ", size),
        }
        at += size;
    }
    Ok(())
}
