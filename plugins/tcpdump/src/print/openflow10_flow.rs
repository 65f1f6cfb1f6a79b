//! What a flow of OpenFlow 1.0 matches and what is done with its packets.

use super::openflow::{reject, rest};
use super::openflow10_names::*;
use super::openflow10_vendor as big_switch;
use super::prelude::*;

fn vlan(p: &mut Printer, vlan: u16) {
    match vlan {
        0xffff => p.text("NONE"),
        1..0xfff => write!(p, "{vlan}"),
        _ => write!(p, "{vlan} (bogus)"),
    }
}

fn priority(p: &mut Printer, priority: u8) {
    write!(p, "{priority}");
    p.text(if priority > 7 { " (bogus)" } else { "" });
}

/// Prints what a flow matches.
///
/// # Errors
/// [`Cut`]
pub(crate) fn matching(p: &mut Printer, f: &mut Fields<'_>, before: &str) -> Done {
    let wild = f.be32()?;
    if wild & !0x3f_ffff != 0 {
        write!(p, "{before}wildcards 0x{wild:08x} (bogus)");
    }
    let is = |bit: u32| wild & 1 << bit == 0;
    let v = *f;
    if is(0) {
        let port = v.b.be16(0)?;
        write!(p, "{before}match in_port ");
        p.name(PORTS, port, "%u");
    }
    for (bit, name, at) in [(2, "dl_src", 2), (3, "dl_dst", 8)] {
        if is(bit) {
            let address = v.b.octets(at, 6)?;
            write!(p, "{before}match {name} ");
            p.hex(address, ":");
        }
    }
    if is(1) {
        let id = v.b.be16(14)?;
        write!(p, "{before}match dl_vlan ");
        vlan(p, id);
    }
    if is(20) {
        let code = v.b.u8(16)?;
        write!(p, "{before}match dl_vlan_pcp ");
        priority(p, code);
    }
    let kind = v.b.be16(18)?;
    if is(4) {
        write!(p, "{before}match dl_type 0x{kind:04x}");
    }
    if is(21) {
        write!(p, "{before}match nw_tos 0x{:02x}", v.b.u8(20)?);
    }
    let protocol = v.b.u8(21)?;
    if is(5) {
        let name = if is(4) && kind == 0x0806 {
            "arp_opcode"
        } else {
            "nw_proto"
        };
        write!(p, "{before}match {name} {protocol}");
    }
    for (shift, name, at) in [(8, "nw_src", 24), (14, "nw_dst", 28)] {
        let free = (wild >> shift) & 0x3f;
        if free < 32 {
            let address = v.b.array(at)?;
            write!(p, "{before}match {name} ");
            p.v4(address);
            write!(p, "/{}", 32 - free);
        }
    }
    let icmp = is(4) && kind == 0x0800 && is(5) && protocol == 1;
    let names = if icmp {
        ["icmp_type", "icmp_code"]
    } else {
        ["tp_src", "tp_dst"]
    };
    for (bit, at) in [(6, 32), (7, 34)] {
        if is(bit) {
            let name = names
                .get(usize::from(bit == 7))
                .copied()
                .unwrap_or_default();
            write!(p, "{before}match {name} {}", v.b.be16(at)?);
        }
    }
    f.take(36)?;
    Ok(())
}

/// Prints what is done with packets.
///
/// # Errors
/// [`Cut`]
pub(crate) fn actions(p: &mut Printer, f: &mut Fields<'_>, before: &str) -> Done {
    while !f.is_empty() {
        write!(p, "{before}action");
        if f.left < 8 {
            p.bad_only("remaining length", f.left, "<", 8);
            return reject(p, f);
        }
        let kind = f.be16()?;
        p.text(" type ");
        p.name(ACTIONS, kind, "invalid (0x%04x)");
        let size = usize::from(f.be16()?);
        write!(p, ", len {size}");
        if size < 8 || size > f.left + 4 {
            let (relation, limit) = if size < 8 {
                ("<", 8)
            } else {
                (">", f.left + 4)
            };
            p.bad_only("alen", size, relation, limit);
            return reject(p, f);
        }
        let fits = match kind {
            0..=3 | 6..=10 => size == 8,
            4 | 5 | 11 => size == 16,
            0xffff => size.is_multiple_of(8),
            _ => {
                f.take(size - 4)?;
                continue;
            }
        };
        let mut v = f.part(size - 4)?;
        if !fits {
            p.text(" (bogus)");
            rest(&mut v)?;
            continue;
        }
        action(p, &mut v, kind)?;
    }
    Ok(())
}

fn action(p: &mut Printer, f: &mut Fields<'_>, kind: u16) -> Done {
    match kind {
        0 => {
            let port = f.be16()?;
            p.text(", port ");
            p.name(PORTS, port, "%u");
            if port == 0xfffd {
                write!(p, ", max_len {}", f.be16()?);
            }
        }
        1 => {
            let id = f.be16()?;
            p.text(", vlan_vid ");
            vlan(p, id);
        }
        2 => {
            let code = f.u8()?;
            p.text(", vlan_pcp ");
            priority(p, code);
        }
        4 | 5 => {
            let address = f.take(6)?;
            p.text(", dl_addr ");
            p.hex(address, ":");
        }
        6 | 7 => {
            let address = f.take(4)?.array(0)?;
            p.text(", nw_addr ");
            p.v4(address);
        }
        8 => write!(p, ", nw_tos 0x{:02x}", f.u8()?),
        9 | 10 => write!(p, ", tp_port {}", f.be16()?),
        11 => {
            let port = f.be16()?;
            p.text(", port ");
            p.name(PORTS, port, "%u");
            f.take(6)?;
            let queue = f.be32()?;
            p.text(", queue_id ");
            p.name(QUEUES, queue, "%u");
        }
        0xffff => return big_switch::action(p, f),
        _ => {}
    }
    rest(f)
}
