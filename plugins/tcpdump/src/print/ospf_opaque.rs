//! OSPF: opaque advertisements, of grace, traffic engineering, routers and prefixes. Version 3 shares some of them.

use super::ospf_te;
use super::prelude::*;

const GRACE: &Table = &[
    (1, "Grace Period"),
    (2, "Graceful restart Reason"),
    (3, "IPv4 interface address"),
];
const REASONS: &Table = &[
    (0, "Unknown"),
    (1, "Software Restart"),
    (2, "Software Reload/Upgrade"),
    (3, "Control Processor Switch"),
];
const ROUTER: &Table = &[
    (1, "Router Capabilities"),
    (8, "SR-Algorithm"),
    (7, "Hostname"),
    (9, "SID/Label Range"),
    (14, "SR Local Block"),
    (15, "SRMS Preference"),
];
const CAPABILITIES: &Table = &[
    (1, "Reserved"),
    (2, "Reserved"),
    (4, "Reserved"),
    (8, "Reserved"),
    (16, "graceful restart capable"),
    (32, "graceful restart helper"),
    (64, "Stub router support"),
    (128, "Traffic engineering"),
    (256, "p2p over LAN"),
    (512, "path computation server"),
];
const ALGORITHMS: &Table = &[
    (0, "Shortest Path First"),
    (1, "Strict Shortest Path First"),
];
const SEGMENTS: &Table = &[(1, "SID/Label")];
const PREFIXES: &Table = &[(1, "Extended Prefix"), (2, "Extended Prefix Range")];
const ROUTES: &Table = &[
    (0, "Unspecified"),
    (1, "Intra-Area"),
    (3, "Inter-Area"),
    (5, "AS External"),
    (7, "NSSA External"),
];
const PREFIX_FLAGS: &Table = &[(128, "Inter-Area")];
const PREFIX_PARTS: &Table = &[(2, "Prefix-SID")];
const SEGMENT_FLAGS: &Table = &[
    (64, "No-PHP"),
    (32, "Mapping-Server"),
    (16, "Explicit-NULL"),
    (8, "Value"),
    (4, "Local"),
];

/// Why an advertisement is not printed to its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stop {
    /// It was not captured so far.
    Cut,
    /// What is wrong has been said.
    Said,
    /// What is wrong has been said, and no other follows.
    End,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

/// What a part of the printing ends with.
pub(crate) type Part<T = ()> = Result<T, Stop>;

/// Says that something is wrong.
macro_rules! said {
    ($p:expr, $($text:tt)*) => {{
        write!($p, $($text)*);
        return Err(Stop::Said);
    }};
}
pub(crate) use said;

/// Prints an opaque advertisement of a kind.
///
/// # Errors
/// [`Stop`]
pub(crate) fn print(p: &mut Printer, kind: u8, b: &[u8], length: usize) -> Part {
    match kind {
        1 => ospf_te::print(p, b, length),
        3 => grace(p, b, length),
        4 => router(p, b, length),
        7 => prefixes(p, b, length),
        _ => {
            if !p.v(2) {
                p.unknown(b, "\n\t    ", length);
            }
            Ok(())
        }
    }
}

