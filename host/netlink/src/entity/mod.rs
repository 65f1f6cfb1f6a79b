//! Objects of the kernel that have no record of their own: each kind is a row of a table with the name that requests
//! have, the commands that list and those that change, and the attributes.

mod about;
mod encapsulation;
mod families;
mod header;
mod link_statistics;
mod macsec;
mod route;
mod security;
mod segments;
mod tunnels;

use serde::{Deserialize, Serialize};

use crate::attribute::Entry;
use crate::field::{self, Field};
use crate::message::{Attributes, HEADER as MESSAGE, aligned, u8_at, u16_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, DUMP, MessageBuilder};
use crate::{Error, generic, invalid};

use about::About;
use header::Header;

pub(crate) use about::{link, target};

/// A kind of these objects. In the order of wit/netlink.wit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityKind {
    /// Next hops that routes refer to by number.
    NextHops,
    /// How links forward.
    ForwardingSettings,
    /// MPTCP endpoints and limits.
    Mptcp,
    /// Routes with all their attributes.
    Routes,
    /// What links count beside their statistics.
    LinkStatistics,
    /// MACsec associations.
    Macsec,
    /// UDP ports of tunnels.
    FooOverUdp,
    /// Settings of segment routing.
    SegmentRouting,
    /// Namespaces and schemas of in situ OAM.
    InSituOam,
    /// Identifier-locator addressing.
    IdentifierLocators,
    /// L2TP tunnels and sessions.
    L2tp,
    /// IPsec associations and policies.
    Security,
}

/// An object, or which of them to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// RTM_… of rtnetlink(7), XFRM_MSG_…, or the command of the generic netlink family.
    pub command: u16,
    /// The header in front of the attributes, such as struct nhmsg; empty for generic netlink.
    pub header: Vec<u8>,
    /// The attributes.
    pub fields: Vec<Field>,
}

/// The way to the kernel.
#[derive(Debug, Clone, Copy)]
pub enum Bus {
    /// rtnetlink(7).
    Route,
    /// NETLINK_XFRM.
    Security,
    /// The generic netlink family with this name.
    Generic(&'static str),
}

/// What a command does.
enum Does {
    /// It lists, and messages of this type answer; 0 for generic netlink, where it is the number of the family.
    Read(u16),
    /// It changes, under this name in the record.
    Change(&'static str),
}

/// A command.
struct Command {
    number: u16,
    does: Does,
    header: &'static Header,
    /// Its attributes, where their numbers mean something else than elsewhere.
    table: Option<&'static [Entry]>,
}

const fn read(number: u16, answer: u16, header: &'static Header) -> Command {
    Command {
        number,
        does: Does::Read(answer),
        header,
        table: None,
    }
}

const fn changes(number: u16, name: &'static str, header: &'static Header) -> Command {
    Command {
        number,
        does: Does::Change(name),
        header,
        table: None,
    }
}

impl Command {
    const fn with(self, table: &'static [Entry]) -> Self {
        let table = Some(table);
        Self { table, ..self }
    }
}

/// What is known of a kind.
pub struct Family {
    /// The name in requests at the gate.
    pub name: &'static str,
    /// The way to the kernel.
    pub bus: Bus,
    commands: &'static [Command],
    table: &'static [Entry],
    about: About,
    /// Attributes that the kernel shows only to privileged processes, and no plugin gets.
    secrets: &'static [u16],
}

impl Family {
    const fn new(
        name: &'static str,
        bus: Bus,
        commands: &'static [Command],
        table: &'static [Entry],
        about: About,
    ) -> Self {
        Self {
            name,
            bus,
            commands,
            table,
            about,
            secrets: &[],
        }
    }

    /// Whether what the kernel answers contains secrets.
    pub fn has_secrets(&self) -> bool {
        !self.secrets.is_empty()
    }

    /// Overwrites the secrets in answers of the kernel. A message that cannot be parsed to its end is overwritten
    /// completely.
    pub fn blank_secrets(&self, answer: &mut [u8]) {
        let mut rest = answer;
        while !rest.is_empty() {
            let length = u32_at(rest, 0).map_or(0, |length| length as usize);
            if length < MESSAGE || length > rest.len() {
                return rest.fill(0);
            }
            let (one, others) = rest.split_at_mut(aligned(length).min(rest.len()));
            // The first numbers are of control messages.
            const FIRST: u16 = 0x10;
            if u16_at(one, 4).is_none_or(|kind| kind >= FIRST)
                && let Some(attributes) = one.get_mut(MESSAGE + generic::HEADER..length)
            {
                self.blank_in(attributes);
            }
            rest = others;
        }
    }

