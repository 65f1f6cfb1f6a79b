//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{self, Accessor, Resource, StreamReader};

use super::service::{address_to, credentials_to};
use super::{Connection, Listener, ListenerHandle, MessageHandle, MessageSocket};
use crate::bindings::nethost::cap::unix::{
    Address, Credentials, FileOptions, Host, HostConnection, HostConnectionWithStore, HostListener,
    HostListenerWithStore, HostMessageSocket, HostMessageSocketWithStore, ListenerKind, Message,
    MessageKind,
};
use nethost_broker::Broker;
use nethost_gate::Gate;
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::types::ErrorCode;
use nethost_kit::{Access, Context};

impl Host for Context {}

/// What decides and what acts, for a call that waits.
fn parts<T: Send + 'static>(accessor: &Accessor<T, Access>) -> (Arc<Gate>, Arc<Broker>) {
    accessor.with(|mut access| {
        let run = access.get();
        (Arc::clone(&run.gate), Arc::clone(&run.broker))
    })
}

/// Keeps what was opened.
fn keep<T: Send + 'static, R: Send + 'static>(
    accessor: &Accessor<T, Access>,
    opened: Result<R, ErrorCode>,
) -> wasmtime::Result<Result<Resource<R>, ErrorCode>> {
    match opened {
        Ok(opened) => accessor
            .with(|mut access| access.get().keep(opened))
            .map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

impl HostConnection for Context {
    fn local_address(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Address> {
        Ok(address_to(&self.table.get(&connection)?.stream.local()))
    }

    fn remote_address(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Address> {
        Ok(address_to(&self.table.get(&connection)?.stream.remote()))
    }

    fn peer_credentials(
        &mut self,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Credentials> {
        Ok(credentials_to(self.table.get(&connection)?.peer))
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.discard(connection)
    }
}

impl<T: Send + 'static> HostConnectionWithStore<T> for Access {
    async fn connect(
        accessor: &Accessor<T, Self>,
        remote: Address,
        timeout: u64,
    ) -> wasmtime::Result<Result<Resource<Connection>, ErrorCode>> {
        let (gate, broker) = parts(accessor);
        let connected = Connection::connect(&gate, &broker, &remote, timeout).await;
        keep(accessor, connected)
    }

    fn receive(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>> {
        let received = access.get().table.get(&connection)?.stream.receive();
        stream::receive(access, received)
    }

    fn send(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<Result<Ended, ErrorCode>> {
        let sender = access.get().table.get(&connection)?.stream.send();
        stream::send(access, data, sender)
    }

    async fn shutdown(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let end = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(&connection)?.stream.shutdown())
        })?;
        Ok(stream::shutdown(end).await)
    }
}

impl HostListener for Context {
    fn listen(
        &mut self,
        kind: ListenerKind,
        local: Address,
        backlog: u32,
        options: FileOptions,
    ) -> wasmtime::Result<Result<Resource<ListenerHandle>, ErrorCode>> {
        match Listener::listen(&self.gate, &self.broker, kind, &local, backlog, options) {
            Ok(listener) => self.keep(Arc::new(listener)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn local_address(&mut self, listener: Resource<ListenerHandle>) -> wasmtime::Result<Address> {
        Ok(address_to(self.table.get(&listener)?.local()))
    }

    fn drop(&mut self, listener: Resource<ListenerHandle>) -> wasmtime::Result<()> {
        self.discard(listener)
    }
}

impl<T: Send + 'static> HostListenerWithStore<T> for Access {
    async fn accept(
        accessor: &Accessor<T, Self>,
        listener: Resource<ListenerHandle>,
    ) -> wasmtime::Result<Result<Resource<Connection>, ErrorCode>> {
        let listener = accessor.with(|mut access| access.get().table.get(&listener).cloned())?;
        keep(accessor, listener.accept().await)
    }

    async fn accept_sequenced(
        accessor: &Accessor<T, Self>,
        listener: Resource<ListenerHandle>,
    ) -> wasmtime::Result<Result<Resource<MessageHandle>, ErrorCode>> {
        let listener = accessor.with(|mut access| access.get().table.get(&listener).cloned())?;
        keep(accessor, listener.accept_sequenced().await.map(Arc::new))
    }
}

impl HostMessageSocket for Context {
    fn bind(
        &mut self,
        local: Address,
        options: FileOptions,
    ) -> wasmtime::Result<Result<Resource<MessageHandle>, ErrorCode>> {
        match MessageSocket::bind(&self.gate, &self.broker, &local, options) {
            Ok(socket) => self.keep(Arc::new(socket)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn connect_to(
        &mut self,
        socket: Resource<MessageHandle>,
        remote: Address,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(self.table.get(&socket)?.connect_to(&remote))
    }

    fn local_address(&mut self, socket: Resource<MessageHandle>) -> wasmtime::Result<Address> {
        let local = self.table.get(&socket)?.local();
        // It was told once, and does not change.
        Ok(local.map_or(Address::Unnamed, |local| address_to(&local)))
    }

    fn drop(&mut self, socket: Resource<MessageHandle>) -> wasmtime::Result<()> {
        self.discard(socket)
    }
}

impl<T: Send + 'static> HostMessageSocketWithStore<T> for Access {
    async fn connect(
        accessor: &Accessor<T, Self>,
        kind: MessageKind,
        remote: Address,
        timeout: u64,
    ) -> wasmtime::Result<Result<Resource<MessageHandle>, ErrorCode>> {
        let (gate, broker) = parts(accessor);
        let connected = MessageSocket::connect(&gate, &broker, kind, &remote, timeout).await;
        keep(accessor, connected.map(Arc::new))
    }

    async fn send(
        accessor: &Accessor<T, Self>,
        socket: Resource<MessageHandle>,
        bytes: Vec<u8>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.send(&bytes).await)
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        socket: Resource<MessageHandle>,
        max: u32,
        timeout: u64,
    ) -> wasmtime::Result<Result<Option<Message>, ErrorCode>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.receive(max, timeout).await)
    }
}
