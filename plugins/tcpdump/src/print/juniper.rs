//! Packets that Juniper's routers captured, with headers of their interface cards.

use super::juniper_header::{Header, parse};
use super::juniper_names as names;
use super::prelude::*;
use super::{atm, chdlc, ethernet, ethertype, frame_relay, ip, ip6, isoclns, llc, mpls, ppp};

/// LINKTYPE_JUNIPER_… numbers that are looked at more closely.
pub(crate) const MLPPP: u32 = 130;
pub(crate) const MLFR: u32 = 131;
pub(crate) const MFR: u32 = 134;
pub(crate) const ATM2: u32 = 135;

/// Prints a packet of a link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, link: u32, b: &[u8], length: usize) -> Done {
    p.protocol = match link {
        MLPPP => "juniper_mlppp",
        MLFR => "juniper_mlfr",
        132 => "juniper_es",
        133 => "juniper_ggsn",
        MFR => "juniper_mfr",
        ATM2 => "juniper_atm2",
        136 => "juniper_services",
        137 => "juniper_atm1",
        164 => "juniper_monitor",
        167 => "juniper_pppoe",
        168 => "juniper_pppoe_atm",
        178 => "juniper_ether",
        179 => "juniper_ppp",
        180 => "juniper_frelay",
        _ => "juniper_chdlc",
    };
    let header = parse(p, link, b, length)?;
    let Some(header) = header.going_on else {
        p.link_header += header.size;
        return Ok(());
    };
    let payload = b.tail(header.size);
    let rest = length.saturating_sub(header.size);
    let inner = match link {
        132 => security(p, payload, rest)?,
        133 => support_node(p, payload, rest, &header)?,
        136 | 164 => service(p, payload, rest, link)?,
        135 | 137 => cells(p, payload, rest, link, &header)?,
        MLPPP => links_of_ppp(p, b, rest, &header)?,
        MFR | MLFR => links_of_frame_relay(p, b, rest, link, &header)?,
        168 => {
            let kind = payload.be16(0)?;
            if !ethertype::print(p, kind, payload.tail(2), rest.saturating_sub(2), None)? {
                write!(p, "unknown ethertype 0x{kind:04x}");
            }
            0
        }
        178 => ethernet::print(p, payload, rest)?,
        167 => {
            ethernet::print(p, payload, rest)?;
            0
        }
        179 => {
            ppp::print(p, payload, rest)?;
            0
        }
        180 => {
            frame_relay::print(p, payload, rest)?;
            0
        }
        _ => {
            chdlc::print(p, payload, rest)?;
            0
        }
    };
    p.link_header += header.size + inner;
    Ok(())
}

