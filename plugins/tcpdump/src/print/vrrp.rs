//! VRRP: routers that share an address (RFC 3768, 5798).

use super::checksum;
use super::prelude::*;
use super::transport::Ip;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "vrrp";
    p.protocol_caps();
    let (version, kind) = (b.u8(0)? >> 4, b.u8(0)? & 0xf);
    let name = tok(&[(1, "Advertisement")], kind.into(), "unknown type (%u)");
    write!(p, "v{version}, {name}");
    if ip.hops != 255 {
        write!(p, ", (ttl {})", ip.hops);
    }
    if !matches!(version, 2 | 3) || kind != 1 {
        return Ok(());
    }
    write!(p, ", vrid {}, prio {}", b.u8(1)?, b.u8(2)?);
    let authentication = if version == 2 { b.u8(4)? } else { 0 };
    if version == 2 {
        let names = [(0, "none"), (1, "simple"), (2, "ah")];
        let name = tok(&names, authentication.into(), "#%u");
        write!(p, ", authtype {name}, intvl {}s", b.u8(5)?);
    } else {
        write!(p, ", intvl {}cs", b.be16(4)? & 0xfff);
    }
    write!(p, ", length {length}");
    if !p.v(1) {
        return Ok(());
    }
    let count = b.u8(3)?;
    let sum = match version {
        2 => b.octets(0, length).map_or(0, |all| checksum::of(&[all])),
        _ => ip.checksum(b, length, length, 112).unwrap_or(0),
    };
    if sum != 0 {
        write!(p, ", (bad vrrp cksum {:x})", b.be16(6)?);
    }
    p.text(", addrs");
    if count > 1 {
        write!(p, "({count})");
    }
    p.text(":");
    let mut at = 8;
    for number in 0..count {
        b.octets(at, if ip.version == 4 { 4 } else { 16 })?;
        p.text(if number == 0 { " " } else { "," });
        if ip.version == 4 {
            p.v4_at(b, at)?;
            at += 4;
        } else {
            p.v6_at(b, at)?;
            at += 16;
        }
    }
    if authentication == 1 {
        p.text(" auth \"");
        p.padded_string_at(b, at, 8)?;
        p.text("\"");
    }
    Ok(())
}
