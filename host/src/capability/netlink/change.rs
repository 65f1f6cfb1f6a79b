//! Changes as acts and as requests at the gate, both made of the same fields. The broker makes them once
//! more from what the plugin's process sends it, and compares.

use super::draft::{ACKNOWLEDGE, Changes, Draft, link_octets};
use super::{
    address, address_label, link, namespace_number, neighbour, neighbour_table, route, rule,
    tcp_metrics, tun,
};
use crate::bindings::nethost::cap::netlink as wit;
use crate::broker::{InterfaceBy, NetworkChange};
use crate::capability::types::{ErrorCode, invalid};
use nethost_core::{Interface, ObjectName};
use nethost_core::{Request, Target};

/// How a change is made.
#[derive(Debug)]
pub(crate) enum Act<'a> {
    /// By a message of rtnetlink(7).
    Message(Vec<u8>),
    /// By a message of generic netlink, to be addressed to the family of TCP metrics.
    TcpMetrics(Vec<u8>),
    /// By ioctl(2) on /dev/net/tun.
    TunDevice(&'a wit::TunDevice),
    /// By ioctl(2) on a link: SIOCADDMULTI or SIOCDELMULTI.
    MulticastAddress { link: &'a str, octets: [u8; 6] },
    /// By mount(2) below /run/netns.
    NamespaceName(&'a wit::NamespaceName),
}

impl Act<'_> {
    /// How much is sent to the kernel, which answers a message.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Message(message) | Self::TcpMetrics(message) => message.len(),
            Self::TunDevice(_) | Self::MulticastAddress { .. } | Self::NamespaceName(_) => 0,
        }
    }
}

/// How a change is made, and the request that it is. `enter` finds the descriptor of a namespace by its
/// name.
pub(crate) fn prepare<'a>(
    change: &'a NetworkChange<'_>,
    interface: Option<Interface>,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<(Act<'a>, Request), ErrorCode> {
    let NetworkChange { put, flags, change } = change;
    let change = change.as_ref();
    let target = target(change, interface.as_ref())?;
    let (act, interface, changes) = match change {
        wit::Change::TunDevice(device) => {
            let changes = tun::changes(device, *put)?;
            (Act::TunDevice(device), interface, changes)
        }
        wit::Change::MulticastAddress(address) => {
            let (link, octets) = multicast(address)?;
            let shown = octets.map(|octet| format!("{octet:02x}")).join(":");
            let act = Act::MulticastAddress { link, octets };
            (act, interface, vec![("multicast-address", shown)])
        }
        wit::Change::NamespaceName(name) => {
            let changes = name_changes(name, *put)?;
            (Act::NamespaceName(name), None, changes)
        }
        wit::Change::TcpMetrics(of) => {
            let (message, changes) = tcp_metrics::forget(*put, *of)?.finish()?;
            (Act::TcpMetrics(message), None, changes)
        }
        _ => {
            let draft = draft(change, *put, flags | ACKNOWLEDGE, enter)?;
            let (message, mut changes) = draft.finish()?;
            if let Some(link) = &interface {
                changes.insert(0, ("dev", link.to_string()));
            }
            (Act::Message(message), interface, changes)
        }
    };
    let op = if *put {
        "namespace.put"
    } else {
        "namespace.remove"
    };
    let request = Request::new(op, target)
        .on_interface(interface)
        .changing(changes);
    Ok((act, request))
}

/// The link that a change is about, by its number, or by its name as the kernel takes it where there is none.
pub(crate) fn interface_of(change: &wit::Change) -> Option<InterfaceBy<'_>> {
    let named = |name: &'_ str| InterfaceBy::Name(name.to_owned().into());
    let index = match change {
        wit::Change::Link(link) if link.index == 0 => {
            let name = link.name.as_deref().filter(|name| !name.is_empty());
            return name.map(named);
        }
        wit::Change::TunDevice(device) => return Some(named(&device.name)),
        wit::Change::MulticastAddress(address) => return Some(named(&address.name)),
        wit::Change::Link(link) => link.index,
        wit::Change::Address(address) => address.index,
        // One with several next hops leaves through theirs, whatever else it names.
        wit::Change::Route(route) if route.next_hops.is_some() => 0,
        wit::Change::Route(route) => route.output_interface.unwrap_or_default(),
        wit::Change::Neighbour(neighbour) => neighbour.index,
        wit::Change::AddressLabel(label) => label.index,
        wit::Change::NeighbourTable(table) => neighbour_table::index(table),
        wit::Change::LinkNames(names) => names.index,
        _ => 0,
    };
    (index != 0).then_some(InterfaceBy::Index(index))
}

