//! ISAKMP (RFC 2408), IKE of both versions (RFC 2409, RFC 7296): the header, and one payload after the other.

use super::isakmp_names::{EXCHANGES, PAYLOADS, name};
use super::prelude::*;
use super::transport::Ip;
use super::{esp, isakmp1, isakmp2};

/// The size of the header.
pub(crate) const HEADER: usize = 28;
const ENCRYPTED: u8 = 1;
/// Initiators remembered at most.
const MOST: usize = 20;

#[derive(Clone, Copy, Debug, Default)]
struct Initiator {
    cookie: [u8; 8],
    version: u8,
    source: [u8; 16],
    destination: [u8; 16],
}

/// Who began the exchanges that were seen.
#[derive(Debug, Default)]
pub(crate) struct Cookies {
    known: [Initiator; MOST],
    next: usize,
}

/// The addresses of a packet, padded with zeros.
fn ends(ip: Ip<'_>) -> Done<([u8; 16], [u8; 16])> {
    let (source, destination, size) = if ip.version == 4 {
        (12, 16, 4)
    } else {
        (8, 24, 16)
    };
    let mut both = ([0; 16], [0; 16]);
    for (to, from) in [(&mut both.0, source), (&mut both.1, destination)] {
        for (to, from) in to.iter_mut().zip(ip.header.octets(from, size)?) {
            *to = *from;
        }
    }
    Ok(both)
}

impl Cookies {
    /// Which side sent a packet, as far as that is known; the first packet of an exchange is remembered.
    fn side(&mut self, b: &[u8], ip: Ip<'_>) -> Done<&'static str> {
        let cookie: [u8; 8] = b.array(0)?;
        let (source, destination) = ends(ip)?;
        let version = ip.version;
        if let Some(known) = self.known.iter().find(|known| known.cookie == cookie) {
            return Ok(match known {
                _ if known.version != version => " ?",
                _ if known.source == source => " I",
                _ if known.destination == source => " R",
                _ => " ?",
            });
        }
        if b.octets(8, 8)?.iter().any(|octet| *octet != 0) {
            return Ok(" ?");
        }
        if let Some(place) = self.known.get_mut(self.next) {
            *place = Initiator {
                cookie,
                version,
                source,
                destination,
            };
        }
        self.next = (self.next + 1) % MOST;
        Ok(" I")
    }
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "isakmp";
    if !b.has(HEADER) {
        p.truncated();
        return Ok(());
    }
    p.text("isakmp");
    let version = b.u8(17)?;
    if p.v(1) {
        write!(p, " {}.{} msgid ", version >> 4, version & 15);
        p.hex(b.octets(20, 4)?, "");
    }
    if p.v(2) {
        p.text(" cookie ");
        p.hex(b.octets(0, 8)?, "");
        p.text("->");
        p.hex(b.octets(8, 8)?, "");
    }
    p.text(":");
    let first = b.be32(20)? == 0;
    let flags = b.u8(19)?;
    let exchange = name(EXCHANGES, b.u8(18)?);
    let letters: &[(u8, &str)] = match version >> 4 {
        1 => {
            p.text(if first { " phase 1" } else { " phase 2/others" });
            let side = p.cookies.side(b, ip)?;
            write!(p, "{side} {exchange}");
            &[(1, "E"), (2, "C")]
        }
        2 => {
            p.text(if first { " parent_sa" } else { " child_sa " });
            write!(p, " {exchange}");
            &[(8, "I"), (16, "V"), (32, "R")]
        }
        _ => return Ok(()),
    };
    if flags != 0 {
        let set = letters.iter().filter(|(bit, _)| flags & bit != 0);
        let set: String = set.map(|(_, letter)| *letter).collect();
        write!(p, "[{set}]");
    }
    if !p.v(1) {
        return Ok(());
    }
    p.text(":");
    let payload = b.u8(16)?;
    if flags & ENCRYPTED != 0 {
        write!(p, " [encrypted {}]", name(PAYLOADS, payload));
    } else {
        let message = Message {
            b,
            second: version >> 4 == 2,
        };
        message.payloads(p, payload, HEADER, 0, 0)?;
    }
    let written = b.be32(24)?;
    if written as usize != length {
        write!(p, " (len mismatch: isakmp {written}/ip {length})");
    }
    Ok(())
}

/// Prints what UDP port 4500 carries (RFC 3948).
///
/// # Errors
/// [`Cut`]
pub(crate) fn over_udp(p: &mut Printer, b: &[u8], length: usize, ip: Ip<'_>) -> Done {
    p.protocol = "isakmp_rfc3948";
    if length == 1 && b.u8(0)? == 0xff {
        p.text("isakmp-nat-keep-alive");
        return Ok(());
    }
    if length < 4 {
        p.truncated();
        return Ok(());
    }
    if b.be32(0)? == 0 {
        p.text("NONESP-encap: ");
        return print(p, b.tail(4), length - 4, ip);
    }
    p.text("UDP-encap: ");
    esp::print(p, b, length, ip)
}

/// A message as far as it was captured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    /// From its first octet on.
    pub(crate) b: &'a [u8],
    second: bool,
}

