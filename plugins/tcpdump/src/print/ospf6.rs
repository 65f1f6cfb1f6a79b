//! OSPF version 3 (RFC 5340), for IPv6.

use super::ospf_opaque::{self, Stop};
use super::ospf_te;
use super::prelude::*;

const OPTIONS: &Table = &[
    (1, "V6"),
    (2, "External"),
    (4, "Deprecated"),
    (8, "NSSA"),
    (16, "Router"),
    (32, "Demand Circuit"),
    (256, "AFs Support"),
    (512, "LLS"),
    (1024, "Authentication Trailer"),
];
const ROUTER_FLAGS: &Table = &[
    (1, "ABR"),
    (2, "External"),
    (4, "Virtual-Link Endpoint"),
    (8, "Deprecated"),
    (16, "NSSA Translator"),
];
const EXTERNAL_FLAGS: &Table = &[
    (2147483648, "External Type 2"),
    (33554432, "Forwarding"),
    (16777216, "Tag"),
];
const KINDS: &Table = &[
    (1, "Hello"),
    (2, "Database Description"),
    (3, "LS-Request"),
    (4, "LS-Update"),
    (5, "LS-Ack"),
];
const ADVERTISEMENTS: &Table = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Inter-Area Prefix"),
    (4, "Inter-Area Router"),
    (5, "External"),
    (6, "Deprecated"),
    (7, "NSSA"),
    (8, "Link"),
    (9, "Intra-Area Prefix"),
    (10, "Intra-Area TE"),
    (11, "Grace"),
    (12, "Router Information"),
    (13, "Inter-AS-TE"),
    (14, "Layer 1 VPN"),
];
const SCOPES: &Table = &[
    (0, "Link Local"),
    (8192, "Area Local"),
    (16384, "Domain Wide"),
];
const DESCRIPTION_FLAGS: &Table = &[(4, "Init"), (2, "More"), (1, "Master"), (16, "IPv6 MTU")];
const PREFIX_OPTIONS: &Table = &[
    (1, "No Unicast"),
    (2, "Local address"),
    (4, "Deprecated"),
    (8, "Propagate"),
    (16, "Down"),
    (32, "N-bit"),
];
const AUTHENTICATION: &Table = &[(1, "HMAC")];
const HEADER: usize = 16;
const ADVERTISEMENT: usize = 20;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ospf3";
    let (version, kind) = (b.u8(0)?, b.u8(1)?);
    let name = tok(KINDS, kind.into(), "unknown packet type (%u)");
    write!(p, "OSPFv{version}, {name}, length {length}");
    if name.starts_with('u') || !p.v(1) {
        return Ok(());
    }
    let written = usize::from(b.be16(2)?);
    if written > length {
        write!(p, " [len {written}]");
        return Ok(());
    }
    b.octets(4, 4)?;
    p.text("\n\tRouter-ID ");
    p.v4_at(b, 4)?;
    match b.be32(8)? {
        0 => p.text(", Backbone Area"),
        _ => {
            p.text(", Area ");
            p.v4_at(b, 8)?;
        }
    }
    match b.u8(14)? {
        0 => {}
        instance => write!(p, ", Instance {instance}"),
    }
    if version != 3 {
        return Ok(());
    }
    body(p, b, kind, written)?;
    trailer(p, b, kind, written, length)
}

fn option_names(p: &mut Printer, b: &[u8], at: usize, before: &str) -> Done {
    let names = bits(OPTIONS, b.be32(at)?, "none", ", ");
    write!(p, "{before}Options [{names}]");
    Ok(())
}

fn router_at(p: &mut Printer, b: &[u8], at: usize, before: &str) -> Done {
    b.octets(at, 4)?;
    p.text(before);
    p.v4_at(b, at)
}

