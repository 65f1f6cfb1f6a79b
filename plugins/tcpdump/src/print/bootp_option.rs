//! Options of DHCP (RFC 2132 and others).

use super::prelude::*;

/// What the value of an option is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    None,
    Addresses,
    Pairs,
    Words,
    SignedWords,
    Shorts,
    Octets,
    Boolean,
    Text,
    Special,
    Unknown,
}

use Form::{Addresses, Boolean, Octets as Bytes, Pairs, Shorts, SignedWords, Special, Text, Words};

const OPTIONS: &[(u8, Form, &str)] = &[
    (0, Form::None, "PAD"),
    (1, Addresses, "Subnet-Mask"),
    (2, SignedWords, "Time-Zone"),
    (3, Addresses, "Default-Gateway"),
    (4, Addresses, "Time-Server"),
    (5, Addresses, "IEN-Name-Server"),
    (6, Addresses, "Domain-Name-Server"),
    (7, Addresses, "LOG"),
    (8, Addresses, "CS"),
    (9, Addresses, "LPR-Server"),
    (10, Addresses, "IM"),
    (11, Addresses, "RL"),
    (12, Text, "Hostname"),
    (13, Shorts, "BS"),
    (255, Form::None, "END"),
    (14, Text, "DP"),
    (15, Text, "Domain-Name"),
    (16, Addresses, "SS"),
    (17, Text, "RP"),
    (18, Text, "EP"),
    (19, Boolean, "IPF"),
    (20, Boolean, "SRT"),
    (21, Pairs, "PF"),
    (22, Shorts, "RSZ"),
    (23, Bytes, "TTL"),
    (24, Words, "MTU-Timeout"),
    (25, Shorts, "MTU-Table"),
    (26, Shorts, "MTU"),
    (27, Boolean, "LSN"),
    (28, Addresses, "BR"),
    (29, Boolean, "MD"),
    (30, Boolean, "MS"),
    (31, Boolean, "Router-Discovery"),
    (32, Addresses, "RSA"),
    (33, Pairs, "Static-Route"),
    (34, Boolean, "UT"),
    (35, Words, "AT"),
    (36, Boolean, "IE"),
    (37, Bytes, "TT"),
    (38, Words, "KI"),
    (39, Boolean, "KG"),
    (40, Text, "YD"),
    (41, Addresses, "YS"),
    (42, Addresses, "NTP"),
    (43, Bytes, "Vendor-Option"),
    (44, Addresses, "Netbios-Name-Server"),
    (45, Addresses, "WDD"),
    (46, Special, "Netbios-Node"),
    (47, Text, "Netbios-Scope"),
    (48, Addresses, "XFS"),
    (49, Addresses, "XDM"),
    (64, Shorts, "N+D"),
    (65, Addresses, "N+S"),
    (68, Addresses, "MH"),
    (69, Addresses, "SMTP"),
    (70, Addresses, "POP3"),
    (71, Addresses, "NNTP"),
    (72, Addresses, "WWW"),
    (73, Addresses, "FG"),
    (74, Addresses, "IRC"),
    (75, Addresses, "STS"),
    (76, Addresses, "STDA"),
    (50, Addresses, "Requested-IP"),
    (51, Words, "Lease-Time"),
    (52, Special, "OO"),
    (66, Text, "TFTP"),
    (67, Text, "BF"),
    (53, Form::None, "DHCP-Message"),
    (54, Addresses, "Server-ID"),
    (55, Bytes, "Parameter-Request"),
    (56, Text, "MSG"),
    (57, Shorts, "MSZ"),
    (58, Words, "RN"),
    (59, Words, "RB"),
    (60, Text, "Vendor-Class"),
    (61, Special, "Client-ID"),
    (98, Text, "UAP"),
    (116, Boolean, "Auto-Configure"),
    (78, Bytes, "SLP-DA"),
    (79, Bytes, "SLP-SCOPE"),
    (117, Shorts, "NSSEARCH"),
    (77, Special, "User-Class"),
    (118, Addresses, "SUBNET"),
    (121, Special, "Classless-Static-Route"),
    (249, Special, "Classless-Static-Route-Microsoft"),
    (143, Special, "SZTP-Redirect"),
    (150, Addresses, "TFTP-Server-Address"),
    (80, Text, "SLP-NA"),
    (81, Special, "FQDN"),
    (82, Special, "Agent-Information"),
    (83, Bytes, "ARMT"),
    (88, Text, "TZSTR"),
    (89, Bytes, "FQDNS"),
    (90, Bytes, "AUTH"),
    (91, Words, "Last-Transaction-Time"),
    (92, Addresses, "Associated-IP"),
    (93, Shorts, "ARCH"),
    (94, Bytes, "NDI"),
    (97, Bytes, "GUID"),
    (95, Text, "LDAP"),
    (100, Text, "POSIX-TZ"),
    (101, Text, "TZ-Name"),
    (112, Addresses, "NI"),
    (113, Text, "NITAG"),
    (114, Text, "URL"),
    (161, Text, "MUD-URL"),
    (108, Special, "IPv6-Only-Preferred"),
];
const MESSAGES: &Table = &[
    (1, "Discover"),
    (2, "Offer"),
    (3, "Request"),
    (4, "Decline"),
    (5, "ACK"),
    (6, "NACK"),
    (7, "Release"),
    (8, "Inform"),
    (10, "LeaseQuery"),
    (11, "LeaseUnassigned"),
    (12, "LeaseUnknown"),
    (13, "LeaseActive"),
];
const HARDWARE: &Table = &[
    (1, "ether"),
    (6, "ieee802"),
    (7, "arcnet"),
    (15, "frelay"),
    (23, "strip"),
    (24, "ieee1394"),
];
const NODES: &Table = &[(1, "b-node"), (2, "p-node"), (4, "m-node"), (8, "h-node")];
const OVERLOADS: &Table = &[(1, "file"), (2, "sname"), (3, "file+sname")];
const AGENT: &Table = &[(1, "Circuit-ID"), (2, "Remote-ID"), (6, "Subscriber-ID")];
const NAME_FLAGS: &Table = &[(1, "S"), (2, "O"), (4, "E"), (8, "N")];

