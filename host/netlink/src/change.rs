//! Converts changes to messages for the kernel and to requests at the gate, both from the same fields. The broker
//! converts the change that it receives from the runner again, and compares the request with the permit.

use crate::entity::{self, Bus, EntityKind};
use crate::message_builder::{
    ACKNOWLEDGE, APPEND, CREATE, Changes, EXCLUSIVE, MessageBuilder, REPLACE, link_octets,
};
use crate::rule::inner_family;
use crate::{AttributeValue, Change, Error, MulticastAddress, NamespaceName, TunDevice, invalid};
use crate::{
    address, address_label, link, namespace_number, neighbour, neighbour_table, route, rule,
    tcp_metrics, tun,
};
use nethost_core::{Interface, InterfaceBy, ObjectName, is_other_link, shown_link};
use nethost_core::{Request, Target};
use serde::{Deserialize, Serialize};

/// A change, and how it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkChange {
    /// The WIT function that made the change: `put`, otherwise `remove`.
    pub put: bool,
    /// The number of the scope that undoes it unless it is committed. None for a change that stays.
    pub scope: Option<u64>,
    /// NLM_F_… of netlink(7).
    pub flags: u16,
    /// The change.
    pub change: Change,
}

/// The way a change is made.
#[derive(Debug)]
pub enum Act<'a> {
    /// With a message of rtnetlink(7).
    Message(Vec<u8>),
    /// With a message of NETLINK_XFRM.
    Security(Vec<u8>),
    /// With a message of generic netlink, in which the number of this family must still be set as its type.
    Generic(&'static str, Vec<u8>),
    /// With ioctl(2) on /dev/net/tun.
    TunDevice(&'a TunDevice),
    /// With ioctl(2) on a link: SIOCADDMULTI or SIOCDELMULTI.
    MulticastAddress {
        /// The name of the link.
        link: &'a str,
        /// The address.
        octets: [u8; 6],
    },
    /// With mount(2) below /run/netns.
    NamespaceName(&'a NamespaceName),
}

impl Act<'_> {
    /// The length of the message to the kernel.
    pub fn length(&self) -> usize {
        match self {
            Self::Message(message) | Self::Security(message) | Self::Generic(_, message) => {
                message.len()
            }
            Self::TunDevice(_) | Self::MulticastAddress { .. } | Self::NamespaceName(_) => 0,
        }
    }
}

/// What is looked up for a change, in the namespace that it is made in.
pub trait LookUp {
    /// The link with this index.
    fn link(&mut self, index: u32) -> Option<Interface>;
    /// The descriptor of a namespace by its name.
    fn enter(&mut self, name: &str) -> Result<i32, Error>;
}

/// Converts a change to the way it is made, and to its request.
pub fn prepare<'a>(
    change: &'a NetworkChange,
    interface: Option<Interface>,
    look_up: &mut impl LookUp,
) -> Result<(Act<'a>, Request), Error> {
    let NetworkChange {
        put,
        scope,
        flags,
        change,
    } = change;
    let target = target(change, interface.as_ref())?;
    let how = how(*put, *flags)?;
    let (act, interface, mut changes) = match change {
        Change::TunDevice(device) => {
            let changes = tun::changes(device, *put)?;
            (Act::TunDevice(device), interface, changes)
        }
        Change::MulticastAddress(address) => {
            let (link, octets) = multicast(address)?;
            let shown = octets.map(|octet| format!("{octet:02x}")).join(":");
            let act = Act::MulticastAddress { link, octets };
            (act, interface, vec![("multicast-address", shown)])
        }
        Change::NamespaceName(name) => {
            let changes = name_changes(name, *put)?;
            (Act::NamespaceName(name), None, changes)
        }
        Change::TcpMetrics(of) => {
            let (message, changes) = tcp_metrics::forget(*put, *of)?.finish()?;
            (Act::Generic(tcp_metrics::FAMILY, message), None, changes)
        }
        Change::Entity(entity) => {
            let (message, mut changes) = entity::change(entity, *flags)?.finish()?;
            if let Some(link) = &interface {
                changes.insert(0, ("dev", link.to_string()));
            }
            let act = match entity::family(entity.kind).bus {
                Bus::Route => Act::Message(message),
                Bus::Security => Act::Security(message),
                Bus::Generic(family) => Act::Generic(family, message),
            };
            (act, interface, changes)
        }
        _ => {
            let enter = &mut |name: &str| look_up.enter(name);
            let builder = message(change, *put, flags | ACKNOWLEDGE, enter)?;
            let (message, mut changes) = builder.finish()?;
            if let Change::Link(_) = change {
                name_links(&mut changes, look_up);
            }
            if let Some(link) = &interface {
                changes.insert(0, ("dev", link.to_string()));
            }
            (Act::Message(message), interface, changes)
        }
    };
    changes.extend(how.map(|how| ("how", how)));
    let op = match (change, *put, scope) {
        (Change::Entity(_), ..) => "namespace.change-entity",
        (_, true, None) => "namespace.put",
        (_, false, None) => "namespace.remove",
        (_, true, Some(_)) => "undoable.put",
        (_, false, Some(_)) => "undoable.remove",
    };
    let request = Request::new(op, target)
        .on_interface(interface)
        .changing(changes);
    Ok((act, request))
}

