//! Linux's cooked captures, of devices of any kind: SLL and SLL2.

use super::prelude::*;
use super::{ethernet, ethertype, llc};

const DIRECTIONS: &Table = &[(0, "In"), (1, "B"), (2, "M"), (3, "P"), (4, "Out")];

/// Where the fields of a version are.
struct Layout {
    name: &'static str,
    header: usize,
    kind: usize,
    address: usize,
}

const SLL: Layout = Layout {
    name: "sll",
    header: 16,
    kind: 14,
    address: 6,
};
const SLL2: Layout = Layout {
    name: "sll2",
    header: 20,
    kind: 0,
    address: 12,
};

/// Version 1.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = SLL.name;
    b.octets(0, SLL.header)?;
    let hardware = b.be16(4)? == 6;
    cooked(p, b, length, &SLL, hardware)
}

/// Version 2.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print2(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = SLL2.name;
    b.octets(0, SLL2.header)?;
    let index = b.be32(4)?;
    let interface = p.interfaces.get(&index).map_or("?", |name| &**name);
    let text = format!(
        "{interface:<5} {:<3} ",
        tok(DIRECTIONS, b.u8(10)?.into(), "?")
    );
    p.text(&text);
    let hardware = b.u8(11)? == 6;
    cooked(p, b, length, &SLL2, hardware)
}

fn header(p: &mut Printer, b: &[u8], length: usize, layout: &Layout, hardware: bool) -> Done {
    p.protocol = layout.name;
    match layout.header {
        16 => write!(p, "{:>3} ", tok(DIRECTIONS, b.be16(0)?.into(), "?")),
        _ => write!(p, "ifindex {} ", b.be32(4)?),
    }
    if hardware {
        p.mac_at(b, layout.address)?;
        p.text(" ");
    }
    if p.set.quiet == 0 {
        let kind = b.be16(layout.kind)?;
        match kind {
            1 => p.text("802.3"),
            4 => p.text("802.2"),
            ..=ethertype::LONGEST => write!(p, "ethertype Unknown (0x{kind:04x})"),
            _ => {
                let name = tok(ethertype::NAMES, kind.into(), "Unknown");
                write!(p, "ethertype {name} (0x{kind:04x})");
            }
        }
        write!(p, ", length {length}: ");
    }
    Ok(())
}

fn cooked(p: &mut Printer, whole: &[u8], length: usize, layout: &Layout, hardware: bool) -> Done {
    if p.set.link {
        header(p, whole, length, layout, hardware)?;
    }
    let mut at = layout.header;
    let mut kind = whole.be16(layout.kind)?;
    while kind == 0x8100 {
        let b = whole.tail(at);
        if b.len() < 4 {
            p.protocol = "vlan";
            p.truncated();
            p.link_header += at + b.len();
            return Ok(());
        }
        if p.set.link {
            ethernet::tag(p, b.be16(0)?);
            p.text(", ");
        }
        kind = b.be16(2)?;
        if kind <= ethertype::LONGEST {
            kind = 4;
        }
        if p.set.quiet == 0 {
            write!(
                p,
                "ethertype {}, ",
                tok(ethertype::NAMES, kind.into(), "Unknown")
            );
        }
        at += 4;
    }
    let (b, length) = (whole.tail(at), length.saturating_sub(at));
    match kind {
        4 => {
            let (inner, known) = llc::print(p, b, length, None)?;
            match known {
                true => at += inner,
                false => p.octets_of_unknown(b),
            }
        }
        ..=ethertype::LONGEST => p.octets_of_unknown(b),
        _ => {
            if !ethertype::print(p, kind, b, length, None)? {
                if !p.set.link {
                    header(p, whole, length + layout.header, layout, hardware)?;
                }
                p.octets_of_unknown(b);
            }
        }
    }
    p.link_header += at;
    Ok(())
}