fn option(tag: u8) -> (Form, &'static str) {
    let found = OPTIONS.iter().find(|(known, ..)| *known == tag);
    found.map_or((Form::Unknown, "Unknown"), |(_, form, name)| (*form, name))
}

/// Prints the options behind the magic cookie.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    write!(
        p,
        "\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x{:08x}",
        b.be32(0)?
    );
    let mut at = 4;
    while at < b.len() {
        let tag = b.u8(at)?;
        at += 1;
        if tag == 0 && !p.v(3) {
            continue;
        }
        if tag == 255 && !p.v(3) {
            return Ok(());
        }
        let (form, name) = option(tag);
        let mut size = 0;
        if tag != 0 && tag != 255 {
            size = usize::from(b.u8(at)?);
            at += 1;
        }
        write!(
            p,
            "\n\t    {name} ({tag}), length {size}{}",
            if size > 0 { ": " } else { "" }
        );
        if tag == 0 {
            let pads = b.tail(at).iter().take_while(|octet| **octet == 0).count();
            at += pads;
            if pads > 0 {
                write!(p, ", occurs {}", pads + 1);
            }
            continue;
        }
        let value = b.octets(at, size)?;
        at += size;
        match tag {
            53 if size == 1 => p.name(MESSAGES, value.u8(0)?, "Unknown (%u)"),
            55 => {
                for (place, tag) in value.iter().enumerate() {
                    p.text(if place % 4 == 0 { "\n\t      " } else { ", " });
                    write!(p, "{} ({tag})", option(*tag).1);
                }
            }
            _ => {
                let left = self::value(p, tag, form, value)?;
                if left > 0 {
                    write!(p, "\n\t  trailing data length {left}");
                }
            }
        }
    }
    Ok(())
}