/// Puts the names of links in the place of their numbers. A number that no link has, and one of another namespace, stays.
fn name_links(changes: &mut Changes, look_up: &mut impl LookUp) {
    let others = changes.iter_mut().filter(|(field, _)| is_other_link(field));
    for (_, value) in others {
        let Ok(index) = value.parse() else { continue };
        let link = (index != 0).then(|| look_up.link(index));
        match link {
            None => *value = shown_link(None),
            Some(Some(link)) => *value = shown_link(Some(&link)),
            Some(None) => {}
        }
    }
}

/// The flags in the words of the contract. Others are refused, such as those that would delete more than one object.
fn how(put: bool, flags: u16) -> Result<Option<String>, Error> {
    const NAMES: [(u16, &str); 4] = [
        (CREATE, "create"),
        (EXCLUSIVE, "exclusive"),
        (REPLACE, "replace"),
        (APPEND, "append"),
    ];
    let known = NAMES.iter().fold(0, |known, (flag, _)| known | flag);
    if flags & !known != 0 || (flags != 0 && !put) {
        return Err(invalid(format!(
            "a change is not made with flags {flags:#x}"
        )));
    }
    let names = NAMES.iter().filter(|(flag, _)| flags & flag != 0);
    let names: Vec<_> = names.map(|(_, name)| *name).collect();
    Ok((flags != 0).then(|| names.join(" ")))
}

/// The link of a change, by its number, or by its name if it has no number.
pub fn interface_of(change: &NetworkChange) -> Option<InterfaceBy<'_>> {
    let NetworkChange { flags, change, .. } = change;
    let named = |name: &'_ str| InterfaceBy::Name(name.to_owned().into());
    let index = match change {
        Change::Link(link) if link.index == 0 => {
            let name = link.name.as_deref().filter(|name| !name.is_empty());
            return name.map(named);
        }
        Change::TunDevice(device) => return Some(named(&device.name)),
        Change::MulticastAddress(address) => return Some(named(&address.name)),
        Change::Link(link) => link.index,
        Change::Address(address) => address.index,
        // A route with several next hops, or with one by its number, uses the interfaces of these, whatever else it names.
        Change::Route(route) if route.next_hops.is_some() || route.next_hop_id.is_some() => 0,
        // One for multicast packets has an input and outputs, and the kernel heeds no other interface.
        Change::Route(route) if inner_family(route.family) != route.family => 0,
        Change::Route(route) => route.output_interface.unwrap_or_default(),
        Change::Neighbour(neighbour) => neighbour.index,
        Change::AddressLabel(label) => label.index,
        Change::NeighbourTable(table) => neighbour_table::index(table),
        Change::LinkNames(names) => names.index,
        // What is replaced is found by its number, and can be bound to another link. Which route is replaced can be known.
        Change::Entity(entity) if flags & REPLACE != 0 && entity.kind != EntityKind::Routes => 0,
        Change::Entity(entity) => entity::link(entity),
        _ => 0,
    };
    (index != 0).then_some(InterfaceBy::Index(index))
}

