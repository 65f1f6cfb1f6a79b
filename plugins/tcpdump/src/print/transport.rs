//! What IP carries, of either version, and the checksums over its pseudo-header.

use super::prelude::*;
use super::settings::Payload;
use super::{
    ah, carp, checksum, dccp, egp, eigrp, esp, ethernet, gre, icmp, icmp6, igmp, ip, ip6, ipcomp,
    mobile, nhrp, ospf, ospf6, pgm, pim, rsvp, sctp, tcp, udp, vrrp,
};

/// The packet of IP around what is printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ip<'a> {
    /// The packet from its first octet, as far as it was captured.
    pub(crate) header: &'a [u8],
    /// 4 or 6.
    pub(crate) version: u8,
    /// Whether more fragments follow.
    pub(crate) fragmented: bool,
    /// Hops to live.
    pub(crate) hops: u8,
}

impl Ip<'_> {
    /// The number of the protocol in its first header.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn first(&self) -> Done<u8> {
        self.header.u8(if self.version == 4 { 9 } else { 6 })
    }

    /// Prints the source.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn source(&self, p: &mut Printer) -> Done {
        match self.version {
            4 => p.v4_at(self.header, 12),
            _ => p.v6_at(self.header, 8),
        }
    }

    /// Prints the destination.
    ///
    /// # Errors
    /// [`Cut`]
    pub(crate) fn destination(&self, p: &mut Printer) -> Done {
        match self.version {
            4 => p.v4_at(self.header, 16),
            _ => p.v6_at(self.header, 24),
        }
    }

    /// The checksum over the pseudo-header and so much of what follows; 0 when it is right, none when not all was captured.
    #[must_use]
    pub(crate) fn checksum(
        &self,
        b: &[u8],
        length: usize,
        covered: usize,
        protocol: u8,
    ) -> Option<u16> {
        let covered = b.octets(0, covered).ok()?;
        let length = u32::try_from(length).ok()?.to_be_bytes();
        let [high_a, high_b, low_a, low_b] = length;
        if self.version == 4 {
            let source = self.header.octets(12, 4).ok()?;
            let destination = ip4_destination(self.header)?;
            let tail = [0, protocol, low_a, low_b];
            return Some(checksum::of(&[source, &destination, &tail, covered]));
        }
        let source = self.header.octets(8, 16).ok()?;
        let destination = ip6::final_destination(self.header)?;
        let tail = [high_a, high_b, low_a, low_b, 0, 0, 0, protocol];
        Some(checksum::of(&[source, &destination, &tail, covered]))
    }
}

/// The destination behind all hops of a source route.
fn ip4_destination(header: &[u8]) -> Option<[u8; 4]> {
    let destination = header.array(16).ok()?;
    let length = usize::from(header.u8(0).ok()? & 15) * 4;
    let mut at = 20;
    while at < length {
        let size = match header.u8(at).ok()? {
            0 => break,
            1 => 1,
            _ => usize::from(header.u8(at + 1).ok()?),
        };
        if size == 0 || size == 1 && header.u8(at).ok()? != 1 || size > length - at {
            break;
        }
        if matches!(header.u8(at).ok()?, 137 | 131) && size >= 7 {
            return header.array(at + size - 4).ok();
        }
        at += size;
    }
    Some(destination)
}

/// The name of a protocol, as for what is not known.
pub(crate) fn protocol_name(p: &mut Printer, protocol: u8) {
    match PROTOCOLS
        .iter()
        .find(|(number, _)| *number == u32::from(protocol))
    {
        Some((_, name)) if p.set.numeric == 0 => write!(p, " {name}"),
        _ => write!(p, " ip-proto-{protocol}"),
    }
}

fn requires(p: &mut Printer, protocol: u8, version: u8) {
    let name = tok(ip::PROTOCOLS, protocol.into(), "unknown");
    write!(p, "[{name} requires IPv{version}]");
    p.invalid();
}

/// Prints what a packet carries.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, protocol: u8, ip: Ip<'_>) -> Done {
    let (mut b, mut length, mut protocol) = (b, length, protocol);
    while protocol == 51 {
        let Ok(next) = b.u8(0) else {
            p.protocol = "ah";
            p.truncated();
            return Ok(());
        };
        let Some(header) = ah::print(p, b)? else {
            return Ok(());
        };
        protocol = next;
        b = b.tail(header);
        length = length.saturating_sub(header);
    }
    match (protocol, ip.version) {
        (6, _) => tcp::print(p, b, length, ip),
        (17, _) => udp::print(p, b, length, ip),
        (1, 4) => icmp::print(p, b, length, ip.fragmented),
        (58, 6) => icmp6::print(p, b, length, ip),
        (2, 4) => igmp::print(p, b, length),
        (143, 6) => ethernet::print(p, b, length).map(|_| ()),
        (1 | 2, _) => {
            requires(p, protocol, 4);
            Ok(())
        }
        (58 | 143, _) => {
            requires(p, protocol, 6);
            Ok(())
        }
        (132, _) => sctp::print(p, b, length, ip),
        (8, _) => egp::print(p, b, length),
        (55, _) => mobile::print(p, b, length),
        (33, _) => dccp::print(p, b, length, ip),
        (9, _) => eigrp::igrp(p, b, length),
        (88, _) => eigrp::print(p, b, length),
        (89, 6) => ospf6::print(p, b, length),
        (89, _) => ospf::print(p, b, length),
        (46, _) => rsvp::print(p, b, length),
        (113, _) => pgm::print(p, b, length, ip),
        (103, _) => pim::print(p, b, length, Some(ip)),
        (54, _) => nhrp::print(p, b, length),
        (50, _) => esp::print(p, b, length, ip),
        (108, _) => ipcomp::print(p, b),
        (77, _) => {
            write!(p, " nd {length}");
            Ok(())
        }
        (4, _) => ip::print(p, b, length),
        (41, _) => ip6::print(p, b, length),
        (47, _) => gre::print(p, b, length),
        (112, _) if p.set.payload == Some(Payload::Carp) => carp::print(p, b, length, ip),
        (112, _) => vrrp::print(p, b, length, ip),
        (59, _) => {
            p.text("no next header");
            Ok(())
        }
        _ => {
            protocol_name(p, protocol);
            write!(p, " {length}");
            Ok(())
        }
    }
}