/// The message for a change. `enter` finds the descriptor of a namespace by its name.
fn draft(
    change: &wit::Change,
    put: bool,
    flags: u16,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<Draft, ErrorCode> {
    let kind = |new, delete| if put { new } else { delete };
    match change {
        wit::Change::Link(link) => link::write(kind(link::NEW, link::DELETE), flags, link, enter),
        wit::Change::Address(address) => {
            address::write(kind(address::NEW, address::DELETE), flags, address)
        }
        wit::Change::Route(route) => route::write(kind(route::NEW, route::DELETE), flags, route),
        wit::Change::Rule(rule) => rule::write(kind(rule::NEW, rule::DELETE), flags, rule),
        wit::Change::Neighbour(neighbour) => {
            neighbour::write(kind(neighbour::NEW, neighbour::DELETE), flags, neighbour)
        }
        wit::Change::AddressLabel(label) => address_label::write(
            kind(address_label::NEW, address_label::DELETE),
            flags,
            label,
        ),
        wit::Change::NeighbourTable(table) => neighbour_table::write(put, flags, table),
        wit::Change::LinkNames(names) => link::write_names(put, flags, names),
        wit::Change::NamespaceNumbering(numbering) => {
            namespace_number::write(put, flags, numbering, enter)
        }
        wit::Change::TunDevice(_)
        | wit::Change::MulticastAddress(_)
        | wit::Change::NamespaceName(_)
        | wit::Change::TcpMetrics(_) => Err(invalid("that is no rtnetlink message")),
    }
}

/// What the gate is asked about.
fn target(change: &wit::Change, interface: Option<&Interface>) -> Result<Target, ErrorCode> {
    match change {
        wit::Change::Link(link) => match (interface, link.name.as_deref()) {
            (Some(interface), _) => Ok(Target::Link(interface.clone())),
            (None, Some(name)) if !name.is_empty() => new_link(name),
            _ => object(link.kind.as_deref().unwrap_or_default()),
        },
        wit::Change::LinkNames(_) => existing(interface, ""),
        wit::Change::Address(address) => address::target(address),
        wit::Change::Route(route) => {
            route::target(route.family, route.destination, route.destination_length)
        }
        wit::Change::Rule(rule) => rule::target(rule),
        wit::Change::Neighbour(neighbour) => neighbour::target(neighbour),
        wit::Change::AddressLabel(label) => address_label::target(label),
        wit::Change::NeighbourTable(table) => existing(interface, &table.name),
        wit::Change::NamespaceNumbering(numbering) => object(&numbering.name),
        wit::Change::TunDevice(device) => match interface {
            Some(interface) => Ok(Target::Link(interface.clone())),
            None => new_link(&device.name),
        },
        wit::Change::MulticastAddress(address) => existing(interface, &address.name),
        wit::Change::NamespaceName(name) => object(&name.name),
        wit::Change::TcpMetrics(of) => Ok(tcp_metrics::target(*of)),
    }
}

fn object(name: &str) -> Result<Target, ErrorCode> {
    let object = ObjectName::new(name).map(Target::Object);
    object.ok_or_else(|| invalid(format!("{name:?} is not a name")))
}

/// A link that is there. One that is not is the kernel's to refuse, in its own words.
fn existing(interface: Option<&Interface>, otherwise: &str) -> Result<Target, ErrorCode> {
    match interface {
        Some(interface) => Ok(Target::Link(interface.clone())),
        None => object(otherwise),
    }
}

/// A link that is not there yet, by the name that it will have.
fn new_link(name: &str) -> Result<Target, ErrorCode> {
    let link = Interface::named(name, Vec::new()).map(Target::Link);
    link.map_err(|_| invalid(format!("{name:?} is not a name for a device")))
}

/// What is on record about a namespace's name.
fn name_changes(name: &wit::NamespaceName, put: bool) -> Result<Changes, ErrorCode> {
    check_namespace_name(&name.name)?;
    if !put && name.process.is_some() {
        return Err(invalid("a name is removed whoever's namespace it is"));
    }
    let mut changes = vec![("name", name.name.clone())];
    changes.extend(name.process.map(|process| ("process", process.to_string())));
    Ok(changes)
}

/// The link and the address that SIOCADDMULTI and SIOCDELMULTI take.
fn multicast(address: &wit::MulticastAddress) -> Result<(&str, [u8; 6]), ErrorCode> {
    let name = address.name.as_str();
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains(['\0', '/']) {
        return Err(invalid(format!("{name:?} is not a name for a device")));
    }
    let octets = match &address.address {
        wit::AttributeValue::LinkAddress(address) => link_octets(address)?,
        _ => return Err(invalid("only a link address is added by hand")),
    };
    let octets = <[u8; 6]>::try_from(octets).map_err(|octets| {
        invalid(format!(
            "Invalid address length {} - must be 6 bytes",
            octets.len()
        ))
    })?;
    Ok((name, octets))
}

/// Refuses what is no name below /run/netns.
pub(super) fn check_namespace_name(name: &str) -> Result<(), ErrorCode> {
    if is_namespace_name(name) {
        return Ok(());
    }
    Err(invalid(format!(
        "{name:?} is not the name of a network namespace"
    )))
}

/// True for a name below /run/netns, and nothing else.
pub(crate) fn is_namespace_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != ".."
}
