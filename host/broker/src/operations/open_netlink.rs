//! Opens an rtnetlink(7) socket that receives only permitted messages.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenNetlink;

/// RTM_NEW… and RTM_DEL… of the permitted objects (linux/rtnetlink.h).
const KINDS: &[(&str, &[u16])] = &[
    ("links", &[16, 17]),
    ("addresses", &[20, 21]),
    ("routes", &[24, 25]),
    ("neighbours", &[28, 29]),
    ("rules", &[32, 33]),
    ("neighbour-tables", &[64, 65]),
    ("address-labels", &[72, 73]),
    ("namespace-numbers", &[88, 89]),
    (
        EVENTS,
        &[
            16, 17, 20, 21, 24, 25, 28, 29, 32, 33, 52, 72, 73, 80, 81, 88, 89, 104, 105,
        ],
    ),
];

const EVENTS: &str = "events";

impl Operation for OpenNetlink {
    const NAME: &'static str = "open-netlink";
    /// The multicast groups, if the permit is for events.
    type Args = Vec<u32>;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        groups: Vec<u32>,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let subject = subject(permit)?;
        let kinds = KINDS.iter().find(|(name, _)| *name == subject);
        let (_, kinds) = kinds.ok_or_else(|| refused("no permit to list this"))?;
        if !groups.is_empty() && subject != EVENTS {
            return Err(refused("no permit to receive events"));
        }
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        Ok(((), Some(namespace.listener(kinds, &groups)?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        Vec::new()
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("links")
    }
}

/// The readable parts of the network configuration.
pub(super) fn subject(permit: &Ticket) -> Result<&'static str, Error> {
    match permit.request().target {
        Target::Local(subject) if permit.capability() == "route.read" => Ok(subject),
        _ => Err(refused("no permit to read the network's configuration")),
    }
}

impl Broker {
    /// Opens an rtnetlink(7) socket that receives permitted messages, from these multicast groups.
    pub fn open_netlink<C: Capability>(
        &self,
        permit: &Permit<C>,
        groups: &[u32],
    ) -> io::Result<OwnedFd> {
        let ((), socket) = self.obtain::<OpenNetlink, C>(permit, groups.into())?;
        Ok(socket)
    }
}
