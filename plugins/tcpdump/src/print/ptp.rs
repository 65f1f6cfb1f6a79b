//! PTP: the precision time protocol (IEEE 1588).

use super::prelude::*;

const KINDS: &Table = &[
    (0, "sync msg"),
    (1, "delay req msg"),
    (2, "peer delay req msg"),
    (3, "peer delay resp msg"),
    (8, "follow up msg"),
    (9, "delay resp msg"),
    (10, "pdelay resp fup msg"),
    (11, "announce msg"),
    (12, "signaling msg"),
    (13, "management msg"),
];
const CONTROL: &Table = &[
    (0, "Sync"),
    (1, "Delay_Req"),
    (2, "Follow_Up"),
    (3, "Delay_Resp"),
    (4, "Management"),
    (5, "Other"),
];
const FLAGS: &Table = &[
    (1, "l1 61"),
    (2, "l1 59"),
    (4, "utc reasonable"),
    (8, "timescale"),
    (16, "time tracable"),
    (32, "frequency tracable"),
    (256, "alternate master"),
    (512, "two step"),
    (1024, "unicast"),
    (4096, "profile specific 1"),
    (8192, "profile specific 2"),
    (16384, "security mask"),
    (6336, "unknown"),
];
const HEADER: usize = 34;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ptp";
    p.protocol_caps();
    if length < HEADER {
        p.bad("length", length, "<", HEADER);
        return Ok(());
    }
    let second = b.be16(0)? as u8;
    let (major, minor) = (second & 15, second >> 4);
    match minor {
        0 => write!(p, "v{major}"),
        _ => write!(p, "v{major}.{minor}"),
    }
    match major {
        1 => p.text(" (not implemented)"),
        2 => return message(p, b),
        _ => p.text(" (unsupported)"),
    }
    Ok(())
}

fn be48(b: &[u8], at: usize) -> Done<u64> {
    Ok(u64::from(b.be16(at)?) << 32 | u64::from(b.be32(at + 2)?))
}

fn message(p: &mut Printer, b: &[u8]) -> Done {
    let first = b.u8(0)?;
    let kind = first & 15;
    write!(p, ", majorSdoId: 0x{:x}", first >> 4);
    write!(p, ", msg type: {}", tok(KINDS, kind.into(), "Reserved"));
    write!(p, ", length: {}", b.be16(2)?);
    let domain = b.be16(4)?;
    write!(p, ", domain: {}", domain >> 8);
    write!(p, ", reserved1: {}", domain & 0xff);
    write!(
        p,
        ", Flags [{}]",
        bits(FLAGS, b.be16(6)?.into(), "none", ", ")
    );
    write!(p, ", NS correction: {}", be48(b, 8)?);
    write!(p, ", sub NS correction: {}", b.be16(14)?);
    write!(p, ", reserved2: {}", b.be32(16)?);
    write!(p, ", clock identity: 0x{:x}", b.be64(20)?);
    write!(p, ", port id: {}", b.be16(28)?);
    write!(p, ", seq id: {}", b.be16(30)?);
    let control = b.u8(32)?;
    write!(
        p,
        ", control: {control} ({})",
        tok(CONTROL, control.into(), "Reserved")
    );
    write!(p, ", log message interval: {}", b.be16(32)? & 0xff);
    let b = b.tail(HEADER);
    match kind {
        0 | 1 => timestamp(p, b, "originTimeStamp"),
        2 | 10 => timestamp_and_port(p, b, "preciseOriginTimeStamp"),
        3 | 9 => timestamp_and_port(p, b, "receiveTimeStamp"),
        8 => timestamp(p, b, "preciseOriginTimeStamp"),
        11 => announce(p, b),
        12 => port(p, b),
        13 => {
            port(p, b)?;
            write!(p, ", start boundary hops: {}", b.u8(10)?);
            write!(p, ", boundary hops: {}", b.u8(11)?);
            write!(p, ", flags: 0x{:x}", b.u8(12)?);
            write!(p, ", reserved: 0x{:x}", b.u8(13)?);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn timestamp(p: &mut Printer, b: &[u8], name: &str) -> Done {
    write!(p, ", {name}:");
    write!(p, " {}.", be48(b, 0)?);
    let nanoseconds = b.be32(6)?;
    write!(p, "{nanoseconds:09} seconds");
    if nanoseconds > 999_999_999 {
        p.text(" (invalid ns)");
    }
    Ok(())
}

fn port(p: &mut Printer, b: &[u8]) -> Done {
    write!(p, ", port identity: 0x{:x}", b.be64(0)?);
    write!(p, ", port id: {}", b.be16(8)?);
    Ok(())
}

fn timestamp_and_port(p: &mut Printer, b: &[u8], name: &str) -> Done {
    timestamp(p, b, name)?;
    port(p, b.tail(10))
}

fn announce(p: &mut Printer, b: &[u8]) -> Done {
    timestamp(p, b, "originTimeStamp")?;
    write!(p, ", origin cur utc:{}", b.be16(10)?);
    write!(p, ", rsvd: {}", b.u8(12)?);
    write!(p, ", gm priority_1: {}", b.u8(13)?);
    write!(p, ", gm clock class: {}", b.u8(14)?);
    write!(p, ", gm clock accuracy: {}", b.u8(15)?);
    write!(p, ", gm clock variance: {}", b.be16(16)?);
    write!(p, ", gm priority_2: {}", b.u8(18)?);
    write!(p, ", gm clock id: 0x{:x}", b.be64(19)?);
    write!(p, ", steps removed: {}", b.be16(27)?);
    write!(p, ", time source: 0x{:x}", b.u8(29)?);
    Ok(())
}
