//! Asks the kernel for the route to the permitted destination.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;
use nethost_netlink::RouteLookup;

/// The operation. Fields of the lookup that a policy can name must equal those of the permit.
pub(crate) struct LookUpRoute;

impl Operation for LookUpRoute {
    const NAME: &'static str = "look-up-route";
    const LENDS: bool = false;
    type Args = RouteLookup;
    /// The kernel's answer.
    type Reply = serde_bytes::ByteBuf;

    fn perform(
        permit: &Ticket,
        mut lookup: RouteLookup,
        context: &mut Context<'_>,
    ) -> Result<(serde_bytes::ByteBuf, Option<OwnedFd>), Error> {
        if permit.capability() != "route.read" {
            return Err(refused("no permit to look up a route"));
        }
        // Routing rules can match the user of the packets, who is not the user of this process.
        if lookup.user.is_none() && lookup.input_interface.is_none() {
            lookup.user = context.state.user();
        }
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let answer = namespace.look_up(&lookup, permit.request())?;
        Ok((answer.into(), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        RouteLookup {
            destination: nethost_netlink::IpAddress::Ipv4((192, 0, 2, 1)),
            destination_length: 32,
            source: None,
            source_length: 0,
            tos: 0,
            input_interface: None,
            output_interface: None,
            mark: None,
            user: None,
            ip_protocol: None,
            source_port: None,
            destination_port: None,
            fib_match: false,
        }
    }
}

impl Broker {
    /// Asks for the route to the permitted destination, and returns the kernel's answer.
    pub fn look_up_route<C: Capability>(
        &self,
        permit: &Permit<C>,
        lookup: &RouteLookup,
    ) -> io::Result<Vec<u8>> {
        let (answer, _) = self.perform::<LookUpRoute, C>(permit, &[], *lookup)?;
        Ok(answer.into_vec())
    }
}
