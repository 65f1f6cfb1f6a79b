//! Lists objects that have no record of their own.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_netlink::subject;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;
use nethost_netlink::entity::{self, Entity};

/// The act.
pub(crate) struct ListEntities;

impl Operation for ListEntities {
    const NAME: &'static str = "list-entities";
    /// Which ones, and whether they are all that match, or one.
    type Args = (Entity, bool);
    /// The type of the messages. The socket that contains them is returned.
    type Reply = u16;

    fn perform(
        permit: &Ticket,
        (query, all): (Entity, bool),
        context: &mut Context<'_>,
    ) -> Result<(u16, Option<OwnedFd>), Error> {
        if subject(permit)? != entity::family(query.kind).name {
            return Err(refused("no permit to list this"));
        }
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let (socket, kind) = namespace.entities(&query, all)?;
        Ok((kind, Some(socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        let query = Entity {
            kind: entity::EntityKind::NextHops,
            command: 106,
            header: vec![0; 8],
            fields: Vec::new(),
        };
        (query, true)
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("next-hops")
    }
}

impl Broker {
    /// Asks for permitted objects, for all that match or for one. Returns a socket that contains the answers, and the type
    /// of the messages.
    pub fn list_entities<C: Capability>(
        &self,
        permit: &Permit<C>,
        query: &Entity,
        all: bool,
    ) -> io::Result<(OwnedFd, u16)> {
        let args = (query.clone(), all);
        let (kind, socket) = self.obtain::<ListEntities, C>(permit, args)?;
        Ok((socket, kind))
    }
}