/// Prints an advertisement of a restart that is to be waited for (RFC 3623).
///
/// # Errors
/// [`Stop`]
pub(crate) fn grace(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if b.octets(at, 4).is_err() {
            p.truncated();
            return Err(Stop::Said);
        }
        if left < 4 {
            said!(p, "\n\t    Remaining LS length {left} < 4");
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        let name = tok(GRACE, kind.into(), "unknown");
        write!(p, "\n\t    {name} TLV ({kind}), length {size}, value: ");
        if size > left {
            said!(p, "\n\t    Bogus length {size} > {left}");
        }
        if kind == 0 || size == 0 {
            p.invalid();
            return Err(Stop::Said);
        }
        let Ok(v) = b.octets(at, size) else {
            p.truncated();
            return Err(Stop::Said);
        };
        let right = match kind {
            1 | 3 => 4,
            2 => 1,
            _ => size,
        };
        if size != right {
            said!(p, "\n\t    Bogus length {size} != {right}");
        }
        match kind {
            1 => write!(p, "{}s", v.be32(0)?),
            2 => {
                let reason = v.u8(0)?;
                write!(p, "{} ({reason})", tok(REASONS, reason.into(), "Unknown"));
            }
            3 => p.v4_at(v, 0)?,
            _ if !p.v(2) => p.unknown(v, "\n\t      ", size),
            _ => {}
        }
        let padded = size.next_multiple_of(4);
        if padded > left {
            said!(p, "\n\t    Bogus padded length {padded} > {left}");
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

/// What routers can do (RFC 7770).
fn router(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        let short = |p: &mut Printer| {
            p.truncated();
            Err(Stop::End)
        };
        if b.octets(at, 4).is_err() {
            return short(p);
        }
        if left < 4 {
            said!(p, "\n\t    Remaining LS length {left} < 4");
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        let name = tok(ROUTER, kind.into(), "unknown");
        write!(p, "\n\t    {name} TLV ({kind}), length: {size}, value: ");
        if size > left {
            said!(
                p,
                "\n\t    Bogus length {size} > remaining LS length {left}"
            );
        }
        let Ok(v) = b.octets(at, size) else {
            return short(p);
        };
        match kind {
            1 if size != 4 => said!(p, "\n\t    Bogus length {size} != 4"),
            1 => {
                let names = bits(CAPABILITIES, v.be32(0)?, "Unknown", ", ");
                write!(p, "Capabilities: {names}");
            }
            7 => {
                p.text("\n\t      Hostname: ");
                p.padded_string_at(v, 0, size)?;
            }
            8 => {
                for algorithm in v {
                    let name = tok(ALGORITHMS, (*algorithm).into(), "Unknown");
                    write!(p, "\n\t      {name} ({algorithm})");
                }
            }
            9 | 14 => {
                if b.octets(at, 4).is_err() {
                    return short(p);
                }
                write!(p, "\n\t      Range size: {}", b.be24(at)?);
                segments(p, b.tail(at + 4), size.wrapping_sub(4))?;
            }
            15 if size != 4 => {
                said!(p, "\n\t    Bogus SRMS Preference TLV length {size} != 4")
            }
            15 => write!(p, "\n\t      SRMS Preference: {}", v.u8(0)?),
            _ if !p.v(2) => p.unknown(v, "\n\t      ", size),
            _ => {}
        }
        let padded = size.next_multiple_of(4);
        if padded > left {
            write!(p, "\n\t    Bogus padded length {padded} > {left}");
            return Err(Stop::End);
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

/// Prints the elements within an element, each with what is made for its kind.
fn parts(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    (names, indent): (&Table, &str),
    print: fn(&mut Printer, u16, &[u8], usize) -> Part,
) -> Part {
    let (mut at, mut left) = (0, length);
    while left >= 4 {
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        if kind == 0 || size == 0 {
            p.invalid();
            return Err(Stop::Said);
        }
        let name = tok(names, kind.into(), "unknown");
        write!(
            p,
            "\n\t{indent}{name} subTLV ({kind}), length: {size}, value: "
        );
        if left < size {
            said!(p, "\n\t    Remaining TLV length {left} < {size}");
        }
        print(p, kind, b.tail(at), size)?;
        let padded = size.next_multiple_of(4);
        if left < padded {
            said!(p, "\n\t    Remaining TLV length {left} < {padded}");
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

fn segments(p: &mut Printer, b: &[u8], length: usize) -> Part {
    parts(p, b, length, (SEGMENTS, "      "), |p, kind, v, size| {
        match (kind, size) {
            (1, 3) => write!(p, "\n\t\tLabel: {}", v.be24(0)?),
            (1, 4) => write!(p, "\n\t\tSID: {}", v.be32(0)?),
            (1, _) => write!(p, "\n\t\tBogus subTLV length {size}"),
            _ if !p.v(2) => p.unknown(v, "\n\t\t", size),
            _ => {}
        }
        Ok(())
    })
}

/// Prefixes with what else is known of them (RFC 7684).
fn prefixes(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let (mut at, mut left) = (0, length);
    while left >= 4 {
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        if kind == 0 || size == 0 {
            p.invalid();
            return Err(Stop::Said);
        }
        let name = tok(PREFIXES, kind.into(), "unknown");
        write!(p, "\n\t    {name} TLV ({kind}), length: {size}, value: ");
        if size > left {
            said!(p, "\n\t    Bogus length {size} > {left}");
        }
        let v = b.tail(at);
        match kind {
            1 | 2 => {
                let (bits_at, address, fixed) = if kind == 1 { (1, 4, 8) } else { (0, 8, 12) };
                let (count, family) = (v.u8(bits_at)?, v.u8(bits_at + 1)?);
                if family != 0 {
                    said!(p, "\n\t      Bogus AF {family}");
                }
                if count > 32 {
                    said!(p, "\n\t      IPv4 prefix: bad bit length {count}");
                }
                let from = p.out.len();
                p.v4_at(v, address)?;
                let prefix = p.out.split_off(from.min(p.out.len()));
                write!(p, "\n\t      IPv4 prefix: {prefix:>15}/{count}");
                let flags = if kind == 1 {
                    write!(
                        p,
                        ", Route Type: {}",
                        tok(ROUTES, v.u8(0)?.into(), "Unknown")
                    );
                    v.u8(3)?
                } else {
                    write!(p, ", Range size: {}", v.be16(2)?);
                    v.u8(4)?
                };
                write!(
                    p,
                    ", Flags [{}]",
                    bits(PREFIX_FLAGS, flags.into(), "none", ", ")
                );
                if size > 12 {
                    parts(
                        p,
                        v.tail(fixed),
                        size - fixed,
                        (PREFIX_PARTS, "\t"),
                        prefix_part,
                    )?;
                }
            }
            _ if !p.v(2) => p.unknown(v, "\n\t\t", size),
            _ => {}
        }
        let padded = size.next_multiple_of(4);
        if padded > left {
            said!(p, "\n\t    Bogus padded length {padded} > {left}");
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

fn prefix_part(p: &mut Printer, kind: u16, v: &[u8], size: usize) -> Part {
    match (kind, size) {
        (2, _) => {
            let (flags, topology, algorithm) = (v.u8(0)?, v.u8(2)?, v.u8(3)?);
            match size {
                7 => write!(p, "\n\t\t  Label: {}", v.be24(4)?),
                8 => write!(p, "\n\t\t  Index: {}", v.be32(4)?),
                _ => {
                    write!(p, "\n\t\tBogus subTLV length {size}");
                    return Ok(());
                }
            }
            let name = tok(ALGORITHMS, algorithm.into(), "Unknown");
            let flags = bits(SEGMENT_FLAGS, flags.into(), "none", ", ");
            write!(
                p,
                ", MT-ID: {topology}, Algorithm: {name} ({algorithm}), Flags [{flags}]"
            );
        }
        _ if !p.v(2) => p.unknown(v, "\n\t\t", size),
        _ => {}
    }
    Ok(())
}
