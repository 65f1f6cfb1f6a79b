//! Lists objects that the kernel shows only to privileged processes.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_netlink::subject;
use crate::netlink::Dump;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct ListNetwork;

/// XFRM_MSG_NEWSA and XFRM_MSG_NEWPOLICY; L2TP_CMD_TUNNEL_GET and L2TP_CMD_SESSION_GET.
const DUMPS: &[(&str, Dump)] = &[
    (
        "security-associations",
        Dump::Security {
            policies: false,
            kind: 0x10,
        },
    ),
    (
        "security-policies",
        Dump::Security {
            policies: true,
            kind: 0x13,
        },
    ),
    (
        "l2tp-tunnels",
        Dump::Generic {
            family: "l2tp",
            command: 4,
        },
    ),
    (
        "l2tp-sessions",
        Dump::Generic {
            family: "l2tp",
            command: 8,
        },
    ),
];

impl Operation for ListNetwork {
    const NAME: &'static str = "list-network";
    type Args = ();
    /// The type of the messages. The socket that contains them is returned.
    type Reply = u16;

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(u16, Option<OwnedFd>), Error> {
        let subject = subject(permit)?;
        let dump = DUMPS.iter().find(|(name, _)| *name == subject);
        let (_, dump) = dump.ok_or_else(|| refused("no permit to list this"))?;
        context.charge(permit)?;
        let (socket, kind) = context
            .state
            .namespaces
            .of(permit, context.permits)?
            .dump(*dump)?;
        Ok((kind, Some(socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("security-policies")
    }
}

impl Broker {
    /// Lists permitted objects that the kernel shows only to privileged processes. Returns a socket that contains the
    /// answers, and the type of the messages.
    pub fn list_network<C: Capability>(&self, permit: &Permit<C>) -> io::Result<(OwnedFd, u16)> {
        let (kind, socket) = self.obtain::<ListNetwork, C>(permit, ())?;
        Ok((socket, kind))
    }
}
