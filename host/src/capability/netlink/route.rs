//! Routes: RTM_NEWROUTE and its relatives (rtnetlink(7)), struct rtmsg and RTA_….

use std::net::IpAddr;

use ipnet::IpNet;

use super::draft::{DUMP, Draft, INET, INET6, family_of, octets};
use super::message::{Attributes, aligned, ip, text, u8_at, u16_at, u32_at, u64_at};
use super::rule::inner_family;
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_from, address_to, invalid};
use nethost_core::{Request, Target};

/// struct rtmsg.
const HEADER: usize = 12;

pub(super) const NEW: u16 = 24;
pub(super) const DELETE: u16 = 25;
pub(super) const GET: u16 = 26;

const DESTINATION: u16 = 1;
const SOURCE: u16 = 2;
const INPUT: u16 = 3;
const OUTPUT: u16 = 4;
const GATEWAY: u16 = 5;
const PRIORITY: u16 = 6;
const PREFERRED_SOURCE: u16 = 7;
const METRICS: u16 = 8;
const MULTIPATH: u16 = 9;
const REALMS: u16 = 11;
const CACHE: u16 = 12;
const TABLE: u16 = 15;
const MARK: u16 = 16;
const FORWARDED: u16 = 17;
const VIA: u16 = 18;
const PREFERENCE: u16 = 20;
const ENCAPSULATION: u16 = 21;
const EXPIRES: u16 = 23;
const USER: u16 = 25;
const IP_PROTOCOL: u16 = 27;
const SOURCE_PORT: u16 = 28;
const DESTINATION_PORT: u16 = 29;
const NEXT_HOP: u16 = 30;

/// RTNL_FAMILY_IPMR, and behind it RTNL_FAMILY_IP6MR.
const MULTICAST: u8 = 128;
/// RTAX_CC_ALGO.
const CONGESTION_CONTROL: u16 = 16;
/// RTM_F_CLONED, RTM_F_LOOKUP_TABLE, RTM_F_FIB_MATCH.
const CLONED: u32 = 0x200;
const LOOKUP_TABLE: u32 = 0x1000;
const FIB_MATCH: u32 = 0x2000;

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
            // Of a multicast route it is how long ago, not when.
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

pub(super) fn query(query: wit::RouteQuery) -> Draft {
    let mut header = [0; HEADER];
    header[0] = query.family;
    header[5] = query.protocol.unwrap_or_default();
    header[7] = query.kind.unwrap_or_default();
    if query.cached {
        header[8..].copy_from_slice(&CLONED.to_ne_bytes());
    }
    let mut draft = Draft::new(GET, DUMP, &header);
    if let Some(table) = query.table {
        draft.raw(TABLE, &table.to_ne_bytes());
    }
    if let Some(index) = query.output_interface {
        draft.raw(OUTPUT, &index.to_ne_bytes());
    }
    draft
}

/// The question where packets to somewhere would go, and the request that it is.
pub(crate) fn prepare(lookup: &wit::RouteLookup) -> Result<(Vec<u8>, Request), ErrorCode> {
    let (message, _) = look_up(lookup)?.finish()?;
    let target = Target::address_of(address_from(lookup.destination));
    Ok((message, Request::new("namespace.look-up", target)))
}

fn look_up(lookup: &wit::RouteLookup) -> Result<Draft, ErrorCode> {
    let family = family_of(address_from(lookup.destination));
    let mut header = [0; HEADER];
    header[0] = family;
    header[1] = lookup.destination_length;
    header[2] = lookup.source_length;
    header[3] = lookup.tos;
    // IPv6 always tells the table, and refuses to be asked to.
    let mut flags = if family == INET { LOOKUP_TABLE } else { 0 };
    if lookup.fib_match {
        flags |= FIB_MATCH;
    }
    header[8..].copy_from_slice(&flags.to_ne_bytes());
    let mut draft = Draft::new(GET, 0, &header);
    draft.ip_of(family, DESTINATION, "to", Some(lookup.destination))?;
    draft.ip_of(family, SOURCE, "from", lookup.source)?;
    draft.u32(INPUT, "iif", lookup.input_interface);
    draft.u32(OUTPUT, "oif", lookup.output_interface);
    draft.u32(MARK, "mark", lookup.mark);
    draft.u32(USER, "user", lookup.user);
    draft.u8(IP_PROTOCOL, "protocol", lookup.ip_protocol);
    for (id, port) in [
        (SOURCE_PORT, lookup.source_port),
        (DESTINATION_PORT, lookup.destination_port),
    ] {
        if let Some(port) = port {
            draft.raw(id, &port.to_be_bytes());
        }
    }
    Ok(draft)
}

