//! L2TP (RFC 2661): tunnels of PPP.

use super::ppp;
use super::prelude::*;

const KINDS: &Table = &[
    (1, "SCCRQ"),
    (2, "SCCRP"),
    (3, "SCCCN"),
    (4, "StopCCN"),
    (6, "HELLO"),
    (7, "OCRQ"),
    (8, "OCRP"),
    (9, "OCCN"),
    (10, "ICRQ"),
    (11, "ICRP"),
    (12, "ICCN"),
    (14, "CDN"),
    (15, "WEN"),
    (16, "SLI"),
];
const ATTRIBUTES: &Table = &[
    (0, "MSGTYPE"),
    (1, "RESULT_CODE"),
    (2, "PROTO_VER"),
    (3, "FRAMING_CAP"),
    (4, "BEARER_CAP"),
    (5, "TIE_BREAKER"),
    (6, "FIRM_VER"),
    (7, "HOST_NAME"),
    (8, "VENDOR_NAME"),
    (9, "ASSND_TUN_ID"),
    (10, "RECV_WIN_SIZE"),
    (11, "CHALLENGE"),
    (12, "Q931_CC"),
    (13, "CHALLENGE_RESP"),
    (14, "ASSND_SESS_ID"),
    (15, "CALL_SER_NUM"),
    (16, "MINIMUM_BPS"),
    (17, "MAXIMUM_BPS"),
    (18, "BEARER_TYPE"),
    (19, "FRAMING_TYPE"),
    (20, "PACKET_PROC_DELAY"),
    (21, "CALLED_NUMBER"),
    (22, "CALLING_NUMBER"),
    (23, "SUB_ADDRESS"),
    (24, "TX_CONN_SPEED"),
    (25, "PHY_CHANNEL_ID"),
    (26, "INI_RECV_LCP"),
    (27, "LAST_SENT_LCP"),
    (28, "LAST_RECV_LCP"),
    (29, "PROXY_AUTH_TYPE"),
    (30, "PROXY_AUTH_NAME"),
    (31, "PROXY_AUTH_CHAL"),
    (32, "PROXY_AUTH_ID"),
    (33, "PROXY_AUTH_RESP"),
    (34, "CALL_ERRORS"),
    (35, "ACCM"),
    (36, "RANDOM_VECTOR"),
    (37, "PRIVATE_GRP_ID"),
    (38, "RX_CONN_SPEED"),
    (39, "SEQ_REQUIRED"),
    (46, "PPP_DISCON_CC"),
];
const AUTHENTICATION: &Table = &[
    (0, "Reserved"),
    (1, "Textual"),
    (2, "CHAP"),
    (3, "PAP"),
    (4, "No Auth"),
    (5, "MS-CHAPv1"),
];
const DIRECTIONS: &Table = &[(0, "global error"), (1, "at peer"), (2, "at local")];

const TOO_SHORT: &str = "AVP too short";

/// Prints a message or a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "l2tp";
    let flags = b.be16(0)?;
    match flags & 15 {
        1 => {
            p.text(" l2f:");
            return Ok(());
        }
        2 => p.text(" l2tp:["),
        _ => {
            p.text(" Unknown Version, neither L2F(1) nor L2TP(2)");
            return Ok(());
        }
    }
    for (bit, letter) in [
        (0x8000, "T"),
        (0x4000, "L"),
        (0x0800, "S"),
        (0x0200, "O"),
        (0x0100, "P"),
    ] {
        p.text(if flags & bit != 0 { letter } else { "" });
    }
    p.text("]");
    let mut at = 2;
    let told = match flags & 0x4000 {
        0 => None,
        _ => {
            at = 4;
            Some(usize::from(b.be16(2)?))
        }
    };
    write!(p, "({}/", b.be16(at)?);
    write!(p, "{})", b.be16(at + 2)?);
    at += 4;
    if flags & 0x0800 != 0 {
        write!(p, "Ns={},", b.be16(at)?);
        write!(p, "Nr={}", b.be16(at + 2)?);
        at += 4;
    }
    if flags & 0x0200 != 0 {
        let padding = usize::from(b.be16(at)?);
        b.octets(at + 2, padding)?;
        at += 2 + padding;
    }
    if let Some(told) = told.filter(|told| *told > length) {
        write!(p, " Length {told} larger than packet");
        p.invalid();
        return Ok(());
    }
    let length = told.unwrap_or(length);
    if length < at {
        write!(p, " Length {length} smaller than header length");
        p.invalid();
        return Ok(());
    }
    if flags & 0x8000 == 0 {
        p.text(" {");
        ppp::print(p, b.tail(at), length - at)?;
        p.text("}");
        return Ok(());
    }
    if told.is_none() {
        p.text(" No length");
        p.invalid();
    } else if length == at {
        p.text(" ZLB");
    } else {
        while at < length {
            match attribute(p, b.tail(at), length - at)? {
                Some(size) => at += size,
                None => {
                    p.invalid();
                    break;
                }
            }
        }
    }
    Ok(())
}

