//! Routes with all their attributes, for what their record does not have: encapsulations, new labels.

use std::net::IpAddr;

use nethost_sdk::netlink::{
    AttributeValue as Value, Entity, EntityKind, Field, NextHop, Route, ip as address_of,
};

use super::encapsulation::Encapsulation;
use crate::entity::{self, children, entity, field, nest, nested, number as counted, unsigned};
use crate::ip::Ip;
use crate::words::{Done, family_of};

/// RTM_….
pub(super) const NEW: u16 = 24;
pub(super) const DELETE: u16 = 25;
const GET: u16 = 26;
/// RTA_….
const DESTINATION: u16 = 1;
const SOURCE: u16 = 2;
const OUTPUT: u16 = 4;
const GATEWAY: u16 = 5;
const PRIORITY: u16 = 6;
const PREFERRED_SOURCE: u16 = 7;
const METRICS: u16 = 8;
const MULTIPATH: u16 = 9;
const REALMS: u16 = 11;
const TABLE: u16 = 15;
const VIA: u16 = 18;
pub(super) const NEW_DESTINATION: u16 = 19;
const PREFERENCE: u16 = 20;
pub(super) const ENCAPSULATION: [u16; 2] = [21, 22];
const EXPIRES: u16 = 23;
pub(super) const TTL_PROPAGATION: u16 = 26;
const NEXT_HOP: u16 = 30;
/// RTAX_CC_ALGO.
const CONGESTION_CONTROL: u16 = 16;

/// What a route has beside its record.
#[derive(Default)]
pub(super) struct More {
    /// Attributes of the route itself.
    pub(super) fields: Vec<Field>,
    pub(super) encapsulation: Option<Encapsulation>,
    /// The same of each next hop: its attributes and its encapsulation.
    pub(super) hops: Vec<(Vec<Field>, Option<Encapsulation>)>,
    /// The record does not have all of it, for another reason.
    pub(super) whole: bool,
}

impl More {
    pub(super) fn is_empty(&self) -> bool {
        let mut hops = self.hops.iter();
        !self.whole
            && self.fields.is_empty()
            && self.encapsulation.is_none()
            && hops.all(|(fields, encapsulation)| fields.is_empty() && encapsulation.is_none())
    }
}

/// The whole route, for this command.
pub(super) fn route(command: u16, route: &Route, more: &More) -> Entity {
    // struct rtmsg; a larger number of a table is in an attribute.
    let table = u8::try_from(route.table).unwrap_or_default();
    let mut header = vec![
        route.family,
        route.destination_length,
        route.source_length,
        route.tos,
        table,
        route.protocol,
        route.scope,
        route.kind,
    ];
    header.extend(route.flags.to_ne_bytes());
    let mut whole = entity(EntityKind::Routes, command, &header);
    let fields = &mut whole.fields;
    for (id, address) in [
        (DESTINATION, route.destination),
        (SOURCE, route.source),
        (PREFERRED_SOURCE, route.preferred_source),
    ] {
        fields.extend(address.map(|address| field(id, Value::Address(address))));
    }
    if route.table > 255 {
        fields.push(counted(TABLE, route.table));
    }
    for (id, number) in [
        (OUTPUT, route.output_interface),
        (PRIORITY, route.metric),
        (REALMS, route.realms),
        (PREFERENCE, route.preference.map(u32::from)),
        (EXPIRES, route.expires),
        (NEXT_HOP, route.next_hop_id),
    ] {
        fields.extend(number.map(|number| counted(id, number)));
    }
    fields.extend(
        route
            .gateway
            .map(|via| gateway(0, address_of(via), route.family)),
    );
    fields.extend(metrics(route));
    if let Some(hops) = &route.next_hops {
        fields.push(nest(0, MULTIPATH));
        for (place, hop) in hops.iter().enumerate() {
            fields.extend(next_hop(
                place as u16,
                hop,
                route.family,
                more.hops.get(place),
            ));
        }
    }
    fields.extend(more.fields.iter().cloned());
    if let Some(encapsulation) = &more.encapsulation {
        fields.extend(encapsulation.at(0, ENCAPSULATION));
    }
    whole
}

