//! The numbers by which a network namespace refers to others: RTM_NEWNSID and related messages, NETNSA_….

use std::os::fd::{AsRawFd, BorrowedFd};

use crate::message::{Attributes, Message, Messages, u32_at};
use crate::message_builder::MessageBuilder;
use crate::{Error, NamespaceNumbering, invalid};

/// struct rtgenmsg, aligned.
pub const HEADER: usize = 4;

/// RTM_NEWNSID.
pub const NEW: u16 = 88;
/// RTM_GETNSID.
pub const GET: u16 = 90;

/// NETNSA_NSID.
pub const ID: u16 = 1;
const DESCRIPTOR: u16 = 3;

/// A message that asks for the number of a namespace.
pub fn ask(namespace: BorrowedFd<'_>) -> Option<Vec<u8>> {
    let mut builder = MessageBuilder::new(GET, 0, &[0; HEADER]);
    builder.raw(DESCRIPTOR, &namespace.as_raw_fd().to_ne_bytes());
    Some(builder.finish().ok()?.0)
}

/// The number in the answer, if there is one.
pub fn from_answer(answer: &[u8]) -> Option<u32> {
    let Some(Message::Object { payload, .. }) = Messages::new(answer).next() else {
        return None;
    };
    let (_, id) = Attributes(payload.get(HEADER..)?).find(|(id, _)| *id == ID)?;
    // -1: the namespace has no number.
    u32::try_from(u32_at(id, 0)?.cast_signed()).ok()
}

/// `enter` returns the descriptor of the namespace by its name.
pub(crate) fn write(
    put: bool,
    flags: u16,
    numbering: &NamespaceNumbering,
    enter: &mut impl FnMut(&str) -> Result<i32, Error>,
) -> Result<MessageBuilder, Error> {
    if !put {
        return Err(invalid("the number of a namespace cannot be removed"));
    }
    let id = match numbering.id {
        None => -1,
        Some(id) => {
            i32::try_from(id).map_err(|_| invalid(format!("{id} is too large a number")))?
        }
    };
    let mut builder = MessageBuilder::new(NEW, flags, &[0; HEADER]);
    let descriptor = enter(&numbering.name)?;
    builder.bytes(
        DESCRIPTOR,
        "namespace",
        &descriptor.to_ne_bytes(),
        &numbering.name,
    );
    builder.bytes(ID, "id", &id.to_ne_bytes(), id);
    Ok(builder)
}
