//! RSVP: its objects.

use super::ethertype;
use super::gmpls_names as gmpls;
use super::prelude::*;
use super::rsvp_names as names;
use super::rsvp_route::{fast_reroute, label_set, properties, route};
use super::{rsvp_interface, rsvp_service};

/// Why objects are not printed to their end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// They were not captured so far.
    Cut,
    /// One is shorter than what it should hold.
    Short,
    /// One within one is.
    PartShort,
    /// One is invalid.
    Invalid,
    /// What is wrong has been said.
    Said,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

/// Prints objects; false when one is wrong.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, indent: &str) -> Done<bool> {
    let (mut at, mut left) = (0, length);
    while left >= 4 {
        let (size, class, kind) = (usize::from(b.be16(at)?), b.u8(at + 2)?, b.u8(at + 3)?);
        if size % 4 != 0 {
            write!(
                p,
                "{indent}ERROR: object header size {size} not a multiple of 4"
            );
            return Ok(false);
        }
        if size < 4 {
            write!(p, "{indent}ERROR: object header too short {size} < 4");
            return Ok(false);
        }
        let name = tok(names::OBJECTS, class.into(), "Unknown");
        let unknown = match class >> 6 {
            3 => "ignore and forward",
            2 => "ignore silently",
            _ => "reject",
        };
        write!(p, "{indent}{name} Object ({class}) Flags: [{unknown}");
        let both = u32::from(class) << 8 | u32::from(kind);
        let name = tok(names::TYPES, both, "Unknown");
        write!(
            p,
            " if unknown], Class-Type: {name} ({kind}), length: {size}"
        );
        if left < size {
            write!(p, "{indent}ERROR: object goes past end of objects TLV");
            return Ok(false);
        }
        let v = b.octets(at, size)?.tail(4);
        let dump = match object(p, class, kind, v, indent) {
            Ok(known) => !known,
            Err(stop) => {
                match stop {
                    Stop::Cut => return Err(Cut),
                    Stop::Short => write!(p, "{indent}ERROR: object is too short"),
                    Stop::PartShort => write!(p, "{indent}ERROR: sub-object is too short"),
                    Stop::Invalid => p.invalid(),
                    Stop::Said => {}
                }
                return Ok(false);
            }
        };
        if p.v(2) || dump {
            p.unknown(v, "\n\t    ", v.len());
        }
        at += size;
        left -= size;
    }
    Ok(true)
}

/// Whether an object is long enough.
///
/// # Errors
/// [`Stop::Short`]
pub(crate) fn need(v: &[u8], size: usize) -> Result<(), Stop> {
    if v.len() < size {
        return Err(Stop::Short);
    }
    Ok(())
}

/// A line with an address of version 4 or 6.
///
/// # Errors
/// [`Cut`]
pub(crate) fn line(
    p: &mut Printer,
    indent: &str,
    name: &str,
    v: &[u8],
    at: usize,
    six: bool,
) -> Done {
    write!(p, "{indent}  {name}: ");
    match six {
        true => p.v6_at(v, at),
        false => p.v4_at(v, at),
    }
}

