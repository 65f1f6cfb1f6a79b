//! Opens the sockets of permits, and sends through the broker.

use std::io;

use super::{PacketReceive, PacketSend, PacketSpoof};
use nethost_broker::{Broker, LinkPackets};
use nethost_gate::Permit;
use nethost_net::packet::PacketReceiver;
use nethost_netlink::link_facts::LinkFacts;

/// Opens the socket in the broker.
pub(super) fn open_sender(permit: &Permit<PacketSend>, broker: &Broker) -> io::Result<LinkFacts> {
    broker.open_packet_sender(permit)
}

/// Has the broker send packets, as many as the permit allows, with the permits of the clients for which they speak.
pub(super) fn send(
    permit: &Permit<PacketSend>,
    spoofs: &[Permit<PacketSpoof>],
    broker: &Broker,
    packets: LinkPackets,
) -> io::Result<Vec<u64>> {
    let lengths: Vec<u32> = packets.packets.iter().map(|one| one.length).collect();
    let tickets: Vec<_> = spoofs.iter().map(Permit::ticket).collect();
    for length in &lengths {
        permit
            .may_send(*length as usize)
            .map_err(io::Error::other)?;
    }
    let moments = broker.send_link_packets(permit, &tickets, packets)?;
    for (_, length) in moments.iter().zip(lengths) {
        permit.count_sent(length as usize);
    }
    Ok(moments)
}

/// Opens a socket that receives.
pub(super) fn open_receiver(
    permit: &Permit<PacketReceive>,
    broker: &Broker,
) -> io::Result<PacketReceiver> {
    PacketReceiver::new(broker.open_packet_receiver(permit)?)
}
