//! Advertisements as routers send them, cut and forged ones.
#![allow(clippy::unwrap_used)]

use super::*;
use nethost_sdk::wire::checksum;

const ROUTER: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
const GROUP: [u8; 16] = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// A packet with these options, from this address.
fn packet(source: [u8; 16], options: &[u8]) -> Vec<u8> {
    let mut message = vec![134, 0, 0, 0, 64, 0xc8, 0x07, 0x08];
    message.extend([0, 0, 0x75, 0x30, 0, 0, 0, 0]);
    message.extend(options);
    let (from, to) = (Ipv6Addr::from(source).into(), Ipv6Addr::from(GROUP).into());
    let sum = checksum::transport(from, to, IpNumber::IPV6_ICMP, &message).unwrap();
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    let head = [0x60, 0, 0, 0, length[0], length[1], 58, 255];
    [&head[..], &source, &GROUP, &message].concat()
}

fn all_options() -> Vec<u8> {
    let prefix = [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let server = [0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53];
    [
        &[1, 1, 2, 0, 0, 0, 0, 2][..],
        &[5, 1, 0, 0, 0, 0, 0x05, 0xdc],
        &[
            3, 4, 64, 0xc0, 0, 1, 0x51, 0x80, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0,
        ],
        &prefix,
        &[
            24, 2, 48, 8, 0, 0, 0x0e, 0x10, 0x20, 1, 0x0d, 0xb8, 0, 2, 0, 0,
        ],
        &[25, 3, 0, 0, 0, 0, 0x0e, 0x10],
        &server,
        &[31, 3, 0, 0, 0xff, 0xff, 0xff, 0xff],
        b"\x07example\x04test\0\0\0",
        &[37, 3],
        b"https://a.test/\x1b\0\0\0\0\0\0",
        &[
            38, 2, 0x07, 0x08, 0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0,
        ],
        // Another one is none of ours.
        &[200, 1, 0, 0, 0, 0, 0, 0],
    ]
    .concat()
}

#[test]
fn an_advertisement_is_shown_with_its_options() {
    let read = Advertisement::parse(&packet(ROUTER, &all_options()), false).unwrap();
    assert!(!read.malformed);
    assert_eq!(
        read.to_string(),
        "  managed (M) yes, other (O) yes, default router for 1800 seconds, preference high\n  \
         hop-limit 64\n  reachable-ms 30000\n  mtu 1500\n  hardware 02:00:00:00:00:02\n  \
         prefix 2001:db8:1::/64 on-link autonomous, valid for 86400 seconds, preferred forever\n  \
         route 2001:db8:2::/48 preference high for 3600 seconds\n  \
         name-servers 2001:db8:1::53 for 3600 seconds\n  search example.test forever\n  \
         nat64 64:ff9b::/96 for 1800 seconds\n  captive-portal \"https://a.test/?\"\n"
    );
}

#[test]
fn what_a_host_must_not_heed_is_none() {
    let whole = packet(ROUTER, &all_options());
    // From another link, or not from a router.
    let global = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
    assert_eq!(Advertisement::parse(&packet(global, &[]), false), None);
    for (at, value) in [(7, 254), (6, 17), (40, 133), (41, 1), (45, 0)] {
        let mut other = whole.clone();
        other[at] = value;
        assert_eq!(Advertisement::parse(&other, false), None, "{at}");
    }
    // A wrong checksum is borne if it is not computed yet.
    let mut wrong = whole.clone();
    wrong[42] ^= 1;
    assert_eq!(Advertisement::parse(&wrong, false), None);
    assert!(Advertisement::parse(&wrong, true).is_some());
    for cut in 0..whole.len() {
        assert_eq!(Advertisement::parse(&whole[..cut], true), None);
    }
}

#[test]
fn malformed_options_are_noticed_and_the_others_kept() {
    for wrong in [
        &[3, 0, 0, 0, 0, 0, 0, 0][..],
        &[3, 4, 64, 0],
        &[3, 1, 64, 0, 0, 0, 0, 0],
        &[24, 1, 64, 0, 0, 0, 0, 9],
        &[24, 1, 129, 0, 0, 0, 0, 9],
        &[25, 1, 0, 0, 0, 0, 0, 9],
        &[25, 2, 0, 0, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8],
        &[31, 2, 0, 0, 0, 0, 0, 9, 63, 2, 3, 4, 5, 6, 7, 8],
        &[31, 2, 0, 0, 0, 0, 0, 9, 0xc0, 0, 0, 0, 0, 0, 0, 0],
        &[37, 1, 0, 0, 0, 0, 0, 0],
        &[38, 1, 0, 0, 0, 0, 0, 0],
        &[38, 2, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        &[7],
    ] {
        let options = [&[5, 1, 0, 0, 0, 0, 0x05, 0xdc][..], wrong].concat();
        let read = Advertisement::parse(&packet(ROUTER, &options), false).unwrap();
        assert!(read.malformed, "{wrong:?}");
        assert_eq!(read.mtu, Some(1500));
    }
}

#[test]
fn facts_are_what_two_routers_can_differ_in() {
    let one = Advertisement::parse(&packet(ROUTER, &all_options()), false).unwrap();
    let names: Vec<&str> = one.facts().iter().map(|(name, _)| *name).collect();
    for name in [
        "managed",
        "other",
        "mtu",
        "prefixes",
        "name-servers",
        "nat64",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let mut other = one.clone();
    other.prefixes[0].autonomous = false;
    assert_ne!(one.facts(), other.facts());
}
