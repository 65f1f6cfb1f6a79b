//! ICMP (RFC 792), with the extensions of RFC 4884, 4950, 5837 and 8335.

use super::prelude::*;
use super::{checksum, ip};

const KINDS: &Table = &[
    (0, "echo reply"),
    (4, "source quench"),
    (8, "echo request"),
    (10, "router solicitation"),
    (13, "time stamp request"),
    (14, "time stamp reply"),
    (15, "information request"),
    (16, "information reply"),
    (17, "address mask request"),
    (42, "extended echo request"),
    (43, "extended echo reply"),
];
/// How an unreachable destination is told: before the address, behind it.
const UNREACHABLE: &[(u8, &str, &str)] = &[
    (0, "net ", " unreachable"),
    (1, "host ", " unreachable"),
    (5, "", " unreachable - source route failed"),
    (6, "net ", " unreachable - unknown"),
    (7, "host ", " unreachable - unknown"),
    (8, "", " unreachable - source host isolated"),
    (9, "net ", " unreachable - admin prohibited"),
    (10, "host ", " unreachable - admin prohibited"),
    (11, "net ", " unreachable - tos prohibited"),
    (12, "host ", " unreachable - tos prohibited"),
    (13, "host ", " unreachable - admin prohibited filter"),
    (14, "host ", " unreachable - host precedence violation"),
    (15, "host ", " unreachable - precedence cutoff"),
];
const OBJECTS: &Table = &[
    (1, "MPLS Stack Entry Object"),
    (2, "Interface Information Object"),
    (3, "Interface Identification Object"),
];
const ROLES: &Table = &[
    (0, "Incoming IP Interface"),
    (1, "Sub-IP Component of Incoming IP Interface"),
    (2, "Outgoing IP Interface"),
    (3, "IP Next hop"),
];
const ECHO_CODES: &Table = &[
    (0, "No error"),
    (1, "Malformed Query"),
    (2, "No Such Interface"),
    (3, "No Such Table Entry"),
    (4, "Multiple Interfaces Satisfy Query"),
];
const ECHO_STATES: &Table = &[
    (0, "Reserved"),
    (1, "Incomplete"),
    (2, "Reachable"),
    (3, "Stale"),
    (4, "Delay"),
    (5, "Probe"),
    (6, "Failed"),
];
/// Where extensions begin.
const EXTENSIONS: usize = 136;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, fragmented: bool) -> Done {
    p.protocol = "icmp";
    let (kind, code) = (b.u8(0)?, b.u8(1)?);
    // A message that is cut off within its text has none of it.
    let before = p.out.len();
    p.text("ICMP ");
    if let Err(Cut) = what(p, b, kind, code) {
        p.out.truncate(before);
        return Err(Cut);
    }
    write!(p, ", length {length}");
    if p.v(1)
        && !fragmented
        && let Ok(octets) = b.octets(0, length)
    {
        let sum = checksum::of(&[octets]);
        if sum != 0 {
            let is = b.be16(2)?;
            write!(
                p,
                " (wrong icmp cksum {is:x} (->{:x})!)",
                checksum::should_be(is, sum)
            );
        }
    }
    if !p.v(1) {
        return Ok(());
    }
    if matches!(kind, 3 | 4 | 5 | 11 | 12) {
        p.text("\n\t");
        let quoted = b.tail(8);
        let total = usize::from(quoted.be16(2)?);
        ip::print(p, quoted.upto(total), total)?;
    }
    p.protocol = "icmp";
    if length > EXTENSIONS && matches!(kind, 3 | 11 | 12) {
        multipart(p, b, length)?;
    }
    if matches!(kind, 42 | 43) {
        extended_echo(p, b.u8(7)?, kind == 42, code, b.tail(8))?;
    }
    Ok(())
}

