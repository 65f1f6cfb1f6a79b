//! The generated traits.

use super::Socket;
use crate::bindings::nethost::cap::raw_ip::{
    Host, HostSocket, HostSocketWithStore, Outgoing, RawOptions, Received,
};
use nethost_kit::{Context, datagram_socket};

impl Host for Context {}

datagram_socket! {
    Socket as HostSocket, HostSocketWithStore;
    options: RawOptions;
    packet: Outgoing;
    received: Received;
    {}
}
