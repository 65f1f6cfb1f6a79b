//! iputils' words for ICMP and ICMPv6 errors (RFC 792, RFC 1812, RFC 4443).

use std::net::Ipv4Addr;

use nethost_sdk::wire::{icmp, icmpv6};

/// For an ICMP message about an IPv4 packet. `info` is the MTU, pointer or gateway.
pub(crate) fn v4(kind: u8, code: u8, info: u32) -> String {
    let unreachable = [
        "Destination Net Unreachable",
        "Destination Host Unreachable",
        "Destination Protocol Unreachable",
        "Destination Port Unreachable",
        "",
        "Source Route Failed",
        "Destination Net Unknown",
        "Destination Host Unknown",
        "Source Host Isolated",
        "Destination Net Prohibited",
        "Destination Host Prohibited",
        "Destination Net Unreachable for Type of Service",
        "Destination Host Unreachable for Type of Service",
        "Packet filtered",
        "Precedence Violation",
        "Precedence Cutoff",
    ];
    let redirect = [
        "Redirect Network",
        "Redirect Host",
        "Redirect Type of Service and Network",
        "Redirect Type of Service and Host",
    ];
    match (kind, code) {
        (icmp::TYPE_DEST_UNREACH, icmp::CODE_DST_UNREACH_NEED_FRAG) => {
            format!("Frag needed and DF set (mtu = {info})")
        }
        (icmp::TYPE_DEST_UNREACH, code) => match unreachable.get(usize::from(code)) {
            Some(words) => (*words).to_owned(),
            None => format!("Dest Unreachable, Bad Code: {code}"),
        },
        (icmp::TYPE_SOURCE_QUENCH, _) => "Source Quench".to_owned(),
        (icmp::TYPE_REDIRECT, code) => {
            let gateway = Ipv4Addr::from(info);
            match redirect.get(usize::from(code)) {
                Some(words) => format!("{words}(New nexthop: {gateway})"),
                None => format!("Redirect, Bad Code: {code}(New nexthop: {gateway})"),
            }
        }
        (icmp::TYPE_TIME_EXCEEDED, 0) => "Time to live exceeded".to_owned(),
        (icmp::TYPE_TIME_EXCEEDED, 1) => "Frag reassembly time exceeded".to_owned(),
        (icmp::TYPE_TIME_EXCEEDED, code) => format!("Time exceeded, Bad Code: {code}"),
        (icmp::TYPE_PARAMETER_PROBLEM, _) => format!("Parameter problem: pointer = {info}"),
        (kind, _) => format!("Bad ICMP type: {kind}"),
    }
}

/// For an ICMPv6 message.
pub(crate) fn v6(kind: u8, code: u8, info: u32) -> String {
    match (kind, code) {
        (icmpv6::TYPE_DST_UNREACH, code) => {
            let why = match code {
                icmpv6::CODE_DST_UNREACH_NO_ROUTE => "No route",
                icmpv6::CODE_DST_UNREACH_PROHIBITED => "Administratively prohibited",
                icmpv6::CODE_DST_UNREACH_BEYOND_SCOPE => "Beyond scope of source address",
                icmpv6::CODE_DST_UNREACH_ADDR => "Address unreachable",
                icmpv6::CODE_DST_UNREACH_PORT => "Port unreachable",
                _ => return format!("Destination unreachable: Unknown code {code}"),
            };
            format!("Destination unreachable: {why}")
        }
        (icmpv6::TYPE_PACKET_TOO_BIG, 0) => format!("Packet too big: mtu={info}"),
        (icmpv6::TYPE_PACKET_TOO_BIG, code) => format!("Packet too big: mtu={info}, code={code}"),
        (icmpv6::TYPE_TIME_EXCEEDED, 0) => "Time exceeded: Hop limit".to_owned(),
        (icmpv6::TYPE_TIME_EXCEEDED, 1) => "Time exceeded: Defragmentation failure".to_owned(),
        (icmpv6::TYPE_TIME_EXCEEDED, code) => format!("Time exceeded: code {code}"),
        (icmpv6::TYPE_PARAMETER_PROBLEM, code) => {
            let what = match code {
                0 => "Wrong header field".to_owned(),
                1 => "Unknown header".to_owned(),
                2 => "Unknown option".to_owned(),
                _ => format!("code {code}"),
            };
            format!("Parameter problem: {what} at {info}")
        }
        (kind, _) => format!("unknown icmp type: {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_iputils() {
        assert_eq!(v4(11, 0, 0), "Time to live exceeded");
        assert_eq!(v4(3, 4, 1400), "Frag needed and DF set (mtu = 1400)");
        assert_eq!(v4(3, 13, 0), "Packet filtered");
        assert_eq!(v4(3, 99, 0), "Dest Unreachable, Bad Code: 99");
        assert_eq!(
            v4(5, 1, 0xc000_0201),
            "Redirect Host(New nexthop: 192.0.2.1)"
        );
        assert_eq!(v6(1, 3, 0), "Destination unreachable: Address unreachable");
        assert_eq!(v6(2, 0, 1280), "Packet too big: mtu=1280");
        assert_eq!(v6(4, 1, 6), "Parameter problem: Unknown header at 6");
    }
}