fn wrong(p: &mut Printer, what: &str) -> Done<usize> {
    p.text(what);
    p.invalid();
    Ok(0)
}

/// Prints each part of a value with something between them; the octets that are left over.
fn each(
    p: &mut Printer,
    value: &[u8],
    size: usize,
    between: &str,
    print: impl Fn(&mut Printer, &[u8]) -> Done,
) -> Done<usize> {
    for (place, part) in value.chunks_exact(size).enumerate() {
        if place > 0 {
            p.text(between);
        }
        print(p, part)?;
    }
    Ok(value.len() % size)
}

/// Prints a value; the octets that are left over.
fn value(p: &mut Printer, tag: u8, form: Form, value: &[u8]) -> Done<usize> {
    let form = match form {
        Form::Unknown if value.len() % 2 == 1 => Bytes,
        Form::Unknown if value.len() % 4 == 2 => Shorts,
        Form::Unknown => Words,
        form => form,
    };
    match form {
        Text => {
            p.text("\"");
            p.string(value);
            p.text("\"");
            Ok(0)
        }
        Addresses => each(p, value, 4, ",", |p, part| p.v4_at(part, 0)),
        Words | SignedWords => each(p, value, 4, ",", |p, part| {
            let word = part.be32(0)?;
            match form {
                SignedWords => write!(p, "{}", word.cast_signed()),
                _ => write!(p, "{word}"),
            }
            Ok(())
        }),
        Pairs if value.len() < 8 || !value.len().is_multiple_of(8) => {
            p.text(if value.is_empty() {
                " [length != N x 8 bytes]"
            } else {
                "[length != N x 8 bytes]"
            });
            Ok(0)
        }
        Pairs => each(p, value, 8, ",", |p, part| {
            p.text("(");
            p.v4_at(part, 0)?;
            p.text(":");
            p.v4_at(part, 4)?;
            p.text(")");
            Ok(())
        }),
        Shorts => each(p, value, 2, ",", |p, part| {
            write!(p, "{}", part.be16(0)?);
            Ok(())
        }),
        Boolean if value.len() != 1 => wrong(p, "[length != 1 byte]"),
        Boolean => {
            match value.u8(0)? {
                0 => p.text("N"),
                1 => p.text("Y"),
                other => write!(p, "{other}?"),
            }
            Ok(0)
        }
        Special => special(p, tag, value),
        _ => each(p, value, 1, ".", |p, part| {
            p.decimal(part.u8(0)?.into());
            Ok(())
        }),
    }
}

fn special(p: &mut Printer, tag: u8, value: &[u8]) -> Done<usize> {
    let size = value.len();
    match tag {
        46 | 52 | 61 if size < 1 => wrong(p, "[length < 1 byte]"),
        46 | 52 => {
            p.name(
                if tag == 46 { NODES } else { OVERLOADS },
                value.u8(0)?,
                "#%d",
            );
            Ok(size - 1)
        }
        81 if size < 3 => wrong(p, "[length < 3 bytes]"),
        81 => {
            let flags = value.u8(0)?;
            if flags & 0xf0 != 0 {
                write!(p, "[MBZ nibble 0x{:x} != 0] ", flags >> 4);
                p.invalid();
            }
            if flags & 0x0f != 0 {
                write!(p, "[{}] ", bits(NAME_FLAGS, flags.into(), "", ""));
            }
            let (forward, reverse) = (value.u8(1)?, value.u8(2)?);
            if forward != 0 || reverse != 0 {
                write!(p, "{forward}/{reverse} ");
            }
            p.text("\"");
            p.string(value.tail(3));
            p.text("\"");
            Ok(0)
        }
        61 => {
            match value.u8(0)? {
                0 => {
                    p.text("\"");
                    p.string(value.tail(1));
                    p.text("\"");
                }
                kind => {
                    p.name(HARDWARE, kind, "hardware-type %u,");
                    p.text(" ");
                    p.hex(value.tail(1), ":");
                }
            }
            Ok(0)
        }
        82 => agent(p, value),
        121 | 249 => routes(p, value),
        77 => user_classes(p, value),
        143 => redirects(p, value),
        108 if size != 4 => wrong(p, "[length != 4 bytes]"),
        108 => {
            write!(p, "{}", value.be32(0)?);
            Ok(0)
        }
        _ => Ok(size),
    }
}

