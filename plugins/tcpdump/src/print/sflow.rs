//! sFlow: what a switch samples of its traffic, and counts.

use super::prelude::*;

const SAMPLES: &Table = &[
    (1, "flow sample"),
    (2, "counter sample"),
    (3, "expanded flow sample"),
    (4, "expanded counter sample"),
];
const FLOWS: &Table = &[
    (1, "Raw packet"),
    (2, "Ethernet frame"),
    (3, "IPv4 Data"),
    (4, "IPv6 Data"),
    (1001, "Extended Switch data"),
    (1002, "Extended Router data"),
    (1003, "Extended Gateway data"),
    (1004, "Extended User data"),
    (1005, "Extended URL data"),
    (1006, "Extended MPLS data"),
    (1007, "Extended NAT data"),
    (1008, "Extended MPLS tunnel"),
    (1009, "Extended MPLS VC"),
    (1010, "Extended MPLS FEC"),
    (1011, "Extended MPLS LVP FEC"),
    (1012, "Extended VLAN Tunnel"),
];
const PROTOCOLS: &Table = &[(1, "Ethernet"), (11, "IPv4"), (12, "IPv6")];
const COUNTERS: &Table = &[
    (1, "Generic counter"),
    (2, "Ethernet counter"),
    (3, "Token ring counter"),
    (4, "100 BaseVG counter"),
    (5, "Vlan counter"),
    (1001, "Processor counter"),
];
const DIRECTIONS: &Table = &[
    (0, "unknown"),
    (1, "full-duplex"),
    (2, "half-duplex"),
    (3, "in"),
    (4, "out"),
];

/// Prints a datagram.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "sflow";
    let version = b.be32(4)?;
    let number = |b: &[u8]| b.be32(0);
    if length < 28 && version == 1 || length < 40 && version == 2 {
        write!(p, "sFlowv{} [length {length} < 28]", number(b)?);
        p.invalid();
        return Ok(());
    }
    b.octets(0, 28)?;
    let told = number(b)?;
    if told != 5 {
        write!(p, "sFlow version {told} packet not supported");
        return Ok(());
    }
    let (name, size) = if version == 1 {
        ("IPv4", 4)
    } else {
        ("IPv6", 16)
    };
    let after = |field: usize| b.be32(8 + size + field * 4);
    let samples = match p.v(1) {
        true => (after(1)?, after(2)?, after(3)?),
        false => (0, 0, 0),
    };
    let id = after(0)?;
    write!(p, "sFlowv5, {name} agent ");
    match size {
        4 => p.v4_at(b, 8)?,
        _ => p.v6_at(b, 8)?,
    }
    write!(p, ", agent-id {id}");
    if !p.v(1) {
        write!(p, ", length {length}");
        return Ok(());
    }
    let (sequence, uptime, count) = samples;
    write!(
        p,
        ", seqnum {sequence}, uptime {uptime}, samples {count}, length {length}"
    );
    let header = 24 + size;
    if length < header {
        p.bad("tlen", length, "<", header);
        return Ok(());
    }
    let mut at = header;
    for _ in 0..count {
        if at >= length {
            break;
        }
        let (kind, size) = (b.be32(at)? & 0xfff, b.be32(at + 4)?);
        if length - at < 8 {
            return invalid(p, b, at, length);
        }
        at += 8;
        let name = tok(SAMPLES, kind, "Unknown");
        write!(p, "\n\t{name} ({kind}), length {size},");
        if kind == 0 || size == 0 {
            return Ok(());
        }
        let size = size as usize;
        if length - at < size {
            return invalid(p, b, at, length);
        }
        b.octets(at, size)?;
        let v = Fields::new(b.tail(at), length - at);
        let fits = match kind {
            1 | 3 => flow_sample(p, v, kind == 3)?,
            2 | 4 => counter_sample(p, v, kind == 4)?,
            _ => {
                if !p.v(2) {
                    p.unknown(v.b, "\n\t    ", size);
                }
                true
            }
        };
        if !fits {
            return invalid(p, b, at, length);
        }
        at += size;
    }
    Ok(())
}