fn what(p: &mut Printer, b: &[u8], kind: u8, code: u8) -> Done {
    let target = 8 + 16;
    match kind {
        0 | 8 => {
            let direction = if kind == 8 { "request" } else { "reply" };
            write!(p, "echo {direction}, id {}, seq {}", b.be16(4)?, b.be16(6)?);
        }
        3 => match code {
            2 => {
                p.v4_at(b, target)?;
                write!(p, " protocol {} unreachable", b.u8(8 + 9)?);
            }
            3 => {
                let header = usize::from(b.u8(8)? & 15) * 4;
                let port = b.be16(8 + header + 2)?;
                let protocol = b.u8(8 + 9)?;
                p.v4_at(b, target)?;
                match protocol {
                    6 => {
                        p.text(" tcp port ");
                        p.tcp_port(port);
                    }
                    17 => {
                        p.text(" udp port ");
                        p.udp_port(port);
                    }
                    _ => write!(p, " protocol {protocol} port {port}"),
                }
                p.text(" unreachable");
            }
            4 => {
                let mtu = b.be16(6)?;
                p.v4_at(b, target)?;
                p.text(" unreachable - need to frag");
                if mtu != 0 {
                    write!(p, " (mtu {mtu})");
                }
            }
            _ => match UNREACHABLE.iter().find(|(known, ..)| *known == code) {
                Some((_, before, behind)) => {
                    p.text(before);
                    p.v4_at(b, target)?;
                    p.text(behind);
                }
                None => {
                    p.v4_at(b, target)?;
                    write!(p, " unreachable - #{code}");
                }
            },
        },
        5 => {
            match code {
                0 | 1 => p.text("redirect "),
                2 | 3 => p.text("redirect-tos "),
                _ => write!(p, "redirect-#{code} "),
            }
            p.v4_at(b, target)?;
            p.text(match code {
                0 | 2 => " to net ",
                1 | 3 => " to host ",
                _ => " to ",
            });
            p.v4_at(b, 4)?;
        }
        9 => routers(p, b)?,
        11 => {
            b.octets(target, 4)?;
            match code {
                0 => p.text("time exceeded in-transit"),
                1 => p.text("ip reassembly time exceeded"),
                _ => write!(p, "time exceeded-#{code}"),
            }
        }
        12 if code != 0 => write!(p, "parameter problem - code {code}"),
        12 => write!(p, "parameter problem - octet {}", b.u8(4)?),
        18 => write!(p, "address mask is 0x{:08x}", b.be32(8)?),
        13 => write!(p, "time stamp query id {} seq {}", b.be16(4)?, b.be16(6)?),
        14 => {
            write!(
                p,
                "time stamp reply id {} seq {}: org ",
                b.be16(4)?,
                b.be16(6)?
            );
            time_of_day(p, b.be32(8)?);
            p.text(", recv ");
            time_of_day(p, b.be32(12)?);
            p.text(", xmit ");
            time_of_day(p, b.be32(16)?);
        }
        42 | 43 => {
            let direction = if kind == 42 { "request" } else { "reply" };
            write!(
                p,
                "extended echo {direction}, id {}, seq {}",
                b.be16(4)?,
                b.u8(6)?
            );
        }
        _ => p.name(KINDS, kind, "type-#%u"),
    }
    Ok(())
}

fn time_of_day(p: &mut Printer, milliseconds: u32) {
    let seconds = milliseconds / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    write!(
        p,
        "{hours:02}:{minutes:02}:{:02}.{:03}",
        seconds % 60,
        milliseconds % 1000
    );
}

fn routers(p: &mut Printer, b: &[u8]) -> Done {
    p.text("router advertisement lifetime ");
    let lifetime = b.be16(6)?;
    let (hours, minutes, seconds) = (lifetime / 3600, lifetime % 3600 / 60, lifetime % 60);
    match lifetime {
        0..60 => write!(p, "{lifetime}"),
        60..3600 => write!(p, "{minutes}:{seconds:02}"),
        _ => write!(p, "{hours}:{minutes:02}:{seconds:02}"),
    }
    let count = usize::from(b.u8(4)?);
    write!(p, " {count}:");
    let size = b.u8(5)?;
    if size != 2 {
        write!(p, " [size {size}]");
        return Ok(());
    }
    for router in 0..count {
        p.text(" {");
        p.v4_at(b, 8 + router * 8)?;
        write!(p, " {}}}", b.be32(12 + router * 8)?);
    }
    Ok(())
}

fn multipart(p: &mut Printer, b: &[u8], length: usize) -> Done {
    b.octets(0, EXTENSIONS + 5)?;
    let covered = length - EXTENSIONS;
    let extensions = b.tail(EXTENSIONS);
    let sum = extensions
        .octets(0, covered)
        .map(|octets| checksum::of(&[octets]));
    if b.u8(5)? == 0 && sum.is_ok_and(|sum| sum != 0) {
        return Ok(());
    }
    let version = extensions.u8(0)? >> 4;
    write!(p, "\n\tICMP Multi-Part extension v{version}");
    if version != 2 {
        p.text(" packet not supported");
        return Ok(());
    }
    if let Ok(sum) = sum {
        let verdict = if sum == 0 { "correct" } else { "incorrect" };
        write!(
            p,
            ", checksum 0x{:04x} ({verdict}), length {covered}",
            extensions.be16(2)?
        );
    }
    let mut at = 4;
    while covered > at + 4 {
        match object(p, extensions.tail(at))? {
            Some(size) if size <= covered - at => at += size,
            _ => break,
        }
    }
    Ok(())
}

/// An extended echo (RFC 8335): the interface asked about, or its state.
///
/// # Errors
/// [`Cut`]
pub(crate) fn extended_echo(p: &mut Printer, flags: u8, request: bool, code: u8, b: &[u8]) -> Done {
    if !request {
        let state = flags >> 5;
        write!(
            p,
            "\n\tCode {code} ({}), State {state} ({}), active {} ipv4 {} ipv6 {}",
            tok(ECHO_CODES, code.into(), "Unknown"),
            tok(ECHO_STATES, state.into(), "Unknown"),
            flags >> 2 & 1,
            flags >> 1 & 1,
            flags & 1,
        );
        return Ok(());
    }
    let place = if flags & 1 == 1 { "Local" } else { "Remote" };
    write!(p, "\n\t{place} Interface");
    if b.u8(0)? >> 4 != 2 {
        p.invalid();
        return Ok(());
    }
    let (is, length) = (b.be16(2)?, b.be16(4)?.wrapping_add(4));
    if let Ok(octets) = b.octets(0, length.into()) {
        let verdict = if checksum::of(&[octets]) == 0 {
            "correct"
        } else {
            "incorrect"
        };
        write!(p, ", checksum 0x{is:04x} ({verdict}), length {length}");
    }
    object(p, b.tail(4)).map(|_| ())
}

