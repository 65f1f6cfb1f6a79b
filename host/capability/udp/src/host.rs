//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::{BoundHandle, BoundSocket, Socket};
use crate::bindings::nethost::cap::udp::{
    Endpoint, Host, HostBoundSocket, HostBoundSocketWithStore, HostSocket, HostSocketWithStore,
    Message, Outgoing, Received, SocketOptions,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, remote_from};

type Shared = Resource<Arc<Socket>>;

impl Host for Context {}

impl HostSocket for Context {
    fn open(
        &mut self,
        remote: Endpoint,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<Shared, ErrorCode>> {
        let opened = Socket::open(&self.gate, &self.broker, remote_from(remote), options);
        opened
            .map(|socket| self.keep(Arc::new(socket)))
            .map_or_else(|error| Ok(Err(error)), |kept| kept.map(Ok))
    }

    fn add_remote(
        &mut self,
        socket: Shared,
        remote: Endpoint,
    ) -> wasmtime::Result<Result<u32, ErrorCode>> {
        Ok(self.table.get(&socket)?.add_remote(remote_from(remote)))
    }

    fn local_endpoint(&mut self, socket: Shared) -> wasmtime::Result<Result<Endpoint, ErrorCode>> {
        Ok(self.table.get(&socket)?.local_endpoint())
    }

    fn send(
        &mut self,
        socket: Shared,
        bytes: Vec<u8>,
        datagrams: Vec<Outgoing>,
    ) -> wasmtime::Result<Result<Vec<u64>, ErrorCode>> {
        Ok(self.table.get(&socket)?.send(&bytes, &datagrams))
    }

    fn drop(&mut self, socket: Shared) -> wasmtime::Result<()> {
        self.discard(socket)
    }
}

impl<T: Send + 'static> HostSocketWithStore<T> for Access {
    async fn receive(
        accessor: &Accessor<T, Self>,
        socket: Shared,
        max: u32,
        timeout: u64,
    ) -> wasmtime::Result<Result<Received, ErrorCode>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.receive(max, timeout).await)
    }
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
