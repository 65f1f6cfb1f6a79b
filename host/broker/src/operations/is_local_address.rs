//! Tells whether an address belongs to this machine, for plugins that write their own IP headers.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct IsLocalAddress;

impl Operation for IsLocalAddress {
    const NAME: &'static str = "is-local-address";
    const LENDS: bool = false;
    type Args = IpAddr;
    type Reply = bool;

    fn perform(
        permit: &Ticket,
        address: IpAddr,
        context: &mut Context<'_>,
    ) -> Result<(bool, Option<OwnedFd>), Error> {
        if !permit
            .request()
            .socket
            .is_some_and(|socket| socket.kind.brings_header())
        {
            return Err(refused("no permit for packets with their own header"));
        }
        Ok((context.state.is_local(address), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        IpAddr::from([127, 0, 0, 1])
    }
}

impl Broker {
    /// Whether an address belongs to this machine, for a socket whose packets contain their own IP header.
    pub fn is_local_address<C: Capability>(
        &self,
        socket: &Permit<C>,
        address: IpAddr,
    ) -> io::Result<bool> {
        let (local, _) = self.perform::<IsLocalAddress, C>(socket, &[], address)?;
        Ok(local)
    }
}
