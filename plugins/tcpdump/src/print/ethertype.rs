//! What follows a number of an Ethernet type.

use super::prelude::*;
use super::{
    aoe, appletalk, arp, cfm, eap, geonet, ip, ip6, ipx, isoclns, lldp, loopback, mpls, msnlb, nsh,
    ppp, pppoe, ptp, slow, tipc,
};

/// The largest number that is a length (IEEE 802.3).
pub(crate) const LONGEST: u16 = 1500;

/// Names by number.
pub(crate) const NAMES: &Table = &[
    (0x0800, "IPv4"),
    (0x8847, "MPLS unicast"),
    (0x8848, "MPLS multicast"),
    (0x86dd, "IPv6"),
    (0x8100, "802.1Q"),
    (0x9100, "802.1Q-9100"),
    (0x88a8, "802.1Q-QinQ"),
    (0x9200, "802.1Q-9200"),
    (0x88e5, "802.1AE MACsec"),
    (0x9100, "VMAN"),
    (0x0200, "PUP"),
    (0x0806, "ARP"),
    (0x8035, "Reverse ARP"),
    (0x0600, "NS"),
    (0x0500, "Sprite"),
    (0x1000, "Trail"),
    (0x6001, "MOP DL"),
    (0x6002, "MOP RC"),
    (0x6003, "DN"),
    (0x6004, "LAT"),
    (0x6007, "SCA"),
    (0x6558, "TEB"),
    (0x8038, "Lanbridge"),
    (0x803c, "DEC DNS"),
    (0x803e, "DEC DTS"),
    (0x805b, "VEXP"),
    (0x805c, "VPROD"),
    (0x809b, "Appletalk"),
    (0x80f3, "Appletalk ARP"),
    (0x8137, "IPX"),
    (0x880b, "PPP"),
    (0x8808, "MPCP"),
    (0x8809, "Slow Protocols"),
    (0x8863, "PPPoE D"),
    (0x8864, "PPPoE S"),
    (0x888e, "EAPOL"),
    (0x8899, "Realtek protocols"),
    (0x886f, "MS NLB heartbeat"),
    (0x8870, "Jumbo"),
    (0x894f, "NSH"),
    (0x9000, "Loopback"),
    (0xfefe, "OSI"),
    (0x00fe, "GRE-OSI"),
    (0xabcd, "CFM (old)"),
    (0x8902, "CFM"),
    (0x893a, "IEEE1905.1"),
    (0x88cc, "LLDP"),
    (0x88ca, "TIPC"),
    (0x0707, "GeoNet (old)"),
    (0x8947, "GeoNet"),
    (0x1111, "CALM FAST"),
    (0x88a2, "AoE"),
    (0x88f7, "PTP"),
    (0xd28b, "Arista Vendor Specific Protocol"),
];

/// The addresses of a frame of a link, as they are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends<'a> {
    /// Who sent it.
    pub(crate) source: &'a [u8],
    /// To whom.
    pub(crate) destination: &'a [u8],
}

impl Ends<'_> {
    /// `source > destination` and what follows them.
    pub(crate) fn print(self, p: &mut Printer, then: &str) {
        p.hex(self.source, ":");
        p.text(" > ");
        p.hex(self.destination, ":");
        p.text(then);
    }
}

/// Prints what the type says; false when the type is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    kind: u16,
    b: &[u8],
    length: usize,
    ends: Option<Ends<'_>>,
) -> Done<bool> {
    let source = ends.map(|ends| ends.source);
    match kind {
        0x0800 => ip::print(p, b, length)?,
        0x86dd => ip6::print(p, b, length)?,
        0x0806 | 0x8035 => arp::print(p, b, length)?,
        0xfefe => {
            p.protocol = "isoclns";
            b.u8(0)?;
            isoclns::print(p, b.tail(1), length.saturating_sub(1))?;
        }
        0x8863 | 0x8864 | 0x3c12 | 0x3c13 => pppoe::print(p, b, length)?,
        0x888e => eap::lan(p, b)?,
        0x880b => {
            if length > 0 {
                p.text(": ");
                ppp::print(p, b, length)?;
            }
        }
        0x8809 => slow::print(p, b, length)?,
        0x894f => nsh::print(p, b, length)?,
        0x9000 => loopback::print(p, b, length)?,
        0x8847 | 0x8848 => mpls::print(p, b, length)?,
        0x886f => msnlb::print(p, b)?,
        0x0707 | 0x8947 => geonet::print(p, b, length, source)?,
        0x1111 => geonet::calm_fast(p, b, length, source)?,
        0x88cc => lldp::print(p, b, length)?,
        0x88a2 => aoe::print(p, b, length)?,
        0x88ca => tipc::print(p, b)?,
        0xabcd | 0x8902 => cfm::print(p, b, length)?,
        0x809b => {
            p.text(if p.v(1) { "et1 " } else { "" });
            appletalk::print(p, b, length)?
        }
        0x8137 => {
            p.text("(NOV-ETHII) ");
            ipx::print(p, b)?
        }
        0x80f3 => appletalk::resolution(p, b, length)?,
        0x88f7 => ptp::print(p, b, length)?,
        _ => return Ok(false),
    }
    Ok(true)
}
