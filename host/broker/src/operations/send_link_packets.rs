//! Sends packets of the permitted protocol on the permitted interface, each after a check.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::operation::{Context, Error, Operation, refused};
use crate::packet::PacketSender;
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct SendLinkPackets;

/// Packets with consecutive payloads.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LinkPackets {
    /// The hardware address that each is sent to, and its length.
    pub packets: Vec<(Vec<u8>, u32)>,
    /// All of them.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

impl Operation for SendLinkPackets {
    const NAME: &'static str = "send-link-packets";
    const LENDS: bool = false;
    type Args = LinkPackets;
    /// The times of the sent packets. There are fewer than packets if one failed.
    type Reply = Vec<u64>;

    fn perform(
        permit: &Ticket,
        LinkPackets { packets, bytes }: LinkPackets,
        context: &mut Context<'_>,
    ) -> Result<(Vec<u64>, Option<OwnedFd>), Error> {
        let mut rest = bytes.as_slice();
        let mut moments = Vec::with_capacity(packets.len());
        for (to, length) in &packets {
            let Some((packet, following)) = rest.split_at_checked(*length as usize) else {
                return Err(refused("the packets are longer than their bytes"));
            };
            rest = following;
            match send(permit, packet, to, context) {
                Ok(moment) => moments.push(moment),
                Err(error) if moments.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok((moments, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        LinkPackets {
            packets: vec![(vec![0; 6], 2)],
            bytes: vec![0x7e; 2],
        }
    }
}

fn send(
    permit: &Ticket,
    packet: &[u8],
    to: &[u8],
    context: &mut Context<'_>,
) -> Result<u64, Error> {
    let not_opened = || refused("no socket for packets was opened under this permit");
    let handle = context.handle;
    let sender = context.state.kept::<PacketSender>(handle);
    let checked = sender.ok_or_else(not_opened)?.rule.check(packet, to);
    let source = checked.map_err(|error| Error::Refused(error.to_string().into()))?;
    if let Some(source) = source
        && !context.state.is_local(source.into())
    {
        return Err(io::Error::from_raw_os_error(libc::EADDRNOTAVAIL).into());
    }
    if context.accounts {
        permit.may_send_late(packet.len())?;
    }
    let sender = context.state.kept::<PacketSender>(handle);
    let sent = sender.ok_or_else(not_opened)?.send(packet, to)?;
    if context.accounts {
        permit.count_sent(packet.len());
    }
    Ok(sent)
}

impl Broker {
    /// Sends packets with consecutive payloads on the socket that was opened under a permit. Returns the times of the
    /// sent packets: fewer than packets if one failed, an error if the first one failed.
    pub fn send_link_packets<C: Capability>(
        &self,
        permit: &Permit<C>,
        packets: LinkPackets,
    ) -> io::Result<Vec<u64>> {
        let (moments, _) = self.perform::<SendLinkPackets, C>(permit, &[], packets)?;
        Ok(moments)
    }
}