fn agent(p: &mut Printer, value: &[u8]) -> Done<usize> {
    let mut rest = value;
    while rest.len() >= 2 {
        let (kind, size) = (rest.u8(0)?, usize::from(rest.u8(1)?));
        rest = rest.tail(2);
        write!(
            p,
            "\n\t      {} SubOption {kind}, length {size}: ",
            tok(AGENT, kind.into(), "Unknown")
        );
        if size > rest.len() {
            p.text("length goes past end of option");
            return Ok(0);
        }
        match kind {
            1 | 2 | 6 => p.string(rest.upto(size)),
            _ => p.unknown(rest, "\n\t\t", size),
        }
        rest = rest.tail(size);
    }
    Ok(rest.len())
}

fn routes(p: &mut Printer, value: &[u8]) -> Done<usize> {
    if value.len() < 5 {
        return wrong(p, "[length < 5 bytes]");
    }
    let mut rest = value;
    while !rest.is_empty() {
        if rest.len() < value.len() {
            p.text(",");
        }
        let width = rest.u8(0)?;
        rest = rest.tail(1);
        if width > 32 {
            return wrong(p, &format!("[Mask width ({width}) > 32]"));
        }
        let count = usize::from(width).div_ceil(8);
        if rest.len() < count + 4 {
            return wrong(
                p,
                &format!("[Remaining length ({}) < {} bytes]", rest.len(), count + 4),
            );
        }
        p.text("(");
        if width == 0 {
            p.text("default");
        } else {
            for octet in 0..4 {
                if octet > 0 {
                    p.text(".");
                }
                p.decimal(if octet < count {
                    rest.u8(octet)?.into()
                } else {
                    0
                });
            }
            write!(p, "/{width}");
        }
        p.text(":");
        p.v4_at(rest, count)?;
        p.text(")");
        rest = rest.tail(count + 4);
    }
    Ok(0)
}

fn user_classes(p: &mut Printer, value: &[u8]) -> Done<usize> {
    if value.len() < 2 {
        return wrong(p, "[length < 2 bytes]");
    }
    let mut rest = value;
    let mut number = 1;
    while !rest.is_empty() {
        let size = usize::from(rest.u8(0)?);
        rest = rest.tail(1);
        write!(p, "\n\t      instance#{number}: ");
        if size == 0 {
            return wrong(p, "[suboption length == 0]");
        }
        if rest.len() < size {
            return wrong(
                p,
                &format!("[length {} < suboption length {size}", rest.len()),
            );
        }
        p.text("\"");
        p.string(rest.upto(size));
        write!(p, "\", length {size}");
        number += 1;
        rest = rest.tail(size);
    }
    Ok(0)
}

fn redirects(p: &mut Printer, value: &[u8]) -> Done<usize> {
    let mut rest = value;
    while rest.len() >= 2 {
        let size = usize::from(rest.be16(0)?);
        rest = rest.tail(2);
        write!(p, "\n\t\t    length {size}: ");
        if rest.len() < size {
            p.text("length goes past end of option");
            return Ok(0);
        }
        p.text("\"");
        p.string(rest.upto(size));
        p.text("\"");
        rest = rest.tail(size);
    }
    if !rest.is_empty() {
        wrong(p, "[length < 2 bytes]")?;
    }
    Ok(rest.len())
}
