//! IGMP of all three versions (RFC 1112, 2236, 3376), and what goes over it: DVMRP, PIM 1, mtrace.

use super::prelude::*;
use super::{checksum, dvmrp, pim};

const RECORDS: &Table = &[
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
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "igmp";
    if p.set.quiet > 0 {
        p.text("igmp");
        return Ok(());
    }
    let of_length = |p: &mut Printer| {
        if length != 8 {
            write!(p, " [len {length}]");
        }
    };
    match b.u8(0)? {
        0x11 => {
            p.text("igmp query");
            if length >= 12 {
                query(p, b, length)?;
            } else {
                match b.u8(1)? {
                    0 => p.text(" v1"),
                    100 => p.text(" v2"),
                    time => write!(p, " v2 [max resp time {time}]"),
                }
                if b.be32(4)? != 0 {
                    p.text(" [gaddr ");
                    p.v4_at(b, 4)?;
                    p.text("]");
                }
                of_length(p);
            }
        }
        0x12 => {
            p.text("igmp v1 report ");
            p.v4_at(b, 4)?;
            of_length(p);
        }
        0x16 => {
            p.text("igmp v2 report ");
            p.v4_at(b, 4)?;
        }
        0x22 => {
            p.text("igmp v3 report");
            report(p, b, length)?;
        }
        0x17 => {
            p.text("igmp leave ");
            p.v4_at(b, 4)?;
        }
        0x13 => {
            p.text("igmp dvmrp");
            match length {
                0..8 => write!(p, " [len {length}]"),
                _ => dvmrp::print(p, b, length)?,
            }
        }
        0x14 => {
            p.text("igmp pimv1");
            pim::version1(p, b, length)?;
        }
        0x1e => trace(p, "mresp", b, length)?,
        0x1f => trace(p, "mtrace", b, length)?,
        kind => write!(p, "igmp-{kind}"),
    }
    if p.v(1)
        && length >= 4
        && let Ok(octets) = b.octets(0, length)
        && checksum::of(&[octets]) != 0
    {
        write!(p, " bad igmp cksum {:x}!", b.be16(2)?);
    }
    Ok(())
}

fn trace(p: &mut Printer, name: &str, b: &[u8], length: usize) -> Done {
    if length < 24 {
        write!(p, " [invalid len {length}]");
        return Ok(());
    }
    write!(p, "{name} {}: ", b.be24(21)?);
    p.v4_at(b, 8)?;
    p.text(" to ");
    p.v4_at(b, 12)?;
    p.text(" reply-to ");
    p.v4_at(b, 16)?;
    if b.u8(16)? >> 4 == 14 {
        write!(p, " with-ttl {}", b.u8(20)?);
    }
    Ok(())
}

fn sources(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done {
    p.text(" {");
    for number in 0..count {
        p.text(" ");
        p.v4_at(b, at + number * 4)?;
    }
    p.text(" }");
    Ok(())
}

fn report(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 16 || !length.is_multiple_of(4) {
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
        if length < at + 8 {
            p.text(" [invalid number of groups]");
            return Ok(());
        }
        p.text(" [gaddr ");
        p.v4_at(b, at + 4)?;
        p.text(" ");
        p.name(RECORDS, b.u8(at)?, " [v3-report-#%u]");
        let count = usize::from(b.be16(at + 2)?);
        if length < at + 8 + count * 4 {
            write!(p, " [invalid number of sources {count}]");
            return Ok(());
        }
        match p.v(2) {
            false => write!(p, ", {count} source(s)"),
            true => sources(p, b, at + 8, count)?,
        }
        at += 8 + count * 4;
        p.text("]");
    }
    Ok(())
}

fn query(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.text(" v3");
    if !length.is_multiple_of(4) {
        write!(p, " [invalid len {length}]");
        return Ok(());
    }
    let code = u32::from(b.u8(1)?);
    let tenths = match code {
        0..128 => code,
        _ => (code & 15 | 16) << ((code >> 4 & 7) + 3),
    };
    if code != 100 {
        p.text(" [max resp time ");
        match tenths {
            0..600 => write!(p, "{}.{}s", tenths / 10, tenths % 10),
            _ => p.span(tenths / 10),
        }
        p.text("]");
    }
    if b.be32(4)? == 0 {
        return Ok(());
    }
    p.text(" [gaddr ");
    p.v4_at(b, 4)?;
    let count = usize::from(b.be16(10)?);
    if count > 0 {
        match () {
            () if length < 12 + count * 4 => p.text(" [invalid number of sources]"),
            () if p.v(2) => sources(p, b, 12, count)?,
            () => write!(p, ", {count} source(s)"),
        }
    }
    p.text("]");
    Ok(())
}
