//! Opens a socket that receives the permitted packets of one interface, and cannot send.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::packet;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenPacketReceiver;

impl Operation for OpenPacketReceiver {
    const NAME: &'static str = "open-packet-receiver";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        _: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "packet.receive" {
            return Err(refused("no permit to receive packets"));
        }
        Ok(((), Some(packet::receiver(permit.request())?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "packet.receive"
    }
}

impl Broker {
    /// Opens the permitted socket to receive packets.
    pub fn open_packet_receiver<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let ((), socket) = self.obtain::<OpenPacketReceiver, C>(permit, ())?;
        Ok(socket)
    }
}
