//! Links: the few settings that can be put back exactly.

use crate::link::{GROUP, HEADER, MTU, NEW, QUEUE_LENGTH, ask, write};
use crate::message::{Attributes, u32_at};
use crate::message_builder::{ACKNOWLEDGE, MessageBuilder};
use crate::undo::Snapshot;
use crate::{Attribute, AttributeValue, Error, LinkChange, invalid};
use nethost_core::InterfaceBy;

/// IFF_UP.
const UP: u32 = 1;
/// Below this MTU, the kernel removes all of IPv6 from a link (RFC 8200 section 5).
const LEAST_FOR_IPV6: u64 = 1280;

pub(super) fn check(put: bool, change: &LinkChange) -> Result<(), Error> {
    let LinkChange {
        index,
        family,
        name,
        flags: _,
        flags_mask,
        attributes,
        kind,
        kind_data,
        port_kind,
        port_data,
        peer,
        namespace,
    } = change;
    let known = attributes.iter().all(|attribute| {
        let id = u16::try_from(attribute.id);
        id.is_ok_and(|id| [MTU, QUEUE_LENGTH, GROUP].contains(&id))
            && matches!(attribute.value, AttributeValue::Number(_))
    });
    let fits = put
        && *index != 0
        && *family == 0
        && name.is_none()
        && flags_mask & !UP == 0
        && known
        && kind.is_none()
        && kind_data.is_empty()
        && port_kind.is_none()
        && port_data.is_empty()
        && peer.is_none()
        && namespace.is_none();
    match fits {
        true => Ok(()),
        false => Err(invalid(
            "of a link, only up, MTU, queue length and group can be undone, and the link is named by its index",
        )),
    }
}

pub(super) fn question(index: u32) -> Result<Vec<u8>, Error> {
    ask(&InterfaceBy::Index(index)).ok_or_else(|| invalid("no such link"))
}

pub(super) fn is(change: &LinkChange, found: &Snapshot) -> bool {
    let payload = found.payload(NEW);
    payload.and_then(|payload| u32_at(payload, 4)) == Some(change.index)
}

/// Whether the change removes addresses or routes of the link.
pub(super) fn removes(change: &LinkChange) -> bool {
    let is_small = |attribute: &Attribute| {
        attribute.id == u32::from(MTU)
            && matches!(attribute.value, AttributeValue::Number(mtu) if mtu < LEAST_FOR_IPV6)
    };
    let down = change.flags_mask & UP != 0 && change.flags & UP == 0;
    down || change.attributes.iter().any(is_small)
}

pub(super) fn sets_up(change: &LinkChange) -> bool {
    change.flags_mask & change.flags & UP != 0
}

/// The values of what the change is about: flags, then each attribute.
pub(super) fn values(change: &LinkChange, found: &Snapshot) -> Option<Vec<u64>> {
    let payload = found.payload(NEW)?;
    let flags = u32_at(payload, 8)? & change.flags_mask;
    let mut values = vec![u64::from(flags)];
    for attribute in &change.attributes {
        let mut all = Attributes(payload.get(HEADER..)?);
        let value = all.find(|(id, _)| u32::from(*id) == attribute.id);
        values.push(u32_at(value?.1, 0)?.into());
    }
    Some(values)
}

pub(super) fn is_set(change: &LinkChange, found: &Snapshot) -> bool {
    let mut wanted = vec![u64::from(change.flags & change.flags_mask)];
    for attribute in &change.attributes {
        if let AttributeValue::Number(value) = attribute.value {
            wanted.push(value);
        }
    }
    values(change, found) == Some(wanted)
}

pub(super) fn back(change: &LinkChange, before: &Snapshot) -> Result<MessageBuilder, Error> {
    let values = values(change, before).ok_or_else(|| invalid("the link is not described"))?;
    let mut values = values.into_iter();
    let flags = values.next().unwrap_or_default();
    let earlier = LinkChange {
        flags: u32::try_from(flags).unwrap_or_default(),
        attributes: change
            .attributes
            .iter()
            .zip(values)
            .map(|(attribute, value)| Attribute {
                id: attribute.id,
                value: AttributeValue::Number(value),
            })
            .collect(),
        ..change.clone()
    };
    let mut enter = |_: &str| Err(invalid("no namespace is entered"));
    write(NEW, ACKNOWLEDGE, &earlier, &mut enter)
}
