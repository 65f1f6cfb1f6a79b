//! ICMPv6 (RFC 4443) and what it carries: neighbor discovery, multicast listeners, mobility, RPL.

use super::prelude::*;
use super::transport::Ip;
use super::{checksum, icmp, icmp6_node, icmp6_option, rpl};

const KINDS: &Table = &[
    (1, "destination unreachable"),
    (2, "packet too big"),
    (3, "time exceeded in-transit"),
    (4, "parameter problem"),
    (128, "echo request"),
    (129, "echo reply"),
    (130, "multicast listener query"),
    (131, "multicast listener report"),
    (132, "multicast listener done"),
    (133, "router solicitation"),
    (134, "router advertisement"),
    (135, "neighbor solicitation"),
    (136, "neighbor advertisement"),
    (137, "redirect"),
    (138, "router renumbering"),
    (141, "inverse neighbor solicitation"),
    (142, "inverse neighbor advertisement"),
    (143, "multicast listener report v2"),
    (144, "ha discovery request"),
    (145, "ha discovery reply"),
    (146, "mobile router solicitation"),
    (147, "mobile router advertisement"),
    (139, "node information query"),
    (140, "node information reply"),
    (201, "mtrace message"),
    (200, "mtrace response"),
    (155, "RPL"),
    (160, "extended echo request"),
    (161, "extended echo reply"),
];
const UNREACHABLE: &Table = &[
    (0, "unreachable route"),
    (1, " unreachable prohibited"),
    (2, "beyond scope"),
    (3, "unreachable address"),
    (4, "unreachable port"),
];
const ROUTER_FLAGS: &Table = &[
    (0x80, "managed"),
    (0x40, "other stateful"),
    (0x20, "home agent"),
    (0x02, "ipv6 only"),
];
const NEIGHBOR_FLAGS: &Table = &[
    (0x8000_0000, "router"),
    (0x4000_0000, "solicited"),
    (0x2000_0000, "override"),
];
const GROUP_RECORDS: &Table = &[
    (1, "is_in"),
    (2, "is_ex"),
    (3, "to_in"),
    (4, "to_ex"),
    (5, "allow"),
    (6, "block"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "icmp6";
    if length == 0 {
        p.text("ICMP6, length 0");
        p.invalid();
        return Ok(());
    }
    if p.v(1)
        && !ip.fragmented
        && let Some(sum) = ip.checksum(b, length, length, 58)
    {
        let is = b.be16(2)?;
        match sum {
            0 => p.text("[icmp6 sum ok] "),
            _ => write!(
                p,
                "[bad icmp6 cksum 0x{is:04x} -> 0x{:04x}!] ",
                checksum::should_be(is, sum)
            ),
        }
    }
    let kind = b.u8(0)?;
    p.text("ICMP6, ");
    p.name(KINDS, kind, "unknown icmp6 type (%u)");
    if p.v(1) && matches!(kind, 133..=137 | 145 | 147) {
        write!(p, ", length {length}");
    }
    let code = b.u8(1)?;
    if message(p, b, length, kind, code)? && !p.v(1) {
        write!(p, ", length {length}");
    }
    Ok(())
}

/// False when its length was written, or nothing more is.
fn message(p: &mut Printer, b: &[u8], length: usize, kind: u8, code: u8) -> Done<bool> {
    let quoted = b.tail(8);
    match kind {
        1 => {
            p.text(", ");
            p.name(UNREACHABLE, code, "unknown unreach code (%u)");
            match code {
                0 | 1 | 3 => {
                    p.text(" ");
                    p.v6_at(quoted, 24)?;
                }
                2 => {
                    p.text(" ");
                    p.v6_at(quoted, 24)?;
                    p.text(", source address ");
                    p.v6_at(quoted, 8)?;
                }
                4 => {
                    let Some((port, protocol)) = upper_layer(quoted) else {
                        p.truncated();
                        return Ok(false);
                    };
                    p.text(", ");
                    p.v6_at(quoted, 24)?;
                    match protocol {
                        6 => {
                            p.text(" tcp port ");
                            p.tcp_port(port);
                        }
                        _ => {
                            p.text(" udp port ");
                            p.udp_port(port);
                        }
                    }
                }
                _ if !p.v(2) => {
                    p.unknown(b, "\n\t", length);
                    return Ok(false);
                }
                _ => {}
            }
        }
        2 => write!(p, ", mtu {}", b.be32(4)?),
        3 => match code {
            0 => {
                p.text(" for ");
                p.v6_at(quoted, 24)?;
            }
            1 => p.text(" (reassembly)"),
            _ => write!(p, ", unknown code ({code})"),
        },
        4 => {
            quoted.octets(24, 16)?;
            let what = match code {
                0 => "erroneous",
                1 => "next header",
                2 => "option",
                3 => "incomplete header chain",
                _ => {
                    write!(p, ", code-#{code}");
                    return Ok(true);
                }
            };
            write!(p, ", {what} - octet {}", b.be32(4)?);
        }
        128 | 129 => {
            p.text(", id ");
            p.decimal(b.be16(4)?.into());
            p.text(", seq ");
            p.decimal(b.be16(6)?.into());
        }
        130 if length == 24 => listener(p, b)?,
        130 if length >= 28 => {
            p.text(" v2");
            listener_query(p, b, length)?;
        }
        130 => write!(p, " unknown-version (len {length}) "),
        131 | 132 => listener(p, b)?,
        133 => return options(p, b, length, 8),
        134 => {
            if p.v(1) {
                let flags = b.u8(5)?;
                write!(
                    p,
                    "\n\thop limit {}, Flags [{}], pref {}, router lifetime {}s, reachable time {}ms, retrans timer {}ms",
                    b.u8(4)?,
                    bits(ROUTER_FLAGS, flags.into(), "none", ", "),
                    icmp6_option::preference(flags),
                    b.be16(6)?,
                    b.be32(8)?,
                    b.be32(12)?
                );
            }
            return options(p, b, length, 16);
        }
        135 => {
            p.text(", who has ");
            p.v6_at(b, 8)?;
            return options(p, b, length, 24);
        }
        136 => {
            p.text(", tgt is ");
            p.v6_at(b, 8)?;
            if p.v(1) {
                write!(
                    p,
                    ", Flags [{}]",
                    bits(NEIGHBOR_FLAGS, b.be32(4)?, "none", ", ")
                );
            }
            return options(p, b, length, 24);
        }
        137 => {
            p.text(", ");
            p.v6_at(b, 24)?;
            p.text(" to ");
            p.v6_at(b, 8)?;
            return options(p, b, length, 40);
        }
        138 => return icmp6_node::renumbering(p, b),
        139 | 140 => return icmp6_node::information(p, b, length),
        141 | 142 => {}
        143 => listener_report(p, b, length)?,
        144 | 146 => write!(p, ", id 0x{:04x}", b.be16(4)?),
        145 => {
            if p.v(1) {
                write!(p, ", id 0x{:04x}", b.be16(4)?);
                let b = b.upto(length);
                for at in (8..b.len()).step_by(16) {
                    p.text(", ");
                    p.v6_at(b, at)?;
                }
            }
        }
        147 => {
            if p.v(1) {
                write!(p, ", id 0x{:04x}", b.be16(4)?);
                let flags = b.be16(6)?;
                if flags & 0xc000 != 0 {
                    p.text(" ");
                }
                if flags & 0x8000 != 0 {
                    p.text("M");
                }
                if flags & 0x4000 != 0 {
                    p.text("O");
                }
            }
            return options(p, b, length, 8);
        }
        155 => rpl::print(p, code, b.tail(4), length.saturating_sub(4))?,
        160 | 161 => {
            write!(p, ", id {}, seq {}", b.be16(4)?, b.u8(6)?);
            if p.v(1) {
                icmp::extended_echo(p, b.u8(7)?, kind == 160, code, quoted)?;
            }
        }
        _ => {
            write!(p, ", length {length}");
            if !p.v(2) {
                p.unknown(b, "\n\t", length);
            }
            return Ok(false);
        }
    }
    Ok(true)
}

fn options(p: &mut Printer, b: &[u8], length: usize, at: usize) -> Done<bool> {
    if p.v(1) && !icmp6_option::print(p, b.tail(at), length.saturating_sub(at))? {
        p.truncated();
        return Ok(false);
    }
    Ok(true)
}

/// The destination port and the protocol of a quoted packet.
fn upper_layer(b: &[u8]) -> Option<(u16, u8)> {
    let mut next = b.u8(6).ok()?;
    let mut at = 40;
    while at < b.len() {
        match next {
            6 | 17 => return Some((b.be16(at + 2).ok()?, next)),
            0 | 60 | 43 => {
                next = b.u8(at).ok()?;
                at += (usize::from(b.u8(at + 1).ok()?) + 1) * 8;
            }
            44 => {
                if b.be16(at + 2).ok()? & 0xfff8 != 0 {
                    return None;
                }
                next = b.u8(at).ok()?;
                at += 8;
            }
            51 => {
                next = b.u8(at).ok()?;
                at += (usize::from(b.u8(at + 1).ok()?) + 2) * 4;
            }
            _ => return None,
        }
    }
    None
}

fn listener(p: &mut Printer, b: &[u8]) -> Done {
    if b.has(24) {
        write!(p, "max resp delay: {} addr: ", b.be16(4)?);
        p.v6_at(b, 8)?;
    }
    Ok(())
}

fn listener_report(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 8 {
        write!(p, " [invalid len {length}]");
        return Ok(());
    }
    let groups = b.be16(6)?;
    write!(p, ", {groups} group record(s)");
    if !p.v(1) {
        return Ok(());
    }
    let mut at = 8;
    for _ in 0..groups {
        if length < at + 20 {
            p.text(" [invalid number of groups]");
            return Ok(());
        }
        p.text(" [gaddr ");
        p.v6_at(b, at + 4)?;
        p.text(" ");
        p.name(GROUP_RECORDS, b.u8(at)?, " [v2-report-#%u]");
        let sources = usize::from(b.be16(at + 2)?);
        if length < at + 20 + sources * 16 {
            write!(p, " [invalid number of sources {sources}]");
            return Ok(());
        }
        addresses(p, b, at + 20, sources)?;
        at += 20 + sources * 16;
        p.text("]");
    }
    Ok(())
}

fn addresses(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done {
    if !p.v(2) {
        write!(p, ", {count} source(s)");
        return Ok(());
    }
    p.text(" {");
    for number in 0..count {
        p.text(" ");
        p.v6_at(b, at + number * 16)?;
    }
    p.text(" }");
    Ok(())
}

fn listener_query(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let code = u32::from(b.be16(4)?);
    let delay = match code {
        0..32768 => code,
        _ => (code & 0xfff | 0x1000) << ((code >> 12 & 7) + 3),
    };
    if p.v(1) {
        write!(p, " [max resp delay={delay}]");
    }
    p.text(" [gaddr ");
    p.v6_at(b, 8)?;
    if p.v(1) {
        let flags = b.u8(24)?;
        if flags & 8 != 0 {
            p.text(" sflag");
        }
        if flags & 7 != 0 {
            write!(p, " robustness={}", flags & 7);
        }
        let interval = u32::from(b.u8(25)?);
        let interval = match interval {
            0..128 => interval,
            _ => (interval & 15 | 16) << ((interval >> 4 & 7) + 3),
        };
        write!(p, " qqi={interval}");
    }
    let sources = usize::from(b.be16(26)?);
    if sources > 0 {
        match length < 28 + sources * 16 {
            true => p.text(" [invalid number of sources]"),
            false => addresses(p, b, 28, sources)?,
        }
    }
    p.text("]");
    Ok(())
}
