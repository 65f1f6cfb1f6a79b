//! Sends packets of the permitted protocol on the permitted interface, each after a check.

use crate::client::Broker;
use nethost_core::{Capability, Target};
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::capabilities::packet::{PacketSpoof, hardware_name};
use crate::operation::{Context, Error, Operation, refused};
use crate::packet::PacketSender;
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct SendLinkPackets;

/// One of them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LinkPacket {
    /// The hardware address that it is sent to.
    pub to: Vec<u8>,
    /// Its length.
    pub length: u32,
    /// The permit to speak for another client, if it does.
    pub spoof: Option<u64>,
}

/// Packets with consecutive payloads.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct LinkPackets {
    /// Where each is sent, and its length.
    pub packets: Vec<LinkPacket>,
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
        for one in &packets {
            let Some((packet, following)) = rest.split_at_checked(one.length as usize) else {
                return Err(refused("the packets are longer than their bytes"));
            };
            rest = following;
            match send(permit, packet, one, context) {
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
            packets: vec![LinkPacket {
                to: vec![0; 6],
                length: 2,
                spoof: None,
            }],
            bytes: vec![0x7e; 2],
        }
    }
}

fn send(
    permit: &Ticket,
    packet: &[u8],
    LinkPacket { to, spoof, .. }: &LinkPacket,
    context: &mut Context<'_>,
) -> Result<u64, Error> {
    let not_opened = || refused("no socket for packets was opened under this permit");
    let handle = context.handle;
    let sender = context.state.kept::<PacketSender>(handle);
    let checked = sender.ok_or_else(not_opened)?.rule.check(packet, to);
    let claim = checked.map_err(|error| Error::Refused(error.to_string().into()))?;
    if let Some(client) = &claim.client {
        let spoof = spoof.and_then(|handle| context.permits.permit(handle));
        if !spoof.is_some_and(|spoof| is_for_client(spoof, permit, client)) {
            return Err(refused("no permit to speak for this client"));
        }
    }
    if let Some(source) = claim.source
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

/// Whether a permit is to speak for this client on the interface of the socket.
fn is_for_client(spoof: &Ticket, opened: &Ticket, client: &[u8]) -> bool {
    let (one, other) = (spoof.request(), opened.request());
    let name = hardware_name(client).map(Target::Object);
    spoof.capability() == PacketSpoof::NAME
        && one.interface == other.interface
        && name.is_some_and(|name| name == one.target)
}

impl Broker {
    /// Sends packets with consecutive payloads on the socket that was opened under a permit, with the permits of other
    /// clients for which they speak. Returns the times of the
    /// sent packets: fewer than packets if one failed, an error if the first one failed.
    pub fn send_link_packets<C: Capability>(
        &self,
        permit: &Permit<C>,
        spoofs: &[&Ticket],
        packets: LinkPackets,
    ) -> io::Result<Vec<u64>> {
        let (moments, _) = self.perform::<SendLinkPackets, C>(permit, spoofs, packets)?;
        Ok(moments)
    }
}
