//! Packets of one protocol on one interface, without the IP layer: ARP, and DHCP before there is an address.
//!
//! Threat: a plugin that claims the addresses of other hosts, answers in their name, sends what firewalls would stop, or
//! reads what others send. So each permit is for one interface and one EtherType, or for UDP from one port to one
//! remote. The broker sends: it checks each packet, and no descriptor that can send reaches the runner. The sender of an
//! ARP packet and the source of a datagram must be this machine, and so must the client of a message of DHCP, unless
//! another client's hardware address is permitted by itself. A filter in the kernel drops all that is not of the
//! permitted interface, protocol and port, and packets to other machines.
//!
//! Privilege: CAP_NET_RAW.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::packet;
pub use nethost_broker::capabilities::packet::{PacketReceive, PacketSend, PacketSpoof};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::{Receiver, Sender};

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Receiver>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/packet",
    requests: &[
        Declared::of::<PacketSend>(),
        Declared::of::<PacketReceive>(),
        Declared::of::<PacketSpoof>(),
    ],
    privilege: "CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| packet::add_to_linker::<_, Access>(linker, |run| run),
};
