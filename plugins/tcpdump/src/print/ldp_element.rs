//! LDP: the elements of its messages.

use super::address_family::FAMILIES;
use super::bgp_nlri::{self, Prefix};
use super::prelude::*;
use super::pseudowire::PSEUDOWIRES;

/// The names of messages.
pub(crate) const MESSAGES: &Table = &[
    (1, "Notification"),
    (256, "Hello"),
    (512, "Initialization"),
    (513, "Keepalive"),
    (768, "Address"),
    (769, "Address Withdraw"),
    (1024, "Label Mapping"),
    (1025, "Label Request"),
    (1026, "Label Withdraw"),
    (1027, "Label Release"),
    (1028, "Label Abort Request"),
];
const KINDS: &Table = &[
    (256, "FEC"),
    (257, "Address List"),
    (259, "Hop Count"),
    (260, "Path Vector"),
    (512, "Generic Label"),
    (513, "ATM Label"),
    (514, "Frame-Relay Label"),
    (768, "Status"),
    (769, "Extended Status"),
    (770, "Returned PDU"),
    (771, "Returned Message"),
    (1024, "Common Hello Parameters"),
    (1025, "IPv4 Transport Address"),
    (1026, "Configuration Sequence Number"),
    (1027, "IPv6 Transport Address"),
    (1280, "Common Session Parameters"),
    (1281, "ATM Session Parameters"),
    (1282, "Frame-Relay Session Parameters"),
    (1283, "Fault-Tolerant Session Parameters"),
    (1291, "Typed Wildcard FEC Capability"),
    (1536, "Label Request Message ID"),
    (1537, "MTU"),
    (1793, "Dual-Stack Capability"),
];
const STATUS: &Table = &[
    (0, "Success"),
    (1, "Bad LDP Identifier"),
    (2, "Bad Protocol Version"),
    (3, "Bad PDU Length"),
    (4, "Unknown Message Type"),
    (5, "Bad Message Length"),
    (6, "Unknown TLV"),
    (7, "Bad TLV Length"),
    (8, "Malformted TLV Value"),
    (9, "Hold Timer Expired"),
    (10, "Shutdown"),
    (11, "Loop Detected"),
    (12, "Unknown FEC"),
    (13, "No Route"),
    (14, "No Label Resources"),
    (15, "Label Resources/Available"),
    (16, "Session Rejected/No Hello"),
    (17, "Session Rejected/Parameters Advertisement Mode"),
    (18, "Session Rejected/Parameters Max PDU Length"),
    (19, "Session Rejected/Parameters Label Range"),
    (20, "KeepAlive Timer Expired"),
    (21, "Label Request Aborted"),
    (22, "Missing Message Parameters"),
    (23, "Unsupported Address Family"),
    (24, "Session Rejected/Bad KeepAlive Time"),
    (25, "Internal Error"),
];
const CLASSES: &Table = &[
    (1, "Wildcard"),
    (2, "Prefix"),
    (3, "Host address"),
    (128, "Martini VC"),
];
const INTERFACE: &Table = &[(1, "MTU"), (3, "Description"), (12, "VCCV")];
const CONTROL_CHANNELS: &Table = &[
    (1, "PWE3 control word"),
    (2, "MPLS Router Alert Label"),
    (4, "MPLS inner label TTL = 1"),
];
const VERIFICATION: &Table = &[(1, "ICMP Ping"), (2, "LSP Ping"), (4, "BFD")];
const TRANSPORTS: &Table = &[(64, "IPv4"), (96, "IPv6")];

/// Prints an element of a message; how long it is, nothing when no other follows.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], left: usize) -> Done<usize> {
    b.octets(0, 4)?;
    let (first, size) = (b.be16(0)?, usize::from(b.be16(2)?));
    if size + 4 > left {
        p.text("\n\t\t TLV contents go past end of message");
        return Ok(0);
    }
    let kind = first & 0x3fff;
    let name = tok(KINDS, kind.into(), "Unknown");
    let unknown = if first & 0x8000 != 0 {
        "continue processing"
    } else {
        "ignore"
    };
    let forward = if first & 0x4000 != 0 { "do" } else { "don't" };
    write!(p, "\n\t    {name} TLV (0x{kind:04x}), length: {size}");
    write!(p, ", Flags: [{unknown} and {forward} forward if unknown]");
    value(p, kind, b.tail(4), size)?;
    Ok(size + 4)
}

/// Says when an element is too short.
fn short(p: &mut Printer, size: usize, least: usize) -> bool {
    if size < least {
        p.bad("tlv length", size, "<", least);
    }
    size < least
}