/// Prints a packet of IP by its first octet; false when it is none.
///
/// # Errors
/// [`Cut`]
pub(crate) fn guess_ip(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    match b.u8(0)? {
        0x45..=0x4f => ip::print(p, b, length)?,
        0x60..=0x6f => ip6::print(p, b, length)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// The encryption card.
fn security(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    b.octets(0, 16)?;
    let kind = b.u8(3)?;
    let skip = match kind {
        1 | 2 => 0,
        3..=5 => 16,
        _ => {
            write!(p, "ES Invalid type {kind}, length {length}");
            return Ok(0);
        }
    };
    let rest = length.saturating_sub(skip);
    if p.set.link {
        let name = tok(names::SECURITY, kind.into(), "Unknown");
        write!(
            p,
            "ES SA, index {}, ttl {} type {name} ({kind})",
            b.be16(0)?,
            b.u8(2)?
        );
        if skip > 0 {
            write!(p, ", spi {}, Tunnel ", b.be32(4)?);
            p.v4_at(b, 8)?;
            p.text(" > ");
            p.v4_at(b, 12)?;
        }
        writeln!(p, ", length {rest}");
    }
    ip::print(p, b.tail(skip), rest)?;
    Ok(0)
}

/// The card of mobile networks.
fn support_node(p: &mut Printer, b: &[u8], length: usize, header: &Header) -> Done<usize> {
    let protocol = header.cookie.u8(2)?;
    if p.set.link {
        let name = tok(names::PROTOCOLS, protocol.into(), "Unknown");
        write!(
            p,
            "proto {name} ({protocol}), vlan {}: ",
            header.cookie.be16(4)?
        );
    }
    match protocol {
        2 => ip::print(p, b, length)?,
        6 => ip6::print(p, b, length)?,
        _ if !p.set.link => write!(p, "unknown GGSN proto ({protocol})"),
        _ => {}
    }
    Ok(0)
}

/// The cards of services and of passive monitoring.
fn service(p: &mut Printer, b: &[u8], length: usize, link: u32) -> Done<usize> {
    b.octets(0, 8)?;
    if p.set.link {
        if link == 136 {
            write!(p, "service-id {} flags 0x{:02x}", b.u8(0)?, b.u8(1)?);
            write!(
                p,
                " service-set-id 0x{:04x} iif {}: ",
                b.be16(2)?,
                b.be24(5)?
            );
        } else {
            write!(p, "service-id {}, iif {}", b.be32(4)?, b.be16(2)?);
            write!(p, ", pkt-type {}: ", b.u8(0)?);
        }
    }
    guess_ip(p, b, length)?;
    Ok(0)
}

/// The cards of ATM.
fn cells(p: &mut Printer, b: &[u8], length: usize, link: u32, header: &Header) -> Done<usize> {
    let cell = match link {
        ATM2 => header.cookie.u8(7)? & 0x70 != 0,
        _ => header.cookie.u8(0)? == 0x80,
    };
    if cell {
        atm::maintenance(p, b, length, false)?;
        return Ok(0);
    }
    if matches!(b.be24(0)?, 0x00fe_fe03 | 0x00aa_aa03) && llc::print(p, b, length, None)?.1 {
        return Ok(0);
    }
    if link == ATM2 && !header.incoming && header.cookie.be32(0)? & 0x3f != 0 {
        ethernet::print(p, b, length)?;
        return Ok(0);
    }
    if b.u8(0)? == 3 {
        isoclns::print(p, b.tail(1), length.saturating_sub(1))?;
        return Ok(0);
    }
    if link == ATM2 {
        let kind = b.be16(0)?;
        if matches!(
            kind,
            0x21 | 0x23
                | 0x281
                | 0x283
                | 0x8021
                | 0x8023
                | 0x8281
                | 0xc021
                | 0xc023
                | 0xc223
                | 0x3d
                | 0x57
                | 0x8057
        ) {
            ppp::print(p, b, length)?;
            return Ok(0);
        }
    }
    guess_ip(p, b, length)?;
    Ok(0)
}

/// What a card says that it carries; false when it says nothing of the kind.
fn by_protocol(p: &mut Printer, b: &[u8], length: usize, protocol: u16) -> Done<bool> {
    match protocol {
        0 => ip::print(p, b, length)?,
        0x10 => ip6::print(p, b, length)?,
        0x20 => mpls::print(p, b, length)?,
        0x30 => isoclns::print(p, b, length)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn links_of_ppp(p: &mut Printer, b: &[u8], length: usize, header: &Header) -> Done<usize> {
    let first = header.cookie.be16(0)?;
    if p.set.link && !matches!(first, 0x23 | 0xff03) {
        write!(p, "Bundle-ID {}: ", header.bundle);
    }
    let payload = b.tail(header.size);
    if header.protocol == 0 && header.cookie.u8(4)? == 0x0c {
        ppp::print(p, payload, length)?;
        return Ok(0);
    }
    if by_protocol(p, payload, length, header.protocol)? {
        return Ok(0);
    }
    match first {
        0x23 => ppp::print(p, b.tail(header.size.saturating_sub(2)), length + 2)?,
        _ => ppp::print(p, payload, length)?,
    };
    Ok(0)
}

fn links_of_frame_relay(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    link: u32,
    header: &Header,
) -> Done<usize> {
    let payload = b.tail(header.size);
    if link == MFR && header.cookie_size == 0 {
        frame_relay::print_multilink(p, payload, length)?;
        return Ok(0);
    }
    if link == MFR && header.cookie_size == 8 {
        by_protocol(p, payload, length, header.protocol)?;
        return Ok(0);
    }
    if p.set.link && header.cookie.be32(0)? != 1 {
        write!(p, "Bundle-ID {}, ", header.bundle);
    }
    match header.protocol {
        0xfefe if link == MFR => {
            payload.u8(0)?;
            isoclns::print(p, payload.tail(1), length.saturating_sub(1))?;
        }
        0x0003 | 0x0300 if link == MLFR => isoclns::print(p, payload, length)?,
        0x0308 | 0x03cc | 0x038e => {
            isoclns::print(p, b.tail(header.size.saturating_sub(1)), length + 1)?;
        }
        protocol => write!(p, "unknown protocol 0x{protocol:04x}, length {length}"),
    }
    Ok(0)
}
