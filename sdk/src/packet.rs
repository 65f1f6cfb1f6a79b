//! Packets of one protocol on one interface, without the IP layer. Requests at the gate: `packet.send` and
//! `packet.receive`.

use std::net::SocketAddrV4;
use std::time::Duration;

use crate::address::endpoint_to_wit;
use crate::bindings::nethost::cap::packet as wit;
use crate::socket::{stamps, timeout_to_wit};
use crate::{Error, Timestamp};

pub use wit::{IncomingPacket, Link, PacketKind};

/// The EtherType of ARP.
pub const ARP: u16 = 0x0806;

/// Sends packets to hardware addresses.
#[derive(Debug)]
pub struct Sender(wit::Sender);

impl Sender {
    /// For packets of an EtherType.
    ///
    /// ```no_run
    /// use nethost_sdk::packet::{ARP, Sender};
    /// let sender = Sender::open("eth0", ARP)?;
    /// println!("{:02x?}", sender.link().address);
    /// # Ok::<(), nethost_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `AccessDenied` (no CAP_NET_RAW); `NoSuchDevice`; `InvalidArgument`.
    pub fn open(interface: &str, ether_type: u16) -> Result<Self, Error> {
        let protocol = wit::OutgoingProtocol::EtherType(ether_type);
        Ok(Self(wit::Sender::open(interface, protocol)?))
    }

    /// For UDP datagrams over IPv4, with their headers.
    ///
    /// # Errors
    /// As [`Sender::open`].
    pub fn open_udp(interface: &str, local_port: u16, remote: SocketAddrV4) -> Result<Self, Error> {
        let protocol = wit::OutgoingProtocol::Udp(wit::UdpFlow {
            local_port,
            remote: endpoint_to_wit(remote.into()),
        });
        Ok(Self(wit::Sender::open(interface, protocol)?))
    }

    /// The interface.
    #[must_use]
    pub fn link(&self) -> Link {
        self.0.link()
    }

    /// Sends one packet to a hardware address.
    ///
    /// # Errors
    /// `Denied`, also for a message of DHCP for another client; `InvalidArgument`: not such a packet;
    /// `AddressNotBindable`: its source is no address of this machine; `NetworkUnreachable`: the interface is down.
    pub fn send(&self, packet: &[u8], to: &[u8]) -> Result<Timestamp, Error> {
        let length = u32::try_from(packet.len()).map_err(|_| Error::DatagramTooLarge)?;
        let one = wit::OutgoingPacket {
            to: to.into(),
            offset: 0,
            length,
        };
        let sent = stamps(self.0.send(packet, &[one])?);
        sent.first().copied().ok_or(Error::Other(None))
    }
}

/// Receives packets that were sent to this machine.
#[derive(Debug)]
pub struct Receiver(wit::Receiver);

impl Receiver {
    /// Packets of an EtherType.
    ///
    /// # Errors
    /// As [`Sender::open`].
    pub fn open(interface: &str, ether_type: u16) -> Result<Self, Error> {
        let protocol = wit::IncomingProtocol::EtherType(ether_type);
        Ok(Self(wit::Receiver::open(interface, protocol)?))
    }

    /// UDP datagrams over IPv4 to a port, with their headers.
    ///
    /// # Errors
    /// As [`Sender::open`].
    pub fn open_udp(interface: &str, port: u16) -> Result<Self, Error> {
        let protocol = wit::IncomingProtocol::Udp(port);
        Ok(Self(wit::Receiver::open(interface, protocol)?))
    }

    /// Router advertisements of IPv6 from this link, with their IPv6 header.
    ///
    /// # Errors
    /// As [`Sender::open`].
    pub fn open_router_advertisements(interface: &str) -> Result<Self, Error> {
        let protocol = wit::IncomingProtocol::RouterAdvertisements;
        Ok(Self(wit::Receiver::open(interface, protocol)?))
    }

    /// Waits until a packet is there, then takes at most `max`. Empty after `timeout`.
    ///
    /// # Errors
    /// `Denied`.
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Received, Error> {
        Ok(Received(
            self.0.receive(max, timeout_to_wit(timeout)).await?,
        ))
    }
}

/// Some packets.
#[derive(Debug)]
pub struct Received(wit::ReceivedPackets);

impl Received {
    /// Each packet, with what follows the header of the link layer.
    pub fn packets(&self) -> impl Iterator<Item = (&IncomingPacket, &[u8])> {
        self.0.packets.iter().map(|packet| {
            let from = self.0.bytes.get(packet.offset as usize..);
            let bytes = from.and_then(|from| from.get(..packet.length as usize));
            (packet, bytes.unwrap_or_default())
        })
    }
}