/// Prints an object; false when its octets are to be shown.
fn object(p: &mut Printer, class: u8, kind: u8, v: &[u8], indent: &str) -> Result<bool, Stop> {
    match (class, kind) {
        (1, _) => return session(p, kind, v, indent),
        (3, 1 | 3) => {
            need(v, 8)?;
            line(p, indent, "Previous/Next Interface", v, 0, false)?;
            write!(p, ", Logical Interface Handle: 0x{:08x}", v.be32(4)?);
            return Ok(v.len() == 8);
        }
        (3, 2 | 4) => {
            need(v, 20)?;
            line(p, indent, "Previous/Next Interface", v, 0, true)?;
            write!(p, ", Logical Interface Handle: 0x{:08x}", v.be32(16)?);
            return Ok(false);
        }
        (4, 1) => {
            need(v, 32)?;
            write!(p, "{indent}  Key-ID 0x{:04x}{:08x}", v.be16(2)?, v.be32(4)?);
            let flags = bits(names::INTEGRITY_FLAGS, v.u8(0)?.into(), "none", ", ");
            write!(
                p,
                ", Sequence 0x{:08x}{:08x}, Flags [{flags}]",
                v.be32(8)?,
                v.be32(12)?
            );
            write!(p, "{indent}  MD5-sum 0x");
            p.hex(v.octets(16, 16)?, "");
            p.text("  (unchecked)");
        }
        (5, 1) => {
            need(v, 4)?;
            write!(p, "{indent}  Refresh Period: {}ms", v.be32(0)?);
        }
        (6, 1..=4) => error(p, v, matches!(kind, 2 | 4), indent)?,
        (8, 1) => {
            need(v, 4)?;
            let style = tok(names::STYLES, v.be24(1)?, "Unknown");
            write!(
                p,
                "{indent}  Reservation Style: {style}, Flags: [0x{:02x}]",
                v.u8(0)?
            );
        }
        (9 | 12 | 13, 2) => rsvp_service::print(p, v, indent)?,
        (10 | 11, _) => return filter(p, class, kind, v, indent),
        (15 | 195, 1 | 2) => {
            let six = kind == 2;
            need(v, if six { 16 } else { 4 })?;
            let version = if six { "IPv6" } else { "IPv4" };
            let what = if class == 15 {
                "Receiver Address"
            } else {
                "Notify Node Address"
            };
            line(p, indent, &format!("{version} {what}"), v, 0, six)?;
        }
        (16 | 34 | 35 | 129, 1) => {
            for label in v.chunks_exact(4) {
                write!(p, "{indent}  Label: {}", label.be32(0)?);
            }
        }
        (16 | 34 | 35 | 129, 2) => {
            need(v, 4)?;
            write!(p, "{indent}  Generalized Label: {}", v.be32(0)?);
        }
        (16 | 34 | 35 | 129, 3) => {
            need(v, 12)?;
            write!(p, "{indent}  Waveband ID: {}", v.be32(0)?);
            write!(
                p,
                "{indent}  Start Label: {}, Stop Label: {}",
                v.be32(4)?,
                v.be32(8)?
            );
        }
        (19, 1..=4) => label_request(p, kind, v, indent)?,
        (20 | 21, 1) => route(p, v, indent)?,
        (22, 1 | 2) => {
            need(v, 8)?;
            write!(p, "{indent}  Source Instance: 0x{:08x}", v.be32(0)?);
            write!(p, ", Destination Instance: 0x{:08x}", v.be32(4)?);
        }
        (23..=25, 1 | 2) => {
            need(v, 4)?;
            write!(
                p,
                "{indent}  Flags [0x{:02x}], epoch: {}",
                v.u8(0)?,
                v.be24(1)?
            );
            for id in v.tail(4).chunks_exact(4) {
                let id = id.be32(0)?;
                write!(p, "{indent}    Message-ID 0x{id:08x} ({id})");
            }
        }
        (36, 1) => label_set(p, v, indent)?,
        (50, 1 | 2) => {
            need(v, if kind == 2 { 16 } else { 4 })?;
            line(p, indent, "Sub-LSP destination address", v, 0, kind == 2)?;
        }
        (63, 7) => {
            for pair in v.chunks_exact(8) {
                line(p, indent, "PLR-ID", pair, 0, false)?;
                p.text(", Avoid-Node-ID: ");
                p.v4_at(pair, 4)?;
            }
        }
        (66 | 125, 1) => {
            need(v, 4)?;
            write!(p, "{indent}  CT: {}", v.be32(0)? & 7);
        }
        (131, 1) => {
            need(v, 8)?;
            write!(p, "{indent}  Restart  Time: {}ms", v.be32(0)?);
            write!(p, ", Recovery Time: {}ms", v.be32(4)?);
        }
        (134, 1) => {
            need(v, 4)?;
            let word = v.be32(0)?;
            if word & !7 != 0 {
                write!(p, "{indent}  [reserved=0x{:08x} must be zero]", word & !7);
            }
            let flags = bits(names::CAPABILITIES, word & 7, "none", ", ");
            write!(p, "{indent}  Flags: [{flags}]");
        }
        (196, 1) => {
            need(v, 4)?;
            let flags = bits(names::ADMINISTRATIVE, v.be32(0)?, "none", ", ");
            write!(p, "{indent}  Flags [{flags}]");
        }
        (204, 1) => properties(p, v, indent)?,
        (205, 1 | 7) => fast_reroute(p, kind, v, indent)?,
        (207, 7) => {
            need(v, 4)?;
            let size = usize::from(v.u8(3)?);
            need(v, 4 + size)?;
            write!(p, "{indent}  Session Name: ");
            p.string_at(v, 4, size)?;
            let flags = v.u8(2)?;
            let set = bits(names::SESSION_FLAGS, flags.into(), "none", ", ");
            write!(
                p,
                "{indent}  Setup Priority: {}, Holding Priority: {}",
                v.u8(0)?,
                v.u8(1)?
            );
            write!(p, ", Flags: [{set}] ({})", alternate(flags));
        }
        (229, 1) => return rsvp_interface::print(p, v, indent),
        (3..=6 | 8..=13 | 15 | 16 | 19..=25 | 34..=36, _)
        | (50 | 63 | 66 | 125 | 129 | 131 | 134 | 195 | 196 | 204 | 205 | 207 | 229, _) => {
            return Ok(false);
        }
        _ => {
            if !p.v(2) {
                p.unknown(v, "\n\t    ", v.len());
            }
        }
    }
    Ok(true)
}