fn body(p: &mut Printer, b: &[u8], kind: u8, end: usize) -> Done {
    match kind {
        1 => {
            option_names(p, b, 20, "\n\t")?;
            let (interval, dead) = (b.be16(24)?, b.be16(26)?);
            write!(
                p,
                "\n\t  Hello Timer {interval}s, Dead Timer {dead}s, Interface-ID "
            );
            p.v4_at(b, 16)?;
            write!(p, ", Priority {}", b.u8(20)?);
            if b.be32(28)? != 0 {
                router_at(p, b, 28, "\n\t  Designated Router ")?;
            }
            if b.be32(32)? != 0 {
                router_at(p, b, 32, ", Backup Designated Router ")?;
            }
            if p.v(2) {
                p.text("\n\t  Neighbor List:");
                for at in (36..end).step_by(4) {
                    router_at(p, b, at, "\n\t    ")?;
                }
            }
        }
        2 => {
            option_names(p, b, 16, "\n\t")?;
            let flags = bits(DESCRIPTION_FLAGS, b.u8(23)?.into(), "none", ", ");
            write!(p, ", DD Flags [{flags}], MTU {}", b.be16(20)?);
            write!(p, ", DD-Sequence 0x{:08x}", b.be32(24)?);
            if p.v(2) {
                headers(p, b, 28, end)?;
            }
        }
        3 if p.v(2) => {
            for at in (HEADER..end).step_by(12) {
                b.octets(at, 12)?;
                router_at(p, b, at + 8, "\n\t  Advertising Router ")?;
                let kind = b.be16(at + 2)?;
                kind_name(p, kind, b, at + 4)?;
            }
        }
        4 if p.v(2) => {
            let mut at = HEADER + 4;
            for _ in 0..b.be32(HEADER)? {
                if at >= end {
                    break;
                }
                match advertisement(p, b, at, end) {
                    Ok(()) => {}
                    Err(_) => return Err(Cut),
                }
                at += usize::from(b.be16(at + 18)?);
            }
        }
        5 if p.v(2) => headers(p, b, HEADER, end)?,
        _ => {}
    }
    Ok(())
}

fn headers(p: &mut Printer, b: &[u8], from: usize, end: usize) -> Done {
    for at in (from..end).step_by(ADVERTISEMENT) {
        header(p, b, at, end)?;
    }
    Ok(())
}

fn kind_name(p: &mut Printer, kind: u16, b: &[u8], id: usize) -> Done {
    b.octets(id, 4)?;
    let number = kind & 0x1fff;
    let name = tok(ADVERTISEMENTS, number.into(), "Unknown");
    let scope = tok(SCOPES, (kind & 0x6000).into(), "Unknown");
    let transitive = if kind & 0x8000 != 0 {
        ", transitive"
    } else {
        ""
    };
    write!(
        p,
        "\n\t    {name} LSA ({number}), {scope} Scope{transitive}, LSA-ID "
    );
    p.v4_at(b, id)
}

fn header(p: &mut Printer, b: &[u8], at: usize, end: usize) -> Done {
    if at + ADVERTISEMENT > end {
        return Err(Cut);
    }
    let length = usize::from(b.be16(at + 18)?);
    if length < ADVERTISEMENT {
        write!(
            p,
            "\n\t\t  Bogus length {length} < header ({ADVERTISEMENT})"
        );
        return Err(Cut);
    }
    router_at(p, b, at + 8, "\n\t  Advertising Router ")?;
    write!(p, ", seq 0x{:08x}, age {}s", b.be32(at + 12)?, b.be16(at)?);
    write!(p, ", length {}", length - ADVERTISEMENT);
    let kind = b.be16(at + 2)?;
    kind_name(p, kind, b, at + 4)
}

fn advertisement(p: &mut Printer, b: &[u8], at: usize, end: usize) -> Result<(), Stop> {
    header(p, b, at, end)?;
    let length = usize::from(b.be16(at + 18)?);
    if at + length > end {
        return Err(Stop::Cut);
    }
    let b = b.tail(at);
    let mut f = Fields::new(b.tail(ADVERTISEMENT), length - ADVERTISEMENT);
    match b.be16(2)? {
        0x2001 => {
            let word = f.take(4)?;
            option_names(p, word, 0, "\n\t      ")?;
            let flags = bits(ROUTER_FLAGS, word.u8(0)?.into(), "none", ", ");
            write!(p, ", RLA-Flags [{flags}]");
            while !f.is_empty() {
                let link = f.take(16)?;
                let what = match link.u8(0)? {
                    1 => "Neighbor Router-ID",
                    2 => "Neighbor Network-ID",
                    4 => "Virtual Link: Neighbor Router-ID",
                    kind => {
                        write!(p, "\n\t      Unknown Router Links Type 0x{kind:02x}");
                        return Ok(());
                    }
                };
                write!(p, "\n\t      {what} ");
                p.v4_at(link, 12)?;
                p.text("\n\t      Neighbor Interface-ID ");
                p.v4_at(link, 8)?;
                p.text(", Interface ");
                p.v4_at(link, 4)?;
                write!(p, ", metric {}", link.be16(2)?);
            }
        }
        0x2002 => {
            let word = f.take(4)?;
            option_names(p, word, 0, "\n\t      ")?;
            p.text("\n\t      Connected Routers:");
            while !f.is_empty() {
                let router = f.take(4)?;
                router_at(p, router, 0, "\n\t\t")?;
            }
        }
        0x2003 => {
            write!(p, ", metric {}", f.be32()? & 0x00ff_ffff);
            while !f.is_empty() {
                prefix(p, &mut f)?;
            }
        }
        0x4005 => external(p, &mut f)?,
        0x0008 => {
            let word = f.take(4)?;
            option_names(p, word, 0, "\n\t      ")?;
            let rest = f.take(20)?;
            let count = rest.be32(16)?;
            write!(p, "\n\t      Priority {}, Link-local address ", word.u8(0)?);
            p.v6_at(rest, 0)?;
            write!(p, ", Prefixes {count}:");
            for _ in 0..count {
                prefix(p, &mut f)?;
            }
        }
        0x2009 => {
            let head = f.take(12)?;
            kind_name(p, head.be16(2)?, head, 4)?;
            let count = head.be16(0)?;
            write!(p, "\n\t      Prefixes {count}:");
            for _ in 0..count {
                prefix(p, &mut f)?;
            }
        }
        0x000b => ospf_opaque::grace(p, f.b, f.left)?,
        0x000a => ospf_te::print(p, f.b, f.left)?,
        _ => p.unknown(f.b, "\n\t      ", f.left),
    }
    Ok(())
}

