//! M3UA (RFC 4666): the signalling of telephone networks over SCTP.

use super::prelude::*;

const CLASSES: &Table = &[
    (0, "Management"),
    (1, "Transfer"),
    (2, "SS7"),
    (3, "ASP"),
    (4, "ASP"),
    (9, "Routing Key Management"),
];
const MANAGEMENT: &Table = &[(0, "Error"), (1, "Notify")];
const TRANSFER: &Table = &[(1, "Data")];
const NETWORK: &Table = &[
    (1, "Destination Unavailable"),
    (2, "Destination Available"),
    (3, "Destination State Audit"),
    (4, "Signalling Congestion"),
    (5, "Destination User Part Unavailable"),
    (6, "Destination Restricted"),
];
const STATES: &Table = &[
    (1, "Up"),
    (2, "Down"),
    (3, "Heartbeat"),
    (4, "Up Acknowledgement"),
    (5, "Down Acknowledgement"),
    (6, "Heartbeat Acknowledgement"),
];
const TRAFFIC: &Table = &[
    (1, "Active"),
    (2, "Inactive"),
    (3, "Active Acknowledgement"),
    (4, "Inactive Acknowledgement"),
];
const ROUTING: &Table = &[
    (1, "Registration Request"),
    (2, "Registration Response"),
    (3, "Deregistration Request"),
    (4, "Deregistration Response"),
];
const PARAMETERS: &Table = &[
    (4, "INFO String"),
    (6, "Routing Context"),
    (7, "Diagnostic Info"),
    (9, "Heartbeat Data"),
    (11, "Traffic Mode Type"),
    (12, "Error Code"),
    (13, "Status"),
    (17, "ASP Identifier"),
    (18, "Affected Point Code"),
    (19, "Correlation ID"),
    (512, "Network Appearance"),
    (516, "User/Cause"),
    (517, "Congestion Indications"),
    (518, "Concerned Destination"),
    (519, "Routing Key"),
    (520, "Registration Result"),
    (521, "Deregistration Result"),
    (522, "Local Routing Key Identifier"),
    (523, "Destination Point Code"),
    (524, "Service Indicators"),
    (526, "Originating Point Code List"),
    (528, "Protocol Data"),
    (530, "Registration Status"),
    (531, "Deregistration Status"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "m3ua";
    if b.len() < 8 {
        p.invalid();
        return Ok(());
    }
    if b.u8(0)? != 1 {
        return Ok(());
    }
    let (class, kind, size) = (b.u8(2)?, b.u8(3)?, b.be32(4)?);
    p.text("\n\t\t");
    p.name(CLASSES, class, "Unknown message class %u");
    let kinds = match class {
        0 => MANAGEMENT,
        1 => TRANSFER,
        2 => NETWORK,
        3 => STATES,
        4 => TRAFFIC,
        9 => ROUTING,
        _ => &[],
    };
    if !kinds.is_empty() {
        let name = tok(kinds, kind.into(), "Unknown (0x%02x)");
        write!(p, " {name} Message");
    }
    if b.len() != size as usize {
        write!(
            p,
            "\n\t\t\t@@@@@@ Corrupted length {size} of message @@@@@@"
        );
        return Ok(());
    }
    parameters(p, b.tail(8))
}

fn parameters(p: &mut Printer, b: &[u8]) -> Done {
    let mut at = 0;
    while at < b.len() {
        if b.len() - at < 4 {
            p.invalid();
            return Ok(());
        }
        let (tag, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        p.text("\n\t\t\t");
        p.name(PARAMETERS, tag, "Unknown Parameter (0x%04x)");
        p.text(": ");
        if size < 4 {
            p.invalid();
            return Ok(());
        }
        let end = (at + size).next_multiple_of(4);
        b.octets(at, end - at)?;
        match tag {
            // The native tool reads the value where the header begins.
            6 | 0x13 | 0x200 if size >= 8 => write!(p, "0x{:08x}", b.be32(at)?),
            6 | 0x13 | 0x200 => p.invalid(),
            _ => write!(p, "(length {size})"),
        }
        at = end;
    }
    Ok(())
}
