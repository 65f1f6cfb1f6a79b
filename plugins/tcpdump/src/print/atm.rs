//! ATM: frames of AAL5, cells of operation and maintenance, Sun's header.

use super::prelude::*;
use super::{isoclns, lane, llc, snmp};

const FLOWS: &Table = &[(3, "OAM F4 (segment)"), (4, "OAM F4 (end)")];
const PAYLOADS: &Table = &[
    (0, "user data, uncongested, SDU 0"),
    (1, "user data, uncongested, SDU 1"),
    (2, "user data, congested, SDU 0"),
    (3, "user data, congested, SDU 1"),
    (4, "VCC OAM F5 flow segment"),
    (5, "VCC OAM F5 flow end-to-end"),
    (6, "Traffic Control and resource Mgmt"),
];
const CELLS: &Table = &[
    (1, "Fault Management"),
    (2, "Performance Management"),
    (8, "activate/deactivate"),
    (15, "System Management"),
];
const FAULTS: &Table = &[
    (0, "AIS"),
    (1, "RDI"),
    (4, "Continuity Check"),
    (8, "Loopback"),
];
const PERFORMANCE: &Table = &[
    (0, "Forward Monitoring"),
    (1, "Backward Reporting"),
    (2, "Monitoring and Reporting"),
];
const ACTIVATION: &Table = &[(0, "Performance Monitoring"), (1, "Continuity Check")];
const LOOPBACKS: &Table = &[(0, "Reply"), (1, "Request")];
const SIGNALS: &Table = &[
    (2, "Call_proceeding"),
    (7, "Connect"),
    (15, "Connect_ack"),
    (5, "Setup"),
    (77, "Release"),
    (90, "Release_complete"),
    (70, "Restart"),
    (78, "Restart_ack"),
    (125, "Status"),
    (117, "Status_enquiry"),
    (128, "Add_party"),
    (129, "Add_party_ack"),
    (130, "Add_party_reject"),
    (131, "Drop_party"),
    (132, "Drop_party_ack"),
];

/// Prints a packet of the link of RFC 1483.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "atm";
    if b.u8(0)? == 3 {
        p.text(if p.set.link { "CNLPID " } else { "" });
        p.link_header += 1;
        return isoclns::print(p, b.tail(1), length.saturating_sub(1));
    }
    let (mut b, mut length) = (b, length);
    if !matches!(b.be24(0)?, 0x00aa_aa03 | 0x00fe_fe03 | 0x0006_0603) {
        if p.set.link {
            let words = [b.be32(0)?, b.be32(4)?, b.be32(8)?, b.be32(12)?];
            let [w, x, y, z] = words;
            write!(p, "{w:08x}{x:08x} {y:08x}{z:08x} ");
        }
        b.octets(0, 20)?;
        (b, length) = (b.tail(20), length.saturating_sub(20));
        p.link_header += 20;
    }
    p.link_header += control(p, b, length)?;
    Ok(())
}

/// A frame of LLC; the length of its header.
fn control(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    let (header, known) = llc::print(p, b, length, None)?;
    if !known {
        p.octets_of_unknown(b);
    }
    Ok(header)
}

/// Prints a packet with Sun's header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn sun(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "sunatm";
    if b.len() < 4 {
        p.truncated();
        return Ok(());
    }
    let first = b.u8(0)?;
    if p.set.link {
        p.text(if first & 0x80 != 0 { "Tx: " } else { "Rx: " });
    }
    let emulated = first & 15 == 1;
    let (circuit, path) = (b.be16(2)?, b.u8(1)?);
    p.link_header += 4;
    frame(
        p,
        b.tail(4),
        length.saturating_sub(4),
        (path, circuit),
        emulated,
    )
}

