//! PPP (RFC 1661), also in frames of HDLC (RFC 1662), and its authentications.

use super::prelude::*;
use super::{chdlc, ip, ip6, isoclns, mpls, ppp_control};

/// Protocols by number.
pub(crate) const PROTOCOLS: &Table = &[
    (0x0021, "IP"),
    (0x0023, "OSI"),
    (0x0025, "NS"),
    (0x0027, "DECNET"),
    (0x0029, "APPLE"),
    (0x002b, "IPX"),
    (0x002d, "VJC IP"),
    (0x002f, "VJNC IP"),
    (0x0031, "BRPDU"),
    (0x0033, "STII"),
    (0x0035, "VINES"),
    (0x0281, "MPLS"),
    (0x0283, "MPLS"),
    (0x00fd, "Compressed"),
    (0x003d, "MLPPP"),
    (0x0057, "IP6"),
    (0x0201, "HELLO"),
    (0x0231, "LUXCOM"),
    (0x0233, "SNS"),
    (0x8021, "IPCP"),
    (0x8023, "OSICP"),
    (0x8025, "NSCP"),
    (0x8027, "DECNETCP"),
    (0x8029, "APPLECP"),
    (0x802b, "IPXCP"),
    (0x8033, "STIICP"),
    (0x8035, "VINESCP"),
    (0x8057, "IP6CP"),
    (0x8281, "MPLSCP"),
    (0xc021, "LCP"),
    (0xc023, "PAP"),
    (0xc025, "LQM"),
    (0xc223, "CHAP"),
    (0xc227, "EAP"),
    (0xc027, "SPAP"),
    (0xc123, "Old-SPAP"),
    (0xc02b, "BACP"),
    (0xc02d, "BAP"),
    (0xc03d, "MLPPP-CP"),
    (0x80fd, "CCP"),
];

/// A capture of a link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ppp";
    if b.len() < 4 {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    p.link_header += 4;
    print(p, b, length).map(|_| ())
}

/// A capture of a link with HDLC's header, or Cisco's.
///
/// # Errors
/// [`Cut`]
pub(crate) fn hdlc_link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ppp_hdlc";
    if b.len() < 2 {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    let (address, control) = (b.u8(0)?, b.u8(1)?);
    if matches!(address, 0x0f | 0x8f) {
        return chdlc::link(p, b, length);
    }
    if b.len() < 4 {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    if p.set.link {
        write!(p, "{address:02x} {control:02x} {length} ");
    }
    if address == 0xff {
        let kind = b.be16(2)?;
        p.name(PROTOCOLS, kind, "unknown PPP protocol (0x%04x)");
        p.text(": ");
        carried(p, kind, b, 4, length.saturating_sub(4))?;
        p.link_header += 4;
    } else {
        write!(p, "unknown addr {:02x}; ctrl {:02x}", b.u8(2)?, b.u8(3)?);
        p.link_header += 2;
    }
    Ok(())
}

/// Prints a packet; the length of its header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "ppp";
    let mut at = 0;
    if length < 2 {
        p.truncated();
        return Ok(0);
    }
    match b.be16(0)? {
        0x0003 if p.set.link => {
            p.text("In  ");
            at = 2;
        }
        0x0103 if p.set.link => {
            p.text("Out ");
            at = 2;
        }
        0x0003 | 0x0103 | 0xff03 => at = 2,
        _ => {}
    }
    if length - at < 2 {
        p.truncated();
        return Ok(0);
    }
    let first = b.u8(at)?;
    let kind = if first % 2 == 1 {
        at += 1;
        first.into()
    } else {
        at += 2;
        b.be16(at - 2)?
    };
    if p.set.link {
        let name = PROTOCOLS
            .iter()
            .find(|(number, _)| *number == u32::from(kind));
        let Some((_, name)) = name else {
            write!(p, "unknown (0x{kind:04x}), length {length}");
            return Ok(at);
        };
        write!(p, "{name} (0x{kind:04x}), length {length}: ");
    }
    carried(p, kind, b, at, length.saturating_sub(at))?;
    Ok(at)
}

