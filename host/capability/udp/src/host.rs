//! The generated traits.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::{BoundHandle, BoundSocket, Socket};
use crate::bindings::nethost::cap::udp::{
    Endpoint, Host, HostBoundSocket, HostBoundSocketWithStore, HostSocket, HostSocketWithStore,
    Message, Outgoing, Received, SocketOptions,
};
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, remote_from};
use nethost_kit::{Access, Context, datagram_socket};

impl Host for Context {}

datagram_socket! {
    Socket as HostSocket, HostSocketWithStore;
    options: SocketOptions;
    packet: Outgoing;
    received: Received;
    {}
}

type Bound = Resource<BoundHandle>;

impl HostBoundSocket for Context {
    fn bind(&mut self, local: Endpoint) -> wasmtime::Result<Result<Bound, ErrorCode>> {
        match BoundSocket::bind(&self.gate, &self.broker, endpoint_from(local)) {
            Ok(socket) => self.keep(Arc::new(socket)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn local_endpoint(&mut self, socket: Bound) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&socket)?.local()))
    }

    fn connect_to(
        &mut self,
        socket: Bound,
        remote: Endpoint,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&socket)?.connect_to(remote_from(remote)))
    }

    fn drop(&mut self, socket: Bound) -> wasmtime::Result<()> {
        self.discard(socket)
    }
}

impl<T: Send + 'static> HostBoundSocketWithStore<T> for Access {
    async fn send(
        accessor: &Accessor<T, Self>,
        socket: Bound,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.send(&bytes).await)
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        socket: Bound,
        timeout: u64,
    ) -> wasmtime::Result<Result<Option<Message>, ErrorCode>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        let received = socket.receive(timeout).await;
        Ok(received.map(|message| {
            message.map(|(bytes, source)| Message {
                bytes,
                source: endpoint_to(source),
            })
        }))
    }
}
