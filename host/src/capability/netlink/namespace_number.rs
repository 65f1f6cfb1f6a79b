//! The numbers that one network namespace knows others by: RTM_NEWNSID and its relatives, NETNSA_….

use std::os::fd::{AsRawFd, BorrowedFd};

use super::draft::{DUMP, Draft};
use super::message::{Attributes, Message, Messages, u32_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, invalid};

/// struct rtgenmsg, aligned.
const HEADER: usize = 4;

pub(super) const NEW: u16 = 88;
pub(super) const DELETE: u16 = 89;
const GET: u16 = 90;

const ID: u16 = 1;
const DESCRIPTOR: u16 = 3;
const CURRENT: u16 = 5;

pub(super) fn decode(payload: &[u8]) -> Option<wit::NamespaceNumber> {
    let mut number = wit::NamespaceNumber {
        id: -1,
        current: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            ID => number.id = u32_at(value, 0)?.cast_signed(),
            CURRENT => number.current = u32_at(value, 0).map(u32::cast_signed),
            _ => {}
        }
    }
    Some(number)
}

pub(super) fn query() -> Draft {
    Draft::new(GET, DUMP, &[0; HEADER])
}

/// Asks for the number that one namespace is known by.
pub(crate) fn ask(namespace: BorrowedFd<'_>) -> Option<Vec<u8>> {
    let mut draft = Draft::new(GET, 0, &[0; HEADER]);
    draft.raw(DESCRIPTOR, &namespace.as_raw_fd().to_ne_bytes());
    Some(draft.finish().ok()?.0)
}

/// The number that the answer tells of, if it has one.
pub(crate) fn told(answer: &[u8]) -> Option<u32> {
    let Some(Message::Object { payload, .. }) = Messages::new(answer).next() else {
        return None;
    };
    // -1: it has none.
    u32::try_from(decode(payload)?.id).ok()
}

/// `enter` finds the descriptor of the namespace by its name.
pub(super) fn write(
    put: bool,
    flags: u16,
    numbering: &wit::NamespaceNumbering,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<Draft, ErrorCode> {
    if !put {
        return Err(invalid("a number stays with its namespace"));
    }
    let id = match numbering.id {
        None => -1,
        Some(id) => {
            i32::try_from(id).map_err(|_| invalid(format!("{id} is too large a number")))?
        }
    };
    let mut draft = Draft::new(NEW, flags, &[0; HEADER]);
    let descriptor = enter(&numbering.name)?;
    draft.bytes(
        DESCRIPTOR,
        "namespace",
        &descriptor.to_ne_bytes(),
        &numbering.name,
    );
    draft.bytes(ID, "id", &id.to_ne_bytes(), id);
    Ok(draft)
}
