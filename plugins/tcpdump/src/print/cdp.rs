//! CDP: what Cisco's devices tell their neighbors.

use super::prelude::*;

const CAPABILITIES: &Table = &[
    (1, "Router"),
    (2, "Transparent Bridge"),
    (4, "Source Route Bridge"),
    (8, "L2 Switch"),
    (16, "L3 capable"),
    (32, "IGMP snooping"),
    (64, "L1 capable"),
];

type Value = fn(&mut Printer, &[u8], usize) -> Done;

/// What is known of a type: its name, how it is printed, the least and the greatest length.
type Kind = (u16, &'static str, Option<Value>, usize, usize);
const ANY: usize = usize::MAX;
const DEVICE: u16 = 1;
/// The last type of which the contents are known.
const LAST: u16 = 26;

const KINDS: &[Kind] = &[
    (DEVICE, "Device-ID", Some(string), 0, ANY),
    (2, "Address", Some(addresses), 4, ANY),
    (3, "Port-ID", Some(string), 0, ANY),
    (4, "Capability", Some(capability), 4, 4),
    (5, "Version String", Some(version), 0, ANY),
    (6, "Platform", Some(string), 0, ANY),
    (7, "Prefixes", Some(prefixes), 0, ANY),
    (8, "Protocol-Hello option", None, 0, ANY),
    (9, "VTP Management Domain", Some(string), 0, ANY),
    (10, "Native VLAN ID", Some(number), 2, 2),
    (11, "Duplex", Some(duplex), 1, 1),
    (14, "ATA-186 VoIP VLAN assignment", Some(voice), 3, 3),
    (15, "ATA-186 VoIP VLAN request", Some(voice), 2, 3),
    (16, "power consumption", Some(power), 1, 3),
    (17, "MTU", Some(mtu), 4, 4),
    (18, "AVVID trust bitmap", Some(octet), 1, 1),
    (19, "AVVID untrusted ports CoS", Some(octet), 1, 1),
    (20, "System Name", Some(string), 0, ANY),
    (21, "System Object ID (not decoded)", None, 0, ANY),
    (22, "Management Addresses", Some(addresses), 4, ANY),
    (23, "Physical Location", Some(location), 1, ANY),
    (26, "Power available", Some(power_available), 8, ANY),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "cdp";
    p.protocol_caps();
    if length < 4 {
        write!(p, " (packet length {length} < 4)");
        return bad(p, b, length);
    }
    let (version, ttl) = (b.u8(0)?, b.u8(1)?);
    write!(p, "v{version}, ttl: {ttl}s");
    let sum = b.be16(2)?;
    if p.v(1) {
        write!(p, ", checksum: 0x{sum:04x} (unverified), length {length}");
    }
    let (mut at, mut left) = (4, length - 4);
    while left > 0 {
        if left < 4 {
            write!(p, " (remaining packet length {left} < 4)");
            return bad(p, b.tail(at), left);
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        let known = KINDS.iter().find(|known| known.0 == kind);
        let name = known.map_or("unknown field type", |known| known.1);
        // What the native tool's list leaves out, it prints the name of.
        let gap = known.is_none() && kind <= LAST;
        let plural = |size: usize| if size == 1 { "" } else { "s" };
        if size < 4 {
            if p.v(1) {
                let s = plural(size);
                write!(
                    p,
                    "\n\t{name} (0x{kind:04x}), TLV length: {size} byte{s} (too short)"
                );
            } else {
                write!(p, ", {name} TLV length {size} too short");
            }
            return bad(p, b.tail(at), left);
        }
        if size > left {
            write!(p, " (TLV length {size} > {left})");
            return bad(p, b.tail(at), left);
        }
        let value = b.tail(at + 4);
        (at, left) = (at + size, left - size);
        let size = size - 4;
        if p.v(1) {
            write!(
                p,
                "\n\t{name} (0x{kind:04x}), value length: {size} byte{}: ",
                plural(size)
            );
        } else if kind == DEVICE || gap {
            write!(p, ", {name} ");
        }
        let mut covered = false;
        if let Some((_, _, print, least, most)) = known {
            if size < *least || size > *most {
                p.text(" (malformed TLV)");
            } else if p.v(1) || kind == DEVICE {
                match print {
                    Some(print) => print(p, value, size)?,
                    None => drop(value.octets(0, size)?),
                }
                covered = true;
            }
        }
        if gap {
            value.octets(0, size)?;
            covered = true;
        }
        if p.v(1) && !covered {
            let value = value.octets(0, size)?;
            p.unknown(value, "\n\t  ", size);
        }
    }
    if !p.v(1) {
        write!(p, ", length {length}");
    }
    Ok(())
}

fn bad(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.invalid();
    b.octets(0, length).map(|_| ())
}

fn string(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.text("'");
    p.string_at(b, 0, length)?;
    p.text("'");
    Ok(())
}

fn number(p: &mut Printer, b: &[u8], _: usize) -> Done {
    write!(p, "{}", b.be16(0)?);
    Ok(())
}

fn octet(p: &mut Printer, b: &[u8], _: usize) -> Done {
    write!(p, "0x{:02x}", b.u8(0)?);
    Ok(())
}

fn duplex(p: &mut Printer, b: &[u8], _: usize) -> Done {
    p.text(if b.u8(0)? == 0 { "half" } else { "full" });
    Ok(())
}

fn mtu(p: &mut Printer, b: &[u8], _: usize) -> Done {
    write!(p, "{} bytes", b.be32(0)?);
    Ok(())
}

fn capability(p: &mut Printer, b: &[u8], _: usize) -> Done {
    let value = b.be32(0)?;
    write!(
        p,
        "(0x{value:08x}): {}",
        bits(CAPABILITIES, value, "none", ", ")
    );
    Ok(())
}

fn version(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.text("\n\t  ");
    for at in 0..length {
        match b.u8(at)? {
            b'\n' => p.text("\n\t  "),
            octet => p.character(octet),
        }
    }
    Ok(())
}

fn voice(p: &mut Printer, b: &[u8], length: usize) -> Done {
    match length {
        2 => write!(p, "unknown 0x{:04x}", b.be16(0)?),
        _ => write!(p, "app {}, vlan {}", b.u8(0)?, b.be16(1)?),
    }
    Ok(())
}

fn power(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let value = match length {
        1 => b.u8(0)?.into(),
        2 => b.be16(0)?.into(),
        _ => b.be24(0)?,
    };
    write!(p, "{:1.2}W", f64::from(value) / 1000.0);
    Ok(())
}

fn power_available(p: &mut Printer, b: &[u8], length: usize) -> Done {
    write!(p, "reqid {}, mgmtid {}", b.be16(0)?, b.be16(2)?);
    if length > 4 {
        p.text(", pwravail");
        for number in 1..length / 4 {
            write!(p, " {} mW", b.be32(number * 4)?);
        }
    }
    Ok(())
}

fn location(p: &mut Printer, b: &[u8], length: usize) -> Done {
    write!(p, "0x{:02x}", b.u8(0)?);
    if length > 1 {
        p.text("/");
        p.string_at(b, 1, length - 1)?;
    }
    Ok(())
}

fn prefixes(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if !length.is_multiple_of(5) {
        write!(p, " [length {length} is not a multiple of 5]");
        return bad(p, b, length);
    }
    write!(p, " IPv4 Prefixes ({}):", length / 5);
    for number in 0..length / 5 {
        let [a, b, c, d, bits]: [u8; 5] = b.array(number * 5)?;
        write!(p, " {a}.{b}.{c}.{d}/{bits}");
    }
    Ok(())
}

fn addresses(p: &mut Printer, b: &[u8], length: usize) -> Done {
    const LINK_OF_IPV6: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 0x86, 0xdd];
    let mut number = b.be32(0)?;
    let (mut at, mut left) = (4, length.saturating_sub(4));
    while number > 0 {
        if left < 2 {
            p.text(" (not enough space for PT+PL)");
            return bad(p, b.tail(at), left);
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        (at, left) = (at + 2, left - 2);
        if left < size + 2 {
            p.text(" (not enough space for P+AL)");
            return bad(p, b.tail(at), left);
        }
        let long = usize::from(b.be16(at + size)?);
        let protocol = b.octets(at, size)?;
        let ip = kind == 1 && protocol == [0xcc] && long == 4;
        let ip6 = kind == 2 && protocol == LINK_OF_IPV6 && long == 16;
        if !ip && !ip6 {
            write!(p, "pt=0x{kind:02x}, pl={size}, pb=");
            protocol.iter().for_each(|octet| write!(p, " {octet:02x}"));
            write!(p, ", al={long}, a=");
        }
        (at, left) = (at + size + 2, left - size - 2);
        if left < long {
            p.text(" (not enough space for A)");
            return bad(p, b.tail(at), left);
        }
        if ip {
            b.octets(at, 4)?;
            write!(p, "IPv4 ({number}) ");
            p.v4_at(b, at)?;
        } else if ip6 {
            b.octets(at, 16)?;
            write!(p, "IPv6 ({number}) ");
            p.v6_at(b, at)?;
        } else {
            for place in 0..long {
                write!(p, " {:02x}", b.u8(at + place)?);
            }
        }
        (at, left) = (at + long, left - long);
        number -= 1;
        if number > 0 {
            p.text(" ");
        }
    }
    if left > 0 {
        write!(p, " ({left} bytes of stray data)");
    }
    Ok(())
}