/// Prints an attribute; its length, none when it does not fit, after that was said.
fn attribute(p: &mut Printer, b: &[u8], length: usize) -> Done<Option<usize>> {
    p.text(" ");
    let first = b.be16(0)?;
    let size = usize::from(first & 0x3ff);
    if size < 6 {
        p.bad_only("AVP length", size, "<", 6);
        return Ok(None);
    }
    if size > length {
        write!(p, " (len > {length})");
        return Ok(None);
    }
    let v = b.octets(0, size)?.tail(6);
    p.text(if first & 0x8000 != 0 { "*" } else { "" });
    p.text(if first & 0x4000 != 0 { "?" } else { "" });
    let (vendor, kind) = (b.be16(2)?, b.be16(4)?);
    if vendor != 0 {
        write!(p, "VENDOR{vendor:04x}:ATTR{kind:04x}(");
        p.hex(v, "");
    } else {
        p.name(ATTRIBUTES, kind, "AVP-#%u");
        p.text("(");
        match first & 0x4000 {
            0 => value(p, kind, v)?,
            _ => p.text("???"),
        }
    }
    p.text(")");
    Ok(Some(size))
}

fn value(p: &mut Printer, kind: u16, v: &[u8]) -> Done {
    let needed = match kind {
        0..=2 | 6 | 9 | 10 | 14 | 29 | 32 | 34 | 35 => 2,
        3 | 4 | 15..=19 | 24 | 25 | 38 => 4,
        5 => 8,
        12 => 3,
        13 => 16,
        46 => 5,
        _ => 0,
    };
    if v.len() < needed {
        p.text(TOO_SHORT);
        return Ok(());
    }
    match kind {
        0 => p.name(KINDS, v.be16(0)?, "MSGTYPE-#%u"),
        1 => result(p, v)?,
        2 => write!(p, "{}.{}", v.u8(0)?, v.u8(1)?),
        3 | 4 | 18 | 19 => {
            let (digital, bits) = (matches!(kind, 4 | 18), v.be32(0)?);
            p.text(if bits & 2 != 0 { "A" } else { "" });
            p.text(match bits & 1 {
                0 => "",
                _ if digital => "D",
                _ => "S",
            });
        }
        5 => p.hex(v.upto(8), ""),
        6 | 9 | 10 | 14 => write!(p, "{}", v.be16(0)?),
        7 | 8 | 21..=23 | 30 | 37 => p.string(v),
        11 | 26..=28 | 31 | 33 | 36 => p.hex(v, ""),
        12 => {
            write!(p, "{}, {:02x}", v.be16(0)?, v.u8(2)?);
            message(p, v.tail(3));
        }
        13 => p.hex(v.upto(16), ""),
        15..=17 | 24 | 25 | 38 => write!(p, "{}", v.be32(0)?),
        20 => p.text("obsolete"),
        29 => p.name(AUTHENTICATION, v.be16(0)?, "AuthType-#%u"),
        32 => write!(p, "{}", v.be16(0)? & 0xff),
        34 => counters(
            p,
            v,
            &[
                "CRCErr", "FrameErr", "HardOver", "BufOver", "Timeout", "AlignErr",
            ],
        ),
        35 => {
            for (name, at) in [("send", 2), ("recv", 6)] {
                match v.be32(at) {
                    Ok(map) => write!(p, "{name}={map:08x} "),
                    Err(Cut) => {
                        p.text(TOO_SHORT);
                        break;
                    }
                }
            }
        }
        46 => {
            write!(p, "{:04x}, {:04x} ", v.be16(0)?, v.be16(2)?);
            p.name(DIRECTIONS, v.u8(4)?, "Direction-#%u");
            message(p, v.tail(5));
        }
        _ => {}
    }
    Ok(())
}

fn message(p: &mut Printer, text: &[u8]) {
    if !text.is_empty() {
        p.text(" ");
        p.string(text);
    }
}

fn result(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, "{}", v.be16(0)?);
    match v.len() {
        2 => {}
        3 => write!(p, " {TOO_SHORT}"),
        _ => {
            write!(p, "/{}", v.be16(2)?);
            message(p, v.tail(4));
        }
    }
    Ok(())
}

fn counters(p: &mut Printer, v: &[u8], names: &[&str]) {
    for (place, name) in names.iter().enumerate() {
        match v.be32(2 + place * 4) {
            Ok(count) => write!(p, "{name}={count} "),
            Err(Cut) => return p.text(TOO_SHORT),
        }
    }
}
