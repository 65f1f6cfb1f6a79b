//! GeoNetworking between vehicles, and CALM FAST beside it.

use super::prelude::*;

const MESSAGES: &Table = &[
    (0, "CAM"),
    (1, "DENM"),
    (101, "TPEGM"),
    (102, "TSPDM"),
    (103, "VPM"),
    (104, "SRM"),
    (105, "SLAM"),
    (106, "ecoCAM"),
    (107, "ITM"),
    (150, "SA"),
];
const COMMON: usize = 36;

fn kind_name(kind: u8, part: u8) -> &'static str {
    match (kind, part) {
        (0, _) => "Any",
        (1, _) => "Beacon",
        (2, _) => "GeoUnicast",
        (3, 0) => "GeoAnycastCircle",
        (3, 1) => "GeoAnycastRect",
        (3, 2) => "GeoAnycastElipse",
        (4, 0) => "GeoBroadcastCircle",
        (4, 1) => "GeoBroadcastRect",
        (4, 2) => "GeoBroadcastElipse",
        (5, 0) => "TopoScopeBcast-SH",
        (5, 1) => "TopoScopeBcast-MH",
        (6, 0) => "LocService-Request",
        (6, 1) => "LocService-Reply",
        _ => "Unknown",
    }
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, source: Option<&[u8]>) -> Done {
    p.protocol = "geonet";
    p.text("GeoNet ");
    if let Some(source) = source {
        p.text("src:");
        p.hex(source, ":");
    }
    p.text("; ");
    if length < COMMON {
        write!(p, " (common header length {length} < {COMMON})");
        p.invalid();
        return Ok(());
    }
    let (version, next) = (b.u8(0)? >> 4, b.u8(0)? & 15);
    let (kind, part) = (b.u8(1)? >> 4, b.u8(1)? & 15);
    let (payload, hops) = (b.be16(4)?, b.u8(7)?);
    let next_name = tok(
        &[(0, "Any"), (1, "BTP-A"), (2, "BTP-B"), (3, "IPv6")],
        next.into(),
        "Unknown",
    );
    let name = kind_name(kind, part);
    write!(
        p,
        "v:{version} NH:{next}-{next_name} HT:{kind}-{part}-{name} "
    );
    write!(p, "HopLim:{hops} Payload:{payload} ");
    let address = b.octets(8, 8)?;
    p.text("GN_ADDR:");
    p.hex(address, ":");
    write!(p, " lat:{} ", b.be32(20)?);
    write!(p, "lon:{}", b.be32(24)?);
    b.octets(0, COMMON)?;
    let (mut b, mut length) = (b.tail(COMMON), length - COMMON);
    let extended = match (kind, part) {
        (0 | 1, _) | (5, 0) => Some(0),
        (5, 1) => Some(32),
        _ => None,
    };
    if let Some(extended) = extended {
        if length < extended {
            write!(p, " (header size {extended} > {length})");
            p.invalid();
            return Ok(());
        }
        b.octets(0, extended)?;
        (b, length) = (b.tail(extended), length - extended);
        if matches!(next, 1 | 2) {
            if length < 4 {
                write!(p, " (BTP length {length} < 4)");
                p.invalid();
                return Ok(());
            }
            write!(p, "; BTP Dst:{}", b.be16(0)?);
            write!(p, " Src:{}", b.be16(2)?);
            (b, length) = (b.tail(4), length - 4);
            if length >= 2 {
                write!(p, "; ItsPduHeader v:{}", b.u8(0)?);
                let message = b.u8(1)?;
                let name = tok(MESSAGES, message.into(), "unknown (%u)");
                write!(p, " t:{message}-{name}");
            }
        }
    }
    if p.v(1) {
        super::dump::hex_and_ascii(p, "\n\t", b.upto(length));
        b.octets(0, length)?;
    }
    Ok(())
}

/// Prints a packet of CALM FAST.
///
/// # Errors
/// [`Cut`]
pub(crate) fn calm_fast(p: &mut Printer, b: &[u8], length: usize, source: Option<&[u8]>) -> Done {
    p.protocol = "calm_fast";
    p.text("CALM FAST");
    if let Some(source) = source {
        p.text(" src:");
        p.hex(source, ":");
    }
    p.text("; ");
    if length < 2 {
        write!(p, " (length {length} < 2)");
        p.invalid();
        b.octets(0, length)?;
        return Ok(());
    }
    write!(p, "SrcNwref:{}; ", b.u8(0)?);
    write!(p, "DstNwref:{}; ", b.u8(1)?);
    if p.v(1) {
        super::dump::hex_and_ascii(p, "\n\t", b.upto(length).tail(2));
        b.octets(0, length)?;
    }
    Ok(())
}
