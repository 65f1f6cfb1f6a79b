//! Sends datagrams on an incremental socket, each to the remote of its permit.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::connect_incremental::permitted;
use super::send_packets::Packets;
use crate::operation::{Context, Error, Operation, refused};
use crate::sockets::send_each;
use nethost_gate::Ticket;

/// The operation, under the permit of the first datagram.
pub(crate) struct SendUnconnected;

/// Datagrams, and the number of their socket.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Datagrams {
    /// The socket's number.
    pub(crate) socket: u64,
    /// The datagrams.
    pub(crate) packets: Packets,
}

impl Operation for SendUnconnected {
    const NAME: &'static str = "send-unconnected";
    const LENDS: bool = false;
    type Args = Datagrams;
    /// The times of the sent datagrams. There are fewer than datagrams if one failed.
    type Reply = Vec<u64>;

    fn perform(
        _: &Ticket,
        Datagrams { socket, packets }: Datagrams,
        context: &mut Context<'_>,
    ) -> Result<(Vec<u64>, Option<OwnedFd>), Error> {
        let sockets = &context.state.sockets.incremental;
        sockets.datagrams(socket)?;
        let malformed = || refused("the packets are longer than their bytes");
        let sent = send_each(
            &packets.packets,
            &packets.bytes,
            malformed,
            |packet, bytes| {
                let permit = context.permits.permit(packet.handle);
                let permit = permit.ok_or_else(|| refused("no permit for this datagram"))?;
                let remote = permitted(permit, false)?;
                if context.accounts {
                    permit.may_send_late(bytes.len())?;
                }
                let sent = sockets.send(socket, remote, bytes)?;
                if context.accounts {
                    permit.count_sent(bytes.len());
                }
                Ok(sent)
            },
        );
        Ok((sent?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        Datagrams {
            socket: 8,
            packets: super::send_packets::SendPackets::example(),
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "udp.exchange" && request.socket.is_none()
    }
}

impl IncrementalSocket {
    /// Sends datagrams with consecutive payloads, each under its permit; `self` is under the first one. Returns the
    /// times of the sent datagrams.
    pub fn send<C: Capability>(
        &self,
        first: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut Packets,
    ) -> io::Result<Vec<u64>> {
        let datagrams = Datagrams {
            socket: self.number,
            packets: std::mem::take(packets),
        };
        let sent = self
            .broker
            .perform::<SendUnconnected, C>(first, permits, datagrams);
        sent.map(|(moments, _)| moments)
    }
}
