//! A router and the hosts behind it that do what ordinary ones rarely do: label stacks in their errors,
//! short quotes, duplicates, reordering, damaged payloads, delays. It lives behind a TUN device.
//!
//! It is 10.66.0.1 and fd66::1; every other address of 10.66.0.0/16 and fd66::/64 is a host one hop
//! behind it, which answers echo requests and refuses everything else.

use crate::namespace::Namespace;
use crate::netlink::MAIN;
use crate::tun;
use etherparse::{
    IcmpEchoHeader, Icmpv4Type, Icmpv6Type, NetSlice, PacketBuilder, SlicedPacket, TransportSlice,
};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The odd router's own address.
pub const ROUTER: &str = "10.66.0.1";
/// The odd router's own address.
pub const ROUTER6: &str = "fd66::1";
/// A host behind it.
pub const HOST: &str = "10.66.1.1";
/// A host behind it.
pub const HOST6: &str = "fd66::1:1";

/// What is odd about it; by default nothing is.
#[derive(Clone, Default)]
pub struct Oddness {
    /// MPLS label stack in its time-exceeded messages (RFC 4950): label, traffic class, TTL.
    pub labels: Vec<(u32, u8, u8)>,
    /// Quotes the IP header and 8 bytes, the least that RFC 792 asks for, and not as much as there is.
    pub short_quote: bool,
    /// How many more times each echo reply is sent.
    pub duplicates: usize,
    /// Sends the echo replies of each two requests in the other order.
    pub reorder: bool,
    /// Damages the last byte of each echo reply's payload; the checksum is right.
    pub corrupt: bool,
    /// Waits so long before each answer.
    pub delay: Duration,
    /// Answers echo requests from another address than the one asked.
    pub wrong_source: bool,
}

