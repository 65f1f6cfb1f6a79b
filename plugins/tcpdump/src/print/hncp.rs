//! HNCP (RFC 7788): how the routers of a home configure themselves.

use super::bgp_nlri::{Prefix, prefix};
use super::hncp_dhcp;
use super::prelude::*;

const KINDS: &Table = &[
    (1, "Request network state"),
    (2, "Request node state"),
    (3, "Node endpoint"),
    (4, "Network state"),
    (5, "Node state"),
    (8, "Peer"),
    (9, "Keep-alive interval"),
    (10, "Trust-Verdict"),
    (32, "HNCP-Version"),
    (33, "External-Connection"),
    (34, "Delegated-Prefix"),
    (43, "Prefix-Policy"),
    (37, "DHCPv4-Data"),
    (38, "DHCPv6-Data"),
    (35, "Assigned-Prefix"),
    (36, "Node-Address"),
    (39, "DNS-Delegated-Zone"),
    (40, "Domain-Name"),
    (41, "Node-Name"),
    (42, "Managed-PSK"),
    (65536, "Reserved"),
    (65537, "Unassigned"),
    (65538, "Private use"),
    (65539, "Future use"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "hncp";
    write!(p, "hncp ({length})");
    elements(p, b, length, 1)
}

const RESERVED: u32 = 0x10000;
const UNASSIGNED: u32 = 0x10001;
const PRIVATE: u32 = 0x10002;
const FUTURE: u32 = 0x10003;

fn class(kind: u16) -> u32 {
    let number = u32::from(kind);
    match kind {
        1..=5 | 8..=10 | 32..=43 => number,
        0 => RESERVED,
        44..=511 => UNASSIGNED,
        768..=1023 => PRIVATE,
        _ => FUTURE,
    }
}

/// Begins a line.
pub(crate) fn line(p: &mut Printer, indent: usize) {
    p.text("\n");
    p.text(&"\t".repeat(indent));
}

/// Elements of the same kind, counted where they are not printed one by one.
#[derive(Default)]
struct Run {
    kind: Option<u32>,
    count: usize,
    begun: bool,
}

impl Run {
    fn end(&mut self, p: &mut Printer, indent: usize) {
        let Some(kind) = self.kind else { return };
        if self.begun {
            p.text(", ");
        } else if indent > 1 {
            line(p, indent);
        } else {
            p.text(" ");
        }
        self.begun = true;
        p.name(KINDS, kind, "Easter Egg");
        if self.count > 1 {
            write!(p, " (x{})", self.count);
        }
    }
}

fn elements(p: &mut Printer, b: &[u8], length: usize, indent: usize) -> Done {
    let verbose = usize::from(p.set.verbose);
    let in_line = indent > verbose && verbose < 3;
    let mut run = Run::default();
    let mut at = 0;
    while at < length {
        if !in_line {
            line(p, indent);
        }
        let Ok(header) = b.octets(at, 4) else {
            p.truncated();
            return Ok(());
        };
        if at + 4 > length {
            p.invalid();
            return Ok(());
        }
        let (kind, size) = (header.be16(0)?, usize::from(header.be16(2)?));
        let Ok(v) = b.octets(at + 4, size) else {
            p.truncated();
            return Ok(());
        };
        if at + 4 + size > length {
            p.invalid();
            return Ok(());
        }
        let rest = b.tail(at + 4);
        at += 4 + size.next_multiple_of(4);
        let class = class(kind);
        if in_line {
            if run.kind != Some(class) {
                run.end(p, indent);
                run.kind = Some(class);
                run.count = 0;
            }
            run.count += 1;
            continue;
        }
        p.name(KINDS, class, "Easter Egg (42)");
        if class > 0xffff {
            write!(p, ": type={kind}");
        }
        write!(p, " ({})", size + 4);
        match element(p, class, Value { v, rest }, indent)? {
            Fit::Yes => {}
            Fit::No => p.invalid(),
            Fit::End => {
                p.invalid();
                return Ok(());
            }
        }
    }
    run.end(p, indent);
    Ok(())
}

/// What an element says, and all that was captured from there on.
#[derive(Clone, Copy)]
struct Value<'a> {
    v: &'a [u8],
    rest: &'a [u8],
}

/// Whether an element fits its kind.
enum Fit {
    Yes,
    No,
    /// No, and nothing more of the message is printed.
    End,
}

