//! OSPF version 2 (RFC 2328): its packets.

use super::ospf_lsa::{self, OPTIONS};
use super::prelude::*;

const AUTHENTICATION: &Table = &[(0, "none"), (1, "simple"), (2, "MD5")];
const KINDS: &Table = &[
    (1, "Hello"),
    (2, "Database Description"),
    (3, "LS-Request"),
    (4, "LS-Update"),
    (5, "LS-Ack"),
];
const DESCRIPTION_FLAGS: &Table = &[(4, "Init"), (2, "More"), (1, "Master"), (8, "OOBResync")];
const SIGNALS: &Table = &[(1, "Extended Options"), (2, "MD5 Authentication")];
const SIGNAL_OPTIONS: &Table = &[(1, "LSDB resync"), (2, "Restart")];
const HEADER: usize = 24;
const MD5: u16 = 2;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ospf2";
    let (mut b, mut length) = (b, length);
    let authentication = b.be16(14)?;
    if authentication == MD5 {
        length = length.saturating_sub(16);
        b = b.upto(b.len().saturating_sub(16));
    }
    let (version, kind) = (b.u8(0)?, b.u8(1)?);
    let name = tok(KINDS, kind.into(), "unknown LS-type %u");
    write!(p, "OSPFv{version}, {name}, length {length}");
    if name.starts_with('u') || !p.v(1) {
        return Ok(());
    }
    let written = usize::from(b.be16(2)?);
    if length != written {
        write!(p, " [len {written}]");
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
    b.octets(16, 8)?;
    let name = tok(AUTHENTICATION, authentication.into(), "unknown");
    write!(p, ", Authentication Type: {name} ({authentication})");
    match authentication {
        0 => {}
        1 => {
            p.text("\n\tSimple text password: ");
            p.padded_string_at(b, 16, 8)?;
        }
        MD5 => {
            write!(p, "\n\tKey-ID: {}, Auth-Length: {}", b.u8(18)?, b.u8(19)?);
            write!(p, ", Crypto Sequence Number: 0x{:08x}", b.be32(20)?);
        }
        _ => return Ok(()),
    }
    if version != 2 {
        write!(p, " ospf [version {version}]");
        return Ok(());
    }
    body(p, b, kind, length.min(written))?;
    if length > written {
        local_signals(p, b, kind, written, length)?;
    }
    Ok(())
}

fn body(p: &mut Printer, b: &[u8], kind: u8, end: usize) -> Done {
    match kind {
        1 => hello(p, b, end),
        2 => {
            let (mtu, options, flags) = (b.be16(24)?, b.u8(26)?, b.u8(27)?);
            write!(
                p,
                "\n\tOptions [{}]",
                bits(OPTIONS, options.into(), "none", ", ")
            );
            write!(
                p,
                ", DD Flags [{}]",
                bits(DESCRIPTION_FLAGS, flags.into(), "none", ", ")
            );
            if mtu != 0 {
                write!(p, ", MTU: {mtu}");
            }
            write!(p, ", Sequence: 0x{:08x}", b.be32(28)?);
            let mut at = 32;
            while at < end && ospf_lsa::header(p, b.tail(at))?.is_some() {
                at += 20;
            }
            Ok(())
        }
        3 => {
            for at in (HEADER..end).step_by(12) {
                b.octets(at, 12)?;
                p.text("\n\t  Advertising Router: ");
                p.v4_at(b, at + 8)?;
                let kind = b.be32(at)?;
                let name = tok(ospf_lsa::KINDS, kind, "unknown");
                write!(p, ", {name} LSA ({kind})");
                if matches!(kind, 9..=11) {
                    ospf_lsa::opaque_id(p, b.tail(at + 4), "Opaque-Type:", "Opaque-ID:")?;
                } else {
                    p.text(", LSA-ID: ");
                    p.v4_at(b, at + 4)?;
                }
            }
            Ok(())
        }
        4 => {
            let count = b.be32(HEADER)?;
            let plural = if count == 1 { "" } else { "s" };
            write!(p, ", {count} LSA{plural}");
            let mut at = HEADER + 4;
            for number in 1..=count {
                write!(p, "\n\t  LSA #{number}");
                at += ospf_lsa::print(p, b.tail(at))?.ok_or(Cut)?;
            }
            Ok(())
        }
        5 => {
            for at in (HEADER..end).step_by(20) {
                ospf_lsa::header(p, b.tail(at))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn hello(p: &mut Printer, b: &[u8], end: usize) -> Done {
    let options = bits(OPTIONS, b.u8(30)?.into(), "none", ", ");
    write!(p, "\n\tOptions [{options}]");
    let (interval, priority, dead) = (b.be16(28)?, b.u8(31)?, b.be32(32)?);
    write!(
        p,
        "\n\t  Hello Timer {interval}s, Dead Timer {dead}s, Mask "
    );
    p.v4_at(b, 24)?;
    write!(p, ", Priority {priority}");
    if b.be32(36)? != 0 {
        p.text("\n\t  Designated Router ");
        p.v4_at(b, 36)?;
    }
    if b.be32(40)? != 0 {
        p.text(", Backup Designated Router ");
        p.v4_at(b, 40)?;
    }
    if end > 44 {
        p.text("\n\t  Neighbor List:");
    }
    for at in (44..end).step_by(4) {
        b.octets(at, 4)?;
        p.text("\n\t    ");
        p.v4_at(b, at)?;
    }
    Ok(())
}

/// Signals of the link behind the packet (RFC 5613).
fn local_signals(p: &mut Printer, b: &[u8], kind: u8, written: usize, length: usize) -> Done {
    let options = match kind {
        1 => b.u8(30)?,
        2 => b.u8(26)?,
        _ => return Ok(()),
    };
    if options & 0x10 == 0 {
        return Ok(());
    }
    let mut at = written;
    if b.be16(14)? == MD5 {
        at += usize::from(b.u8(19)?);
    }
    if at >= length {
        p.text("\n\t[LLS truncated]");
        return Ok(());
    }
    write!(p, "\n\t  LLS: checksum: 0x{:04x}", b.be16(at)?);
    write!(p, ", length: {}", b.be16(at + 2)?);
    at += 4;
    while at < length {
        let kind = b.be16(at)?;
        let name = tok(SIGNALS, kind.into(), "Unknown TLV");
        write!(p, "\n\t    {name} ({kind})");
        let mut size = usize::from(b.be16(at + 2)?);
        write!(p, ", length: {size}");
        at += 4;
        let right = match kind {
            1 => 4,
            2 => 20,
            _ => size,
        };
        if size != right {
            write!(p, " [should be {right}]");
            size = right;
        }
        match kind {
            1 => {
                let options = b.be32(at)?;
                let names = bits(SIGNAL_OPTIONS, options, "?", ", ");
                write!(p, "\n\t      Options: 0x{options:08x} [{names}]");
            }
            2 => write!(p, "\n\t      Sequence number: 0x{:08x}", b.be32(at)?),
            _ => {}
        }
        at += size;
    }
    Ok(())
}
