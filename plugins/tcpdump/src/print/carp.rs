//! CARP: how the systems of BSD share an address.

use super::checksum;
use super::prelude::*;
use super::transport::Ip;

/// Prints an advertisement.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "carp";
    p.text("CARP");
    let first = b.u8(0)?;
    let kind = if first & 15 == 1 {
        "advertise"
    } else {
        "unknown"
    };
    write!(p, "v{}-{kind} {length}: ", first >> 4);
    if ip.hops != 255 {
        write!(p, "[ttl={}!] ", ip.hops);
    }
    if first != 0x21 {
        return Ok(());
    }
    let (base, skew, size) = (b.u8(5)?, b.u8(2)?, b.u8(3)?);
    write!(
        p,
        "vhid={} advbase={base} advskew={skew} authlen={size} ",
        b.u8(1)?
    );
    if p.v(1)
        && let Ok(all) = b.octets(0, length)
        && checksum::of(&[all]) != 0
    {
        write!(p, " (bad carp cksum {:x}!)", b.be16(6)?);
    }
    write!(p, "counter={}", b.be64(8)?);
    Ok(())
}