pub(super) fn write(kind: u16, flags: u16, route: &wit::Route) -> Result<Draft, ErrorCode> {
    let mut header = [0; HEADER];
    header[0] = route.family;
    header[1] = route.destination_length;
    header[2] = route.source_length;
    header[3] = route.tos;
    // Larger ones stand in the attribute alone.
    header[4] = u8::try_from(route.table).unwrap_or_default();
    header[5] = route.protocol;
    header[6] = route.scope;
    header[7] = route.kind;
    header[8..].copy_from_slice(&route.flags.to_ne_bytes());
    let mut draft = Draft::new(kind, flags, &header);
    let family = inner_family(route.family);
    draft.ip_of(family, DESTINATION, "to", route.destination)?;
    draft.note("to-length", route.destination_length);
    draft.ip_of(family, SOURCE, "from", route.source)?;
    draft.note("tos", route.tos);
    draft.note("table", route.table);
    if route.table > 255 {
        draft.raw(TABLE, &route.table.to_ne_bytes());
    }
    draft.note("protocol", route.protocol);
    draft.note("scope", route.scope);
    draft.note("type", route.kind);
    draft.note("flags", route.flags);
    draft.u32(INPUT, "iif", route.input_interface);
    draft.u32(OUTPUT, "oif", route.output_interface);
    gateway(route.family, route.gateway, &mut draft);
    draft.ip_of(family, PREFERRED_SOURCE, "src", route.preferred_source)?;
    draft.u32(PRIORITY, "metric", route.metric);
    draft.u32(REALMS, "realms", route.realms);
    draft.u8(PREFERENCE, "pref", route.preference);
    draft.u32(EXPIRES, "expires", route.expires);
    draft.u32(NEXT_HOP, "next-hop-id", route.next_hop_id);
    if route.encapsulation.is_some() {
        return Err(invalid("encapsulating routes are not written here"));
    }
    let metrics = route.metrics.as_deref().unwrap_or_default();
    if !metrics.is_empty() || route.congestion_control.is_some() {
        draft.nest(METRICS, |draft| {
            for (id, value) in metrics {
                let name = METRIC_NAMES.get(usize::from(*id)).copied();
                let name = name.ok_or_else(|| invalid(format!("metric {id} is not known")))?;
                draft.u32((*id).into(), name, Some(*value));
            }
            match &route.congestion_control {
                Some(name) => draft.text(CONGESTION_CONTROL, "congestion-control", name),
                None => Ok(()),
            }
        })?;
    }
    if let Some(hops) = &route.next_hops {
        draft.nest(MULTIPATH, |draft| {
            hops.iter()
                .try_for_each(|hop| next_hop(route.family, hop, draft))
        })?;
    }
    Ok(draft)
}

/// RTAX_… by number.
const METRIC_NAMES: &[&str] = &[
    "metrics",
    "lock",
    "mtu",
    "window",
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "features",
    "rto-min",
    "initrwnd",
    "quickack",
];

fn gateway(family: u8, gateway: Option<wit::IpAddress>, draft: &mut Draft) {
    let Some(gateway) = gateway.map(address_from) else {
        return;
    };
    if family_of(gateway) == family {
        draft.ip(GATEWAY, "via", gateway);
        return;
    }
    // struct rtvia: the family, then the address.
    let mut via = u16::from(family_of(gateway)).to_ne_bytes().to_vec();
    via.extend(octets(gateway));
    draft.bytes(VIA, "via", &via, gateway);
}

fn next_hop(family: u8, hop: &wit::NextHop, draft: &mut Draft) -> Result<(), ErrorCode> {
    let mut header = [0, 0, hop.flags, hop.hops, 0, 0, 0, 0];
    header[4..].copy_from_slice(&hop.output_interface.to_ne_bytes());
    draft.one_field("next-hop", |draft| {
        draft.note("oif", hop.output_interface);
        draft.note("weight", u32::from(hop.hops) + 1);
        draft.note("flags", hop.flags);
        draft.counted(&header, |draft| {
            gateway(family, hop.gateway, draft);
            draft.u32(REALMS, "realms", hop.realms);
            Ok(())
        })
    })
}

/// What the gate is asked about: the destination as a network.
pub(super) fn target(
    family: u8,
    address: Option<wit::IpAddress>,
    length: u8,
) -> Result<Target, ErrorCode> {
    let any: IpAddr = match inner_family(family) {
        INET => IpAddr::from([0; 4]),
        INET6 => IpAddr::from([0; 16]),
        other => return Err(invalid(format!("{other} is not a family with routes"))),
    };
    let address = address.map_or(any, address_from);
    if address.is_ipv4() != any.is_ipv4() {
        return Err(invalid(format!("{address} is of another family")));
    }
    let network = IpNet::new(address, length)
        .map_err(|_| invalid(format!("/{length} is too long a prefix for {address}")))?;
    Ok(Target::network(network))
}