/// Protocols as /etc/protocols has them.
pub(crate) const PROTOCOLS: &Table = &[
    (0, "hopopt"),
    (1, "icmp"),
    (2, "igmp"),
    (3, "ggp"),
    (4, "ipencap"),
    (5, "st"),
    (6, "tcp"),
    (7, "cbt"),
    (8, "egp"),
    (9, "igp"),
    (10, "bbn-rcc-mon"),
    (11, "nvp-ii"),
    (12, "pup"),
    (13, "argus"),
    (14, "emcon"),
    (15, "xnet"),
    (16, "chaos"),
    (17, "udp"),
    (18, "mux"),
    (19, "dcn-meas"),
    (20, "hmp"),
    (21, "prm"),
    (22, "xns-idp"),
    (23, "trunk-1"),
    (24, "trunk-2"),
    (25, "leaf-1"),
    (26, "leaf-2"),
    (27, "rdp"),
    (28, "irtp"),
    (29, "iso-tp4"),
    (30, "netblt"),
    (31, "mfe-nsp"),
    (32, "merit-inp"),
    (33, "dccp"),
    (34, "3pc"),
    (35, "idpr"),
    (36, "xtp"),
    (37, "ddp"),
    (38, "idpr-cmtp"),
    (39, "tp++"),
    (40, "il"),
    (41, "ipv6"),
    (42, "sdrp"),
    (43, "ipv6-route"),
    (44, "ipv6-frag"),
    (45, "idrp"),
    (46, "rsvp"),
    (47, "gre"),
    (48, "dsr"),
    (49, "bna"),
    (50, "esp"),
    (51, "ah"),
    (52, "i-nlsp"),
    (53, "swipe"),
    (54, "narp"),
    (55, "mobile"),
    (56, "tlsp"),
    (57, "skip"),
    (58, "ipv6-icmp"),
    (59, "ipv6-nonxt"),
    (60, "ipv6-opts"),
    (62, "cftp"),
    (64, "sat-expak"),
    (65, "kryptolan"),
    (66, "rvd"),
    (67, "ippc"),
    (69, "sat-mon"),
    (70, "visa"),
    (71, "ipcv"),
    (72, "cpnx"),
    (73, "rspf"),
    (74, "wsn"),
    (75, "pvp"),
    (76, "br-sat-mon"),
    (77, "sun-nd"),
    (78, "wb-mon"),
    (79, "wb-expak"),
    (80, "iso-ip"),
    (81, "vmtp"),
    (82, "secure-vmtp"),
    (83, "vines"),
    (84, "ttp"),
    (85, "nsfnet-igp"),
    (86, "dgp"),
    (87, "tcf"),
    (88, "eigrp"),
    (89, "ospf"),
    (90, "sprite-rpc"),
    (91, "larp"),
    (92, "mtp"),
    (93, "ax.25"),
    (94, "ipip"),
    (95, "micp"),
    (96, "scc-sp"),
    (97, "etherip"),
    (98, "encap"),
    (100, "gmtp"),
    (101, "ifmp"),
    (102, "pnni"),
    (103, "pim"),
    (104, "aris"),
    (105, "scps"),
    (106, "qnx"),
    (107, "a/n"),
    (108, "ipcomp"),
    (109, "snp"),
    (110, "compaq-peer"),
    (111, "ipx-in-ip"),
    (112, "vrrp"),
    (113, "pgm"),
    (115, "l2tp"),
    (116, "ddx"),
    (117, "iatp"),
    (118, "stp"),
    (119, "srp"),
    (120, "uti"),
    (121, "smp"),
    (122, "sm"),
    (123, "ptp"),
    (124, "isis"),
    (125, "fire"),
    (126, "crtp"),
    (127, "crudp"),
    (128, "sscopmce"),
    (129, "iplt"),
    (130, "sps"),
    (131, "pipe"),
    (132, "sctp"),
    (133, "fc"),
    (134, "rsvp-e2e-ignore"),
    (135, "mobility-header"),
    (136, "udplite"),
    (137, "mpls-in-ip"),
    (138, "manet"),
    (139, "hip"),
    (140, "shim6"),
    (141, "wesp"),
    (142, "rohc"),
    (253, "exptest-253"),
    (254, "exptest-254"),
    (255, "reserved"),
];
