//! RADIUS (RFC 2865): requests for access, and their answers.

use super::enterprise::ENTERPRISES;
use super::prelude::*;
use super::radius_attribute::{ATTRIBUTES, Attribute, FEATURES, Form};
use super::{eap, ntp, time};

const COMMANDS: &Table = &[
    (1, "Access-Request"),
    (2, "Access-Accept"),
    (3, "Access-Reject"),
    (4, "Accounting-Request"),
    (5, "Accounting-Response"),
    (11, "Access-Challenge"),
    (12, "Status-Server"),
    (13, "Status-Client"),
    (40, "Disconnect-Request"),
    (41, "Disconnect-ACK"),
    (42, "Disconnect-NAK"),
    (43, "CoA-Request"),
    (44, "CoA-ACK"),
    (45, "CoA-NAK"),
    (255, "Reserved"),
];
const TAGGING: &Table = &[(49, "Tagged"), (50, "Untagged")];
const CAUSES: &Table = &[
    (201, "Residual Session Context Removed"),
    (202, "Invalid EAP Packet (Ignored)"),
    (401, "Unsupported Attribute"),
    (402, "Missing Attribute"),
    (403, "NAS Identification Mismatch"),
    (404, "Invalid Request"),
    (405, "Unsupported Service"),
    (406, "Unsupported Extension"),
    (407, "Invalid Attribute Value"),
    (501, "Administratively Prohibited"),
    (502, "Request Not Routable (Proxy)"),
    (503, "Session Context Not Found"),
    (504, "Session Context Not Removable"),
    (505, "Other Proxy Processing Error"),
    (506, "Resources Unavailable"),
    (507, "Request Initiated"),
    (508, "Multiple Session Selection Unsupported"),
    (509, "Location Info Required"),
];
const OPERATORS: &Table = &[(48, "TADIG"), (49, "REALM"), (50, "E212"), (51, "ICC")];
const LOCATION_CODES: &Table = &[(0, "Civic"), (1, "Geospatial")];
const LOCATION_ENTITIES: &Table = &[(0, "User"), (1, "RADIUS")];
const LOCATION_RULES: &Table = &[
    (1, "MBZ-15"),
    (2, "MBZ-14"),
    (4, "MBZ-13"),
    (8, "MBZ-12"),
    (16, "MBZ-11"),
    (32, "MBZ-10"),
    (64, "MBZ-9"),
    (128, "MBZ-8"),
    (256, "MBZ-7"),
    (512, "MBZ-6"),
    (1024, "MBZ-5"),
    (2048, "MBZ-4"),
    (4096, "MBZ-3"),
    (8192, "MBZ-2"),
    (16384, "MBZ-1"),
    (32768, "Retransmission Allowed"),
];
const HEADER: usize = 20;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "radius";
    p.protocol_caps();
    if length < HEADER {
        p.bad("length", length, "<", HEADER);
        return Ok(());
    }
    let size = usize::from(b.be16(2)?);
    for (bad, relation, limit) in [
        (size < HEADER, "<", HEADER),
        (size > 4096, ">", 4096),
        (size > length, ">", length),
    ] {
        if bad {
            p.bad("length", size, relation, limit);
            return Ok(());
        }
    }
    let (code, id) = (b.u8(0)?, b.u8(1)?);
    let name = tok(COMMANDS, code.into(), "Unknown Command");
    if !p.v(1) {
        write!(p, ", {name} ({code}), id: 0x{id:02x}, length: {size}");
        b.octets(0, HEADER)?;
        return Ok(());
    }
    write!(
        p,
        ", length: {size}\n\t{name} ({code}), id: 0x{id:02x}, Authenticator: "
    );
    p.hex(b.tail(4).upto(16), "");
    b.octets(0, HEADER)?;
    attributes(p, b.tail(HEADER), size - HEADER)
}

fn attributes(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if left < 2 {
            p.bad("length", left, "<", 2);
            return Ok(());
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        let known = usize::from(kind).checked_sub(1);
        let known = known.and_then(|place| ATTRIBUTES.get(place));
        let name = known.map_or("Unknown", |known| known.0);
        write!(p, "\n\t  {name} Attribute ({kind}), length: {size}");
        if size < 2 {
            p.bad("length", size, "<", 2);
            return Ok(());
        }
        if size > left {
            p.bad("length", size, ">", left);
            return Ok(());
        }
        p.text(", Value: ");
        let value = b.tail(at + 2).upto(size - 2);
        if let Some(known) = known
            && size > 2
        {
            attribute(p, kind, known, value, size - 2)?;
        }
        if p.v(2) {
            p.unknown(value, "\n\t    ", size - 2);
        }
        at += size;
        left -= size;
    }
    Ok(())
}

/// Whether a length fits; says so otherwise.
fn fits(p: &mut Printer, length: usize, relation: &str, limit: usize) -> bool {
    let bad = match relation {
        "<" => length < limit,
        ">" => length > limit,
        _ => length != limit,
    };
    if bad {
        p.bad("length", length, relation, limit);
    }
    !bad
}