/// Prints an object; its length, or none when nothing behind it is printed.
fn object(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    let size = usize::from(b.be16(0)?);
    let (class, kind) = (b.u8(2)?, b.u8(3)?);
    let name = tok(OBJECTS, class.into(), "unknown");
    write!(
        p,
        "\n\t  {name} ({class}), Class-Type: {kind}, length {size}"
    );
    if class == 0 || size < 4 {
        return Ok(None);
    }
    let data = b.tail(4);
    let left = size - 4;
    match (class, kind) {
        (1, 1) => {
            let entry = data.be32(0)?;
            if left >= 4 {
                write!(p, "\n\t    label {}, tc {}", entry >> 12, entry >> 9 & 7);
                if entry & 0x100 != 0 {
                    p.text(", [S]");
                }
                write!(p, ", ttl {}", entry & 0xff);
            }
        }
        (2, _) => {
            if !interface(p, data, left, kind)? {
                return Ok(None);
            }
        }
        (3, 1) => {
            write!(p, "\n\t    Interface Name, length {left}: ");
            p.padded_string_at(data, 0, left)?;
        }
        (3, 2) => {
            let index = data.be32(0)?;
            if left >= 4 {
                write!(p, "\n\t    Interface Index: {index}");
            }
        }
        (3, 3) => {
            p.text("\n\t    IP Address sub-object: ");
            data.octets(0, 4)?;
            if left < 4 {
                return Ok(Some(size));
            }
            let long = usize::from(data.u8(2)?);
            data.octets(0, long)?;
            if left - 4 < long {
                return Ok(Some(size));
            }
            match data.be16(0)? {
                1 => {
                    if long != 4 {
                        write!(p, "[length {long} != 4] ");
                    }
                    p.v4_at(data, 4)?;
                }
                2 => {
                    if long != 16 {
                        write!(p, "[length {long} != 16] ");
                    }
                    p.v6_at(data, 4)?;
                }
                _ => {
                    p.text("Unknown Address Family Identifier");
                    return Ok(None);
                }
            }
        }
        _ => p.unknown(data, "\n\t    ", left),
    }
    Ok(Some(size))
}

/// False when nothing behind it is printed.
fn interface(p: &mut Printer, b: &[u8], length: usize, kind: u8) -> Done<bool> {
    let mut at = 0;
    let mut left = length;
    let mut take = |left: &mut usize, count: usize| -> Done<Option<usize>> {
        b.octets(at, count)?;
        if *left < count {
            return Ok(None);
        }
        let here = at;
        at += count;
        *left -= count;
        Ok(Some(here))
    };
    p.text("\n\t    Interface Role: ");
    p.name(ROLES, kind >> 6, "an unknown interface role");
    if kind & 8 != 0 {
        let Some(at) = take(&mut left, 4)? else {
            return Ok(true);
        };
        write!(p, "\n\t    Interface Index: {}", b.be32(at)?);
    }
    if kind & 4 != 0 {
        p.text("\n\t    IP Address sub-object: ");
        let Some(at) = take(&mut left, 4)? else {
            return Ok(true);
        };
        match b.be16(at)? {
            1 => {
                let Some(at) = take(&mut left, 4)? else {
                    return Ok(true);
                };
                p.v4_at(b, at)?;
            }
            2 => {
                let Some(at) = take(&mut left, 16)? else {
                    return Ok(true);
                };
                p.v6_at(b, at)?;
            }
            _ => {
                p.text("Unknown Address Family Identifier");
                return Ok(false);
            }
        }
    }
    if kind & 2 != 0 {
        let here = length - left;
        let long = usize::from(b.u8(here)?);
        if left < 1 {
            return Ok(true);
        }
        p.text("\n\t    Interface Name");
        if long < 1 {
            write!(p, " [length {long}]");
            p.invalid();
            return Ok(true);
        }
        let Some(at) = take(&mut left, long)? else {
            return Ok(true);
        };
        if long % 4 != 0 || long > 64 {
            match long % 4 {
                0 => write!(p, " [length {long} > 64]"),
                _ => write!(p, " [length {long} != N x 4]"),
            }
            p.invalid();
            return Ok(true);
        }
        write!(p, ", length {long}: ");
        p.padded_string_at(b, at + 1, long - 1)?;
    }
    if kind & 1 != 0 {
        let Some(at) = take(&mut left, 4)? else {
            return Ok(true);
        };
        write!(p, "\n\t    MTU: {}", b.be32(at)?);
    }
    Ok(true)
}
