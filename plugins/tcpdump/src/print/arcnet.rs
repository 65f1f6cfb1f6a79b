//! ARCNET, as it is and as Linux captures it.

use super::prelude::*;
use super::{appletalk, arp, ip, ip6, ipx};

const KINDS: &Table = &[
    (240, "oldip"),
    (241, "oldarp"),
    (212, "ip"),
    (213, "arp"),
    (214, "rarp"),
    (221, "atalk"),
    (247, "banyan"),
    (250, "ipx"),
    (196, "ipv6"),
    (128, "diag"),
];

/// A frame as it is.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "arcnet";
    let cut = |p: &mut Printer| {
        p.link_header += b.len();
        Cut
    };
    if !b.has(3) {
        return Err(cut(p));
    }
    let kind = b.u8(2)?;
    let old = matches!(kind, 240 | 241 | 128);
    let (mut flag, mut sequence, mut size) = (0, 0, 3);
    if !old {
        if !b.has(6) {
            header(p, b, length, None)?;
            p.text(" phds");
            return Err(cut(p));
        }
        (flag, sequence, size) = (b.u8(3)?, b.be16(4)?, 6);
        if flag == 0xff {
            if !b.has(10) {
                header(p, b, length, None)?;
                p.text(" phds extended");
                return Err(cut(p));
            }
            (flag, sequence, size) = (b.u8(7)?, b.be16(8)?, 10);
        }
    }
    if p.set.link {
        header(p, b, length, (!old).then_some((flag, sequence)))?;
    }
    p.protocol = "arcnet";
    if old || flag == 0 || flag & 1 != 0 {
        body(p, kind, b.tail(size), length.saturating_sub(size))?;
    }
    p.link_header += size;
    Ok(())
}

/// A frame of Linux.
///
/// # Errors
/// [`Cut`]
pub(crate) fn linux(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "arcnet_linux";
    let kind = b.u8(4);
    let size = match kind {
        Ok(240 | 241 | 128) => 5,
        _ => 8,
    };
    if !b.has(size) {
        p.link_header += b.len();
        return Err(Cut);
    }
    if p.set.link {
        header(p, b, length, None)?;
    }
    body(p, kind?, b.tail(size), length.saturating_sub(size))?;
    p.link_header += size;
    Ok(())
}

fn header(p: &mut Printer, b: &[u8], length: usize, new: Option<(u8, u16)>) -> Done {
    p.protocol = "arcnet";
    write!(p, "{:02x} {:02x} ", b.u8(0)?, b.u8(1)?);
    if p.set.quiet == 0 {
        p.name(KINDS, b.u8(2)?, "%02x");
        p.text(" ");
        if let Some((flag, sequence)) = new {
            write!(p, "seqid {sequence:04x} ");
            match flag {
                0 => {}
                _ if flag & 1 != 0 => {
                    let count = (u16::from(flag) + 3) / 2;
                    write!(p, "(first of {count} fragments) ");
                }
                _ => write!(p, "(fragment {}) ", flag / 2 + 1),
            }
        }
    }
    write!(p, "{length}: ");
    Ok(())
}

fn body(p: &mut Printer, kind: u8, b: &[u8], length: usize) -> Done {
    match kind {
        240 | 212 => ip::print(p, b, length),
        0xc4 => ip6::print(p, b, length),
        241 | 213 | 214 => arp::print(p, b, length),
        221 => {
            p.text(if p.v(1) { "et1 " } else { "" });
            appletalk::print(p, b, length)
        }
        250 => ipx::print(p, b),
        _ => {
            super::dump::hex_and_ascii(p, "\n\t", b);
            Ok(())
        }
    }
}
