//! The link layer: addresses and kinds of hardware.

use nethost_sdk::netlink::LinkAddress;
use nethost_sdk::wire::ethernet;

/// A link address; that of an IP tunnel is an IP address.
pub(crate) fn link_address(address: &LinkAddress, link_type: u16) -> String {
    let mac;
    let octets: &[u8] = match address {
        LinkAddress::Mac((a, b, c, d, e, f)) => {
            mac = [*a, *b, *c, *d, *e, *f];
            &mac
        }
        LinkAddress::Other(octets) => octets,
    };
    if let (TUNNEL | SIT | GRE, Ok(v4)) = (link_type, <[u8; 4]>::try_from(octets)) {
        return std::net::Ipv4Addr::from(v4).to_string();
    }
    if let (TUNNEL6 | GRE6, Ok(v6)) = (link_type, <[u8; 16]>::try_from(octets)) {
        return std::net::Ipv6Addr::from(v6).to_string();
    }
    ethernet::octets(octets)
}

/// ARPHRD_….
const TUNNEL: u16 = 768;
const TUNNEL6: u16 = 769;
const SIT: u16 = 776;
const GRE: u16 = 778;
const GRE6: u16 = 823;

/// The name of an ARPHRD_….
pub(super) fn link_type(number: u16) -> String {
    let name = match number {
        0 => "generic",
        1 => "ether",
        24 => "ieee1394",
        32 => "infiniband",
        280 => "can",
        512 => "ppp",
        519 => "rawip",
        TUNNEL => "ipip",
        TUNNEL6 => "tunnel6",
        772 => "loopback",
        774 => "fddi",
        SIT => "sit",
        GRE => "gre",
        801 => "ieee802.11",
        802 => "ieee802.11/prism",
        803 => "ieee802.11/radiotap",
        804 => "ieee802.15.4",
        GRE6 => "gre6",
        824 => "netlink",
        825 => "6lowpan",
        0xfffe => "none",
        0xffff => "void",
        other => return format!("[{other}]"),
    };
    name.to_owned()
}
