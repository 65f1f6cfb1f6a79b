//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::EchoSocket;
use crate::bindings::nethost::cap::icmp::{
    EchoRequest, Endpoint, GrantedSet, Host, HostEchoSocket, HostEchoSocketWithStore, NetworkSet,
    Received, SocketKind, SocketOptions,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::{ErrorCode, remote_from};

type Shared = Resource<Arc<EchoSocket>>;

impl Host for Context {}

impl HostEchoSocket for Context {
    fn open(
        &mut self,
        remote: Endpoint,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<Shared, ErrorCode>> {
        let opened = EchoSocket::open(&self.gate, &self.broker, remote_from(remote), options);
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

    fn open_many(
        &mut self,
        remotes: NetworkSet,
        options: SocketOptions,
    ) -> wasmtime::Result<Result<(Shared, GrantedSet), ErrorCode>> {
        match EchoSocket::open_many(&self.gate, &self.broker, remotes, options) {
            Ok((socket, granted)) => {
                let socket = self.keep(Arc::new(socket))?;
                Ok(Ok((socket, granted)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn add_many(
        &mut self,
        socket: Shared,
        remotes: NetworkSet,
    ) -> wasmtime::Result<Result<GrantedSet, ErrorCode>> {
        Ok(self.table.get(&socket)?.add_many(remotes))
    }

    fn kind(&mut self, socket: Shared) -> wasmtime::Result<SocketKind> {
        Ok(self.table.get(&socket)?.kind())
    }

    fn identifier(&mut self, socket: Shared) -> wasmtime::Result<u16> {
        Ok(self.table.get(&socket)?.identifier())
    }

    fn local_endpoint(&mut self, socket: Shared) -> wasmtime::Result<Result<Endpoint, ErrorCode>> {
        Ok(self.table.get(&socket)?.local_endpoint())
    }

    fn send(
        &mut self,
        socket: Shared,
        bytes: Vec<u8>,
        requests: Vec<EchoRequest>,
    ) -> wasmtime::Result<Result<Vec<u64>, ErrorCode>> {
        Ok(self.table.get(&socket)?.send(&bytes, &requests))
    }

    fn drop(&mut self, socket: Shared) -> wasmtime::Result<()> {
        self.discard(socket)
    }
}

impl<T: Send + 'static> HostEchoSocketWithStore<T> for Access {
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
