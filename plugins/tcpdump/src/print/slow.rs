//! Slow protocols of Ethernet (IEEE 802.3): LACP, Marker, OAM.

use super::oui::VENDORS;
use super::prelude::*;

const PROTOCOLS: &Table = &[(1, "LACP"), (2, "MARKER"), (3, "OAM"), (10, "OSSP")];
const FLAGS: &Table = &[
    (1, "Link Fault"),
    (2, "Dying Gasp"),
    (4, "Critical Event"),
    (8, "Local Evaluating"),
    (16, "Local Stable"),
    (32, "Remote Evaluating"),
    (64, "Remote Stable"),
];
const CODES: &Table = &[
    (0, "Information"),
    (1, "Event Notification"),
    (2, "Variable Request"),
    (3, "Variable Response"),
    (4, "Loopback Control"),
    (254, "Vendor Private"),
];
const INFORMATION: &Table = &[
    (0, "End of TLV marker"),
    (1, "Local"),
    (2, "Remote"),
    (254, "Organization specific"),
];
const PARSER_STATES: &Table = &[
    (0, "forwarding"),
    (1, "looping back"),
    (2, "discarding"),
    (3, "reserved"),
];
const MUX_STATES: &Table = &[(0, "forwarding"), (4, "discarding")];
const CONFIG: &Table = &[
    (1, "Active"),
    (2, "Unidirectional"),
    (4, "Remote-Loopback"),
    (8, "Link-Events"),
    (16, "Variable-Retrieval"),
];
const EVENTS: &Table = &[
    (0, "End of TLV marker"),
    (1, "Errored Symbol Period Event"),
    (2, "Errored Frame Event"),
    (3, "Errored Frame Period Event"),
    (4, "Errored Frame Seconds Summary Event"),
    (254, "Organization specific"),
];
const LOOPBACK_COMMANDS: &Table = &[
    (1, "Enable OAM Remote Loopback"),
    (2, "Disable OAM Remote Loopback"),
];
const ELEMENTS: &Table = &[
    (256, "Terminator"),
    (257, "Actor Information"),
    (258, "Partner Information"),
    (259, "Collector Information"),
    (512, "Terminator"),
    (513, "Marker Information"),
];
const STATES: &Table = &[
    (1, "Activity"),
    (2, "Timeout"),
    (4, "Aggregation"),
    (8, "Synchronization"),
    (16, "Collecting"),
    (32, "Distributing"),
    (64, "Default"),
    (128, "Expired"),
];
const LACP: u8 = 1;
const MARKER: u8 = 2;
const OAM: u8 = 3;
const ORGANIZATION: u8 = 10;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "slow";
    let kind = if length < 1 { 0 } else { b.u8(0)? };
    let versioned = matches!(kind, LACP | MARKER);
    if length < 1 || versioned && length < 2 {
        p.text(if p.v(1) {
            "\n\t\t packet is too short"
        } else {
            " (packet is too short)"
        });
        return Ok(());
    }
    if versioned && b.u8(1)? != 1 {
        let name = if kind == LACP { "LACP" } else { "MARKER" };
        write!(p, "{name} version {} packet not supported", b.u8(1)?);
        return Ok(());
    }
    p.name(PROTOCOLS, kind, "unknown (%u)");
    if versioned {
        p.text("v1");
    }
    write!(p, ", length {length}");
    let known = versioned || matches!(kind, OAM | ORGANIZATION);
    if !known {
        p.unknown(b, "\n\t", length);
        return Ok(());
    }
    if !p.v(1) {
        return Ok(());
    }
    match kind {
        OAM => oam(p, b.tail(1), length - 1),
        ORGANIZATION => organization(p, b.tail(1), length - 1),
        _ => aggregation(p, b.tail(2), length - 2, kind),
    }
}

fn too_short(p: &mut Printer) -> Done {
    p.text("\n\t\t packet is too short");
    Ok(())
}

/// Says when a length is not as it should be.
fn wrong(p: &mut Printer, size: usize, right: usize) -> bool {
    if size != right {
        write!(p, "\n\t    ERROR: illegal length - should be {right}");
    }
    size != right
}

fn aggregation(p: &mut Printer, b: &[u8], length: usize, protocol: u8) -> Done {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if left < 2 {
            return too_short(p);
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        let both = u32::from(protocol) << 8 | u32::from(kind);
        let name = tok(ELEMENTS, both, "Unknown");
        write!(p, "\n\t{name} TLV (0x{kind:02x}), length {size}");
        if kind == 0 {
            return Ok(());
        }
        if size < 2 {
            p.text("\n\t    ERROR: illegal length - should be >= 2");
            return Ok(());
        }
        if left < size {
            return too_short(p);
        }
        let value = b.octets(at, size)?.tail(2);
        match both {
            0x101 | 0x102 => {
                let fits = !wrong(p, size, 20);
                if fits {
                    p.text("\n\t  System ");
                    p.mac_at(value, 2)?;
                    write!(p, ", System Priority {}", value.be16(0)?);
                    write!(p, ", Key {}, Port {}", value.be16(8)?, value.be16(12)?);
                    write!(p, ", Port Priority {}", value.be16(10)?);
                    let state = bits(STATES, value.u8(14)?.into(), "none", ", ");
                    write!(p, "\n\t  State Flags [{state}]");
                }
            }
            0x103 => {
                let fits = !wrong(p, size, 16);
                if fits {
                    write!(p, "\n\t  Max Delay {}", value.be16(0)?);
                }
            }
            0x201 => {
                let fits = !wrong(p, size, 16);
                if fits {
                    p.text("\n\t  Request System ");
                    p.mac_at(value, 2)?;
                    write!(p, ", Request Port {}", value.be16(0)?);
                    write!(p, ", Request Transaction ID 0x{:08x}", value.be32(8)?);
                }
            }
            _ if !p.v(2) => p.unknown(value, "\n\t  ", size - 2),
            _ => {}
        }
        if p.v(2) {
            p.unknown(value, "\n\t  ", size - 2);
        }
        at += size;
        left -= size;
    }
    Ok(())
}

