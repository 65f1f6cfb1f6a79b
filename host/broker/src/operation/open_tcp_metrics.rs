//! Opens a generic netlink socket that receives what the kernel remembers of TCP connections.

use std::os::fd::OwnedFd;

use super::open_netlink::subject;
use super::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenTcpMetrics;

impl Operation for OpenTcpMetrics {
    const NAME: &'static str = "open-tcp-metrics";
    type Args = ();
    /// The type of the messages that it receives.
    type Reply = u16;

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(u16, Option<OwnedFd>), Error> {
        if subject(permit)? != "tcp-metrics" {
            return Err(refused("no permit to read TCP metrics"));
        }
        context.charge(permit)?;
        let (socket, family) = context
            .state
            .namespaces
            .of(permit, context.permits)?
            .tcp_metrics()?;
        Ok((family, Some(socket)))
    }
}