fn invalid(p: &mut Printer, b: &[u8], at: usize, length: usize) -> Done {
    p.invalid();
    b.octets(at, length - at)?;
    Ok(())
}

fn counter_sample(p: &mut Printer, f: Fields<'_>, expanded: bool) -> Done<bool> {
    let (mut f, size) = (f, if expanded { 16 } else { 12 });
    if f.left < size {
        return Ok(false);
    }
    let sequence = f.be32()?;
    let (kind, place) = source(&mut f, expanded)?;
    let records = f.be32()?;
    write!(
        p,
        " seqnum {sequence}, type {kind}, idx {place}, records {records}"
    );
    for _ in 0..records {
        if f.left < 8 {
            return Ok(false);
        }
        let (format, size) = (f.be32()?, f.be32()?);
        let (enterprise, kind) = (format >> 20, format & 0xfff);
        let name = match enterprise {
            0 => tok(COUNTERS, kind, "Unknown"),
            _ => "Unknown".into(),
        };
        write!(
            p,
            "\n\t    enterprise {enterprise}, {name} ({kind}) length {size}"
        );
        let size = size as usize;
        if f.left < size {
            return Ok(false);
        }
        if enterprise == 0 && !counters(p, f, kind, size)? {
            return Ok(false);
        }
        f = after(f, size)?;
    }
    Ok(true)
}

/// What is left behind a record, whether or not it was captured.
fn after(f: Fields<'_>, size: usize) -> Done<Fields<'_>> {
    let mut f = f;
    f.part(size)?;
    Ok(f)
}

/// The kind and the number of what was sampled.
fn source(f: &mut Fields<'_>, expanded: bool) -> Done<(u32, u32)> {
    Ok(match expanded {
        true => (f.be32()?, f.be32()?),
        false => (f.u8()?.into(), f.be24()?),
    })
}

/// The names before numbers of a record: those of eight octets begin with `*`.
type Named = &'static [&'static str];

const ETHERNET: Named = &[
    "\n\t      align errors ",
    ", fcs errors ",
    ", single collision ",
    ", multiple collision ",
    ", test error ",
    "\n\t      deferred ",
    ", late collision ",
    ", excessive collision ",
    ", mac trans error ",
    "\n\t      carrier error ",
    ", frames too long ",
    ", mac receive errors ",
    ", symbol errors ",
];
const ANY_LAN: Named = &[
    "\n\t      in high prio frames ",
    "*, in high prio octets ",
    "\n\t      in norm prio frames ",
    "*, in norm prio octets ",
    "\n\t      in ipm errors ",
    ", oversized ",
    ", in data errors ",
    ", null addressed frames ",
    "\n\t      out high prio frames ",
    "*, out high prio octets ",
    ", trans into frames ",
    "*\n\t      in hc high prio octets ",
    "*, in hc norm prio octets ",
    "*, out hc high prio octets ",
];
const VLAN: Named = &[
    "\n\t      vlan_id ",
    "*, octets ",
    ", unicast_pkt ",
    ", multicast_pkt ",
    ", broadcast_pkt ",
    ", discards ",
];
const PROCESSOR: Named = &[
    "\n\t      5sec ",
    ", 1min ",
    ", 5min ",
    "*, total_mem ",
    "*, total_mem ",
];
const INTERFACE: Named = &[
    "*\n\t      In octets ",
    ", unicast pkts ",
    ", multicast pkts ",
    ", broadcast pkts ",
    ", discards ",
    "\n\t      In errors ",
    ", unknown protos ",
    "*\n\t      Out octets ",
    ", unicast pkts ",
    ", multicast pkts ",
    ", broadcast pkts ",
    ", discards ",
    "\n\t      Out errors ",
    ", promisc mode ",
];

fn named(p: &mut Printer, f: Fields<'_>, names: Named) -> Done {
    let mut f = f;
    for name in names {
        match name.strip_prefix('*') {
            Some(name) => write!(p, "{name}{}", f.be64()?),
            None => write!(p, "{name}{}", f.be32()?),
        }
    }
    Ok(())
}

