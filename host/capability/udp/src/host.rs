//! The generated traits.

use super::Socket;
use crate::bindings::nethost::cap::udp::{
    Host, HostSocket, HostSocketWithStore, Outgoing, Received, SocketOptions,
};
use nethost_kit::{Context, datagram_socket};

impl Host for Context {}

datagram_socket! {
    Socket as HostSocket, HostSocketWithStore;
    options: SocketOptions;
    packet: Outgoing;
    received: Received;
    {}
}