    fn blank_in(&self, attributes: &mut [u8]) {
        let mut rest = attributes;
        while !rest.is_empty() {
            let length = u16_at(rest, 0).map_or(0, usize::from);
            if length < 4 || length > rest.len() {
                return rest.fill(0);
            }
            let (one, others) = rest.split_at_mut(aligned(length).min(rest.len()));
            if let Some((id, _)) = Attributes(one).next()
                && self.secrets.contains(&id)
                && let Some(value) = one.get_mut(4..)
            {
                value.fill(0);
            }
            rest = others;
        }
    }
}

/// The attributes of [`EntityKind::ForwardingSettings`], which events have too.
pub const FORWARDING_SETTINGS: &[Entry] = families::NETCONFA;

/// What is known of a kind.
pub fn family(kind: EntityKind) -> &'static Family {
    families::of(kind)
}

/// A message that asks for objects, for all that match or for one, and the type of the messages that answer. For generic
/// netlink, the number of the family must still be set as the type of the message.
pub fn question(query: &Entity, all: bool) -> Result<(Vec<u8>, u16), Error> {
    let family = family(query.kind);
    let mut known = family.commands.iter();
    let found = known.find_map(|command| match command.does {
        Does::Read(answer) if command.number == query.command => Some((command, answer)),
        _ => None,
    });
    let (command, answer) =
        found.ok_or_else(|| invalid(format!("{} are not listed so", family.name)))?;
    let flags = if all { DUMP } else { 0 };
    let builder = message(family, command, query, flags)?;
    Ok((builder.finish()?.0, answer))
}

/// A message that makes a change, with the same gap.
pub(crate) fn change(entity: &Entity, flags: u16) -> Result<MessageBuilder, Error> {
    let family = family(entity.kind);
    let mut known = family.commands.iter();
    let found = known.find_map(|command| match command.does {
        Does::Change(name) if command.number == entity.command => Some((command, name)),
        _ => None,
    });
    let (command, name) =
        found.ok_or_else(|| invalid(format!("{} are not changed so", family.name)))?;
    let mut builder = message(family, command, entity, flags | ACKNOWLEDGE)?;
    builder.note("command", name);
    Ok(builder)
}

fn message(
    family: &Family,
    command: &Command,
    entity: &Entity,
    flags: u16,
) -> Result<MessageBuilder, Error> {
    if entity.header.len() != command.header.length {
        return Err(invalid(format!(
            "the header of {} has another length",
            family.name
        )));
    }
    let mut builder = match family.bus {
        Bus::Route | Bus::Security => MessageBuilder::new(entity.command, flags, &entity.header),
        Bus::Generic(_) => {
            let command = u8::try_from(entity.command).map_err(|_| invalid("no such command"))?;
            MessageBuilder::new(0, flags, &[command, 1, 0, 0])
        }
    };
    command.header.note(&entity.header, &mut builder);
    let table = command.table.unwrap_or(family.table);
    field::write(table, &entity.fields, 0, &mut builder)?;
    Ok(builder)
}

/// The object in a message of this type.
pub fn decode(kind: EntityKind, message: u16, payload: &[u8]) -> Option<Entity> {
    let family = family(kind);
    let (command, header, length, table) = match family.bus {
        Bus::Route | Bus::Security => {
            let mut known = family.commands.iter();
            let answered =
                known.find(|command| matches!(command.does, Does::Read(is) if is == message))?;
            let length = answered.header.length;
            let header = payload.get(..length)?;
            (message, header, aligned(length), answered.table)
        }
        Bus::Generic(_) => (u8_at(payload, 0)?.into(), &[][..], generic::HEADER, None),
    };
    let table = table.unwrap_or(family.table);
    Some(Entity {
        kind,
        command,
        header: header.to_vec(),
        fields: field::read(table, payload.get(length..).unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests;