/// As `%#x` writes it.
pub(crate) fn alternate(number: u8) -> String {
    match number {
        0 => "0".to_owned(),
        _ => format!("0x{number:x}"),
    }
}

fn session(p: &mut Printer, kind: u8, v: &[u8], indent: &str) -> Result<bool, Stop> {
    match kind {
        1 | 2 => {
            let (size, name) = if kind == 1 { (4, "IPv4") } else { (16, "IPv6") };
            need(v, size + 4)?;
            line(p, indent, &format!("{name} DestAddress"), v, 0, kind == 2)?;
            write!(p, ", Protocol ID: 0x{:02x}", v.u8(size)?);
            write!(p, "{indent}  Flags: [0x{:02x}]", v.u8(size + 1)?);
            write!(p, ", DestPort {}", v.be16(size + 2)?);
        }
        7 | 11 | 13 => {
            need(v, 12)?;
            let name = if kind == 13 {
                "IPv4 P2MP LSP ID"
            } else {
                "IPv4 Tunnel EndPoint"
            };
            line(p, indent, name, v, 0, false)?;
            write!(p, ", Tunnel ID: 0x{:04x}, Extended Tunnel ID: ", v.be16(6)?);
            p.v4_at(v, 8)?;
        }
        8 => {
            need(v, 36)?;
            line(p, indent, "IPv6 Tunnel EndPoint", v, 0, true)?;
            write!(
                p,
                ", Tunnel ID: 0x{:04x}, Extended Tunnel ID: ",
                v.be16(18)?
            );
            p.v6_at(v, 20)?;
        }
        14 => {
            need(v, 26)?;
            write!(p, "{indent}  IPv6 P2MP LSP ID: 0x{:08x}", v.be32(0)?);
            write!(p, ", Tunnel ID: 0x{:04x}, Extended Tunnel ID: ", v.be16(6)?);
            p.v6_at(v, 8)?;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn filter(p: &mut Printer, class: u8, kind: u8, v: &[u8], indent: &str) -> Result<bool, Stop> {
    let spec = class == 10;
    match kind {
        1 => {
            need(v, 8)?;
            line(p, indent, "Source Address", v, 0, false)?;
            write!(p, ", Source Port: {}", v.be16(6)?);
        }
        2 => {
            need(v, 20)?;
            line(p, indent, "Source Address", v, 0, true)?;
            write!(p, ", Source Port: {}", v.be16(18)?);
        }
        3 if spec => {
            need(v, 20)?;
            line(p, indent, "Source Address", v, 0, true)?;
            write!(p, ", Flow Label: {}", v.be24(17)?);
        }
        7 => {
            need(v, 8)?;
            let name = if spec {
                "Source Address"
            } else {
                "IPv4 Tunnel Sender Address"
            };
            line(p, indent, name, v, 0, false)?;
            write!(p, ", LSP-ID: 0x{:04x}", v.be16(6)?);
        }
        8 if spec => {
            need(v, 20)?;
            line(p, indent, "Source Address", v, 0, false)?;
            write!(p, ", LSP-ID: 0x{:04x}", v.be16(18)?);
        }
        12 => {
            need(v, 16)?;
            line(p, indent, "IPv4 Tunnel Sender Address", v, 0, false)?;
            write!(p, ", LSP ID: 0x{:04x}", v.be16(6)?);
            line(p, indent, "Sub-Group Originator ID", v, 8, false)?;
            write!(p, ", Sub-Group ID: 0x{:04x}", v.be16(12)?);
        }
        13 => {
            need(v, 40)?;
            line(p, indent, "IPv6 Tunnel Sender Address", v, 0, true)?;
            write!(p, ", LSP ID: 0x{:04x}", v.be16(18)?);
            line(p, indent, "Sub-Group Originator ID", v, 20, true)?;
            write!(p, ", Sub-Group ID: 0x{:04x}", v.be16(38)?);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn label_request(p: &mut Printer, kind: u8, v: &[u8], indent: &str) -> Result<(), Stop> {
    let protocol = |p: &mut Printer, v: &[u8]| {
        let name = tok(
            ethertype::NAMES,
            v.be16(2)?.into(),
            "Unknown Protocol (0x%04x)",
        );
        write!(p, "{indent}  L3 Protocol ID: {name}");
        Done::Ok(())
    };
    match kind {
        1 => {
            for request in v.chunks_exact(4) {
                protocol(p, request)?;
            }
        }
        2 => {
            need(v, 12)?;
            protocol(p, v)?;
            let merge = if v.u8(4)? & 0x80 != 0 { "no" } else { "" };
            write!(p, ",{merge} merge capability");
            for (name, at) in [("Minimum", 4), ("Maximum", 8)] {
                let (path, circuit) = (v.be16(at)? & 0xfff, v.be16(at + 2)? & 0xfff);
                write!(p, "{indent}  {name} VPI/VCI: {path}/{circuit}");
            }
        }
        3 => {
            need(v, 12)?;
            protocol(p, v)?;
            let (least, most) = (v.be32(4)? & 0x007f_ffff, v.be32(8)? & 0x007f_ffff);
            let size = match v.be16(4)? >> 7 & 3 {
                0 => "10",
                2 => "23",
                _ => "",
            };
            write!(
                p,
                "{indent}  Minimum/Maximum DLCI: {least}/{most}, {size} bit DLCI"
            );
        }
        _ => {
            need(v, 4)?;
            let (encoding, switching, payload) = (v.u8(0)?, v.u8(1)?, v.be16(2)?);
            let name = tok(gmpls::ENCODINGS, encoding.into(), "Unknown");
            write!(p, "{indent}  LSP Encoding Type: {name} ({encoding})");
            let name = tok(gmpls::SWITCHING, switching.into(), "Unknown");
            write!(p, "{indent}  Switching Type: {name} ({switching})");
            let name = tok(gmpls::PAYLOADS, payload.into(), "Unknown");
            write!(p, ", Payload ID: {name} (0x{payload:04x})");
        }
    }
    Ok(())
}

fn error(p: &mut Printer, v: &[u8], six: bool, indent: &str) -> Result<(), Stop> {
    let size = if six { 16 } else { 4 };
    need(v, size + 4)?;
    let (code, value) = (v.u8(size + 1)?, v.be16(size + 2)?);
    line(p, indent, "Error Node Address", v, 0, six)?;
    write!(p, ", Flags: [0x{:02x}]", v.u8(size)?);
    let name = tok(names::ERRORS, code.into(), "unknown");
    write!(p, "{indent}  Error Code: {name} ({code})");
    let table = match code {
        24 => names::ROUTING_ERRORS,
        _ if six => return Ok(()),
        28 | 125 => names::CLASS_ERRORS,
        _ => {
            write!(p, ", Unknown Error Value ({value})");
            return Ok(());
        }
    };
    write!(
        p,
        ", Error Value: {} ({value})",
        tok(table, value.into(), "unknown")
    );
    Ok(())
}
