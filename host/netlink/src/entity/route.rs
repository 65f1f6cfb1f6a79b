//! Routes with all their attributes, such as how packets are encapsulated (linux/rtnetlink.h, lwtunnel.h). A request is
//! about the same target and link as for a route with a record.

use super::about::About;
use super::encapsulation::ENCAPSULATIONS;
use super::header::Form::{Long, Octet};
use super::header::{Header, header, part};
use super::{Bus, Command, Entity, Family, about, changes, read};
use crate::attribute::Type::{By, Bytes, Ip, Nest, NextHops, Text, U8, U16, U32};
use crate::attribute::{Entry, entry};
use crate::message::u8_at;
use crate::message_builder::{INET, INET6, family_of};
use crate::{AttributeValue, Error, IpAddress, invalid, route};
use nethost_core::Target;
use std::net::IpAddr;

/// AF_MPLS: destinations are labels.
const MPLS: u8 = libc::AF_MPLS as u8;

pub(super) const FAMILY: Family = Family::new("routes", Bus::Route, COMMANDS, RTA, About::Route);

const COMMANDS: &[Command] = &[
    changes(24, "add", &RTMSG),
    changes(25, "delete", &RTMSG),
    read(26, 24, &RTMSG),
];

/// struct rtmsg.
const RTMSG: Header = header(
    route::HEADER,
    &[
        part(0, "family", Octet),
        part(1, "to-length", Octet),
        part(2, "from-length", Octet),
        part(3, "tos", Octet),
        part(4, "table", Octet),
        part(5, "protocol", Octet),
        part(6, "scope", Octet),
        part(7, "type", Octet),
        part(8, "flags", Long),
    ],
);

/// RTA_….
const RTA: &[Entry] = &[
    entry(route::DESTINATION, "to", Ip),
    entry(route::SOURCE, "from", Ip),
    entry(route::OUTPUT, "oif", U32),
    entry(route::GATEWAY, "via", Ip),
    entry(route::PRIORITY, "metric", U32),
    entry(route::PREFERRED_SOURCE, "src", Ip),
    entry(route::METRICS, "metrics", Nest(RTAX)),
    entry(route::MULTIPATH, "next-hops", NextHops(HOP)),
    entry(route::REALMS, "realms", U32),
    entry(route::TABLE, "table", U32),
    entry(route::VIA, "via", Bytes),
    entry(NEW_DESTINATION, "as", Bytes),
    entry(route::PREFERENCE, "pref", U8),
    entry(ENCAPSULATION_TYPE, "encap-type", U16),
    entry(
        ENCAPSULATION,
        "encap",
        By(ENCAPSULATION_TYPE, ENCAPSULATIONS),
    ),
    entry(route::EXPIRES, "expires", U32),
    entry(TTL_PROPAGATION, "ttl-propagate", U8),
    entry(route::NEXT_HOP, "next-hop-id", U32),
];

/// RTA_NEWDST, ENCAP_TYPE, ENCAP and TTL_PROPAGATE.
const NEW_DESTINATION: u16 = 19;
const ENCAPSULATION_TYPE: u16 = 21;
const ENCAPSULATION: u16 = 22;
const TTL_PROPAGATION: u16 = 26;

/// RTAX_….
const RTAX: &[Entry] = &[
    entry(1, "lock", U32),
    entry(2, "mtu", U32),
    entry(3, "window", U32),
    entry(4, "rtt", U32),
    entry(5, "rttvar", U32),
    entry(6, "ssthresh", U32),
    entry(7, "cwnd", U32),
    entry(8, "advmss", U32),
    entry(9, "reordering", U32),
    entry(10, "hoplimit", U32),
    entry(11, "initcwnd", U32),
    entry(12, "features", U32),
    entry(13, "rto-min", U32),
    entry(14, "initrwnd", U32),
    entry(15, "quickack", U32),
    entry(16, "congestion-control", Text),
    entry(17, "fastopen-no-cookie", U32),
];

/// What a next hop can have.
const HOP: &[Entry] = &[
    entry(route::GATEWAY, "via", Ip),
    entry(route::REALMS, "realms", U32),
    entry(route::VIA, "via", Bytes),
    entry(NEW_DESTINATION, "as", Bytes),
    entry(ENCAPSULATION_TYPE, "encap-type", U16),
    entry(
        ENCAPSULATION,
        "encap",
        By(ENCAPSULATION_TYPE, ENCAPSULATIONS),
    ),
];

/// The target: the destination as a network. What has labels is about routes in general.
pub(super) fn target(entity: &Entity) -> Result<Target, Error> {
    let family = u8_at(&entity.header, 0).unwrap_or_default();
    let length = u8_at(&entity.header, 1).unwrap_or_default();
    for field in &entity.fields {
        if let Some(AttributeValue::Address(address)) = field.value
            && field.depth == 0
        {
            check(family, address)?;
        }
    }
    match family {
        MPLS => Ok(Target::Local(FAMILY.name)),
        INET | INET6 => route::target(family, destination(entity), length),
        other => Err(invalid(format!("{other} is not a family with routes"))),
    }
}

/// The kernel would read the address of another family from the first octets.
fn check(family: u8, address: IpAddress) -> Result<(), Error> {
    let expected = if family == MPLS { INET } else { family };
    let address = IpAddr::from(address);
    if family_of(address) == expected {
        return Ok(());
    }
    Err(invalid(format!("{address} is of another family")))
}

fn destination(entity: &Entity) -> Option<IpAddress> {
    let mut fields = entity.fields.iter();
    fields.find_map(|field| match field.value {
        Some(AttributeValue::Address(address))
            if field.depth == 0 && field.id == route::DESTINATION =>
        {
            Some(address)
        }
        _ => None,
    })
}

/// The link, unless the next hops are several or elsewhere.
pub(super) fn link(entity: &Entity) -> Option<u32> {
    let has = |id| {
        let mut fields = entity.fields.iter();
        fields.any(|field| field.depth == 0 && field.id == id)
    };
    if has(route::MULTIPATH) || has(route::NEXT_HOP) {
        return None;
    }
    about::number(&entity.fields, &[route::OUTPUT])
}