/// The router at work; it stops when dropped.
pub struct OddRouter {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl OddRouter {
    /// Attaches it to a node, which routes its networks to it.
    ///
    /// # Panics
    /// When there is no TUN device to be had.
    #[must_use]
    pub fn attach(node: &Namespace, oddness: Oddness) -> Self {
        let device = node.inside(|| tun::open("odd0")).expect("a TUN device");
        node.up(&["odd0"]);
        node.routes_over(&["10.66.0.0/16", "fd66::/64"], "odd0", MAIN);
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let thread = std::thread::spawn(move || serve(device, &oddness, &until));
        Self {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for OddRouter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut device: File, oddness: &Oddness, stop: &AtomicBool) {
    let mut due: Vec<(Instant, Vec<u8>)> = Vec::new();
    let mut held: Option<Vec<u8>> = None;
    let mut packet = vec![0; 65_536];
    while !stop.load(Ordering::Relaxed) {
        while let Ok(length @ 1..) = device.read(&mut packet) {
            let Some((answer, is_reply)) = answer(&packet[..length], oddness) else {
                continue;
            };
            let when = Instant::now() + oddness.delay;
            if is_reply && oddness.reorder {
                match held.take() {
                    None => held = Some(answer),
                    Some(earlier) => due.extend([(when, answer), (when, earlier)]),
                }
                continue;
            }
            let copies = if is_reply { oddness.duplicates } else { 0 };
            due.extend(std::iter::repeat_n((when, answer), copies + 1));
        }
        let now = Instant::now();
        for (_, packet) in due.extract_if(.., |(when, _)| *when <= now) {
            // A packet that the kernel does not take is a packet lost; the test sees it.
            let _ = device.write(&packet);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// The answer to a packet, and whether it is an echo reply.
fn answer(packet: &[u8], oddness: &Oddness) -> Option<(Vec<u8>, bool)> {
    let sliced = SlicedPacket::from_ip(packet).ok()?;
    let (source, destination, hops) = match sliced.net.as_ref()? {
        NetSlice::Ipv4(ip) => {
            let header = ip.header();
            (
                IpAddr::from(header.source_addr()),
                IpAddr::from(header.destination_addr()),
                header.ttl(),
            )
        }
        NetSlice::Ipv6(ip) => {
            let header = ip.header();
            (
                IpAddr::from(header.source_addr()),
                IpAddr::from(header.destination_addr()),
                header.hop_limit(),
            )
        }
        NetSlice::Arp(_) => return None,
    };
    let router: IpAddr = if source.is_ipv4() {
        ROUTER.parse().ok()?
    } else {
        ROUTER6.parse().ok()?
    };
    let is_router = destination == router;
    if !is_router && hops <= 1 {
        return Some((
            error(router, source, packet, TIME_EXCEEDED, oddness)?,
            false,
        ));
    }
    let from = match destination {
        _ if !oddness.wrong_source => destination,
        IpAddr::V4(_) => Ipv4Addr::new(10, 66, 2, 2).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0xfd66, 0, 0, 0, 0, 0, 2, 2).into(),
    };
    match sliced.transport? {
        TransportSlice::Icmpv4(icmp) => match icmp.icmp_type() {
            Icmpv4Type::EchoRequest(echo) => {
                Some((reply(from, source, echo, icmp.payload(), oddness)?, true))
            }
            _ => None,
        },
        TransportSlice::Icmpv6(icmp) => match icmp.icmp_type() {
            Icmpv6Type::EchoRequest(echo) => {
                Some((reply(from, source, echo, icmp.payload(), oddness)?, true))
            }
            _ => None,
        },
        _ => Some((
            error(destination, source, packet, PORT_UNREACHABLE, oddness)?,
            false,
        )),
    }
}

fn reply(
    from: IpAddr,
    to: IpAddr,
    echo: IcmpEchoHeader,
    payload: &[u8],
    oddness: &Oddness,
) -> Option<Vec<u8>> {
    let mut payload = payload.to_vec();
    if oddness.corrupt {
        *payload.last_mut()? ^= 0x55;
    }
    let mut packet = Vec::new();
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64)
            .icmpv4(Icmpv4Type::EchoReply(echo))
            .write(&mut packet, &payload),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64)
            .icmpv6(Icmpv6Type::EchoReply(echo))
            .write(&mut packet, &payload),
        _ => return None,
    }
    .ok()?;
    Some(packet)
}

/// Type and code of an error in ICMP and in ICMPv6.
type ErrorKind = ((u8, u8), (u8, u8));
const TIME_EXCEEDED: ErrorKind = ((11, 0), (3, 0));
const PORT_UNREACHABLE: ErrorKind = ((3, 3), (1, 4));

/// Room for the quoted packet before an extension structure (RFC 4884 section 4.1).
const QUOTE: usize = 128;

fn error(
    from: IpAddr,
    to: IpAddr,
    quoted: &[u8],
    kind: ErrorKind,
    oddness: &Oddness,
) -> Option<Vec<u8>> {
    let header = if from.is_ipv4() { 20 } else { 40 };
    let enough = if oddness.short_quote { header + 8 } else { 500 };
    let mut body = quoted.get(..enough.min(quoted.len()))?.to_vec();
    let extended = !oddness.labels.is_empty() && kind == TIME_EXCEEDED;
    if extended {
        body.resize(QUOTE, 0);
        body.extend(extension(&oddness.labels));
    }
    // RFC 4884 section 4: the length of the quoted packet, in words of 32 bits for ICMP (its second
    // byte) and of 64 bits for ICMPv6 (its first).
    let words = |size: usize| if extended { (QUOTE / size) as u8 } else { 0 };
    let mut packet = Vec::new();
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64)
            .icmpv4_raw(kind.0.0, kind.0.1, [0, words(4), 0, 0])
            .write(&mut packet, &body),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64)
            .icmpv6_raw(kind.1.0, kind.1.1, [words(8), 0, 0, 0])
            .write(&mut packet, &body),
        _ => return None,
    }
    .ok()?;
    Some(packet)
}

/// An extension structure with one MPLS label stack object (RFC 4884 section 7, RFC 4950 section 3).
fn extension(labels: &[(u32, u8, u8)]) -> Vec<u8> {
    let object = (4 + 4 * labels.len()) as u16;
    let mut bytes = vec![0x20, 0, 0, 0];
    bytes.extend(object.to_be_bytes());
    bytes.extend([1, 1]);
    for (number, &(label, class, ttl)) in labels.iter().enumerate() {
        let last = u32::from(number + 1 == labels.len());
        let entry = label << 12 | u32::from(class & 7) << 9 | last << 8 | u32::from(ttl);
        bytes.extend(entry.to_be_bytes());
    }
    let sum: u32 = bytes
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    let folded = !(((sum & 0xffff) + (sum >> 16)) as u16);
    bytes[2..4].copy_from_slice(&folded.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_has_the_checksum_of_rfc_4884() {
        let bytes = extension(&[(16, 0, 1), (1_048_575, 7, 255)]);
        assert_eq!(bytes.len(), 16);
        let sum: u32 = bytes
            .chunks(2)
            .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
            .sum();
        assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
        assert_eq!(bytes[8..12], [0x00, 0x01, 0x00, 0x01]);
        assert_eq!(bytes[12..16], [0xff, 0xff, 0xff, 0xff]);
    }
}
