//! Routes: RTM_NEWROUTE and related messages (rtnetlink(7)), struct rtmsg and RTA_….

use std::net::IpAddr;

use ipnet::IpNet;

use crate::message::{Message, Messages};
use crate::message_builder::{INET, INET6, MessageBuilder, family_of, octets};
use crate::rule::inner_family;
use crate::{Error, IpAddress, NextHop, Route, RouteLookup, invalid};
use nethost_core::{Request, Target};

/// struct rtmsg.
pub const HEADER: usize = 12;

/// RTM_NEWROUTE.
pub const NEW: u16 = 24;
/// RTM_DELROUTE.
pub const DELETE: u16 = 25;
/// RTM_GETROUTE.
pub const GET: u16 = 26;

/// RTA_DST.
pub const DESTINATION: u16 = 1;
/// RTA_SRC.
pub const SOURCE: u16 = 2;
/// RTA_IIF.
pub const INPUT: u16 = 3;
/// RTA_OIF.
pub const OUTPUT: u16 = 4;
/// RTA_GATEWAY.
pub const GATEWAY: u16 = 5;
/// RTA_PRIORITY.
pub const PRIORITY: u16 = 6;
/// RTA_PREFSRC.
pub const PREFERRED_SOURCE: u16 = 7;
/// RTA_METRICS.
pub const METRICS: u16 = 8;
/// RTA_MULTIPATH.
pub const MULTIPATH: u16 = 9;
/// RTA_FLOW.
pub const REALMS: u16 = 11;
/// RTA_TABLE.
pub const TABLE: u16 = 15;
/// RTA_MARK.
pub const MARK: u16 = 16;
/// RTA_VIA.
pub const VIA: u16 = 18;
/// RTA_PREF.
pub const PREFERENCE: u16 = 20;
/// RTA_EXPIRES.
pub const EXPIRES: u16 = 23;
/// RTA_UID.
pub const USER: u16 = 25;
const IP_PROTOCOL: u16 = 27;
const SOURCE_PORT: u16 = 28;
const DESTINATION_PORT: u16 = 29;
/// RTA_NH_ID.
pub const NEXT_HOP: u16 = 30;

/// RTAX_CC_ALGO.
pub const CONGESTION_CONTROL: u16 = 16;
/// RTM_F_LOOKUP_TABLE and RTM_F_FIB_MATCH.
const LOOKUP_TABLE: u32 = 0x1000;
const FIB_MATCH: u32 = 0x2000;

/// The message that looks up a route, and its request.
pub fn prepare(lookup: &RouteLookup) -> Result<(Vec<u8>, Request), Error> {
    let (message, _) = look_up(lookup)?.finish()?;
    let target = Target::address_of(lookup.destination.into());
    Ok((message, Request::new("namespace.look-up", target)))
}

/// RTN_LOCAL: the kernel itself takes what is sent there.
const LOCAL: u8 = 2;

/// A message that asks where packets to an address go.
pub fn ask(address: IpAddr) -> Option<Vec<u8>> {
    let family = family_of(address);
    let octets = octets(address);
    let mut header = [0; HEADER];
    (header[0], header[1]) = (family, octets.len() as u8 * 8);
    let mut builder = MessageBuilder::new(GET, 0, &header);
    builder.raw(DESTINATION, octets.as_ref());
    Some(builder.finish().ok()?.0)
}

/// Whether the answer is that the address is one of this machine.
pub fn is_local(answer: &[u8]) -> bool {
    match Messages::new(answer).next() {
        Some(Message::Object { payload, .. }) => payload.get(7) == Some(&LOCAL),
        _ => false,
    }
}

fn look_up(lookup: &RouteLookup) -> Result<MessageBuilder, Error> {
    let family = family_of(lookup.destination.into());
    let mut header = [0; HEADER];
    header[0] = family;
    header[1] = lookup.destination_length;
    header[2] = lookup.source_length;
    header[3] = lookup.tos;
    // The answer for IPv6 always has the table, and the kernel refuses the flag that asks for it.
    let mut flags = if family == INET { LOOKUP_TABLE } else { 0 };
    if lookup.fib_match {
        flags |= FIB_MATCH;
    }
    header[8..].copy_from_slice(&flags.to_ne_bytes());
    let mut builder = MessageBuilder::new(GET, 0, &header);
    builder.ip_of(family, DESTINATION, "to", Some(lookup.destination))?;
    builder.ip_of(family, SOURCE, "from", lookup.source)?;
    builder.u32(INPUT, "iif", lookup.input_interface);
    builder.u32(OUTPUT, "oif", lookup.output_interface);
    builder.u32(MARK, "mark", lookup.mark);
    builder.u32(USER, "user", lookup.user);
    builder.u8(IP_PROTOCOL, "protocol", lookup.ip_protocol);
    for (id, port) in [
        (SOURCE_PORT, lookup.source_port),
        (DESTINATION_PORT, lookup.destination_port),
    ] {
        if let Some(port) = port {
            builder.raw(id, &port.to_be_bytes());
        }
    }
    Ok(builder)
}

