//! Opens the permitted socket for packets of one protocol on one interface. It stays in the broker.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::packet::{PacketSender, interface};
use nethost_gate::Ticket;
use nethost_netlink::link_facts::LinkFacts;

/// The act.
pub(crate) struct OpenPacketSender;

impl Operation for OpenPacketSender {
    const NAME: &'static str = "open-packet-sender";
    const LENDS: bool = false;
    type Args = ();
    type Reply = LinkFacts;

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(LinkFacts, Option<OwnedFd>), Error> {
        if permit.capability() != "packet.send" {
            return Err(refused("no permit to send packets"));
        }
        let request = permit.request();
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let link = namespace.link_facts(interface(request)?)?;
        let sender = PacketSender::open(request, &link)?;
        context.state.keep(context.handle, sender)?;
        Ok((link, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "packet.send"
    }
}

impl Broker {
    /// Opens the permitted socket for packets, and returns its interface.
    pub fn open_packet_sender<C: Capability>(&self, permit: &Permit<C>) -> io::Result<LinkFacts> {
        let (link, _) = self.perform::<OpenPacketSender, C>(permit, &[], ())?;
        Ok(link)
    }
}
