//! Generic netlink (linux/genetlink.h): families whose numbers the kernel assigns at run time.

use crate::message::{Attributes, Message, Messages, u16_at};
use crate::message_builder::{DUMP, MessageBuilder};

/// struct genlmsghdr: command, version, and two reserved octets.
pub const HEADER: usize = 4;

/// GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_ID and CTRL_ATTR_FAMILY_NAME.
const CONTROLLER: u16 = 0x10;
const GET_FAMILY: u8 = 3;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;

/// A message that asks for the number of the family with this name.
pub fn ask_family(name: &str) -> Option<Vec<u8>> {
    let mut builder = MessageBuilder::new(CONTROLLER, 0, &[GET_FAMILY, 1, 0, 0]);
    builder.raw(FAMILY_NAME, &[name.as_bytes(), b"\0"].concat());
    Some(builder.finish().ok()?.0)
}

/// The number in the answer to that message.
pub fn family_told(answer: &[u8]) -> Option<u16> {
    let Some(Message::Object { payload, .. }) = Messages::new(answer).next() else {
        return None;
    };
    let (_, value) = Attributes(payload.get(HEADER..)?).find(|(id, _)| *id == FAMILY_ID)?;
    u16_at(value, 0)
}

/// A message that asks a family for everything that a command lists.
pub fn dump(family: u16, command: u8) -> Option<Vec<u8>> {
    let builder = MessageBuilder::new(family, DUMP, &[command, 1, 0, 0]);
    Some(builder.finish().ok()?.0)
}

/// Sets the family that a message is for.
pub fn address(message: &mut [u8], family: u16) -> Option<()> {
    let kind = message.get_mut(4..6)?;
    kind.copy_from_slice(&family.to_ne_bytes());
    Some(())
}