/// Prints what follows the protocol's number, which ends at an offset.
fn carried(p: &mut Printer, kind: u16, whole: &[u8], at: usize, length: usize) -> Done {
    let b = whole.tail(at);
    match kind {
        0x7e00..=0x7eff => p.nested(|p| in_frame(p, whole.tail(at - 1))),
        0xc021 | 0x8021 | 0x8023 | 0x8281 | 0x8057 | 0x80fd | 0xc02b => {
            ppp_control::print(p, kind, whole, at, length)
        }
        0x003d => {
            if !p.set.link {
                p.text("MLPPP, ");
            }
            if length < 2 || !b.has(2) {
                p.text("[|mlppp]");
                return Ok(());
            }
            let head = b.be16(0)?;
            let flags = bits(
                &[(0x8000, "begin"), (0x4000, "end")],
                (head & 0xc000).into(),
                "none",
                ", ",
            );
            write!(
                p,
                "seq 0x{:03x}, Flags [{flags}], length {length}",
                head & 0xfff
            );
            Ok(())
        }
        0xc223 => challenge(p, b, length),
        0xc023 => password(p, b, length),
        0xc02d => Ok(()),
        0x0800 | 0x0021 | 0x002f => ip::print(p, b, length),
        0x86dd | 0x0057 => ip6::print(p, b, length),
        0x0023 => isoclns::print(p, b, length),
        0x0281 | 0x0283 => mpls::print(p, b, length),
        0x00fd => {
            p.text("compressed PPP data");
            Ok(())
        }
        _ => {
            p.name(PROTOCOLS, kind, "unknown PPP protocol (0x%04x)");
            p.text(" ");
            p.unknown(b, "\n\t", length);
            Ok(())
        }
    }
}

/// A frame whose octets are escaped.
fn in_frame(p: &mut Printer, b: &[u8]) -> Done {
    let mut plain = Vec::with_capacity(b.len());
    let mut octets = b.iter();
    while let Some(octet) = octets.next() {
        match octet {
            0x7d => match octets.next() {
                Some(octet) => plain.push(octet ^ 0x20),
                None => break,
            },
            octet => plain.push(*octet),
        }
    }
    let (b, length) = (plain.as_slice(), plain.len());
    if length < 1 {
        return Ok(());
    }
    match b.u8(0)? {
        0x21 => return ip::print(p, b.tail(1), length - 1),
        0x57 => return ip6::print(p, b.tail(1), length - 1),
        _ if length < 2 => {
            p.truncated();
            return Ok(());
        }
        _ => {}
    }
    let mut at = 2;
    let mut kind = b.be16(0)?;
    if kind == 0xff03 {
        if length < 4 {
            p.truncated();
            return Ok(());
        }
        kind = b.be16(2)?;
        at = 4;
    }
    if kind & 0xff00 == 0x7e00 {
        write!(p, "(protocol 0x{kind:04x} invalid)");
        return Ok(());
    }
    carried(p, kind, b, at, length - at)
}

fn challenge(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 4 {
        match length {
            0 => p.text("[|chap]"),
            _ => write!(p, "[|chap 0x{:02x}]", b.u8(0)?),
        }
        return Ok(());
    }
    let code = b.u8(0)?;
    let names = [
        (1, "Challenge"),
        (2, "Response"),
        (3, "Success"),
        (4, "Fail"),
    ];
    write!(
        p,
        "CHAP, {} (0x{code:02x}), id {}",
        tok(&names, code.into(), "unknown"),
        b.u8(1)?
    );
    let size = usize::from(b.be16(2)?);
    match code {
        1 | 2 => {
            if length < 5 {
                return Ok(());
            }
            let count = usize::from(b.u8(4)?);
            if length - 5 < count {
                return Ok(());
            }
            p.text(", Value ");
            p.hex(b.octets(5, count)?, "");
            p.text(", Name ");
            p.string_at(b, 5 + count, size.saturating_sub(5 + count))?;
        }
        3 | 4 => {
            p.text(", Msg ");
            p.string_at(b, 4, size.saturating_sub(4))?;
        }
        _ => {}
    }
    Ok(())
}

fn password(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 4 {
        match length {
            0 => p.text("[|pap]"),
            _ => write!(p, "[|pap 0x{:02x}]", b.u8(0)?),
        }
        return Ok(());
    }
    let code = b.u8(0)?;
    let names = [(1, "Auth-Req"), (2, "Auth-ACK"), (3, "Auth-NACK")];
    write!(
        p,
        "PAP, {} (0x{code:02x}), id {}",
        tok(&names, code.into(), "unknown"),
        b.u8(1)?
    );
    let size = usize::from(b.be16(2)?);
    if size > length {
        write!(p, ", length {size} > packet size");
        return Ok(());
    }
    if size < 4 {
        write!(p, ", length {size} < PAP header length");
        return Ok(());
    }
    let (fields, least): (&[&str], usize) = match code {
        1 => (&[", Peer ", ", Name "], 6),
        2 | 3 => (&[", Msg "], 5),
        _ => return Ok(()),
    };
    if size < least {
        p.text("[|pap]");
        return Ok(());
    }
    let mut at = 4;
    for field in fields {
        if size - at < 1 {
            return Ok(());
        }
        let count = usize::from(b.u8(at)?);
        at += 1;
        if size - at < count {
            return Ok(());
        }
        p.text(field);
        p.string_at(b, at, count)?;
        at += count;
    }
    Ok(())
}
