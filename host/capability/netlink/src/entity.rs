//! Objects without a record of their own: the listing, and their conversion.

use std::os::fd::OwnedFd;

use super::RouteRead;
use super::listing::Reader;
use crate::bindings::nethost::cap::netlink as wit;
use nethost_gate::Permit;
use nethost_netlink::Field;
use nethost_netlink::entity::{self, Entity, EntityKind};
use nethost_netlink::message::KernelError;

/// An active listing.
pub struct EntityListing {
    reader: Reader,
    /// The type of the messages.
    messages: u16,
    kind: EntityKind,
    /// The same kind for plugins.
    shown: wit::EntityKind,
}

impl EntityListing {
    pub(super) fn new(
        (socket, messages): (OwnedFd, u16),
        permit: Permit<RouteRead>,
        (kind, shown): (EntityKind, wit::EntityKind),
        all: bool,
    ) -> Self {
        let reader = Reader::new(socket, permit, all);
        Self {
            reader,
            messages,
            kind,
            shown,
        }
    }

    pub(super) fn next(&mut self, max: u32) -> Result<wit::EntityBatch, KernelError> {
        let (kind, shown, message) = (self.kind, self.shown, self.messages);
        let mut interrupted = false;
        let decode =
            |payload: &[u8]| Some(converted(entity::decode(kind, message, payload)?, shown));
        let entities = self
            .reader
            .take(max, self.messages, decode, &mut interrupted)?;
        Ok(wit::EntityBatch {
            entities,
            interrupted,
            last: self.reader.over,
        })
    }
}

fn converted(entity: Entity, kind: wit::EntityKind) -> wit::Entity {
    let fields = entity.fields.into_iter();
    wit::Entity {
        kind,
        command: entity.command,
        header: entity.header,
        fields: fields.map(field).collect(),
    }
}

fn field(Field { depth, id, value }: Field) -> wit::Field {
    wit::Field {
        depth,
        id,
        value: value.map(Into::into),
    }
}