fn external(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let word = f.be32()?;
    let flags = bits(EXTERNAL_FLAGS, word, "none", ", ");
    write!(p, "\n\t     Flags [{flags}] metric {}", word & 0x00ff_ffff);
    let first = f.b;
    prefix(p, f)?;
    if word & 0x0200_0000 != 0 {
        let address = f.take(16)?;
        p.text(" forward ");
        p.v6_at(address, 0)?;
    }
    if word & 0x0100_0000 != 0 {
        let tag = f.take(4)?;
        router_at(p, tag, 0, " tag ")?;
    }
    if first.u8(2)? != 0 {
        let id = f.take(4)?;
        router_at(p, id, 0, " RefLSID: ")?;
    }
    Ok(())
}

fn prefix(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let head = f.take(4)?;
    let count = head.u8(0)?;
    let size = usize::from(count).div_ceil(32) * 4;
    if size > 16 {
        write!(p, " bogus prefixlen /{count}");
        return Err(Cut);
    }
    let mut address = [0; 16];
    for (to, from) in address.iter_mut().zip(f.take(size)?) {
        *to = *from;
    }
    p.text("\n\t\t");
    p.v6(address);
    write!(p, "/{count}");
    match head.u8(1)? {
        0 => {}
        options => {
            let names = bits(PREFIX_OPTIONS, options.into(), "none", ", ");
            write!(p, ", Options [{names}]");
        }
    }
    write!(p, ", metric {}", head.be16(2)?);
    Ok(())
}

/// What follows the packet: signals of the link (RFC 5613), authentication (RFC 7166).
fn trailer(p: &mut Printer, b: &[u8], kind: u8, from: usize, end: usize) -> Done {
    let options = match kind {
        1 => b.be32(20)?,
        2 => b.be32(16)?,
        _ => 0,
    };
    let mut f = Fields::new(b.tail(from), end - from);
    if options & 0x200 != 0 && !f.is_empty() {
        if f.left < 4 {
            return Err(Cut);
        }
        write!(p, "\n\tLLS Checksum 0x{:04x}", f.be16()?);
        let size = usize::from(f.be16()?);
        write!(p, ", Data Length {size}");
        if size < 4 || size - 4 > f.left {
            return Err(Cut);
        }
        f.take(size - 4)?;
    }
    if f.is_empty() {
        return Ok(());
    }
    if f.left < 16 {
        return Err(Cut);
    }
    let all = f.left;
    let kind = f.be16()?;
    p.text("\n\tAuthentication Type ");
    p.name(AUTHENTICATION, kind, "unknown (0x%04x)");
    let size = usize::from(f.be16()?);
    write!(p, ", Length {size}");
    if size < 16 || size > all {
        return Err(Cut);
    }
    f.take(2)?;
    write!(p, ", SAID {}", f.be16()?);
    write!(p, ", CSN 0x{:08x}", f.be32()?);
    write!(p, ":{:08x}", f.be32()?);
    let data = f.take(size - 16)?;
    if p.v(2) {
        p.unknown(data, "\n\tAuthentication Data ", data.len());
    }
    Ok(())
}
