//! Cisco's HDLC, with SLARP.

use super::prelude::*;
use super::{ethertype, ip, ip6, isoclns, mpls};

/// A capture of a link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "chdlc";
    b.octets(0, 4)?;
    p.link_header += 4;
    print(p, b, length)
}

/// Prints a frame.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "chdlc";
    if length < 4 {
        p.bad("length", length, "<", 4);
        return Ok(());
    }
    let kind = b.be16(2)?;
    if p.set.link {
        let cast = tok(
            &[(0x0f, "unicast"), (0x8f, "bcast")],
            b.u8(0)?.into(),
            "0x%02x",
        );
        let name = tok(ethertype::NAMES, kind.into(), "Unknown");
        write!(
            p,
            "{cast}, ethertype {name} (0x{kind:04x}), length {length}: "
        );
    }
    let (b, length) = (b.tail(4), length - 4);
    match kind {
        0x0800 => ip::print(p, b, length),
        0x86dd => ip6::print(p, b, length),
        0x8035 => slarp(p, b, length),
        0x8847 | 0x8848 => mpls::print(p, b, length),
        0xfefe if length < 2 => {
            p.bad("length", length, "<", 2);
            Ok(())
        }
        // Some have an octet of padding.
        0xfefe => match b.u8(1)? {
            0x81..=0x83 => isoclns::print(p, b.tail(1), length - 1),
            _ => isoclns::print(p, b, length),
        },
        _ => {
            if !p.set.link {
                write!(p, "unknown CHDLC protocol (0x{kind:04x})");
            }
            Ok(())
        }
    }
}

fn slarp(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "chdlc_slarp";
    p.text("SLARP");
    if length < 14 {
        p.bad("length", length, "<", 14);
        return Ok(());
    }
    write!(p, " (length: {length}), ");
    b.octets(0, 14)?;
    let mut rest = 4;
    match b.be32(0)? {
        0 => p.text("request"),
        1 => {
            p.text("reply ");
            p.v4_at(b, 4)?;
            p.text("/");
            p.v4_at(b, 8)?;
        }
        2 => {
            write!(
                p,
                "keepalive: mineseen=0x{:08x}, yourseen=0x{:08x}, reliability=0x{:04x}",
                b.be32(4)?,
                b.be32(8)?,
                b.be16(12)?
            );
            if length >= 18 {
                // The native tool goes on behind this.
                rest = 18;
                let seconds = b.be32(14)? / 1000;
                let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
                write!(
                    p,
                    ", link uptime={days}d{hours}h{}m{}s",
                    seconds / 60 % 60,
                    seconds % 60
                );
            }
        }
        code => {
            write!(p, "0x{code:02x} unknown");
            if !p.v(2) {
                p.unknown(b.tail(4), "\n\t", length - 4);
            }
        }
    }
    if length > 18 && p.v(1) {
        write!(p, ", (trailing junk: {} bytes)", length - 18);
    }
    if p.v(2) {
        p.unknown(b.tail(rest), "\n\t", length - 4);
    }
    Ok(())
}
