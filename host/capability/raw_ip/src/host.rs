//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::Socket;
use crate::bindings::nethost::cap::raw_ip::{
    Endpoint, Host, HostSocket, HostSocketWithStore, Outgoing, RawOptions, Received,
};
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::types::{ErrorCode, remote_from};

type Shared = Resource<Arc<Socket>>;

impl Host for Context {}

impl HostSocket for Context {
    fn open(
        &mut self,
        remote: Endpoint,
        options: RawOptions,
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
        packets: Vec<Outgoing>,
    ) -> wasmtime::Result<Result<Vec<u64>, ErrorCode>> {
        Ok(self.table.get(&socket)?.send(&bytes, &packets))
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