/// Prints a frame of a connection.
fn frame(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    (path, circuit): (u8, u16),
    emulated: bool,
) -> Done {
    p.protocol = "atm";
    if p.set.link {
        write!(p, "VPI:{path} VCI:{circuit} ");
    }
    match (path, circuit) {
        (0, 5) => return signal(p, b),
        (0, 2) => p.text("broadcast sig: "),
        (0, 3 | 4) => return maintenance(p, b, length, true),
        (0, 1) => p.text("meta: "),
        (0, 16) => {
            p.text("ilmi: ");
            return snmp::print(p, b, length);
        }
        _ if emulated => return lane::print(p, b, length),
        _ => return control(p, b, length).map(|_| ()),
    }
    Ok(())
}

fn signal(p: &mut Printer, b: &[u8]) -> Done {
    let protocol = b.u8(0)?;
    if protocol != 9 {
        write!(p, "SSCOP, proto {protocol} ");
        return Ok(());
    }
    p.text("Q.2931");
    write!(p, ":{} ", tok(SIGNALS, b.u8(5)?.into(), "msgtype#%u"));
    write!(p, "CALL_REF:0x{:06x}", b.be24(2)?);
    Ok(())
}

/// Prints a cell of operation and maintenance, with an octet that checks its header or without.
///
/// # Errors
/// [`Cut`]
pub(crate) fn maintenance(p: &mut Printer, b: &[u8], length: usize, checked: bool) -> Done {
    p.protocol = "oam";
    let at = usize::from(checked);
    let header = b.be32(at)?;
    let cell = b.u8(at + 4)?;
    let (kind, function) = (cell >> 4, cell & 15);
    let circuit = header >> 4 & 0xffff;
    let payload = tok(PAYLOADS, header >> 1 & 7, "Unknown");
    write!(
        p,
        "{}, vpi {}",
        tok(FLOWS, circuit, "OAM F5"),
        header >> 20 & 0xff
    );
    write!(
        p,
        ", vci {circuit}, payload [ {payload} ], clp {}",
        header & 1
    );
    write!(p, ", length {length}");
    if !p.v(1) {
        return Ok(());
    }
    write!(
        p,
        "\n\tcell-type {} ({kind})",
        tok(CELLS, kind.into(), "unknown")
    );
    let table = match kind {
        1 => Some(FAULTS),
        2 => Some(PERFORMANCE),
        8 => Some(ACTIVATION),
        _ => None,
    };
    let name = table.map_or("unknown".into(), |table| {
        tok(table, function.into(), "none")
    });
    write!(p, ", func-type {name} ({function})");
    let cell = b.tail(at + 4);
    match (kind, function) {
        (1, 8) => {
            cell.octets(1, 45)?;
            let name = tok(LOOPBACKS, (cell.u8(1)? & 1).into(), "Unknown");
            write!(
                p,
                "\n\tLoopback-Indicator {name}, Correlation-Tag 0x{:08x}",
                cell.be32(2)?
            );
            p.text("\n\tLocation-ID ");
            octets(p, cell, 6, 12)?;
            p.text("\n\tSource-ID   ");
            octets(p, cell, 18, 12)?;
        }
        (1, 0 | 1) => {
            cell.octets(1, 45)?;
            write!(p, "\n\tFailure-type 0x{:02x}", cell.u8(1)?);
            p.text("\n\tLocation-ID ");
            octets(p, cell, 2, 16)?;
        }
        _ => {}
    }
    let sum = cell.be16(46)? & 0x3ff;
    let wrong = if crc10(cell.octets(0, 48)?) == 0 {
        ""
    } else {
        "in"
    };
    write!(p, "\n\tcksum 0x{sum:03x} ({wrong}correct)");
    Ok(())
}

fn octets(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done {
    p.hex(b.octets(at, count)?, " ");
    Ok(())
}

/// The remainder of x^10 + x^9 + x^5 + x^4 + x + 1, of zero over a cell with its sum.
fn crc10(octets: &[u8]) -> u16 {
    octets.iter().fold(0u16, |sum, octet| {
        (0..8).rev().fold(sum, |sum, bit| {
            let high = sum >> 9 & 1;
            let next = sum << 1 & 0x3ff | u16::from(octet >> bit & 1);
            if high != 0 { next ^ 0x233 } else { next }
        })
    })
}
