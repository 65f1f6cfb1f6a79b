//! LMP (RFC 4204): how neighbors manage the links between them.

use super::gmpls_names::{ENCODINGS, SDH_SIGNALS, SERVICE_LINKS, SONET_SIGNALS, SWITCHING};
use super::isis_reach::mbps;
use super::lmp_names::*;
use super::prelude::*;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lmp";
    b.octets(0, 8)?;
    let version = b.u8(0)? >> 4;
    if version != 1 {
        write!(p, "LMP version {version} packet not supported");
        return Ok(());
    }
    let kind = b.u8(3)?;
    if !p.v(1) {
        let name = tok(KINDS, kind.into(), "unknown (%u)");
        write!(p, "LMPv1 {name} Message, length: {length}");
        return Ok(());
    }
    let mut left = usize::from(b.be16(4)?);
    let name = tok(KINDS, kind.into(), "unknown, type: %u");
    let flags = bits(FLAGS, b.u8(2)?.into(), "none", ", ");
    write!(
        p,
        "\n\tLMPv1, msg-type: {name}, Flags: [{flags}], length: {left}"
    );
    if left < 8 {
        p.text(" (too short)");
        return Ok(());
    }
    if left > length {
        p.text(" (too long)");
        left = length;
    }
    let mut at = 8;
    left -= 8;
    while left != 0 {
        let size = usize::from(b.be16(at + 2)?);
        let (first, class) = (b.u8(at)?, b.u8(at + 1)?);
        let kind = first & 0x7f;
        let name = tok(OBJECTS, class.into(), "Unknown");
        let type_name = tok(
            CLASS_TYPES,
            u32::from(class) << 8 | u32::from(kind),
            "Unknown",
        );
        let not = if first & 0x80 != 0 { "" } else { "non-" };
        write!(
            p,
            "\n\t  {name} Object ({class}), Class-Type: {type_name} ({kind}) Flags: [{not}negotiable], length: {size}"
        );
        if size < 4 {
            p.text(" (too short)");
            return Ok(());
        }
        if size % 4 != 0 {
            p.text(" (not a multiple of 4)");
            return Ok(());
        }
        let v = b.octets(at, size)?.tail(4);
        match object(p, class, kind, v)? {
            Object::Known if !p.v(2) => {}
            Object::Wrong => {
                p.text(" (not correct for object)");
                if p.v(2) {
                    p.unknown(v, "\n\t    ", v.len());
                }
            }
            _ => p.unknown(v, "\n\t    ", v.len()),
        }
        if left < size {
            write!(p, " [remaining objects length {left} < {size}]");
            p.invalid();
            break;
        }
        at += size;
        left -= size;
    }
    Ok(())
}

/// What is known of an object.
enum Object {
    Known,
    /// Its length is not that of its class and type.
    Wrong,
    /// Its octets are to be seen.
    Unknown,
}

/// A name, an address or number, and the number in hexadecimal.
fn id(p: &mut Printer, before: &str, v: &[u8], at: usize, form: Form) -> Done {
    write!(p, "\n\t    {before}: ");
    match form {
        Form::Four => p.v4_at(v, at)?,
        Form::Six => p.v6_at(v, at)?,
        Form::Number => write!(p, "{}", v.be32(at)?),
    }
    write!(p, " (0x{:08x})", v.be32(at)?);
    Ok(())
}

/// How a link is numbered.
#[derive(Clone, Copy)]
enum Form {
    Four,
    Six,
    Number,
}

impl Form {
    /// By the type of most classes.
    fn of(kind: u8) -> Option<Self> {
        match kind {
            1 => Some(Self::Four),
            2 => Some(Self::Six),
            3 => Some(Self::Number),
            _ => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Six => 16,
            _ => 4,
        }
    }
}

