//! TCP (RFC 9293): flags, numbers relative to the connection's first, and what its port says that it carries.

use std::collections::HashMap;
use std::net::IpAddr;

use super::prelude::*;
use super::settings::Payload;
use super::transport::Ip;
use super::{
    bgp, checksum, domain, ldp, msdp, nfs, openflow, pptp, resp, rpki, ssh, tcp_option, telnet,
    textual, zmtp,
};

const FLAGS: &Table = &[
    (0x001, "F"),
    (0x002, "S"),
    (0x004, "R"),
    (0x008, "P"),
    (0x010, "."),
    (0x020, "U"),
    (0x040, "E"),
    (0x080, "W"),
    (0x100, "e"),
];
const FIN: u16 = 0x01;
const SYN: u16 = 0x02;
const RST: u16 = 0x04;
const ACK: u16 = 0x10;
const URG: u16 = 0x20;
const ABORTS: &Table = &[
    (0, "Reserved"),
    (1, "Illegal option length"),
    (2, "Desynchronized state"),
    (3, "New data is received after CLOSE is called"),
    (4, "ABORT process"),
    (
        5,
        "Unexpected ACK received by non-synchronized state connection",
    ),
    (6, "Unexpected SYN in the window"),
    (7, "Unexpected security compartment"),
    (8, "Malformed message"),
    (9, "Not authorized"),
    (10, "Resource exceeded"),
    (11, "Network failure"),
    (12, "Reset received from the peer"),
    (13, "Destination unreachable"),
    (14, "Connection timeout"),
    (15, "Too much outstanding data"),
    (16, "Unacceptable performance"),
    (17, "Middlebox interference"),
];

/// Connections remembered at most; a capture of more begins again.
const MOST: usize = 1 << 20;

/// The numbers that connections began with.
#[derive(Debug, Default)]
pub(crate) struct Sequences {
    known: HashMap<(IpAddr, IpAddr, u16, u16), (u32, u32)>,
    /// Whether nothing new is remembered, because the packet will be printed again.
    pub(crate) frozen: bool,
}

/// How the numbers of a segment are written.
#[derive(Clone, Copy, Debug, Default)]
struct Relative {
    sequence: u32,
    acknowledged: u32,
    /// What the other side's numbers are relative to.
    peer: u32,
}

impl Sequences {
    fn relative(
        &mut self,
        ip: Ip<'_>,
        ports: (u16, u16),
        flags: u16,
        numbers: (u32, u32),
    ) -> Done<Relative> {
        let (source, destination) = match ip.version {
            4 => (
                IpAddr::from(ip.header.array::<4>(12)?),
                IpAddr::from(ip.header.array::<4>(16)?),
            ),
            _ => (
                IpAddr::from(ip.header.array::<16>(8)?),
                IpAddr::from(ip.header.array::<16>(24)?),
            ),
        };
        let (sequence, acknowledged) = numbers;
        let reverse = ports.0 > ports.1 || ports.0 == ports.1 && source > destination;
        let key = match reverse {
            true => (destination, source, ports.1, ports.0),
            false => (source, destination, ports.0, ports.1),
        };
        let known = self.known.get(&key).copied().filter(|_| flags & SYN == 0);
        if let Some((first, second)) = known {
            let (own, peer) = if reverse {
                (second, first)
            } else {
                (first, second)
            };
            return Ok(Relative {
                sequence: sequence.wrapping_sub(own),
                acknowledged: acknowledged.wrapping_sub(peer),
                peer,
            });
        }
        let peer = acknowledged.wrapping_sub(1);
        if !self.frozen {
            if self.known.len() >= MOST {
                self.known.clear();
            }
            let pair = if reverse {
                (peer, sequence)
            } else {
                (sequence, peer)
            };
            self.known.insert(key, pair);
        }
        Ok(Relative {
            sequence,
            acknowledged,
            peer,
        })
    }
}

