//! Changes as messages to the kernel and as requests at the gate, both made of the same fields. The broker
//! makes them once more from what the plugin's process sends it, and compares.

use std::os::fd::{AsRawFd, BorrowedFd};

use super::draft::{ACKNOWLEDGE, Draft};
use super::message::{Attributes, Message, Messages, u32_at};
use super::{address, address_label, link, neighbour, route, rule, tun};
use crate::bindings::nethost::cap::netlink as wit;
use crate::broker::NetworkChange;
use crate::capability::types::{ErrorCode, invalid};
use crate::gate::{Request, Target};

/// The message of a change, none for a device, and the request that it is. `enter` finds the descriptor of
/// a namespace by its name.
pub(crate) fn prepare(
    change: &NetworkChange<'_>,
    interface: Option<String>,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<(Vec<u8>, Request), ErrorCode> {
    let NetworkChange { put, flags, change } = change;
    let op = if *put {
        "namespace.put"
    } else {
        "namespace.remove"
    };
    if let wit::Change::TunDevice(device) = &**change {
        let request = Request::new(op, Target::Name(device.name.clone()))
            .on_interface(Some(&device.name))
            .changing(tun::changes(device, *put)?);
        return Ok((Vec::new(), request));
    }
    let (message, mut changes) = draft(change, *put, flags | ACKNOWLEDGE, enter)?.finish()?;
    if let Some(name) = &interface {
        changes.insert(0, ("dev", name.clone()));
    }
    let request = Request::new(op, target(change, interface.as_deref())?)
        .on_interface(interface.as_deref())
        .changing(changes);
    Ok((message, request))
}

/// The link that a change is about, by its number.
pub(crate) fn interface_index(change: &wit::Change) -> Option<u32> {
    let index = match change {
        wit::Change::Link(link) => link.index,
        wit::Change::Address(address) => address.index,
        wit::Change::Route(route) => route.output_interface.unwrap_or_default(),
        wit::Change::Neighbour(neighbour) => neighbour.index,
        wit::Change::AddressLabel(label) => label.index,
        wit::Change::Rule(_) | wit::Change::TunDevice(_) => 0,
    };
    (index != 0).then_some(index)
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
        wit::Change::TunDevice(_) => Err(invalid("a device is no message")),
    }
}

/// What the gate is asked about.
fn target(change: &wit::Change, interface: Option<&str>) -> Result<Target, ErrorCode> {
    match change {
        wit::Change::Link(link) => {
            let name = interface.or(link.name.as_deref()).or(link.kind.as_deref());
            Ok(Target::Name(name.unwrap_or_default().into()))
        }
        wit::Change::Address(address) => address::target(address),
        wit::Change::Route(route) => {
            route::target(route.family, route.destination, route.destination_length)
        }
        wit::Change::Rule(rule) => rule::target(rule),
        wit::Change::Neighbour(neighbour) => neighbour::target(neighbour),
        wit::Change::AddressLabel(label) => address_label::target(label),
        wit::Change::TunDevice(device) => Ok(Target::Name(device.name.clone())),
    }
}

/// True for a name below /run/netns, and nothing else.
pub(crate) fn is_namespace_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != ".."
}

/// RTM_GETNSID, NETNSA_FD and NETNSA_NSID (linux/net_namespace.h).
const GET_ID: u16 = 90;
const DESCRIPTOR: u16 = 3;
const ID: u16 = 1;

/// Asks for the number that a namespace is known by.
pub(crate) fn ask_for_id(namespace: BorrowedFd<'_>) -> Option<Vec<u8>> {
    let mut draft = Draft::new(GET_ID, 0, &[0; 4]);
    draft.raw(DESCRIPTOR, &namespace.as_raw_fd().to_ne_bytes());
    Some(draft.finish().ok()?.0)
}

/// The number that the answer tells of, if it has one.
pub(crate) fn id_told(answer: &[u8]) -> Option<u32> {
    let Some(Message::Object { payload, .. }) = Messages::new(answer).next() else {
        return None;
    };
    let (_, value) = Attributes(payload.get(4..)?).find(|(id, _)| *id == ID)?;
    // -1: it has none.
    u32_at(value, 0).filter(|id| *id != u32::MAX)
}