/// The message for a change. `enter` returns the descriptor of a namespace by its name.
fn message(
    change: &Change,
    put: bool,
    flags: u16,
    enter: &mut impl FnMut(&str) -> Result<i32, Error>,
) -> Result<MessageBuilder, Error> {
    let kind = |new, delete| if put { new } else { delete };
    match change {
        Change::Link(link) => link::write(kind(link::NEW, link::DELETE), flags, link, enter),
        Change::Address(address) => {
            address::write(kind(address::NEW, address::DELETE), flags, address)
        }
        Change::Route(route) => route::write(kind(route::NEW, route::DELETE), flags, route),
        Change::Rule(rule) => rule::write(kind(rule::NEW, rule::DELETE), flags, rule),
        Change::Neighbour(neighbour) => {
            neighbour::write(kind(neighbour::NEW, neighbour::DELETE), flags, neighbour)
        }
        Change::AddressLabel(label) => address_label::write(
            kind(address_label::NEW, address_label::DELETE),
            flags,
            label,
        ),
        Change::NeighbourTable(table) => neighbour_table::write(put, flags, table),
        Change::LinkNames(names) => link::write_names(put, flags, names),
        Change::NamespaceNumbering(numbering) => {
            namespace_number::write(put, flags, numbering, enter)
        }
        Change::TunDevice(_)
        | Change::MulticastAddress(_)
        | Change::NamespaceName(_)
        | Change::TcpMetrics(_)
        | Change::Entity(_) => Err(invalid("the change is not an rtnetlink message")),
    }
}

/// The target of the request.
fn target(change: &Change, interface: Option<&Interface>) -> Result<Target, Error> {
    match change {
        Change::Link(link) => match (interface, link.name.as_deref()) {
            (Some(interface), _) => Ok(Target::Link(interface.clone())),
            (None, Some(name)) if !name.is_empty() => new_link(name),
            _ => object(link.kind.as_deref().unwrap_or_default()),
        },
        Change::LinkNames(_) => existing(interface, ""),
        Change::Address(address) => address::target(address),
        Change::Route(route) => {
            route::target(route.family, route.destination, route.destination_length)
        }
        Change::Rule(rule) => rule::target(rule),
        Change::Neighbour(neighbour) => neighbour::target(neighbour),
        Change::AddressLabel(label) => address_label::target(label),
        Change::NeighbourTable(table) => existing(interface, &table.name),
        Change::NamespaceNumbering(numbering) => object(&numbering.name),
        Change::TunDevice(device) => match interface {
            Some(interface) => Ok(Target::Link(interface.clone())),
            None => new_link(&device.name),
        },
        Change::MulticastAddress(address) => existing(interface, &address.name),
        Change::NamespaceName(name) => object(&name.name),
        Change::TcpMetrics(of) => Ok(tcp_metrics::target(*of)),
        Change::Entity(entity) => entity::target(entity),
    }
}

fn object(name: &str) -> Result<Target, Error> {
    let object = ObjectName::new(name).map(Target::Object);
    object.ok_or_else(|| invalid(format!("{name:?} is not a name")))
}

/// An existing link. If it does not exist, the kernel refuses the change with its own error.
fn existing(interface: Option<&Interface>, otherwise: &str) -> Result<Target, Error> {
    match interface {
        Some(interface) => Ok(Target::Link(interface.clone())),
        None => object(otherwise),
    }
}

/// A link that does not exist yet, by its future name.
fn new_link(name: &str) -> Result<Target, Error> {
    let link = Interface::named(name, Vec::new()).map(Target::Link);
    link.map_err(|_| invalid(format!("{name:?} is not a name for a device")))
}

/// The fields in the record about the name of a namespace.
fn name_changes(name: &NamespaceName, put: bool) -> Result<Changes, Error> {
    check_namespace_name(&name.name)?;
    if !put && name.process.is_some() {
        return Err(invalid(
            "the name of a namespace is removed without a process",
        ));
    }
    let mut changes = vec![("name", name.name.clone())];
    changes.extend(name.process.map(|process| ("process", process.to_string())));
    Ok(changes)
}

/// The link and the address for SIOCADDMULTI and SIOCDELMULTI.
fn multicast(address: &MulticastAddress) -> Result<(&str, [u8; 6]), Error> {
    let name = address.name.as_str();
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/']) {
        return Err(invalid(format!("{name:?} is not a name for a device")));
    }
    let octets = match &address.address {
        AttributeValue::LinkAddress(address) => link_octets(address)?,
        _ => return Err(invalid("only a link-layer address can be added")),
    };
    let octets = <[u8; 6]>::try_from(octets).map_err(|octets| {
        invalid(format!(
            "Invalid address length {} - must be 6 bytes",
            octets.len()
        ))
    })?;
    Ok((name, octets))
}

/// Refuses a text that cannot be a name below /run/netns.
pub fn check_namespace_name(name: &str) -> Result<(), Error> {
    if is_namespace_name(name) {
        return Ok(());
    }
    Err(invalid(format!(
        "{name:?} is not the name of a network namespace"
    )))
}

/// Whether this is a name below /run/netns and nothing else.
pub fn is_namespace_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != ".."
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
