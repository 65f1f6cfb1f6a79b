//! Routes: RTM_NEWROUTE and related messages (rtnetlink(7)), struct rtmsg and RTA_….

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink::message::{Attributes, aligned, ip, text, u8_at, u16_at, u32_at, u64_at};
use nethost_netlink::route::{
    CONGESTION_CONTROL, DESTINATION, EXPIRES, GATEWAY, GET, HEADER, INPUT, MARK, METRICS,
    MULTIPATH, NEXT_HOP, OUTPUT, PREFERENCE, PREFERRED_SOURCE, PRIORITY, REALMS, SOURCE, TABLE,
    USER, VIA,
};
pub(super) use nethost_netlink::route::{DELETE, NEW};
use nethost_netlink::{DUMP, MessageBuilder};

const CACHE: u16 = 12;
const FORWARDED: u16 = 17;
const ENCAPSULATION: u16 = 21;

/// RTNL_FAMILY_IPMR; the next number is RTNL_FAMILY_IP6MR.
const MULTICAST: u8 = 128;
/// RTM_F_CLONED.
const CLONED: u32 = 0x200;

#[inline]
pub(super) fn decode(payload: &[u8]) -> Option<wit::Route> {
    let mut route = wit::Route {
        family: u8_at(payload, 0)?,
        destination_length: u8_at(payload, 1)?,
        source_length: u8_at(payload, 2)?,
        tos: u8_at(payload, 3)?,
        table: u8_at(payload, 4)?.into(),
        protocol: u8_at(payload, 5)?,
        scope: u8_at(payload, 6)?,
        kind: u8_at(payload, 7)?,
        flags: u32_at(payload, 8)?,
        destination: None,
        source: None,
        input_interface: None,
        output_interface: None,
        gateway: None,
        preferred_source: None,
        metric: None,
        realms: None,
        preference: None,
        mark: None,
        user: None,
        next_hop_id: None,
        expires: None,
        encapsulation: None,
        cache: None,
        metrics: None,
        congestion_control: None,
        next_hops: None,
        forwarded: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            DESTINATION => route.destination = ip(value).map(address_to),
            SOURCE => route.source = ip(value).map(address_to),
            INPUT => route.input_interface = u32_at(value, 0),
            OUTPUT => route.output_interface = u32_at(value, 0),
            GATEWAY => route.gateway = ip(value).map(address_to),
            VIA => route.gateway = value.get(2..).and_then(ip).map(address_to),
            PRIORITY => route.metric = u32_at(value, 0),
            PREFERRED_SOURCE => route.preferred_source = ip(value).map(address_to),
            REALMS => route.realms = u32_at(value, 0),
            TABLE => route.table = u32_at(value, 0)?,
            MARK => route.mark = u32_at(value, 0),
            PREFERENCE => route.preference = u8_at(value, 0),
            USER => route.user = u32_at(value, 0),
            // For a multicast route, this is the time since the last packet, not the time until it expires.
            EXPIRES if route.family >= MULTICAST => {
                if let Some(forwarded) = &mut route.forwarded {
                    forwarded.idle = u64_at(value, 0);
                }
            }
            EXPIRES => route.expires = u32_at(value, 0),
            FORWARDED => route.forwarded = forwarded(value),
            ENCAPSULATION => route.encapsulation = u16_at(value, 0),
            NEXT_HOP => route.next_hop_id = u32_at(value, 0),
            CACHE => route.cache = cache(value),
            METRICS => metrics(value, &mut route),
            MULTIPATH => route.next_hops = Some(next_hops(value)),
            _ => {}
        }
    }
    Some(route)
}

fn cache(bytes: &[u8]) -> Option<wit::RouteCache> {
    Some(wit::RouteCache {
        users: u32_at(bytes, 0)?,
        last_use: u32_at(bytes, 4)?,
        expires: u32_at(bytes, 8)?.cast_signed(),
        error: u32_at(bytes, 12)?,
        used: u32_at(bytes, 16)?,
    })
}

fn forwarded(bytes: &[u8]) -> Option<wit::Forwarded> {
    Some(wit::Forwarded {
        packets: u64_at(bytes, 0)?,
        bytes: u64_at(bytes, 8)?,
        wrong_interface: u64_at(bytes, 16)?,
        idle: None,
    })
}

fn metrics(bytes: &[u8], route: &mut wit::Route) {
    let mut metrics = Vec::new();
    for (id, value) in Attributes(bytes) {
        if id == CONGESTION_CONTROL {
            route.congestion_control = Some(text(value));
        } else if let (Ok(id), Some(value)) = (u8::try_from(id), u32_at(value, 0)) {
            metrics.push((id, value));
        }
    }
    route.metrics = Some(metrics);
}

fn next_hops(mut bytes: &[u8]) -> Vec<wit::NextHop> {
    let mut hops = Vec::new();
    while let Some(length) = u16_at(bytes, 0).map(usize::from)
        && let Some(hop) = bytes.get(..length)
        && let (Some(flags), Some(weight), Some(output_interface), Some(rest)) =
            (u8_at(hop, 2), u8_at(hop, 3), u32_at(hop, 4), hop.get(8..))
    {
        let mut next = wit::NextHop {
            flags,
            hops: weight,
            output_interface,
            gateway: None,
            realms: None,
            encapsulation: None,
        };
        for (id, value) in Attributes(rest) {
            match id {
                GATEWAY => next.gateway = ip(value).map(address_to),
                VIA => next.gateway = value.get(2..).and_then(ip).map(address_to),
                REALMS => next.realms = u32_at(value, 0),
                ENCAPSULATION => next.encapsulation = u16_at(value, 0),
                _ => {}
            }
        }
        hops.push(next);
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
    hops
}

pub(super) fn query(query: wit::RouteQuery) -> MessageBuilder {
    let mut header = [0; HEADER];
    header[0] = query.family;
    header[5] = query.protocol.unwrap_or_default();
    header[7] = query.kind.unwrap_or_default();
    if query.cached {
        header[8..].copy_from_slice(&CLONED.to_ne_bytes());
    }
    let mut builder = MessageBuilder::new(GET, DUMP, &header);
    if let Some(table) = query.table {
        builder.raw(TABLE, &table.to_ne_bytes());
    }
    if let Some(index) = query.output_interface {
        builder.raw(OUTPUT, &index.to_ne_bytes());
    }
    builder
}