fn object(p: &mut Printer, class: u8, kind: u8, v: &[u8]) -> Done<Object> {
    let size = match (class, kind) {
        (1, 1 | 2) | (3 | 4, 1 | 2 | 5 | 6) | (5, 1 | 2) | (2, 1 | 2) => 4,
        (3 | 4, 3 | 4) => 16,
        (6, 1) | (9, 1) | (10, 1) | (20, 1 | 2) | (51, 1 | 4) => 4,
        (7, 1) | (51, 3) => 8,
        (11, 1 | 3) => 12,
        (11, 2) => 36,
        (8, 1) => 20,
        (51, 2) => 16,
        (12, 1 | 3) if v.len() < 12 => return Ok(Object::Wrong),
        (12, 2) if v.len() < 36 => return Ok(Object::Wrong),
        (12..=14, 1..=3) => v.len(),
        (1..=14 | 20 | 51, _) => return Ok(Object::Unknown),
        _ => {
            return Ok(match p.v(2) {
                true => Object::Known,
                false => Object::Unknown,
            });
        }
    };
    if v.len() != size {
        return Ok(Object::Wrong);
    }
    match (class, kind) {
        (1, _) => id(p, "Control Channel ID", v, 0, Form::Number)?,
        (2, _) => id(p, "Node ID", v, 0, Form::Four)?,
        (3 | 4, 1 | 2) => id(p, "IPv4 Link ID", v, 0, Form::Four)?,
        (3 | 4, 3 | 4) => id(p, "IPv6 Link ID", v, 0, Form::Six)?,
        (3 | 4, _) => id(p, "Link ID", v, 0, Form::Number)?,
        (5, 1) => id(p, "Message ID", v, 0, Form::Number)?,
        (5, _) => id(p, "Message ID Ack", v, 0, Form::Number)?,
        (6, _) => write!(
            p,
            "\n\t    Hello Interval: {}\n\t    Hello Dead Interval: {}",
            v.be16(0)?,
            v.be16(2)?
        ),
        (7, _) => write!(p, "\n\t    Tx Seq: {}, Rx Seq: {}", v.be32(0)?, v.be32(4)?),
        (8, _) => verification(p, v)?,
        (9, _) => write!(
            p,
            "\n\t    Verify Dead Interval: {}\n\t    Verify Transport Response: {}",
            v.be16(0)?,
            v.be16(2)?
        ),
        (10, _) => write!(p, "\n\t    Verify ID: {}", v.be32(0)?),
        (11 | 12, _) => return link(p, class, kind, v),
        (13 | 14, _) => channels(p, class, kind, v)?,
        (20, 1) => {
            let codes = bits(VERIFICATION_ERRORS, v.be32(0)?, "none", ", ");
            write!(p, "\n\t    Error Code: {codes}");
        }
        (20, _) => {
            let codes = bits(SUMMARY_ERRORS, v.be32(0)?, "none", ", ");
            write!(p, "\n\t    Error Code: {codes}");
        }
        _ => service(p, kind, v)?,
    }
    Ok(Object::Known)
}

fn verification(p: &mut Printer, v: &[u8]) -> Done {
    let flags = bits(VERIFICATION_FLAGS, v.be16(0)?.into(), "none", ", ");
    write!(p, "\n\t    Flags: {flags}");
    write!(p, "\n\t    Verify Interval: {}", v.be16(2)?);
    write!(p, "\n\t    Data links: {}", v.be32(4)?);
    let encoding = tok(ENCODINGS, v.u8(8)?.into(), "Unknown");
    write!(p, "\n\t    Encoding type: {encoding}");
    let mechanism = v.be16(10)?;
    // The mask is the decimal number that the native tool has.
    let payload = if mechanism & 8000 != 0 {
        " (Payload test messages capable)"
    } else {
        ""
    };
    write!(
        p,
        "\n\t    Verify Transport Mechanism: {mechanism} (0x{mechanism:x}){payload}"
    );
    write!(p, "\n\t    Transmission Rate: {}", mbps(v, 12)?);
    write!(p, "\n\t    Wavelength: {}", v.be32(16)?);
    Ok(())
}

fn link(p: &mut Printer, class: u8, kind: u8, v: &[u8]) -> Done<Object> {
    let form = Form::of(kind).unwrap_or(Form::Number);
    let (table, what) = match class {
        11 => (LINK_FLAGS, "Link-ID"),
        _ => (DATA_LINK_FLAGS, "Interface ID"),
    };
    let flags = bits(table, v.u8(0)?.into(), "none", ", ");
    write!(p, "\n\t    Flags: [{flags}]");
    id(p, &format!("Local {what}"), v, 4, form)?;
    id(p, &format!("Remote {what}"), v, 4 + form.size(), form)?;
    let parts = v.tail(4 + 2 * form.size());
    Ok(match class == 12 && !sub_objects(p, parts)? {
        true => Object::Unknown,
        false => Object::Known,
    })
}