fn counters(p: &mut Printer, f: Fields<'_>, kind: u32, size: usize) -> Done<bool> {
    let (needed, names) = match kind {
        1 => (88, INTERFACE),
        2 => (52, ETHERNET),
        4 => (80, ANY_LAN),
        5 => (28, VLAN),
        1001 => (28, PROCESSOR),
        3 => return Ok(true),
        _ => {
            if !p.v(2) {
                p.unknown(f.b, "\n\t\t", size);
            }
            return Ok(true);
        }
    };
    if f.left < needed {
        return Ok(false);
    }
    let mut f = f;
    if kind == 1 {
        let (place, kind, speed, direction) = (f.be32()?, f.be32()?, f.be64()?, f.be32()?);
        let name = tok(DIRECTIONS, direction, "Unknown");
        write!(
            p,
            "\n\t      ifindex {place}, iftype {kind}, ifspeed {speed}, ifdirection {direction} ({name})"
        );
        let status = f.be32()?;
        let up = |bit: u32| if status & bit != 0 { "up" } else { "down" };
        write!(
            p,
            "\n\t      ifstatus {status}, adminstatus: {}, operstatus: {}",
            up(1),
            up(2)
        );
    }
    named(p, f, names)?;
    Ok(true)
}

fn flow_sample(p: &mut Printer, f: Fields<'_>, expanded: bool) -> Done<bool> {
    let (mut f, size) = (f, if expanded { 44 } else { 32 });
    if f.left < size {
        return Ok(false);
    }
    let sequence = f.be32()?;
    let (kind, place) = source(&mut f, expanded)?;
    let (rate, pool, drops) = (f.be32()?, f.be32()?, f.be32()?);
    write!(
        p,
        " seqnum {sequence}, type {kind}, idx {place}, rate {rate}, pool {pool}, drops {drops}, "
    );
    let (a, b) = (f.be32()?, f.be32()?);
    if expanded {
        let (c, d) = (f.be32()?, f.be32()?);
        write!(p, "input {b} ({a}), output {d} ({c}),");
    } else {
        write!(p, "input {a} output {b}");
    }
    let records = f.be32()?;
    write!(p, " records {records}");
    for _ in 0..records {
        if f.left < 8 {
            return Ok(false);
        }
        let (format, size) = (f.be32()?, f.be32()?);
        let (enterprise, kind) = (format >> 12, format & 0xfff);
        let name = match enterprise {
            0 => tok(FLOWS, kind, "Unknown"),
            _ => "Unknown".into(),
        };
        write!(
            p,
            "\n\t    enterprise {enterprise} {name} ({kind}) length {size}"
        );
        let size = size as usize;
        if f.left < size {
            return Ok(false);
        }
        if enterprise == 0 && !flow(p, f, kind, size)? {
            return Ok(false);
        }
        f = after(f, size)?;
    }
    Ok(true)
}

fn flow(p: &mut Printer, f: Fields<'_>, kind: u32, size: usize) -> Done<bool> {
    let (mut f, b) = (f, f.b);
    match kind {
        1 | 1001 if f.left < 16 => return Ok(false),
        2 if f.left < 24 => return Ok(false),
        1 => {
            let protocol = f.be32()?;
            let name = tok(PROTOCOLS, protocol, "Unknown");
            write!(p, "\n\t      protocol {name} ({protocol})");
            named(p, f, &[", length ", ", stripped bytes ", ", header_size "])?;
        }
        1001 => named(
            p,
            f,
            &[
                "\n\t      src vlan ",
                ", src pri ",
                ", dst vlan ",
                ", dst pri ",
            ],
        )?,
        2 => {
            let (length, kind) = (b.be32(0)?, b.be32(20)?);
            write!(p, "\n\t      frame len {length}, type {kind}");
        }
        3 | 4 | 1002..=1012 => {}
        _ => {
            if !p.v(2) {
                p.unknown(b, "\n\t\t", size);
            }
        }
    }
    Ok(true)
}
