//! The routes that a change takes the place of, or removes. The kernel finds them by destination, table, type of service
//! and metric, whatever link they use; a change that displaces a route of another link is not about its own link alone.

use std::collections::BTreeSet;

use crate::change::NetworkChange;
use crate::entity::{self, EntityKind};
use crate::message::{Attributes, HEADER as MESSAGE, aligned, u8_at, u16_at, u32_at};
use crate::message_builder::{DUMP, INET, INET6, MessageBuilder, REPLACE};
use crate::route::{DELETE, DESTINATION, GET, HEADER, MULTIPATH, OUTPUT, PRIORITY, TABLE, write};
use crate::{Change, Route};

/// RT_TABLE_MAIN, which table 0 stands for.
const MAIN: u32 = 254;
/// IP6_RT_PRIO_USER: the metric of an IPv6 route without one.
const METRIC_OF_INET6: u32 = 1024;

/// What the kernel compares, and the links that are used.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    family: u8,
    destination: (u8, Vec<u8>),
    tos: u8,
    table: u32,
    metric: Option<u32>,
    links: BTreeSet<u32>,
}

/// The routes that a change displaces.
#[derive(Debug)]
pub struct Displaced {
    change: Facts,
    removes: bool,
}

impl Displaced {
    /// None if the change displaces no route, or is about no single link anyway.
    pub fn by(change: &NetworkChange) -> Option<Self> {
        let NetworkChange {
            put, flags, change, ..
        } = change;
        let (message, removes) = match change {
            Change::Route(route) => (plain(route)?, !put),
            Change::Entity(entity) if entity.kind == EntityKind::Routes => {
                let (message, _) = entity::change(entity, 0).ok()?.finish().ok()?;
                (message, entity.command == DELETE)
            }
            _ => return None,
        };
        if !removes && flags & REPLACE == 0 {
            return None;
        }
        Some(Self {
            change: facts(message.get(MESSAGE..)?)?,
            removes,
        })
    }

    /// A message that asks for the routes of the table.
    pub fn question(&self) -> Option<Vec<u8>> {
        let mut header = [0; HEADER];
        header[0] = self.change.family;
        let mut builder = MessageBuilder::new(GET, DUMP, &header);
        if matches!(self.change.family, INET | INET6) {
            builder.raw(TABLE, &self.change.table.to_ne_bytes());
        }
        Some(builder.finish().ok()?.0)
    }

    /// Whether the route in an answer to that message is displaced and uses another link.
    pub fn is_of_another_link(&self, route: &[u8]) -> bool {
        let Some(found) = facts(route) else {
            return false;
        };
        let change = &self.change;
        let is_same = change.family == found.family
            && change.destination == found.destination
            && change.tos == found.tos
            && change.table == found.table;
        // A route is removed whatever its metric is, if none is named. One that does not use the link stays.
        let is_meant = if self.removes {
            (change.metric.is_none() || change.metric() == found.metric())
                && !change.links.is_disjoint(&found.links)
        } else {
            change.metric() == found.metric()
        };
        is_same && is_meant && found.links != change.links
    }
}

impl Facts {
    fn metric(&self) -> u32 {
        match self.metric {
            None | Some(0) if self.family == INET6 => METRIC_OF_INET6,
            metric => metric.unwrap_or_default(),
        }
    }
}

fn plain(route: &Route) -> Option<Vec<u8>> {
    Some(write(0, 0, route).ok()?.finish().ok()?.0)
}

/// From struct rtmsg and what follows it.
fn facts(route: &[u8]) -> Option<Facts> {
    let mut facts = Facts {
        family: u8_at(route, 0)?,
        destination: (u8_at(route, 1)?, Vec::new()),
        tos: u8_at(route, 3)?,
        table: u8_at(route, 4)?.into(),
        metric: None,
        links: BTreeSet::new(),
    };
    for (id, value) in Attributes(route.get(HEADER..)?) {
        match id {
            DESTINATION => facts.destination.1 = network(value, facts.destination.0),
            PRIORITY => facts.metric = u32_at(value, 0),
            TABLE => facts.table = u32_at(value, 0)?,
            OUTPUT => facts.links.extend(u32_at(value, 0)),
            MULTIPATH => hops(value, &mut facts.links),
            _ => {}
        }
    }
    if facts.table == 0 {
        facts.table = MAIN;
    }
    if facts.destination.0 == 0 {
        facts.destination.1.clear();
    }
    Some(facts)
}

/// The octets of a prefix. What is behind its length counts for nothing.
fn network(octets: &[u8], length: u8) -> Vec<u8> {
    let mut left = u32::from(length);
    let masked = octets.iter().map(|octet| {
        let bits = left.min(8);
        left -= bits;
        octet & !(0xff_u32 >> bits) as u8
    });
    masked.collect()
}

/// The links of struct rtnexthop, one after the other.
fn hops(mut bytes: &[u8], links: &mut BTreeSet<u32>) {
    while let (Some(length), Some(link)) = (u16_at(bytes, 0), u32_at(bytes, 4)) {
        links.insert(link);
        if length < 8 {
            return;
        }
        bytes = bytes.get(aligned(length.into())..).unwrap_or_default();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::IpAddress;
    use crate::NextHop;

    fn route(link: u32) -> Route {
        Route {
            family: INET,
            destination: Some(IpAddress::Ipv4((10, 9, 0, 0))),
            destination_length: 16,
            source: None,
            source_length: 0,
            tos: 0,
            table: 254,
            protocol: 3,
            scope: 253,
            kind: 1,
            flags: 0,
            input_interface: None,
            output_interface: Some(link),
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
        }
    }

    fn displaced(put: bool, flags: u16, route: Route) -> Option<Displaced> {
        Displaced::by(&NetworkChange {
            scope: None,
            put,
            flags,
            change: Change::Route(route),
        })
    }

    fn there(route: &Route) -> Vec<u8> {
        plain(route).unwrap().split_off(MESSAGE)
    }

    #[test]
    fn a_route_with_the_same_key_is_replaced_whatever_its_link_is() {
        let replaces = displaced(true, REPLACE, route(3)).unwrap();
        assert!(replaces.is_of_another_link(&there(&route(4))));
        assert!(!replaces.is_of_another_link(&there(&route(3))));
        let other_table = Route {
            table: 0,
            ..route(4)
        };
        assert!(replaces.is_of_another_link(&there(&other_table)));
        for other in [
            Route {
                table: 100,
                ..route(4)
            },
            Route {
                metric: Some(5),
                ..route(4)
            },
            Route { tos: 4, ..route(4) },
            Route {
                destination_length: 17,
                ..route(4)
            },
        ] {
            assert!(!replaces.is_of_another_link(&there(&other)), "{other:?}");
        }
    }

    #[test]
    fn what_only_adds_displaces_nothing() {
        assert!(displaced(true, 0, route(3)).is_none());
    }

    #[test]
    fn several_next_hops_are_removed_together() {
        let hop = |output_interface| NextHop {
            flags: 0,
            hops: 0,
            output_interface,
            gateway: None,
            realms: None,
            encapsulation: None,
        };
        let several = Route {
            output_interface: None,
            metric: Some(7),
            next_hops: Some(vec![hop(3), hop(4)]),
            ..route(0)
        };
        let removes = displaced(false, 0, route(3)).unwrap();
        assert!(removes.is_of_another_link(&there(&several)));
        // The kernel keeps those of other links.
        assert!(!removes.is_of_another_link(&there(&route(4))));
    }
}
