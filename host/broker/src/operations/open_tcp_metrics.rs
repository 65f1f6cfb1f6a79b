//! Opens a generic netlink socket that receives the kernel's cached TCP metrics.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_netlink::subject;
use crate::operation::{Context, Error, Operation, refused};
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

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("tcp-metrics")
    }
}

impl Broker {
    /// Opens a generic netlink socket that receives the kernel's cached TCP metrics, and returns the type of its
    /// messages.
    pub fn open_tcp_metrics<C: Capability>(
        &self,
        permit: &Permit<C>,
    ) -> io::Result<(OwnedFd, u16)> {
        let (kind, socket) = self.obtain::<OpenTcpMetrics, C>(permit, ())?;
        Ok((socket, kind))
    }
}
