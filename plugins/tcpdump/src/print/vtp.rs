//! VTP: how Cisco's switches tell each other which VLANs there are.

use super::prelude::*;

const KINDS: &Table = &[
    (1, "Summary advertisement"),
    (2, "Subset advertisement"),
    (3, "Advertisement request"),
    (4, "Join message"),
];
const HEADERS: &Table = &[
    (1, "Followers"),
    (2, "Seq number"),
    (3, "Rsvd"),
    (4, "Rsvd"),
];
const VLAN_TYPES: &Table = &[
    (1, "Ethernet"),
    (2, "FDDI"),
    (3, "TrCRF"),
    (4, "FDDI-net"),
    (5, "TrBRF"),
];
const VLAN_STATUS: &Table = &[(0, "Operational"), (1, "Suspended")];
const VLAN_ELEMENTS: &Table = &[
    (1, "Source-Routing Ring Number TLV"),
    (2, "Source-Routing Bridge Number TLV"),
    (3, "STP type TLV"),
    (4, "Parent VLAN TLV"),
    (5, "Translationally bridged VLANs TLV"),
    (6, "Pruning TLV"),
    (7, "Bridge Type TLV"),
    (8, "Max ARP Hop Count TLV"),
    (9, "Max STE Hop Count TLV"),
    (10, "Backup CRF Mode TLV"),
];
const STP_TYPES: &Table = &[(1, "SRT"), (2, "SRB"), (3, "Auto")];
const HEADER: usize = 36;
const LONGEST_NAME: u8 = 32;
const VLAN: usize = 12;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "vtp";
    p.protocol_caps();
    if length < HEADER {
        p.bad("length", length, "<", HEADER);
        b.octets(0, length)?;
        return Ok(());
    }
    b.octets(0, HEADER)?;
    let (version, kind) = (b.u8(0)?, b.u8(1)?);
    if !(1..=3).contains(&version) {
        let (relation, limit) = if version < 1 { ("<", 1) } else { (">", 3) };
        p.bad("version", version, relation, limit);
        b.octets(0, length)?;
        return Ok(());
    }
    let name = tok(KINDS, kind.into(), "Unknown message type");
    write!(
        p,
        "v{version}, Message {name} (0x{kind:02x}), length {length}"
    );
    if !p.v(1) {
        b.octets(0, length)?;
        return Ok(());
    }
    p.text("\n\tDomain name: ");
    let domain = b.u8(3)?;
    if !(1..=LONGEST_NAME).contains(&domain) {
        write!(p, " [MgmtD Len {domain}]");
        p.invalid();
        b.octets(0, length)?;
        return Ok(());
    }
    p.padded_string_at(b, 4, domain.into())?;
    write!(
        p,
        ", {}: {}",
        tok(HEADERS, kind.into(), "Unknown"),
        b.u8(2)?
    );
    match kind {
        1 => {
            write!(p, "\n\t  Config Rev {:x}, Updater ", b.be32(HEADER)?);
            p.v4_at(b, HEADER + 4)?;
            write!(
                p,
                ", Timestamp 0x{:08x} 0x{:08x} 0x{:08x}",
                b.be32(44)?,
                b.be32(48)?,
                b.be32(52)?
            );
            let digest = b.octets(56, 16)?;
            p.text(", MD5 digest: ");
            p.hex(digest, "");
        }
        2 => {
            write!(p, ", Config Rev {:x}", b.be32(HEADER)?);
            let mut at = HEADER + 4;
            while at < length {
                let size = usize::from(b.u8(at)?);
                if size == 0 {
                    break;
                }
                if !vlan(p, b.octets(at, size)?)? {
                    p.invalid();
                    b.octets(0, length)?;
                    return Ok(());
                }
                at += size;
            }
        }
        3 => write!(p, "\n\tStart value: {}", b.be32(HEADER)?),
        _ => {}
    }
    Ok(())
}

/// What is said of a VLAN; false when it does not fit its length.
fn vlan(p: &mut Printer, b: &[u8]) -> Done<bool> {
    if b.len() < VLAN {
        return Ok(false);
    }
    let status = tok(VLAN_STATUS, b.u8(1)?.into(), "Unknown");
    let kind = tok(VLAN_TYPES, b.u8(2)?.into(), "Unknown");
    write!(
        p,
        "\n\tVLAN info status {status}, type {kind}, VLAN-id {}",
        b.be16(4)?
    );
    write!(p, ", MTU {}, SAID 0x{:08x}, Name ", b.be16(6)?, b.be32(8)?);
    let name = usize::from(b.u8(3)?);
    let padded = name.next_multiple_of(4);
    if b.len() - VLAN < padded {
        return Ok(false);
    }
    p.padded_string_at(b, VLAN, name)?;
    let mut b = b.tail(VLAN + padded);
    while !b.is_empty() {
        if b.len() < 2 {
            return Ok(false);
        }
        let (kind, size) = (b.u8(0)?, b.u8(1)?);
        let name = tok(VLAN_ELEMENTS, kind.into(), "Unknown");
        write!(p, "\n\t\t{name} (0x{kind:04x}) TLV");
        if b.len() < usize::from(size) * 2 + 2 {
            p.text(" (TLV goes past the end of the packet)");
            return Ok(false);
        }
        if size != 1 {
            write!(p, " [TLV length {size} != 1]");
            return Ok(false);
        }
        let value = b.be16(2)?;
        match kind {
            9 => write!(p, ", {value}"),
            6 => write!(
                p,
                ", {} ({value})",
                if value == 1 { "Enabled" } else { "Disabled" }
            ),
            3 => write!(p, ", {} ({value})", tok(STP_TYPES, value.into(), "Unknown")),
            7 => write!(p, ", {} ({value})", if value == 1 { "SRB" } else { "SRT" }),
            10 => write!(
                p,
                ", {} ({value})",
                if value == 1 { "Backup" } else { "Not backup" }
            ),
            _ => p.unknown(b, "\n\t\t  ", 4),
        }
        b = b.tail(4);
    }
    Ok(true)
}