fn value(p: &mut Printer, kind: u16, v: &[u8], size: usize) -> Done {
    let least = match kind {
        0x100 | 0x103 | 0x50b => 1,
        0x101 | 0x601 => 2,
        0x104 | 0x200 | 0x400..=0x402 | 0x701 => 4,
        0x403 => 16,
        0x300 => 10,
        0x500 => 14,
        0x503 => 12,
        _ => {
            if !p.v(2) {
                p.unknown(v, "\n\t      ", size);
            }
            return Ok(());
        }
    };
    if short(p, size, least) {
        return Ok(());
    }
    match kind {
        0x100 => class(p, v, size)?,
        0x101 => {
            let family = v.be16(0)?;
            let name = tok(FAMILIES, family.into(), "Unknown (%u)");
            write!(p, "\n\t      Address Family: {name}, addresses");
            let step = match family {
                1 => 4,
                2 => 16,
                _ => return Ok(()),
            };
            for number in 0..(size - 2) / step {
                let at = 2 + number * step;
                v.octets(at, step)?;
                p.text(" ");
                match family {
                    1 => p.v4_at(v, at)?,
                    _ => p.v6_at(v, at)?,
                }
            }
        }
        0x103 => write!(p, "\n\t      Hop Count: {}", v.u8(0)?),
        0x104 => {
            for number in 0..size / 4 {
                v.octets(number * 4, 4)?;
                p.text(if number == 0 {
                    "\n\t      Path Vector: "
                } else {
                    ", "
                });
                p.v4_at(v, number * 4)?;
            }
        }
        0x200 => write!(p, "\n\t      Label: {}", v.be32(0)? & 0x000f_ffff),
        0x300 => status(p, v)?,
        0x400 => {
            let (time, flags) = (v.be16(0)?, v.be16(2)?);
            let what = if flags & 0x8000 != 0 {
                "Targeted"
            } else {
                "Link"
            };
            let request = match flags & 0x4000 {
                0 => "",
                _ => ", Request for targeted Hellos",
            };
            write!(
                p,
                "\n\t      Hold Time: {time}s, Flags: [{what} Hello{request}]"
            );
        }
        0x401 => {
            v.octets(0, 4)?;
            p.text("\n\t      IPv4 Transport Address: ");
            p.v4_at(v, 0)?;
        }
        0x402 => write!(p, "\n\t      Sequence Number: {}", v.be32(0)?),
        0x403 => {
            v.octets(0, 16)?;
            p.text("\n\t      IPv6 Transport Address: ");
            p.v6_at(v, 0)?;
        }
        0x500 => session(p, v)?,
        0x503 => fault_tolerance(p, v)?,
        0x50b => {
            let support = if v.u8(0)? & 0x80 != 0 {
                "Support"
            } else {
                "No Support"
            };
            write!(p, "\n\t      {support}");
        }
        0x601 => write!(p, "\n\t      MTU: {}", v.be16(0)?),
        _ => {
            let name = tok(TRANSPORTS, v.u8(0)?.into(), "Unknown");
            write!(p, "\n\t      Transport Connection Preference: {name}");
        }
    }
    Ok(())
}

fn status(p: &mut Printer, v: &[u8]) -> Done {
    let word = v.be32(0)?;
    let name = tok(STATUS, word & 0x3fff_ffff, "Unknown");
    let what = if word >> 31 != 0 {
        "Fatal error"
    } else {
        "Advisory Notification"
    };
    let forward = if word & 0x4000_0000 != 0 {
        "do"
    } else {
        "don't"
    };
    write!(
        p,
        "\n\t      Status Code: {name}, Flags: [{what} and {forward} forward]"
    );
    match v.be32(4)? {
        0 => {}
        id => write!(p, ", causing Message ID: 0x{id:08x}"),
    }
    match v.be16(8)? {
        0 => {}
        kind => write!(
            p,
            ", Message Type: {}",
            tok(MESSAGES, kind.into(), "Unknown")
        ),
    }
    Ok(())
}

fn session(p: &mut Printer, v: &[u8]) -> Done {
    let (version, time, flags) = (v.be16(0)?, v.be16(2)?, v.be16(4)?);
    let mode = if flags & 0x8000 != 0 {
        "On Demand"
    } else {
        "Unsolicited"
    };
    let detection = if flags & 0x4000 != 0 {
        "Enabled"
    } else {
        "Disabled"
    };
    write!(p, "\n\t      Version: {version}, Keepalive: {time}s");
    write!(
        p,
        ", Flags: [Downstream {mode}, Loop Detection {detection}]"
    );
    v.octets(0, 14)?;
    write!(
        p,
        "\n\t      Path Vector Limit {}, Max-PDU length: {}",
        v.u8(5)?,
        v.be16(6)?
    );
    p.text(", Receiver Label-Space-ID ");
    p.v4_at(v, 8)?;
    write!(p, ":{}", v.be16(12)?);
    Ok(())
}