fn attribute(p: &mut Printer, kind: u8, known: &Attribute, b: &[u8], length: usize) -> Done {
    match known.1 {
        Form::Text => text(p, kind, b, length),
        Form::Number => number(p, kind, known, b, length),
        Form::Ipv4 => {
            if fits(p, length, "!=", 4) {
                match b.be32(0)? {
                    0xffff_ffff if matches!(kind, 8 | 14) => p.text("User Selected"),
                    0xffff_fffe if matches!(kind, 8 | 14) => p.text("NAS Select"),
                    _ => p.v4_at(b, 0)?,
                }
            }
            Ok(())
        }
        Form::Ipv6 if fits(p, length, "!=", 16) => p.v6_at(b, 0),
        Form::Vendor => vendor(p, b, length),
        Form::Prefix => prefix(p, b, length),
        Form::HomePrefix => {
            if fits(p, length, "!=", 17) {
                let bits = b.u8(0)?;
                if bits > 128 {
                    p.bad("prefix length", bits, ">", 128);
                    return Ok(());
                }
                p.v6_at(b, 1)?;
                write!(p, "/{bits}");
            }
            Ok(())
        }
        Form::Time if fits(p, length, "!=", 4) => {
            let zone = i64::from(p.set.zone) * 60;
            let text = in_words(i64::from(b.be32(0)?) + zone);
            p.text(&text);
            Ok(())
        }
        Form::Features if fits(p, length, "!=", 8) => {
            let value = b.be64(0)?;
            let names = FEATURES.iter().filter(|(bit, _)| value & bit != 0);
            let names: Vec<&str> = names.map(|(_, name)| *name).collect();
            write!(p, "[{}]", names.join(", "));
            Ok(())
        }
        Form::Special => special(p, kind, b, length),
        Form::Operator if fits(p, length, "<", 2) => {
            let name = tok(OPERATORS, b.u8(0)?.into(), "unknown namespace %u");
            write!(p, "[{name}] ");
            p.string_at(b, 1, length - 1)
        }
        Form::LocationInformation if fits(p, length, "<", 21) => {
            let code = tok(LOCATION_CODES, b.u8(2)?.into(), "Unknown (%u)");
            let entity = tok(LOCATION_ENTITIES, b.u8(3)?.into(), "Unknown (%u)");
            write!(p, "index {}, code {code}, entity {entity}, ", b.be16(0)?);
            p.text("sighting time ");
            ntp::timestamp(p, b, 4)?;
            p.text(", time to live ");
            ntp::timestamp(p, b, 12)?;
            p.text(", method \"");
            p.string_at(b, 20, length - 20)?;
            p.text("\"");
            Ok(())
        }
        Form::LocationData if fits(p, length, "<", 3) => {
            write!(p, "index {}, location", b.be16(0)?);
            super::dump::hex_and_ascii(p, "\n\t    ", b.tail(2));
            b.octets(0, length).map(|_| ())
        }
        Form::LocationRules if fits(p, length, "<", 10) => {
            let flags = bits(LOCATION_RULES, b.be16(0)?.into(), "none", ", ");
            write!(p, "flags [{flags}], retention expires ");
            ntp::timestamp(p, b, 2)?;
            if length > 10 {
                p.text(", note well \"");
                p.string_at(b, 10, length - 10)?;
                p.text("\"");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `Thu Nov 29 18:00:00 2026`
fn in_words(unix: i64) -> String {
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let at = time::civil(unix);
    let day = DAYS.get(at.weekday as usize).copied().unwrap_or_default();
    let month = MONTHS
        .get(at.month as usize - 1)
        .copied()
        .unwrap_or_default();
    let (hour, minute, second) = (at.hour, at.minute, at.second);
    let (number, year) = (at.day, at.year);
    format!("{day} {month} {number:2} {hour:02}:{minute:02}:{second:02} {year}")
}

fn tag(p: &mut Printer, tag: u8) {
    match tag {
        0 => p.text("Tag[Unused] "),
        _ => write!(p, "Tag[{tag}] "),
    }
}

/// Characters, with points for those that are not printable, until there are no more or one is zero.
fn visible(p: &mut Printer, b: &[u8], length: usize, until_zero: bool) -> Done {
    for at in 0..length {
        match b.u8(at)? {
            0 if until_zero => break,
            octet @ 0x20..0x7f => write!(p, "{}", char::from(octet)),
            _ => p.text("."),
        }
    }
    Ok(())
}

fn text(p: &mut Printer, kind: u8, b: &[u8], length: usize) -> Done {
    let mut skip = 0;
    match kind {
        69 => {
            if !fits(p, length, "<", 3) {
                return Ok(());
            }
            let first = b.u8(0)?;
            tag(p, if first <= 0x1f { first } else { 0 });
            write!(p, "Salt {} ", b.be16(1)?);
            skip = 3;
        }
        66 | 67 | 81 | 82 | 90 | 91 => {
            let first = b.u8(0)?;
            if first <= 0x1f {
                tag(p, first);
                skip = 1;
            }
        }
        58 => {
            let first = b.u8(0)?;
            write!(
                p,
                "{} (0x{first:02x}) ",
                tok(TAGGING, first.into(), "Unknown tag")
            );
            skip = 1;
        }
        79 => return eap::print(p, b, length),
        _ => {}
    }
    visible(p, b.tail(skip), length - skip, true)
}

fn number(p: &mut Printer, kind: u8, known: &Attribute, b: &[u8], length: usize) -> Done {
    if !fits(p, length, "!=", 4) {
        return Ok(());
    }
    let value = b.be32(0)?;
    let (first, rest) = ((value >> 24) as u8, value & 0x00ff_ffff);
    if !known.2.is_empty() {
        let tagged = matches!(kind, 64 | 65);
        if tagged {
            tag(p, first);
        }
        p.name(known.2, if tagged { rest } else { value }, "#%u");
        return Ok(());
    }
    match kind {
        23 if value == 0xffff_fffe => p.text("NAS Select"),
        27 | 28 | 41 | 46 | 85 => match value {
            0..60 => write!(p, "{value:02} secs"),
            60..3600 => write!(p, "{:02}:{:02} min", value / 60, value % 60),
            _ => {
                let (hours, minutes) = (value / 3600, value % 3600 / 60);
                write!(p, "{hours:02}:{minutes:02}:{:02} hours", value % 60);
            }
        },
        37 if value == 0 => p.text("Unnumbered"),
        38 if value == 0 => p.text("NAS assigned"),
        83 => {
            tag(p, first);
            write!(p, "{rest}");
        }
        56 => {
            let name = tok(TAGGING, first.into(), "Unknown tag");
            write!(p, "{name} (0x{first:02x}) {rest}");
        }
        _ => write!(p, "{value}"),
    }
    Ok(())
}

fn vendor(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if !fits(p, length, "<", 4) {
        return Ok(());
    }
    let vendor = b.be32(0)?;
    let name = tok(ENTERPRISES, vendor, "Unknown");
    write!(p, "Vendor: {name} ({vendor})");
    let (mut at, mut left) = (4, length - 4);
    while left >= 2 {
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        write!(p, "\n\t    Vendor Attribute: {kind}, length: {size}");
        if !fits(p, size, "<", 2) || !fits(p, size, ">", left) {
            return Ok(());
        }
        p.text(", value: ");
        visible(p, b.tail(at + 2), size - 2, false)?;
        at += size;
        left -= size;
    }
    Ok(())
}

fn prefix(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if !fits(p, length, "<", 2) || !fits(p, length, ">", 18) {
        return Ok(());
    }
    match b.u8(0)? {
        0 => {}
        reserved => write!(p, "[reserved-MBZ {reserved}] "),
    }
    let bits = usize::from(b.u8(1)?);
    if bits > 128 {
        p.bad("prefix length", bits, ">", 128);
        return Ok(());
    }
    let mut address = [0; 16];
    for (to, from) in address.iter_mut().zip(b.octets(2, length - 2)?) {
        *to = *from;
    }
    p.v6(address);
    write!(p, "/{bits}");
    if bits > 8 * (length - 2) {
        p.bad("inconsistent prefix length", bits, ">", 8 * (length - 2));
    }
    Ok(())
}

/// Octets in capitals.
fn hex(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done {
    for place in at..at + count {
        write!(p, "{:02X}", b.u8(place)?);
    }
    Ok(())
}

fn special(p: &mut Printer, kind: u8, b: &[u8], length: usize) -> Done {
    match kind {
        70 if fits(p, length, "!=", 16) => {
            p.text("User_challenge (");
            hex(p, b, 0, 8)?;
            p.text(") User_resp(");
            hex(p, b, 8, 8)?;
            p.text(")");
        }
        71 if fits(p, length, "!=", 14) => {
            let can = if b.u8(0)? == 0 { "cannot" } else { "can" };
            write!(p, "User {can} change password");
            write!(p, ", Min password length: {}", b.u8(1)?);
            p.text(", created at: ");
            hex(p, b, 2, 4)?;
            p.text(", expires in: ");
            hex(p, b, 6, 4)?;
            p.text(", Current Time: ");
            hex(p, b, 10, 4)?;
        }
        84 if fits(p, length, "!=", 8) => hex(p, b, 0, 8)?,
        101 if fits(p, length, "!=", 4) => {
            let cause = b.be32(0)?;
            let name = tok(CAUSES, cause, "Error-Cause %u not known");
            write!(p, "Error cause {cause}: {name}");
        }
        _ => {}
    }
    Ok(())
}
