//! LLDP: what data center bridging exchange (version 1.01) adds.

use super::prelude::*;

/// Prints an element; false when something in it is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 4 {
        return Ok(true);
    }
    let kind = v.u8(3)?;
    let names = [
        (1, "DCB Capability Exchange Protocol Rev 1"),
        (2, "DCB Capability Exchange Protocol Rev 1.01"),
    ];
    write!(
        p,
        "\n\t  {} Subtype ({kind})",
        tok(&names, kind.into(), "unknown")
    );
    if kind == 1 {
        return Ok(false);
    }
    let mut known = true;
    let mut rest = v.tail(4);
    while rest.len() >= 2 {
        let head = rest.be16(0)?;
        let (kind, size) = (head >> 9, usize::from(head & 0x1ff));
        known = true;
        rest = rest.tail(2);
        if kind == 0 || size == 0 {
            break;
        }
        let Ok(value) = rest.octets(0, size) else {
            break;
        };
        let least = match kind {
            1 => 10,
            2 => 17,
            3 => 6,
            4 => 4,
            _ => 0,
        };
        if size < least {
            break;
        }
        match kind {
            1 => {
                write!(
                    p,
                    "\n\t    Control - Protocol Control (type 0x1, length {size})"
                );
                versions(p, value)?;
                write!(p, "\n\t      Sequence Number: {}", value.be32(2)?);
                write!(p, "\n\t      Acknowledgement Number: {}", value.be32(6)?);
            }
            2 => groups(p, value)?,
            3 => flow_control(p, value)?,
            4 => applications(p, value)?,
            _ => known = false,
        }
        if p.v(2) || !known {
            p.unknown(value, "\n\t    ", size);
        }
        rest = rest.tail(size);
    }
    Ok(known)
}

fn versions(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, "\n\t      Oper_Version: {}", v.u8(0)?);
    write!(p, "\n\t      Max_Version: {}", v.u8(1)?);
    Ok(())
}

fn feature(p: &mut Printer, v: &[u8], name: &str, kind: u8) -> Done {
    write!(
        p,
        "\n\t    Feature - {name} (type 0x{kind:x}, length {})",
        v.len()
    );
    versions(p, v)?;
    let info = v.u8(2)?;
    write!(
        p,
        "\n\t      Info block(0x{info:02X}): Enable bit: {}",
        info >> 7
    );
    write!(
        p,
        ", Willing bit: {}, Error Bit: {}",
        info >> 6 & 1,
        info >> 5 & 1
    );
    write!(p, "\n\t      SubType: {}", v.u8(3)?);
    Ok(())
}

fn groups(p: &mut Printer, v: &[u8]) -> Done {
    feature(p, v, "Priority Group", 2)?;
    p.text("\n\t      Priority Allocation");
    let allocation = v.be32(4)?;
    for priority in 0..8 {
        write!(
            p,
            "\n\t          PgId_{priority}: {}",
            allocation >> (28 - 4 * priority) & 15
        );
    }
    p.text("\n\t      Priority Group Allocation");
    for (group, share) in v.octets(8, 8)?.iter().enumerate() {
        write!(p, "\n\t          Pg percentage[{group}]: {share}");
    }
    write!(p, "\n\t      NumTCsSupported: {}", v.u8(16)?);
    Ok(())
}

fn flow_control(p: &mut Printer, v: &[u8]) -> Done {
    feature(p, v, "Priority Flow Control", 3)?;
    let config = v.u8(4)?;
    write!(p, "\n\t      PFC Config (0x{config:02X})");
    for bit in 0..8 {
        let state = if config >> bit & 1 != 0 {
            "Enabled"
        } else {
            "Disabled"
        };
        write!(p, "\n\t          Priority Bit {bit}: {state}");
    }
    write!(p, "\n\t      NumTCPFCSupported: {}", v.u8(5)?);
    Ok(())
}

fn applications(p: &mut Printer, v: &[u8]) -> Done {
    feature(p, v, "Application", 4)?;
    for entry in v.tail(4).chunks_exact(6) {
        p.text("\n\t      Application Value");
        write!(
            p,
            "\n\t          Application Protocol ID: 0x{:04x}",
            entry.be16(0)?
        );
        let word = entry.be24(2)?;
        let field = word >> 22;
        let meaning = if field == 0 {
            "L2 EtherType"
        } else {
            "Socket Number"
        };
        write!(
            p,
            "\n\t          SF (0x{field:x}) Application Protocol ID is {meaning}"
        );
        write!(p, "\n\t          OUI: 0x{:06x}", word & 0x003f_ffff);
        write!(p, "\n\t          User Priority Map: 0x{:02x}", entry.u8(5)?);
    }
    Ok(())
}