fn fault_tolerance(p: &mut Printer, v: &[u8]) -> Done {
    let flags = v.be16(0)?;
    let either = |bit: u16, set: &'static str, not: &'static str| match flags & bit {
        0 => not,
        _ => set,
    };
    write!(
        p,
        "\n\t      Flags: [{}Reconnect, {}Save State, {}All-Label Protection, {} Checkpoint, {}Re-Learn State]",
        either(0x8000, "", "No "),
        either(8, "", "Don't "),
        either(4, "", "No "),
        either(2, "Sequence Numbered Label", "All Labels"),
        either(1, "", "Don't ")
    );
    for (name, at) in [("Reconnect Timeout", 4), ("Recovery Time", 8)] {
        match v.be32(at)? {
            0 => {}
            time => write!(p, ", {name}: {time}ms"),
        }
    }
    Ok(())
}

/// A class of packets that are forwarded alike.
fn class(p: &mut Printer, v: &[u8], size: usize) -> Done {
    let kind = v.u8(0)?;
    write!(
        p,
        "\n\t      {} FEC (0x{kind:02x})",
        tok(CLASSES, kind.into(), "Unknown")
    );
    let (v, size) = (v.tail(1), size - 1);
    match kind {
        2 => {
            if short(p, size, 2) {
                return Ok(());
            }
            let family = v.be16(0)?;
            let name = match family {
                1 => "IPv4",
                2 => "IPv6",
                _ => {
                    write!(p, ": Address family {family} prefix");
                    return Ok(());
                }
            };
            match bgp_nlri::prefix(p, v.tail(2), size - 2, if family == 1 { 32 } else { 128 })? {
                Prefix::Short => return Err(Cut),
                Prefix::Illegal => write!(p, ": {name} prefix (invalid length)"),
                Prefix::Is(text, _) => write!(p, ": {name} prefix {text}"),
            }
        }
        0x80 => circuit(p, v, size)?,
        _ => {}
    }
    Ok(())
}

fn circuit(p: &mut Printer, v: &[u8], size: usize) -> Done {
    if short(p, size, 7) {
        return Ok(());
    }
    let info = usize::from(v.u8(2)?);
    if info > 0 && short(p, size, 11) {
        return Ok(());
    }
    let kind = v.be16(0)?;
    let group = v.be32(3)?;
    let id = if info > 0 { Some(v.be32(7)?) } else { None };
    let name = tok(PSEUDOWIRES, (kind & 0x7fff).into(), "Unknown");
    let no = if kind & 0x8000 != 0 { "" } else { "no " };
    write!(p, ": {name}, {no}control word, group-ID {group}");
    if let Some(id) = id {
        write!(p, ", VC-ID {id}");
    }
    write!(p, ", VC-info-length: {info}");
    if id.is_none() {
        return Ok(());
    }
    if info < 4 {
        p.text(" (invalid, < 4");
        return Ok(());
    }
    let mut left = info - 4;
    if short(p, size - 11, left) {
        return Ok(());
    }
    let mut v = v.tail(11);
    while left > 2 {
        let (kind, size) = (v.u8(0)?, usize::from(v.u8(1)?));
        if size < 2 || left < size {
            break;
        }
        let name = tok(INTERFACE, kind.into(), "Unknown");
        write!(
            p,
            "\n\t\tInterface Parameter: {name} (0x{kind:02x}), len {size}"
        );
        match kind {
            1 => write!(p, ": {}", v.be16(2)?),
            3 => {
                p.text(": ");
                p.string_at(v, 2, size - 2)?;
            }
            12 => {
                let channels = v.u8(2)?;
                let names = bits(CONTROL_CHANNELS, channels.into(), "none", ", ");
                write!(p, "\n\t\t  Control Channels (0x{channels:02x}) = [{names}]");
                let kinds = v.u8(3)?;
                let names = bits(VERIFICATION, kinds.into(), "none", ", ");
                write!(p, "\n\t\t  CV Types (0x{kinds:02x}) = [{names}]");
            }
            _ => p.unknown(v.tail(2), "\n\t\t  ", size - 2),
        }
        left -= size;
        v = v.tail(size);
    }
    Ok(())
}