fn oam(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 3 {
        return too_short(p);
    }
    b.octets(0, 3)?;
    let code = b.u8(2)?;
    let flags = bits(FLAGS, b.be16(0)?.into(), "none", ", ");
    let name = tok(CODES, code.into(), "Unknown (%u)");
    write!(p, "\n\tCode {name} OAM PDU, Flags [{flags}]");
    let (b, length) = (b.tail(3), length - 3);
    match code {
        0 => oam_elements(p, b, length, INFORMATION, "Information", information),
        1 => {
            if length < 2 {
                return too_short(p);
            }
            write!(p, "\n\t  Sequence Number {}", b.be16(0)?);
            oam_elements(p, b.tail(2), length - 2, EVENTS, "Link Event", event)
        }
        4 => {
            if length < 1 {
                return too_short(p);
            }
            let command = b.u8(0)?;
            let name = tok(LOOPBACK_COMMANDS, command.into(), "Unknown");
            write!(p, "\n\t  Command {name} ({command})");
            Ok(())
        }
        _ => {
            if !p.v(2) {
                p.unknown(b, "\n\t  ", length);
            }
            Ok(())
        }
    }
}

/// Prints elements, each with what is made for its kind; what that does not know is written in numbers.
fn oam_elements(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    names: &Table,
    what: &str,
    print: fn(&mut Printer, u8, &[u8]) -> Done<bool>,
) -> Done {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if left < 2 {
            return too_short(p);
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        let name = tok(names, kind.into(), "Reserved");
        write!(p, "\n\t  {name} {what} Type ({kind}), length {size}");
        if kind == 0 {
            return Ok(());
        }
        if size < 2 {
            p.text("\n\t    ERROR: illegal length - should be >= 2");
            return Ok(());
        }
        if left < size {
            return too_short(p);
        }
        let element = b.octets(at, size)?;
        if !print(p, kind, element)? || p.v(2) {
            p.unknown(element, "\n\t  ", size);
        }
        at += size;
        left -= size;
    }
    Ok(())
}

fn information(p: &mut Printer, kind: u8, b: &[u8]) -> Done<bool> {
    if !matches!(kind, 1 | 2) || wrong(p, b.len(), 16) {
        return Ok(false);
    }
    write!(
        p,
        "\n\t    OAM-Version {}, Revision {}",
        b.u8(2)?,
        b.be16(3)?
    );
    let state = u32::from(b.u8(5)?);
    let parser = tok(PARSER_STATES, state & 3, "Reserved");
    let mux = tok(MUX_STATES, state & 4, "Reserved");
    write!(
        p,
        "\n\t    State-Parser-Action {parser}, State-MUX-Action {mux}"
    );
    let config = bits(CONFIG, b.u8(6)?.into(), "none", ", ");
    write!(p, "\n\t    OAM-Config Flags [{config}]");
    write!(p, ", OAM-PDU-Config max-PDU size {}", b.be16(7)? & 0x7ff);
    let vendor = b.be24(9)?;
    let name = tok(VENDORS, vendor, "Unknown");
    write!(
        p,
        "\n\t    OUI {name} (0x{vendor:06x}), Vendor-Private 0x{:08x}",
        b.be32(12)?
    );
    Ok(true)
}

fn event(p: &mut Printer, kind: u8, b: &[u8]) -> Done<bool> {
    if !matches!(kind, 1..=4) || wrong(p, b.len(), 40) {
        return Ok(false);
    }
    write!(p, "\n\t    Timestamp {} ms", u32::from(b.be16(2)?) * 100);
    write!(p, ", Errored Window {}", b.be64(4)?);
    write!(p, "\n\t    Errored Threshold {}", b.be64(12)?);
    write!(p, "\n\t    Errors {}", b.be64(20)?);
    write!(p, "\n\t    Error Running Total {}", b.be64(28)?);
    write!(p, "\n\t    Event Running Total {}", b.be32(36)?);
    Ok(true)
}

fn organization(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 3 {
        p.bad("length", length, "<", 3);
        return Ok(());
    }
    let owner = b.be24(0)?;
    write!(
        p,
        "\n\tOUI: {} (0x{owner:06x})",
        tok(VENDORS, owner, "Unknown")
    );
    p.unknown(b.tail(3), "\n\t", length - 3);
    Ok(())
}