/// What follows the fixed part of an element, which is padded.
fn inner(p: &mut Printer, value: Value<'_>, at: usize, indent: usize) -> Done<Fit> {
    if let Some(length) = value.v.len().checked_sub(at) {
        p.nested(|p| elements(p, value.rest.tail(at), length, indent + 1))?;
    }
    Ok(Fit::Yes)
}

fn node(p: &mut Printer, v: &[u8]) -> Done {
    p.hex(v.octets(0, 4)?, ":");
    Ok(())
}

fn interval(v: &[u8], at: usize) -> Done<String> {
    let number = v.be32(at)?;
    Ok(format!("{}.{:03}s", number / 1000, number % 1000))
}

fn element(p: &mut Printer, class: u32, value: Value<'_>, indent: usize) -> Done<Fit> {
    let v = value.v;
    let exact = match class {
        1 => Some(0),
        2 => Some(4),
        3 | 4 => Some(8),
        8 => Some(12),
        _ => None,
    };
    let least = match class {
        5 | 36 => 20,
        9 => 8,
        10 => 37,
        32 => 5,
        34 => 9,
        35 => 6,
        37 | 38 | 40 | 43 => 1,
        39 | 41 => 17,
        42 => 32,
        _ => 0,
    };
    if exact.is_some_and(|size| v.len() != size) || v.len() < least {
        return Ok(Fit::No);
    }
    match class {
        2 => {
            p.text(" NID: ");
            node(p, v)?;
        }
        3 => {
            p.text(" NID: ");
            node(p, v)?;
            write!(p, " EPID: {:08x}", v.be32(4)?);
        }
        4 => write!(p, " hash: {:016x}", v.be64(0)?),
        5 => {
            p.text(" NID: ");
            node(p, v)?;
            let (sequence, time, hash) = (v.be32(4)?, interval(v, 8)?, v.be64(12)?);
            write!(p, " seqno: {sequence} {time} hash: {hash:016x}");
            return inner(p, value, 20, indent);
        }
        8 => {
            p.text(" Peer-NID: ");
            node(p, v)?;
            write!(
                p,
                " Peer-EPID: {:08x} Local-EPID: {:08x}",
                v.be32(4)?,
                v.be32(8)?
            );
        }
        9 => write!(p, " EPID: {:08x} Interval: {}", v.be32(0)?, interval(v, 4)?),
        10 => {
            write!(p, " Verdict: {} Fingerprint: ", v.u8(0)?);
            p.hex(v.octets(4, 32)?, "");
            p.text(" Common Name: ");
            p.padded_string_at(v, 36, v.len() - 36)?;
        }
        32 => {
            let (first, second) = (v.u8(2)?, v.u8(3)?);
            write!(
                p,
                " M: {} P: {} H: {} L: {} User-agent: ",
                first >> 4,
                first & 15,
                second >> 4,
                second & 15
            );
            p.padded_string_at(v, 4, v.len() - 4)?;
        }
        33 => return inner(p, value, 0, indent),
        34 | 35 => return delegated(p, class, value, indent),
        36 => {
            write!(p, " EPID: {:08x} IP Address: ", v.be32(0)?);
            address(p, v, 4)?;
            return inner(p, value, 20, indent);
        }
        37 => {
            let fits = hncp_dhcp::options4(p, v, indent + 1)?;
            if !fits {
                return Ok(Fit::End);
            }
        }
        38 => {
            let fits = hncp_dhcp::options6(p, v, indent + 1)?;
            if !fits {
                return Ok(Fit::No);
            }
        }
        39 => {
            p.text(" IP-Address: ");
            address(p, v, 0)?;
            let flags = v.u8(16)?;
            p.text(" ");
            for (bit, letter) in [(4, "l"), (2, "b"), (1, "s")] {
                p.text(if flags & bit != 0 { letter } else { "-" });
            }
            p.text(" ");
            let Some(size) = labels(p, v.tail(17))? else {
                return Ok(Fit::No);
            };
            return inner(p, value, (17 + size).next_multiple_of(4), indent);
        }
        40 => {
            p.text(" Domain: ");
            labels(p, v)?;
        }
        41 => {
            let size = usize::from(v.u8(16)?);
            if v.len() < 17 + size {
                return Ok(Fit::No);
            }
            p.text(" IP-Address: ");
            address(p, v, 0)?;
            p.text(" Name: ");
            if size < 64 {
                p.text("\"");
                p.padded_string_at(v, 17, size)?;
                p.text("\"");
            } else {
                p.invalid();
            }
            return inner(p, value, (17 + size).next_multiple_of(4), indent);
        }
        42 => {
            p.text(" PSK: ");
            p.hex(v.octets(0, 32)?, "");
            return inner(p, value, 32, indent);
        }
        43 => return policy(p, v),
        _ => {}
    }
    Ok(Fit::Yes)
}

