//! What a program that sends packets must know about a link: type, flags and hardware addresses.

use serde::{Deserialize, Serialize};

use crate::link::{ADDRESS, BROADCAST, HEADER, MTU, NAME, NEW};
use crate::message::{Attributes, Message, Messages, text, u16_at, u32_at};

/// A link, as the kernel describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkFacts {
    /// Its index.
    pub index: u32,
    /// Its primary name.
    pub name: String,
    /// ARPHRD_….
    pub hardware_type: u16,
    /// IFF_….
    pub flags: u32,
    /// The maximum length of a packet.
    pub mtu: u32,
    /// Its hardware address.
    pub address: Vec<u8>,
    /// The hardware address of broadcasts.
    pub broadcast: Vec<u8>,
}

impl LinkFacts {
    /// The link in the answer to [`crate::link::ask`].
    pub fn from_answer(answer: &[u8]) -> Option<Self> {
        let Some(Message::Object { kind: NEW, payload }) = Messages::new(answer).next() else {
            return None;
        };
        let mut facts = Self {
            hardware_type: u16_at(payload, 2)?,
            index: u32_at(payload, 4)?,
            flags: u32_at(payload, 8)?,
            ..Self::default()
        };
        for (id, value) in Attributes(payload.get(HEADER..)?) {
            match id {
                NAME => facts.name = text(value),
                MTU => facts.mtu = u32_at(value, 0)?,
                ADDRESS => facts.address = value.into(),
                BROADCAST => facts.broadcast = value.into(),
                _ => {}
            }
        }
        Some(facts)
    }
}
