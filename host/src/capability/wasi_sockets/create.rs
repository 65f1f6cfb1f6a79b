//! `wasi:sockets/tcp-create-socket` and `udp-create-socket`: WASI's own, except that a socket for which no
//! descriptor is left ends the run as it does in every other room.

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::IpAddressFamily;
use wasmtime_wasi::p2::bindings::sockets::{tcp_create_socket, udp_create_socket};
use wasmtime_wasi::p2::{SocketError, TcpSocket, UdpSocket};

use super::view::{Gated, Sockets};
use crate::limits;
use crate::store::Run;

/// Adds the making of TCP sockets.
pub fn add_tcp_to_linker(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    tcp_create_socket::add_to_linker::<Run, Sockets>(linker, Sockets::of)
}

/// Adds the making of UDP sockets.
pub fn add_udp_to_linker(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    udp_create_socket::add_to_linker::<Run, Sockets>(linker, Sockets::of)
}

impl tcp_create_socket::Host for Gated<'_> {
    fn create_tcp_socket(
        &mut self,
        family: IpAddressFamily,
    ) -> Result<Resource<TcpSocket>, SocketError> {
        noted(self.inner.create_tcp_socket(family))
    }
}

impl udp_create_socket::Host for Gated<'_> {
    async fn create_udp_socket(
        &mut self,
        family: IpAddressFamily,
    ) -> Result<Resource<UdpSocket>, SocketError> {
        noted(self.inner.create_udp_socket(family).await)
    }
}

/// WASI's errors do not tell this one from others.
fn noted<T>(made: Result<T, SocketError>) -> Result<T, SocketError> {
    if made.is_err() {
        limits::look_for_descriptor();
    }
    made
}