const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

fn address(p: &mut Printer, v: &[u8], at: usize) -> Done {
    match v.octets(at, 12)? == MAPPED {
        true => p.v4_at(v, at + 12),
        false => p.v6_at(v, at),
    }
}

/// Prints a prefix, which may be one of IPv4 in one of IPv6.
fn network(p: &mut Printer, v: &[u8]) -> Done<Prefix> {
    let count = v.u8(0)?;
    if count < 96 || v.len() < 13 || v.octets(1, 12)? != MAPPED {
        let prefix = prefix(p, v, v.len(), 128)?;
        if let Prefix::Is(text, _) = &prefix {
            p.text(text);
        }
        return Ok(prefix);
    }
    let count = count - 96;
    let size = usize::from(count.div_ceil(8));
    if count > 32 {
        return Ok(Prefix::Illegal);
    }
    if v.len() - 1 < size + 12 {
        return Ok(Prefix::Short);
    }
    let mut four = [0; 4];
    for (to, from) in four.iter_mut().zip(v.octets(13, size)?) {
        *to = *from;
    }
    let mask = u32::MAX.checked_shl(32 - u32::from(count)).unwrap_or(0);
    p.v4((u32::from_be_bytes(four) & mask).to_be_bytes());
    write!(p, "/{count}");
    Ok(Prefix::Is(String::new(), size + 13))
}

fn delegated(p: &mut Printer, class: u32, value: Value<'_>, indent: usize) -> Done<Fit> {
    let v = value.v;
    let at = if class == 34 { 8 } else { 5 };
    if v.len() < at + 1 + usize::from(v.u8(at)?).div_ceil(8) {
        return Ok(Fit::No);
    }
    if class == 34 {
        write!(
            p,
            " VLSO: {} PLSO: {} Prefix: ",
            interval(v, 0)?,
            interval(v, 4)?
        );
    } else {
        let (point, priority) = (v.be32(0)?, v.u8(4)? & 15);
        write!(p, " EPID: {point:08x} Prty: {priority} Prefix: ");
    }
    match network(p, v.tail(at))? {
        Prefix::Is(_, size) => inner(p, value, (at + size).next_multiple_of(4), indent),
        Prefix::Illegal if class == 34 => {
            p.text("(length is invalid)");
            Ok(Fit::Yes)
        }
        _ => Ok(Fit::No),
    }
}

fn policy(p: &mut Printer, v: &[u8]) -> Done<Fit> {
    let policy = v.u8(0)?;
    p.text(" type: ");
    match policy {
        0 | 131 if v.len() != 1 => return Ok(Fit::No),
        0 => p.text("Internet connectivity"),
        131 => p.text("Restrictive assignment"),
        1..=128 => {
            p.text("Dest-Prefix: ");
            match network(p, v)? {
                Prefix::Is(..) => {}
                Prefix::Illegal => p.text("(length is invalid)"),
                _ => return Ok(Fit::No),
            }
        }
        129 => {
            p.text("DNS domain: ");
            labels(p, v.tail(1))?;
        }
        130 => {
            p.text("Opaque UTF-8: ");
            p.padded_string_at(v, 1, v.len() - 1)?;
        }
        _ => write!(p, "Unknown ({policy})"),
    }
    Ok(Fit::Yes)
}

/// Prints a name that is not compressed; its length, none when it does not end.
fn labels(p: &mut Printer, v: &[u8]) -> Done<Option<usize>> {
    let mut at = 0;
    while at < v.len() {
        let size = usize::from(v.u8(at)?);
        at += 1;
        if size == 0 {
            return Ok(Some(at));
        }
        p.text(if at > 1 { "." } else { "" });
        if at + size > v.len() {
            p.padded_string_at(v, at, v.len() - at)?;
            break;
        }
        p.padded_string_at(v, at, size)?;
        at += size;
    }
    p.text("[|DNS]");
    Ok(None)
}
