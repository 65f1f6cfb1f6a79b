//! What vendors added to OpenFlow 1.0.

use super::openflow::{data, reject, rest};
use super::openflow10::vendor_of;
use super::openflow10_names::*;
use super::prelude::*;

const BIG_SWITCH: u32 = 0x5c16c7;

/// A message of a vendor.
///
/// # Errors
/// [`Cut`]
pub(crate) fn message(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    match vendor_of(p, f)? {
        BIG_SWITCH => big_switch(p, f),
        _ => data(p, f),
    }
}

/// What a vendor says in a message of everyone's.
///
/// # Errors
/// [`Cut`]
pub(crate) fn data_of(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    if f.left < 4 {
        p.bad_only("len", f.left, "<", 4);
        return reject(p, f);
    }
    vendor_of(p, f)?;
    data(p, f)
}

/// An action of a vendor.
///
/// # Errors
/// [`Cut`]
pub(crate) fn action(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    if f.left < 4 {
        p.bad_only("len", f.left, "<", 4);
        return reject(p, f);
    }
    match vendor_of(p, f)? {
        BIG_SWITCH => big_switch_action(p, f),
        _ => data(p, f),
    }
}

fn big_switch(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.text("\n\t");
    if f.left < 4 {
        p.bad_only("len", f.left, "<", 4);
        return reject(p, f);
    }
    let kind = f.be32()?;
    p.text(" subtype ");
    p.name(BIG_SWITCH_MESSAGES, kind, "unknown (0x%08x)");
    let size = match kind {
        0..=2 => Some(8),
        3..=5 | 8 | 17 => Some(4),
        9 | 13 | 19 | 21 | 27 => Some(0),
        _ => None,
    };
    if let Some(size) = size.filter(|size| f.left != *size) {
        p.bad_only("len", f.left, "!=", size);
        return reject(p, f);
    }
    if kind == 6 && f.left < 4 {
        p.bad_only("len", f.left, "<", 4);
        return reject(p, f);
    }
    match kind {
        1 => {
            write!(p, ", index {}", f.u8()?);
            f.b.octets(0, 7)?;
        }
        0 | 2 => {
            write!(p, ", index {}", f.u8()?);
            f.take(3)?;
            let mask = f.take(4)?;
            p.text(", mask ");
            p.v4_at(mask, 0)?;
        }
        3..=5 => {
            let on = f.u8()?;
            p.text(", report_mirror_ports ");
            p.name(SWITCHES, on, "bogus (%u)");
            rest(f)?;
        }
        17 => write!(p, ", vport_no {}", f.be32()?),
        6 | 7 => {
            if kind == 6 {
                write!(p, ", service {}", f.be32()?);
            }
            p.text(", data '");
            p.string_at(f.b, 0, f.left)?;
            p.text("'");
        }
        8 => write!(p, ", status 0x{:08x}", f.be32()?),
        _ => rest(f)?,
    }
    Ok(())
}

fn big_switch_action(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.text("\n\t ");
    if f.left < 4 {
        p.bad_only("len", f.left, "<", 4);
        return reject(p, f);
    }
    let kind = f.be32()?;
    p.text(" subtype ");
    p.name(BIG_SWITCH_ACTIONS, kind, "unknown (0x%08x)");
    if kind != 1 {
        return rest(f);
    }
    if f.left != 12 {
        p.bad_only("len", f.left, "!=", 12);
        return reject(p, f);
    }
    write!(p, ", dest_port {}", f.be32()?);
    let tag = f.be32()?;
    p.text(", vlan_tag ");
    match tag >> 16 {
        0 => p.text("none"),
        0x8100 => {
            let drop = if tag & 0x1000 != 0 { ", DEI" } else { "" };
            write!(
                p,
                "802.1Q (vlan {}, p {}{drop})",
                tag & 0xfff,
                (tag >> 13) & 7
            );
        }
        kind => write!(p, "unknown (0x{kind:04x})"),
    }
    let stage = f.u8()?;
    p.text(", copy_stage ");
    p.name(MIRROR_STAGES, stage, "unknown (%u)");
    rest(f)
}
