//! Routes: which one a change is about, and whether it is as the change has set it.

use std::net::IpAddr;

use crate::message::{ip, u8_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, DUMP, INET, INET6, MessageBuilder};
use crate::route::{
    DELETE, DESTINATION, GATEWAY, GET, HEADER, MULTIPATH, NEW, NEXT_HOP, OUTPUT, PREFERRED_SOURCE,
    PRIORITY, SOURCE, TABLE, VIA, write,
};
use crate::undo::Snapshot;
use crate::{Error, IpAddress, Route, invalid};

/// RT_TABLE_MAIN, which the kernel takes where there is none.
const MAIN: u32 = 254;
/// IP6_RT_PRIO_USER, which the kernel takes for IPv6 where there is none.
const METRIC_OF_IPV6: u32 = 1024;
/// RT_SCOPE_NOWHERE: any scope, for removing.
const ANY_SCOPE: u8 = 255;
/// RTM_F_CLONED.
const CLONED: u32 = 0x200;

pub(super) fn check(route: &Route) -> Result<(), Error> {
    match [INET, INET6].contains(&route.family) {
        true => Ok(()),
        false => Err(invalid(
            "only changes of IPv4 and IPv6 routes can be undone",
        )),
    }
}

pub(super) fn table(route: &Route) -> u32 {
    match route.table {
        0 => MAIN,
        table => table,
    }
}

/// The message that asks for the routes of a table.
pub(super) fn question(family: u8, table: u32) -> Result<Vec<u8>, Error> {
    ask(family, TABLE, table)
}

/// The message that asks for the routes through a link.
pub(super) fn through(family: u8, link: u32) -> Result<Vec<u8>, Error> {
    ask(family, OUTPUT, link)
}

fn ask(family: u8, by: u16, number: u32) -> Result<Vec<u8>, Error> {
    let mut header = [0; HEADER];
    header[0] = family;
    let mut builder = MessageBuilder::new(GET, DUMP, &header);
    builder.raw(by, &number.to_ne_bytes());
    Ok(builder.finish()?.0)
}

fn metric(route: &Route) -> Option<u32> {
    route.metric.filter(|metric| *metric != 0)
}

/// The kernel knows a route by table, destination, source, type of service and metric. To remove one, less is enough.
pub(super) fn is(route: &Route, found: &Snapshot, put: bool) -> bool {
    let Some(payload) = found.payload(NEW) else {
        return false;
    };
    let octet = |at| u8_at(payload, at);
    let number = |id| found.attribute(NEW, id).and_then(|value| u32_at(value, 0));
    let any = IpAddr::from(match route.family {
        INET => IpAddress::Ipv4((0, 0, 0, 0)),
        _ => IpAddress::Ipv6((0, 0, 0, 0, 0, 0, 0, 0)),
    });
    let network = |address: Option<IpAddr>, length| {
        let network = ipnet::IpNet::new(address.unwrap_or(any), length).ok()?;
        Some(network.trunc())
    };
    let same = |id, wanted: Option<IpAddress>, length| {
        let found = found.attribute(NEW, id).and_then(ip);
        network(found, length) == network(wanted.map(IpAddr::from), length)
    };
    let of_family = match route.family {
        INET6 => METRIC_OF_IPV6,
        _ => 0,
    };
    let has_metric = match metric(route) {
        None if !put => true,
        wanted => number(PRIORITY).unwrap_or_default() == wanted.unwrap_or(of_family),
    };
    octet(0) == Some(route.family)
        && octet(1) == Some(route.destination_length)
        && octet(2) == Some(route.source_length)
        && octet(3) == Some(route.tos)
        && number(TABLE).or(octet(4).map(u32::from)) == Some(table(route))
        && u32_at(payload, 8).is_some_and(|flags| flags & CLONED == 0)
        && same(DESTINATION, route.destination, route.destination_length)
        && same(SOURCE, route.source, route.source_length)
        && has_metric
        && (put || may_be(route, found))
}

/// Whether a route that is to be removed can be this one.
fn may_be(route: &Route, found: &Snapshot) -> bool {
    let octet = |at| found.payload(NEW).and_then(|payload| u8_at(payload, at));
    let is = |wanted: u8, any: u8, at| wanted == any || octet(at) == Some(wanted);
    is(route.protocol, 0, 5)
        && (route.family == INET6 || is(route.scope, ANY_SCOPE, 6))
        && (route.family == INET6 || is(route.kind, 0, 7))
        && goes(route, found)
}

/// Whether it goes where the change says.
fn goes(route: &Route, found: &Snapshot) -> bool {
    let number = |id| found.attribute(NEW, id).and_then(|value| u32_at(value, 0));
    let address = |id| found.attribute(NEW, id).and_then(ip);
    let via = || found.attribute(NEW, VIA).and_then(|via| ip(via.get(2..)?));
    let wanted = |address: Option<IpAddress>| address.map(IpAddr::from);
    (route.output_interface.is_none() || route.output_interface == number(OUTPUT))
        && (route.gateway.is_none() || wanted(route.gateway) == address(GATEWAY).or_else(via))
        && (route.preferred_source.is_none()
            || wanted(route.preferred_source) == address(PREFERRED_SOURCE))
        && (route.next_hop_id.is_none() || route.next_hop_id == number(NEXT_HOP))
}

/// Whether it is as the change has set it.
pub(super) fn is_set(route: &Route, found: &Snapshot) -> bool {
    let octet = |at| found.payload(NEW).and_then(|payload| u8_at(payload, at));
    let has = |id| found.attribute(NEW, id).is_some();
    octet(5) == Some(route.protocol)
        && octet(7) == Some(route.kind)
        && (route.family == INET6 || octet(6) == Some(route.scope))
        && (route.gateway.is_some()
            || route.next_hops.is_some()
            || route.next_hop_id.is_some()
            || !has(GATEWAY))
        && has(MULTIPATH) == route.next_hops.is_some()
        && goes(route, found)
}

pub(super) fn removing(route: &Route) -> Result<MessageBuilder, Error> {
    let alone = Route {
        flags: 0,
        metric: metric(route),
        expires: None,
        preference: None,
        metrics: None,
        congestion_control: None,
        realms: None,
        ..route.clone()
    };
    write(DELETE, ACKNOWLEDGE, &alone)
}