/// Prints a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "tcp";
    if !b.has(4) {
        ip.source(p)?;
        p.text(" > ");
        ip.destination(p)?;
        p.text(":");
        return Err(Cut);
    }
    let (source, destination) = (b.be16(0)?, b.be16(2)?);
    let first = ip.first()? == 6;
    if first {
        ip.source(p)?;
        p.text(".");
    }
    p.tcp_port(source);
    p.text(" > ");
    if first {
        ip.destination(p)?;
        p.text(".");
    }
    p.tcp_port(destination);
    p.text(": ");
    let header = usize::from(b.u8(12)? >> 4) * 4;
    let rest = (length as u32).wrapping_sub(header as u32);
    if header < 20 {
        write!(p, " tcp {rest} [bad hdr length {header} - too short, < 20]");
        p.invalid();
        return Ok(());
    }
    let (mut sequence, mut acknowledged) = (b.be32(4)?, b.be32(8)?);
    let (window, urgent) = (b.be16(14)?, b.be16(18)?);
    let too_long = |p: &mut Printer| {
        write!(p, " [bad hdr length {header} - too long, > {length}]");
        p.invalid();
        Ok(())
    };
    if p.set.quiet > 0 {
        write!(p, "tcp {rest}");
        return if header > length { too_long(p) } else { Ok(()) };
    }
    let flags = u16::from(b.u8(13)?) | u16::from(b.u8(12)? & 15) << 8;
    p.text("Flags [");
    flag_letters(p, flags);
    p.text("]");
    let mut peer = 0;
    if !p.set.absolute && p.set.sampling == 0 && flags & ACK != 0 {
        let relative =
            p.sequences
                .relative(ip, (source, destination), flags, (sequence, acknowledged))?;
        sequence = relative.sequence;
        acknowledged = relative.acknowledged;
        peer = relative.peer;
    }
    if header > length {
        return too_long(p);
    }
    if p.v(1)
        && !p.set.trust_checksums
        && !ip.fragmented
        && let Some(sum) = ip.checksum(b, length, length, 6)
    {
        let is = b.be16(16)?;
        write!(p, ", cksum 0x{is:04x}");
        match sum {
            0 => p.text(" (correct)"),
            _ => write!(p, " (incorrect -> 0x{:04x})", checksum::should_be(is, sum)),
        }
    }
    let data = length - header;
    if p.v(2) || data > 0 || flags & (SYN | FIN | RST) != 0 {
        p.text(", seq ");
        p.decimal(sequence);
        if data > 0 {
            p.text(":");
            p.decimal(sequence.wrapping_add(data as u32));
        }
    }
    if flags & ACK != 0 {
        p.text(", ack ");
        p.decimal(acknowledged);
    } else if p.v(2) && acknowledged != 0 {
        write!(p, ", [ack {acknowledged} != 0 while ACK flag not set]");
    }
    p.text(", win ");
    p.decimal(window.into());
    if flags & URG != 0 {
        write!(p, ", urg {urgent}");
    } else if p.v(2) && urgent != 0 {
        write!(p, ", [urg {urgent} != 0 while URG flag not set]");
    }
    if header > 20 && !tcp_option::print(p, b.tail(20), header - 20, flags, peer)? {
        return Ok(());
    }
    p.text(", length ");
    p.decimal(data as u32);
    if data == 0 {
        return Ok(());
    }
    if !b.has(header) {
        write!(
            p,
            " [remaining caplen({}) < header length({header})]",
            b.len()
        );
        return Err(Cut);
    }
    let b = b.tail(header);
    if flags & RST != 0 {
        if p.v(1) {
            reset_reason(p, b, data)?;
        }
        b.octets(0, data)?;
        return Ok(());
    }
    payload(p, b, data, (source, destination), ip)
}

fn flag_letters(p: &mut Printer, flags: u16) {
    match flags {
        0x10 => p.text("."),
        0x18 => p.text("P."),
        _ => {
            let letters = bits(FLAGS, flags.into(), "none", "");
            p.text(&letters);
        }
    }
}

fn reset_reason(p: &mut Printer, b: &[u8], length: usize) -> Done {
    const SHOWN: usize = 30;
    p.text(" [RST");
    if length > SHOWN {
        p.text("+");
    }
    if length == 8 && b.be16(0)? == 0x33aa {
        p.text(": ");
        let (code, enterprise) = (b.be16(2)?, b.be32(4)?);
        match enterprise {
            0 if p.v(2) => p.name(ABORTS, code, "code %u, pen 0"),
            _ => write!(p, "code {code}, pen {enterprise}"),
        }
    } else {
        p.text(" ");
        p.string_at(b, 0, length.min(SHOWN))?;
    }
    p.text("]");
    Ok(())
}

fn payload(p: &mut Printer, b: &[u8], length: usize, ports: (u16, u16), ip: Ip<'_>) -> Done {
    match p.set.payload {
        None => {}
        Some(Payload::Zmtp1) => return zmtp::print(p, b, length),
        Some(Payload::Resp) => return resp::print(p, b, length),
        Some(Payload::Domain) => return domain::print(p, b, length, true, false),
        Some(_) => return Ok(()),
    }
    let either = |port: u16| ports.0 == port || ports.1 == port;
    for (port, print) in BY_PORT {
        if either(*port) {
            return print(p, b, length);
        }
    }
    if either(2049) && length >= 4 {
        let record = (b.be32(0)? & 0x7fff_ffff) as usize;
        let record = record.min(length - 4);
        nfs::detect(p, b.tail(4), record, ports, ip, ": ")?;
    }
    Ok(())
}

type Print = fn(&mut Printer, &[u8], usize) -> Done;

/// What a port says, the first that matches.
const BY_PORT: &[(u16, Print)] = &[
    (21, |p, b, length| {
        textual::print(p, b, length, &textual::FTP)
    }),
    (22, ssh::print),
    (23, telnet::print),
    (25, |p, b, length| {
        textual::print(p, b, length, &textual::SMTP)
    }),
    (43, |p, b, length| {
        textual::print(p, b, length, &textual::WHOIS)
    }),
    (53, |p, b, length| domain::print(p, b, length, true, false)),
    (80, |p, b, length| {
        textual::print(p, b, length, &textual::HTTP)
    }),
    (179, bgp::print),
    (323, rpki::print),
    (554, |p, b, length| {
        textual::print(p, b, length, &textual::RTSP)
    }),
    (639, msdp::print),
    (646, ldp::print),
    (1723, pptp::print),
    (6379, resp::print),
    (6633, openflow::print),
    (6653, openflow::print),
    (8080, |p, b, length| {
        textual::print(p, b, length, &textual::HTTP)
    }),
    (8554, |p, b, length| {
        textual::print(p, b, length, &textual::RTSP)
    }),
];
