//! RTP and RTCP (RFC 3550), and vat before them: sound and pictures as -T says.

use super::prelude::*;

/// Sound of vat or vt.
///
/// # Errors
/// [`Cut`]
pub(crate) fn vat(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "vat";
    if length < 2 {
        write!(p, "udp/va/vat, length {length} < 2");
        return Ok(());
    }
    let first = b.be16(0)?;
    if first & 0xf060 != 0 {
        write!(p, "udp/vt {length} {} / {}", first & 0x3ff, first >> 10);
        return Ok(());
    }
    if length < 8 {
        write!(p, "udp/vat, length {length} < 8");
        return Ok(());
    }
    let (first, time) = (b.be32(0)?, b.be32(4)?);
    let marked = if first & 0x80_0000 != 0 { "*" } else { "" };
    write!(
        p,
        "udp/vat {} c{} {time}{marked}",
        length - 8,
        first & 0xffff
    );
    if first & 0x1f_0000 != 0 {
        write!(p, " f{}", (first >> 16) & 0x1f);
    }
    if first & 0x3f00_0000 != 0 {
        write!(p, " s{}", (first >> 24) & 0x3f);
    }
    Ok(())
}

/// Sound or pictures.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "rtp";
    if length < 8 {
        write!(p, "udp/rtp, length {length} < 8");
        return Ok(());
    }
    let (first, time) = (b.be32(0)?, b.be32(4)?);
    let old = first >> 30 == 1;
    if !old && length < 12 {
        write!(p, "udp/rtp, length {length} < 12");
        return Ok(());
    }
    let header = if old { 8 } else { 12 };
    let options = old && first & 0x80_0000 != 0;
    let extended = !old && first & 0x1000_0000 != 0;
    let content = (first >> 16) & if old { 0x3f } else { 0x7f };
    let marker = first & if old { 0x40_0000 } else { 0x80_0000 } != 0;
    write!(
        p,
        "udp/{} {} c{content} {}{} {} {time}",
        if old { "rtpv1" } else { "rtp" },
        length - header,
        if options || extended { "+" } else { "" },
        if marker { "*" } else { "" },
        first & 0xffff
    );
    if !p.v(1) {
        return Ok(());
    }
    write!(p, " {}", b.be32(8)?);
    let (mut at, mut left) = (header, length / 4 - header / 4);
    let mut more = options;
    while more {
        let option = b.be32(at)?;
        let size = ((option >> 16) & 0xff) as usize;
        if size == 0 || size > left {
            p.text(" !opt");
            return Ok(());
        }
        at += size * 4;
        left -= size;
        more = option >> 31 == 0;
    }
    if extended {
        let size = (b.be32(at)? & 0xffff) as usize + 1;
        if size > left {
            p.text(" !ext");
            return Ok(());
        }
        at += size * 4;
    }
    if content == 0x1f {
        write!(p, " 0x{:04x}", b.be32(at)? >> 16);
    }
    Ok(())
}

/// Reports about them.
///
/// # Errors
/// [`Cut`]
pub(crate) fn control(p: &mut Printer, b: &[u8]) -> Done {
    let mut at = 0;
    while at < b.len() {
        at += report(p, b.tail(at))?;
    }
    Ok(())
}

fn report(p: &mut Printer, b: &[u8]) -> Done<usize> {
    p.protocol = "rtcp";
    let length = (usize::from(b.be16(2)?) + 1) * 4;
    let flags = b.be16(0)?;
    let source = b.be32(4)?;
    let mut count = usize::from((flags >> 8) & 0x1f);
    let kind = flags & 0xff;
    let mut at = 8;
    match kind {
        200 => p.text(" sr"),
        201 => p.text(" rr"),
        202 => write!(p, " sdes {length}"),
        203 => write!(p, " bye {length}"),
        _ => write!(p, " type-0x{kind:x} {length}"),
    }
    let fixed = if kind == 200 { 28 } else { 8 };
    if matches!(kind, 200 | 201) && length != count * 24 + fixed {
        write!(p, " [{length}]");
    }
    if p.v(1) && matches!(kind, 200..=203) {
        write!(p, " {source}");
    }
    if kind == 200 {
        let time = f64::from(b.be32(8)?) + f64::from(b.be32(12)?) / 4_294_967_296.0;
        let (stamp, packets, octets) = (b.be32(16)?, b.be32(20)?, b.be32(24)?);
        write!(p, " @{time:.2} {stamp} {packets}p {octets}b");
        at = 28;
    } else if kind != 201 {
        count = 0;
    }
    if count > 1 {
        write!(p, " c{count}");
    }
    for _ in 0..count {
        if p.v(1) {
            write!(p, " {}", b.be32(at)?);
        }
        let span = |field: usize| Ok(f64::from(b.be32(field)?) / 65536.0);
        let (last, delay) = (span(at + 16)?, span(at + 20)?);
        let (lost, highest, jitter) = (b.be32(at + 4)?, b.be32(at + 8)?, b.be32(at + 12)?);
        write!(
            p,
            " {}l {highest}s {jitter}j @{last:.2}+{delay:.2}",
            lost & 0xff_ffff
        );
        at += 24;
    }
    Ok(length)
}