/// Prints the parts of a link; false at one that is not known.
fn sub_objects(p: &mut Printer, v: &[u8]) -> Done<bool> {
    let mut at = 0;
    while at < v.len() {
        let (kind, size) = (v.u8(at)?, usize::from(v.u8(at + 1)?));
        let name = tok(DATA_LINK_PARTS, kind.into(), "Unknown");
        write!(
            p,
            "\n\t    Subobject, Type: {name} ({kind}), Length: {size}"
        );
        let wrong = match size {
            0..4 => " (too short)",
            _ if size % 4 != 0 => " (not a multiple of 4)",
            _ if v.len() - at < size => " (goes past the end of the object)",
            _ => "",
        };
        if !wrong.is_empty() {
            p.text(wrong);
            break;
        }
        match kind {
            1 => {
                let number = v.u8(at + 2)?;
                let name = tok(SWITCHING, number.into(), "Unknown");
                write!(p, "\n\t      Switching Type: {name} ({number})");
                let number = v.u8(at + 3)?;
                let name = tok(ENCODINGS, number.into(), "Unknown");
                write!(p, "\n\t      Encoding Type: {name} ({number})");
                for (name, place) in [("Min", 4), ("Max", 8)] {
                    let rate = mbps(v, at + place)?;
                    write!(p, "\n\t      {name} Reservable Bandwidth: {rate}");
                }
            }
            2 => write!(p, "\n\t      Wavelength: {}", v.be32(at + 4)?),
            _ => return Ok(false),
        }
        at += size;
    }
    Ok(true)
}

fn channels(p: &mut Printer, class: u8, kind: u8, v: &[u8]) -> Done {
    let form = Form::of(kind).unwrap_or(Form::Number);
    let size = form.size() + if class == 13 { 4 } else { 0 };
    for at in (0..v.len() / size).map(|place| place * size) {
        id(p, "Interface ID", v, at, form)?;
        if class == 14 {
            continue;
        }
        let word = v.be32(at + form.size())?;
        let (active, sends) = (word >> 31, word >> 30 & 1);
        let state = word & 0x3ff_ffff;
        let name = |bit: u32, yes: &'static str, no: &'static str| if bit != 0 { yes } else { no };
        write!(
            p,
            "\n\t\t    Active: {} ({active})\n\t\t    Direction: {} ({sends})\n\t\t    Channel Status: {} ({state})",
            name(active, "Allocated", "Non-allocated"),
            name(sends, "Transmit", "Receive"),
            tok(CHANNEL_STATES, state, "Unknown")
        );
    }
    Ok(())
}

fn service(p: &mut Printer, kind: u8, v: &[u8]) -> Done {
    match kind {
        1 => {
            let flags = bits(SIGNALING, v.u8(0)?.into(), "none", ", ");
            write!(p, "\n\t Flags: {flags}\n\t  UNI Version: {}", v.u8(1)?);
        }
        2 => {
            let link = v.u8(0)?;
            let name = tok(SERVICE_LINKS, link.into(), "Unknown");
            write!(p, "\n\t Link Type: {name} ({link})");
            let table = match link {
                5 => Some(SDH_SIGNALS),
                6 => Some(SONET_SIGNALS),
                _ => None,
            };
            if let Some(table) = table {
                let signal = v.u8(1)?;
                let name = tok(table, signal.into(), "Unknown");
                write!(p, "\n\t Signal Type: {name} ({signal})");
            }
            let through = bits(TRANSPARENCY, v.u8(2)?.into(), "none", ", ");
            let joined = bits(CONCATENATION, v.u8(3)?.into(), "none", ", ");
            write!(
                p,
                "\n\t Transparency: {through}\n\t Contiguous Concatenation Types: {joined}"
            );
            write!(p, "\n\t Minimum NCC: {}", v.be16(4)?);
            write!(p, "\n\t Maximum NCC: {}", v.be16(6)?);
            write!(p, "\n\t Minimum NVC:{}", v.be16(8)?);
            write!(p, "\n\t Maximum NVC:{}", v.be16(10)?);
            id(p, "Local Interface ID", v, 12, Form::Four)?;
        }
        3 => {
            let through = bits(NETWORK_TRANSPARENCY, v.be32(0)?, "none", ", ");
            let monitoring = bits(MONITORING, v.u8(7)?.into(), "none", ", ");
            write!(
                p,
                "\n\t Transparency Flags: {through}\n\t TCM Monitoring Flags: {monitoring}"
            );
        }
        _ => {
            let flags = bits(DIVERSITY, v.u8(3)?.into(), "none", ", ");
            write!(p, "\n\t Diversity: Flags: {flags}");
        }
    }
    Ok(())
}