/// RTA_GATEWAY, or RTA_VIA if the address is of another family: the family, then the address.
fn gateway(depth: u8, via: IpAddr, family: u8) -> Field {
    let of = family_of(via);
    let address = nethost_sdk::netlink::to_wit(via);
    if of == family {
        return nested(depth, GATEWAY, Value::Address(address));
    }
    let mut bytes = u16::from(of).to_ne_bytes().to_vec();
    match via {
        IpAddr::V4(via) => bytes.extend(via.octets()),
        IpAddr::V6(via) => bytes.extend(via.octets()),
    }
    nested(depth, VIA, Value::Bytes(bytes))
}

fn metrics(route: &Route) -> Vec<Field> {
    let metrics = route.metrics.as_deref().unwrap_or_default();
    let mut fields = Vec::new();
    if !metrics.is_empty() || route.congestion_control.is_some() {
        fields.push(nest(0, METRICS));
    }
    for (id, value) in metrics {
        fields.push(nested(1, (*id).into(), Value::Number((*value).into())));
    }
    if let Some(name) = &route.congestion_control {
        fields.push(nested(1, CONGESTION_CONTROL, Value::Text(name.clone())));
    }
    fields
}

/// struct rtnexthop behind its length, and its attributes.
fn next_hop(
    place: u16,
    hop: &NextHop,
    family: u8,
    more: Option<&(Vec<Field>, Option<Encapsulation>)>,
) -> Vec<Field> {
    let mut bytes = vec![hop.flags, hop.hops];
    bytes.extend(hop.output_interface.to_ne_bytes());
    let mut fields = vec![nested(1, place, Value::Bytes(bytes))];
    fields.extend(hop.gateway.map(|via| gateway(2, address_of(via), family)));
    fields.extend(
        hop.realms
            .map(|realms| nested(2, REALMS, Value::Number(realms.into()))),
    );
    if let Some((own, encapsulation)) = more {
        fields.extend(own.iter().map(|field| Field {
            depth: field.depth + 2,
            ..field.clone()
        }));
        if let Some(encapsulation) = encapsulation {
            fields.extend(encapsulation.at(2, ENCAPSULATION));
        }
    }
    fields
}

/// The routes that encapsulate, once they were needed.
pub(crate) type Whole = Option<Vec<Entity>>;

/// All attributes of a route, if it is still there. The result of a lookup is the route that contains it.
pub(super) fn of(ip: &mut Ip, route: &Route) -> Done<Option<Entity>> {
    if ip.whole_routes.is_none() {
        let mut header = [0; 12];
        header[0] = route.family;
        let query = entity(EntityKind::Routes, GET, &header);
        // Where it cannot be read, the type of the encapsulation is shown alone.
        let mut all = ip.entities(&query, true)?.unwrap_or_default();
        all.retain(|one| {
            let kinds = [
                ENCAPSULATION[0],
                NEW_DESTINATION,
                MULTIPATH,
                TTL_PROPAGATION,
            ];
            let mut fields = one.fields.iter();
            fields.any(|field| field.depth == 0 && kinds.contains(&field.id))
        });
        ip.whole_routes = Some(all);
    }
    let known = ip.whole_routes.iter().flatten();
    let found = known
        .filter(|one| fits(one, route))
        .max_by_key(|one| one.header.get(1).copied());
    Ok(found.cloned())
}

fn fits(whole: &Entity, route: &Route) -> bool {
    let header = |at: usize| whole.header.get(at).copied().unwrap_or_default();
    let fields = &whole.fields;
    let table = unsigned(fields, TABLE).unwrap_or_else(|| header(4).into());
    let destination = entity::address(fields, DESTINATION);
    let asked = route.destination.map(address_of);
    let length = header(1);
    let is_within = match asked {
        Some(asked) => super::common(asked, destination, length),
        None => length == 0,
    };
    // A lookup tells the way to one address.
    let is_result = route.destination_length == crate::words::bits(route.family);
    let number = |id| unsigned(fields, id);
    header(0) == route.family
        && table == u64::from(route.table)
        && is_within
        && (is_result
            || length == route.destination_length
                && header(3) == route.tos
                && number(PRIORITY) == route.metric.map(u64::from))
        && number(ENCAPSULATION[0]) == route.encapsulation.map(u64::from)
        && number(OUTPUT) == route.output_interface.map(u64::from)
}

/// The attributes nested in its encapsulation.
pub(super) fn encapsulation(fields: &[Field]) -> Vec<Field> {
    children(fields, ENCAPSULATION[1])
}

/// The attributes of one of its next hops.
pub(super) fn hop(fields: &[Field], place: usize) -> Vec<Field> {
    children(&children(fields, MULTIPATH), place as u16)
}
