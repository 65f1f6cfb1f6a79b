//! What the kernel says of a network, asked by the library.

use crate::namespace::Namespace;
use futures::TryStreamExt;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage};
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkInfo, LinkMessage};
use rtnetlink::packet_route::neighbour::{
    NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState,
};
use rtnetlink::packet_route::route::{RouteAddress, RouteAttribute, RouteMessage};
use rtnetlink::packet_route::rule::{RuleAttribute, RuleMessage};
use rtnetlink::{IpVersion, RouteMessageBuilder};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// An interface, as far as two networks that are alike agree on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Its number; networks that are alike may differ.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Whether it is switched on.
    pub up: bool,
    /// How long its packets may be.
    pub mtu: u32,
    /// Its hardware address in colons; empty where it has none.
    pub address: String,
    /// What operators call it.
    pub alias: Option<String>,
    /// What it is a port of.
    pub master: Option<u32>,
    /// What it is, such as `veth`.
    pub kind: Option<String>,
    /// Whether there is a carrier (IF_OPER_UP of RFC 2863), or who knows.
    pub state: String,
}

/// All interfaces, by their numbers.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn links(node: &Namespace) -> BTreeMap<u32, Link> {
    let links: Vec<_> =
        node.netlink(async |handle| handle.link().get().execute().try_collect().await);
    let links = links.into_iter().map(link);
    links.map(|link| (link.index, link)).collect()
}

fn link(message: LinkMessage) -> Link {
    let up = rtnetlink::packet_route::link::LinkFlags::Up;
    let mut link = Link {
        index: message.header.index,
        name: String::new(),
        up: message.header.flags.contains(up),
        mtu: 0,
        address: String::new(),
        alias: None,
        master: None,
        kind: None,
        state: String::new(),
    };
    for attribute in message.attributes {
        match attribute {
            LinkAttribute::IfName(name) => link.name = name,
            LinkAttribute::Mtu(mtu) => link.mtu = mtu,
            LinkAttribute::Address(bytes) => link.address = hardware(&bytes),
            LinkAttribute::IfAlias(alias) => link.alias = Some(alias),
            LinkAttribute::Controller(master) => link.master = Some(master),
            LinkAttribute::OperState(state) => link.state = format!("{state:?}").to_uppercase(),
            LinkAttribute::LinkInfo(infos) => {
                link.kind = infos.into_iter().find_map(|info| match info {
                    LinkInfo::Kind(InfoKind::Other(kind)) => Some(kind),
                    LinkInfo::Kind(kind) => Some(kind.to_string()),
                    _ => None,
                });
            }
            _ => {}
        }
    }
    link
}

/// Bytes with colons between them.
#[must_use]
pub fn hardware(bytes: &[u8]) -> String {
    let bytes: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(":")
}

/// All addresses of all interfaces.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn addresses(node: &Namespace) -> Vec<AddressMessage> {
    node.netlink(async |handle| handle.address().get().execute().try_collect().await)
}

/// What an address is: its own for both ends of a cable, the near one's where they differ.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn local(message: &AddressMessage) -> IpAddr {
    let found = |own: bool| {
        message.attributes.iter().find_map(|one| match one {
            AddressAttribute::Local(address) if own => Some(*address),
            AddressAttribute::Address(address) if !own => Some(*address),
            _ => None,
        })
    };
    found(true).or_else(|| found(false)).expect("an address")
}

/// All routes of a family, in all tables.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn routes(node: &Namespace, family: AddressFamily) -> Vec<RouteMessage> {
    let mut question = RouteMessageBuilder::<IpAddr>::new();
    question.get_mut().header.address_family = family;
    let question = question.build();
    node.netlink(async |handle| handle.route().get(question).execute().try_collect().await)
}

/// The number of a route's table.
#[must_use]
pub fn table(route: &RouteMessage) -> u32 {
    let named = route.attributes.iter().find_map(|one| match one {
        RouteAttribute::Table(table) => Some(*table),
        _ => None,
    });
    named.unwrap_or_else(|| route.header.table.into())
}

