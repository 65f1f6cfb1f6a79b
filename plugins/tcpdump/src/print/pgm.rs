//! PGM (RFC 3208): reliable multicast.

use super::prelude::*;
use super::settings::Payload;
use super::transport::Ip;
use super::{pgm_option, zmtp};

const HEADER: usize = 16;

/// Prints a packet, of IP or of UDP.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "pgm";
    if !b.has(4) {
        ip.source(p)?;
        p.text(" > ");
        ip.destination(p)?;
        p.text(":");
        return Err(Cut);
    }
    let direct = ip.first()? == 113;
    if direct {
        ip.source(p)?;
        p.text(".");
    }
    p.tcp_port(b.be16(0)?);
    p.text(" > ");
    if direct {
        ip.destination(p)?;
        p.text(".");
    }
    p.tcp_port(b.be16(2)?);
    p.text(": ");
    b.octets(0, HEADER)?;
    let written = b.be16(14)?;
    write!(p, "PGM, length {written}");
    if !p.v(1) {
        return Ok(());
    }
    p.text(" 0x");
    p.hex(b.octets(8, 6)?, "");
    p.text(" ");
    let (kind, options) = (b.u8(4)?, b.u8(5)?);
    let mut f = Fields {
        b: b.tail(HEADER),
        left: usize::MAX,
    };
    if !message(p, kind, &mut f)? {
        p.invalid();
        return Ok(());
    }
    if options & 1 != 0 {
        match pgm_option::print(p, &mut f)? {
            pgm_option::End::Printed => {}
            pgm_option::End::Bad => return Ok(()),
            pgm_option::End::Invalid => {
                p.invalid();
                return Ok(());
            }
        }
    }
    write!(p, " [{length}]");
    if p.set.payload == Some(Payload::PgmZmtp1) && matches!(kind, 4 | 5) {
        return zmtp::datagram(p, f.b, written.into());
    }
    Ok(())
}

/// The text of an address of a family; none when the family is not known.
pub(crate) fn address(f: &mut Fields<'_>, family: u16) -> Done<Option<String>> {
    Ok(match family {
        1 => {
            let [a, b, c, d]: [u8; 4] = f.take(4)?.array(0)?;
            Some(format!("{a}.{b}.{c}.{d}"))
        }
        2 => {
            let address: [u8; 16] = f.take(16)?.array(0)?;
            Some(super::printer::v6(address.into()))
        }
        _ => None,
    })
}

/// Prints what is before the options; false when it is invalid.
fn message(p: &mut Printer, kind: u8, f: &mut Fields<'_>) -> Done<bool> {
    match kind {
        0 => {
            let head = f.take(16)?;
            let Some(path) = address(f, head.be16(12)?)? else {
                return Ok(false);
            };
            write!(p, "SPM seq {} trail {}", head.be32(0)?, head.be32(4)?);
            write!(p, " lead {} nla {path}", head.be32(8)?);
        }
        1 => {
            let head = f.take(12)?;
            let Some(path) = address(f, head.be16(8)?)? else {
                return Ok(false);
            };
            let (interval, random, mask) = (f.be32()?, f.be32()?, f.be32()?);
            write!(p, "POLL seq {} round {}", head.be32(0)?, head.be16(4)?);
            write!(
                p,
                " nla {path} ivl {interval} rnd 0x{random:08x} mask 0x{mask:08x}"
            );
        }
        2 => {
            let head = f.take(8)?;
            write!(p, "POLR seq {} round {}", head.be32(0)?, head.be16(4)?);
        }
        4 | 5 => {
            let head = f.take(8)?;
            let name = if kind == 4 { "ODATA" } else { "RDATA" };
            write!(p, "{name} trail {} seq {}", head.be32(4)?, head.be32(0)?);
        }
        8..=10 => {
            let head = f.take(8)?;
            let Some(source) = address(f, head.be16(4)?)? else {
                return Ok(false);
            };
            // The family of the group stands behind four octets that are passed over.
            f.take(4)?;
            let family = f.b.be16(0)?;
            let Some(group) = address(f, family)? else {
                return Ok(false);
            };
            let name = match kind {
                8 => "NAK",
                9 => "NNAK",
                _ => "NCF",
            };
            write!(p, "{name} ({source} -> {group}), seq {}", head.be32(0)?);
        }
        11 | 13 => write!(p, "ACK seq {}", f.take(8)?.be32(0)?),
        12 => p.text("SPMR"),
        _ => write!(p, "UNKNOWN type 0x{kind:02x}"),
    }
    Ok(true)
}
