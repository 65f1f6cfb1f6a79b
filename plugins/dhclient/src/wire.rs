//! The sockets of one interface, and what comes in through them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Duration;

use nethost_sdk::packet::{Link, Receiver, Sender};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, udp};

use crate::arguments::Options;
use crate::v4::message::Message;
use crate::v6::lease::colons;
use crate::{failed, frame};

/// The sockets.
pub(crate) struct Wire {
    sender: Sender,
    receiver: Receiver,
    link: Link,
    name: String,
    ports: (u16, u16),
    destination: Ipv4Addr,
    /// -B, or another's hardware address: an answer to that would not arrive.
    broadcast: bool,
    /// -g.
    relay: Option<Ipv4Addr>,
    /// --mac.
    hardware: Option<Vec<u8>>,
    /// The socket for a server alone, from a configured address.
    unicast: Option<(SocketAddrV4, udp::Socket)>,
}

/// The answer must be a broadcast (RFC 2131 section 4.1).
const BROADCAST: u16 = 0x8000;

/// ARPHRD_ETHER; others have no hardware address, or need more than an option (RFC 4390).
const ETHERNET: u16 = 1;

impl Wire {
    /// Opens the sockets of an interface.
    pub(crate) fn open(name: &str, options: &Options) -> Result<Self, Exit> {
        let shown = printable(name).into_owned();
        let wrong = |error: Error| match error {
            Error::NoSuchDevice => failed(
                1,
                format_args!(
                    "Cannot find device \"{shown}\"\nFailed to get interface index: No such device"
                ),
            ),
            Error::Denied(_) => failed(1, format_args!("dhclient: {error}")),
            error => failed(
                1,
                format_args!("Can't open a packet socket on {shown}: {error}"),
            ),
        };
        let ports = options.ports();
        let remote = SocketAddrV4::new(options.server, ports.1);
        let receiver = Receiver::open_udp(name, ports.0).map_err(wrong)?;
        let sender = Sender::open_udp(name, ports.0, remote).map_err(wrong)?;
        let link = sender.link();
        if link.hardware_type != ETHERNET || link.address.is_empty() {
            let kind = link.hardware_type;
            return Err(failed(
                1,
                format_args!("Unsupported device type {kind} for \"{shown}\""),
            ));
        }
        Ok(Self {
            sender,
            receiver,
            link,
            name: name.to_owned(),
            ports,
            destination: options.server,
            broadcast: options.broadcast || options.hardware.is_some(),
            relay: options.relay,
            hardware: options.hardware.clone(),
            unicast: None,
        })
    }

    /// The interface.
    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    /// The hardware address of the client.
    pub(crate) fn hardware(&self) -> &[u8] {
        self.hardware.as_deref().unwrap_or(&self.link.address)
    }

    /// The first lines of ISC's dhclient.
    pub(crate) fn introduce(&self, options: &Options) {
        let (name, hardware) = (printable(&self.name), colons(&self.link.address));
        options.say(format_args!("Listening on LPF/{name}/{hardware}"));
        options.say(format_args!("Sending on   LPF/{name}/{hardware}"));
    }

    /// A message with what the operator wants in each of them.
    fn marked(&self, message: &Message) -> Message {
        let mut message = message.clone();
        if self.broadcast {
            message.flags = BROADCAST;
        }
        if let Some(relay) = self.relay {
            message.relay = relay;
        }
        message
    }

    /// Sends a message to all servers.
    pub(crate) fn send(&self, message: &Message) -> Result<(), Error> {
        let message = self.marked(message);
        let packet = frame::emit(
            &message,
            self.ports,
            Ipv4Addr::UNSPECIFIED,
            self.destination,
        );
        let packet = packet.ok_or(Error::DatagramTooLarge)?;
        let to = match self.link.broadcast.len() == self.link.address.len() {
            true => self.link.broadcast.clone(),
            false => vec![0xff; self.link.address.len()],
        };
        self.sender.send(&packet, &to).map(drop)
    }

    /// Sends a message to one server, from a configured address.
    pub(crate) fn send_to(&mut self, message: &Message, server: Ipv4Addr) -> Result<(), Error> {
        let source = SocketAddrV4::new(message.client, self.ports.0);
        let remote = SocketAddrV4::new(server, self.ports.1);
        if self
            .unicast
            .as_ref()
            .is_none_or(|(known, _)| *known != remote)
        {
            let options = SocketOptions {
                interface: Some(self.name.clone()),
                source: Some(source.into()),
                ..SocketOptions::default()
            };
            let socket = udp::Socket::open(SocketAddr::V4(remote), &options)?;
            self.unicast = Some((remote, socket));
        }
        let Some((_, socket)) = &self.unicast else {
            return Ok(());
        };
        let mut batch = Batch::new();
        let bytes = self.marked(message).emit();
        batch.push_with(Remote::FIRST, None, |buffer| {
            buffer.extend_from_slice(&bytes)
        });
        socket.send(&batch).map(drop)
    }

    /// The messages that arrive within this time, with their senders; at least one if there is any.
    pub(crate) async fn receive(&self, wait: Duration) -> Result<Vec<(Ipv4Addr, Message)>, Exit> {
        let received = self.receiver.receive(64, wait).await;
        let received = received.map_err(|error| failed(1, format_args!("dhclient: {error}")))?;
        let messages = received.packets().filter_map(|(packet, bytes)| {
            let (from, payload) = frame::parse(bytes, packet.checksum_pending)?;
            Some((from, Message::parse(payload).ok()?))
        });
        Ok(messages.collect())
    }
}

/// Whether an address is one that a host can have.
pub(crate) fn is_host(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback()
}