/// Where a route leads, as ip writes it.
#[must_use]
pub fn destination(route: &RouteMessage) -> String {
    let length = route.header.destination_prefix_length;
    let is_v4 = route.header.address_family == AddressFamily::Inet;
    let whole = if is_v4 { 32 } else { 128 };
    let to = route.attributes.iter().find_map(|one| match one {
        RouteAttribute::Destination(RouteAddress::Inet(to)) => Some(to.to_string()),
        RouteAttribute::Destination(RouteAddress::Inet6(to)) => Some(to.to_string()),
        _ => None,
    });
    match to {
        None if length == 0 => "default".into(),
        None => format!("{}/{length}", if is_v4 { "0.0.0.0" } else { "::" }),
        Some(to) if length == whole => to,
        Some(to) => format!("{to}/{length}"),
    }
}

/// All rules of both families, in the order of the kernel.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn rules(node: &Namespace) -> Vec<RuleMessage> {
    node.netlink(async |handle| {
        let mut rules: Vec<_> = handle
            .rule()
            .get(IpVersion::V4)
            .execute()
            .try_collect()
            .await?;
        let v6: Vec<_> = handle
            .rule()
            .get(IpVersion::V6)
            .execute()
            .try_collect()
            .await?;
        rules.extend(v6);
        Ok(rules)
    })
}

/// When a rule is looked at.
#[must_use]
pub fn priority(rule: &RuleMessage) -> u32 {
    let priority = rule.attributes.iter().find_map(|one| match one {
        RuleAttribute::Priority(priority) => Some(*priority),
        _ => None,
    });
    priority.unwrap_or_default()
}

/// All neighbours.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn neighbours(node: &Namespace) -> Vec<NeighbourMessage> {
    node.netlink(async |handle| handle.neighbours().get().execute().try_collect().await)
}

/// A neighbour's address and its hardware address, where it has one.
#[must_use]
pub fn neighbour(message: &NeighbourMessage) -> (Option<IpAddr>, Option<String>) {
    let mut found = (None, None);
    for attribute in &message.attributes {
        match attribute {
            NeighbourAttribute::Destination(NeighbourAddress::Inet(v4)) => {
                found.0 = Some((*v4).into());
            }
            NeighbourAttribute::Destination(NeighbourAddress::Inet6(v6)) => {
                found.0 = Some((*v6).into());
            }
            NeighbourAttribute::LinkLayerAddress(bytes) => found.1 = Some(hardware(bytes)),
            _ => {}
        }
    }
    found
}

/// Everything as lines that are the same for two networks that are alike: without the numbers of interfaces, without
/// what counts or runs down, without the neighbours that the kernel found by itself, and sorted.
///
/// # Panics
/// When the kernel refuses.
#[must_use]
pub fn lines(node: &Namespace) -> Vec<String> {
    let links = links(node);
    let name = |index: u32| links.get(&index).map_or("", |link| &link.name).to_owned();
    let mut lines: Vec<String> = links
        .values()
        .map(|link| {
            let master = link.master.map(name);
            let link = Link {
                index: 0,
                master: None,
                ..link.clone()
            };
            format!("{link:?} {master:?}")
        })
        .collect();
    lines.extend(addresses(node).into_iter().map(|mut address| {
        let device = name(address.header.index);
        address.header.index = 0;
        address
            .attributes
            .retain(|one| !matches!(one, AddressAttribute::CacheInfo(_)));
        format!("{device} {address:?}")
    }));
    for family in [AddressFamily::Inet, AddressFamily::Inet6] {
        lines.extend(routes(node, family).into_iter().map(|mut route| {
            let mut devices = Vec::new();
            route.attributes.retain_mut(|one| match one {
                RouteAttribute::Oif(index) => {
                    devices.push(name(*index));
                    false
                }
                RouteAttribute::MultiPath(hops) => {
                    for hop in hops {
                        devices.push(name(hop.interface_index));
                        hop.interface_index = 0;
                    }
                    true
                }
                RouteAttribute::CacheInfo(_) => false,
                _ => true,
            });
            format!("{devices:?} {route:?}")
        }));
    }
    lines.extend(rules(node).iter().map(|rule| format!("{rule:?}")));
    lines.extend(
        neighbours(node)
            .into_iter()
            .filter(|entry| entry.header.state == NeighbourState::Permanent)
            .map(|entry| format!("{} {:?}", name(entry.header.ifindex), neighbour(&entry))),
    );
    lines.sort();
    lines
}