pub(crate) fn write(kind: u16, flags: u16, route: &Route) -> Result<MessageBuilder, Error> {
    let mut header = [0; HEADER];
    header[0] = route.family;
    header[1] = route.destination_length;
    header[2] = route.source_length;
    header[3] = route.tos;
    // A larger number is only in the attribute.
    header[4] = u8::try_from(route.table).unwrap_or_default();
    header[5] = route.protocol;
    header[6] = route.scope;
    header[7] = route.kind;
    header[8..].copy_from_slice(&route.flags.to_ne_bytes());
    let mut builder = MessageBuilder::new(kind, flags, &header);
    let family = inner_family(route.family);
    if family != route.family {
        builder.note("family", route.family);
    }
    builder.ip_of(family, DESTINATION, "to", route.destination)?;
    builder.note("to-length", route.destination_length);
    builder.ip_of(family, SOURCE, "from", route.source)?;
    builder.note("tos", route.tos);
    builder.note("table", route.table);
    if route.table > 255 {
        builder.raw(TABLE, &route.table.to_ne_bytes());
    }
    builder.note("protocol", route.protocol);
    builder.note("scope", route.scope);
    builder.note("type", route.kind);
    builder.note("flags", route.flags);
    builder.u32(INPUT, "iif", route.input_interface);
    builder.u32(OUTPUT, "oif", route.output_interface);
    gateway(route.family, route.gateway, &mut builder);
    builder.ip_of(family, PREFERRED_SOURCE, "src", route.preferred_source)?;
    builder.u32(PRIORITY, "metric", route.metric);
    builder.u32(REALMS, "realms", route.realms);
    builder.u8(PREFERENCE, "pref", route.preference);
    builder.u32(EXPIRES, "expires", route.expires);
    builder.u32(NEXT_HOP, "next-hop-id", route.next_hop_id);
    if route.encapsulation.is_some() {
        return Err(invalid("encapsulating routes are not written here"));
    }
    let metrics = route.metrics.as_deref().unwrap_or_default();
    if !metrics.is_empty() || route.congestion_control.is_some() {
        builder.nest(METRICS, |builder| {
            for (id, value) in metrics {
                let name = METRIC_NAMES.get(usize::from(*id)).copied();
                let name = name.ok_or_else(|| invalid(format!("metric {id} is not known")))?;
                builder.u32((*id).into(), name, Some(*value));
            }
            match &route.congestion_control {
                Some(name) => builder.text(CONGESTION_CONTROL, "congestion-control", name),
                None => Ok(()),
            }
        })?;
    }
    if let Some(hops) = &route.next_hops {
        builder.nest(MULTIPATH, |builder| {
            hops.iter()
                .try_for_each(|hop| next_hop(route.family, hop, builder))
        })?;
    }
    Ok(builder)
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

fn gateway(family: u8, gateway: Option<IpAddress>, builder: &mut MessageBuilder) {
    let Some(gateway) = gateway.map(IpAddr::from) else {
        return;
    };
    if family_of(gateway) == family {
        builder.ip(GATEWAY, "via", gateway);
        return;
    }
    // struct rtvia: the family, then the address.
    let mut via = u16::from(family_of(gateway)).to_ne_bytes().to_vec();
    via.extend(octets(gateway));
    builder.bytes(VIA, "via", &via, gateway);
}

fn next_hop(family: u8, hop: &NextHop, builder: &mut MessageBuilder) -> Result<(), Error> {
    let mut header = [0, 0, hop.flags, hop.hops, 0, 0, 0, 0];
    header[4..].copy_from_slice(&hop.output_interface.to_ne_bytes());
    builder.one_field("next-hop", |builder| {
        builder.note("oif", hop.output_interface);
        builder.note("weight", u32::from(hop.hops) + 1);
        builder.note("flags", hop.flags);
        builder.counted(&header, |builder| {
            gateway(family, hop.gateway, builder);
            builder.u32(REALMS, "realms", hop.realms);
            Ok(())
        })
    })
}

/// The target of the request: the destination as a network.
pub(crate) fn target(family: u8, address: Option<IpAddress>, length: u8) -> Result<Target, Error> {
    let any: IpAddr = match inner_family(family) {
        INET => IpAddr::from([0; 4]),
        INET6 => IpAddr::from([0; 16]),
        other => return Err(invalid(format!("{other} is not a family with routes"))),
    };
    let address = address.map_or(any, IpAddr::from);
    if address.is_ipv4() != any.is_ipv4() {
        return Err(invalid(format!("{address} is of another family")));
    }
    let network = IpNet::new(address, length)
        .map_err(|_| invalid(format!("/{length} is too long a prefix for {address}")))?;
    Ok(Target::network(network))
}