/// Where a payload ends; none when what follows cannot be read.
pub(crate) type End = Done<Option<usize>>;

/// One payload of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payload {
    /// Its kind.
    pub(crate) kind: u8,
    /// Where it begins.
    pub(crate) at: usize,
    /// How long it is.
    pub(crate) size: usize,
    /// The protocol of the proposal around it.
    pub(crate) protocol: u8,
    /// Payloads around it.
    pub(crate) depth: usize,
}

/// Says that a payload was not captured.
pub(crate) fn short(p: &mut Printer, kind: u8) -> End {
    write!(p, " [|{}]", name(PAYLOADS, kind));
    Ok(None)
}

/// The line on which a payload begins.
pub(crate) fn begin(p: &mut Printer, depth: usize) {
    write!(p, "\n{:1$}(", "", depth * 4);
}

impl<'a> Message<'a> {
    /// Prints payloads, the first of a kind, until there is none.
    pub(crate) fn payloads(
        self,
        p: &mut Printer,
        kind: u8,
        at: usize,
        protocol: u8,
        depth: usize,
    ) -> End {
        let (mut kind, mut at) = (kind, at);
        while kind != 0 {
            let Ok(head) = self.b.octets(at, 4) else {
                return short(p, kind);
            };
            let size = usize::from(head.be16(2)?);
            if self.b.octets(at, size).is_err() {
                return short(p, kind);
            }
            let depth = depth + 1;
            begin(p, depth);
            let payload = Payload {
                kind,
                at,
                size,
                protocol,
                depth,
            };
            let end = match size {
                0..=4 => None,
                _ => p.nested(|p| self.payload(p, payload))?,
            };
            p.text(")");
            let Some(end) = end else { return Ok(None) };
            kind = head.u8(0)?;
            at = end;
        }
        Ok(Some(at))
    }

    fn payload(self, p: &mut Printer, payload: Payload) -> End {
        match payload.kind {
            1..=13 => isakmp1::print(p, self, payload),
            46 if self.second => isakmp2::print(p, self, payload),
            33..=45 | 47 | 48 => isakmp2::print(p, self, payload),
            kind => {
                p.text(&name(PAYLOADS, kind));
                Ok(Some(payload.at + payload.size))
            }
        }
    }

    /// Octets in hexadecimal; false when they were not captured.
    pub(crate) fn raw(self, p: &mut Printer, at: usize, count: usize) -> bool {
        let octets = self.b.octets(at, count);
        if let Ok(octets) = octets {
            p.hex(octets, "");
        }
        octets.is_ok()
    }

    /// The first and the last octets of what follows.
    pub(crate) fn some(self, p: &mut Printer, at: usize) -> bool {
        let rest = self.b.tail(at);
        let first = rest.len().min(10);
        let last = rest.len().saturating_sub(20).max(first);
        p.text(" data=(");
        p.hex(rest.upto(first), "");
        p.text("...");
        p.hex(rest.tail(last), "");
        p.text(")");
        true
    }

    /// What is in a payload behind its header, with -vvv.
    pub(crate) fn whole(self, p: &mut Printer, payload: Payload) -> End {
        if p.v(3) {
            p.text(" ");
            if !self.raw(p, payload.at + 4, payload.size - 4) {
                return short(p, payload.kind);
            }
        }
        Ok(Some(payload.at + payload.size))
    }
}
