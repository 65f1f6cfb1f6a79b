//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{self, Accessor, Resource, StreamReader};

use super::{Connector, Listener, ListenerHandle, connection};
use crate::bindings::nethost::cap::tcp::{
    AttemptReport, ConnectionInfo, Endpoint, Host, HostConnection, HostConnectionWithStore,
    HostConnector, HostConnectorWithStore, HostListener, HostListenerWithStore, SocketOptions,
    StreamOptions,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::component_stream::{self as stream, Ended};
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, remote_from};

type Shared = Resource<Arc<Connector>>;

impl Host for Context {}

impl HostConnector for Context {
    fn open(
        &mut self,
        remote: Endpoint,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<Shared, ErrorCode>> {
        let opened = Connector::open(&self.gate, &self.broker, remote_from(remote), options);
        opened
            .map(|connector| self.keep(Arc::new(connector)))
            .map_or_else(|error| Ok(Err(error)), |kept| kept.map(Ok))
    }

    fn drop(&mut self, connector: Shared) -> wasmtime::Result<()> {
        self.discard(connector)
    }
}

impl<T: Send + 'static> HostConnectorWithStore<T> for Access {
    async fn attempt(
        accessor: &Accessor<T, Self>,
        connector: Shared,
        hop_limit: Option<u8>,
        timeout: u64,
    ) -> wasmtime::Result<Result<AttemptReport, ErrorCode>> {
        let connector = accessor.with(|mut access| access.get().table.get(&connector).cloned())?;
        Ok(connector.attempt(hop_limit, timeout).await)
    }
}

impl HostConnection for Context {
    fn local_endpoint(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&connection)?.local()))
    }

    fn remote_endpoint(&mut self, connection: Resource<Connection>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&connection)?.remote()))
    }

    fn info(
        &mut self,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<ConnectionInfo, ErrorCode>> {
        Ok(connection::info(self.table.get(&connection)?))
    }

    fn adjust(
        &mut self,
        connection: Resource<Connection>,
        options: StreamOptions,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        Ok(connection::adjust(self.table.get(&connection)?, &options))
    }

    fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.discard(connection)
    }
}

impl<T: Send + 'static> HostConnectionWithStore<T> for Access {
    async fn connect(
        accessor: &Accessor<T, Self>,
        remote: Endpoint,
        options: SocketOptions,
        timeout: u64,
    ) -> wasmtime::Result<Result<Resource<Connection>, ErrorCode>> {
        let (gate, broker) = accessor.with(|mut access| {
            let run = access.get();
            (Arc::clone(&run.gate), Arc::clone(&run.broker))
        });
        let remote = remote_from(remote);
        match connection::connect(&gate, &broker, remote, options, timeout).await {
            Ok(connection) => accessor
                .with(|mut access| access.get().keep(connection))
                .map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn receive(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<(StreamReader<u8>, Ended), ErrorCode>> {
        let received = access.get().table.get(&connection)?.receive();
        stream::receive(access, received)
    }

    fn send(
        mut access: component::Access<'_, T, Self>,
        connection: Resource<Connection>,
        data: StreamReader<u8>,
    ) -> wasmtime::Result<Result<Ended, ErrorCode>> {
        let sender = access.get().table.get(&connection)?.send();
        stream::send(access, data, sender)
    }

    async fn shutdown(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
    ) -> wasmtime::Result<Result<(), ErrorCode>> {
        let end = accessor.with(|mut access| {
            wasmtime::error::Ok(access.get().table.get(&connection)?.shutdown())
        })?;
        Ok(stream::shutdown(end).await)
    }
}

impl HostListener for Context {
    fn listen(
        &mut self,
        local: Endpoint,
        backlog: u32,
        options: StreamOptions,
    ) -> wasmtime::Result<Result<Resource<ListenerHandle>, ErrorCode>> {
        let local = endpoint_from(local);
        match Listener::listen(&self.gate, &self.broker, local, backlog, &options) {
            Ok(listener) => self.keep(Arc::new(listener)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn local_endpoint(&mut self, listener: Resource<ListenerHandle>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&listener)?.local()))
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
        match listener.accept().await {
            Ok(connection) => accessor
                .with(|mut access| access.get().keep(connection))
                .map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }
}
