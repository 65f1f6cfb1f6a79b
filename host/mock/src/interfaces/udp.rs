//! UDP sockets with given remotes.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::udp::{
    Endpoint, Host, HostSocket, HostSocketWithStore, Outgoing, Received, SocketOptions,
};
use super::datagrams::{self, Datagrams};
use crate::context::{Access, Context};
use nethost_broker::capabilities::udp::UdpExchange;
use nethost_core::SocketKind;
use nethost_kit::types::{ErrorCode, remote_from};

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type Handle = Arc<Datagrams<UdpExchange>>;

type Shared = Resource<Handle>;
type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {}

impl HostSocket for Context {
    fn open(&mut self, remote: Endpoint, options: SocketOptions) -> Answer<Shared> {
        let remote = remote_from(remote);
        datagrams::is_one_host(remote, "nethost:cap/udp socket.open")?;
        match Datagrams::open(self, "socket.open", SocketKind::Udp, remote, options) {
            Ok(socket) => self.keep(Arc::new(socket)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn add_remote(&mut self, socket: Shared, remote: Endpoint) -> Answer<u32> {
        let remote = remote_from(remote);
        datagrams::is_one_host(remote, "nethost:cap/udp socket.add-remote")?;
        let socket = self.table.get(&socket)?;
        Ok(socket.add("socket.add-remote", remote))
    }

    fn local_endpoint(&mut self, socket: Shared) -> Answer<Endpoint> {
        Ok(self.table.get(&socket)?.local_endpoint())
    }

    fn send(
        &mut self,
        socket: Shared,
        bytes: Vec<u8>,
        datagrams: Vec<Outgoing>,
    ) -> Answer<Vec<u64>> {
        let packets = datagrams.iter().map(|one| (0, one));
        Ok(self.table.get(&socket)?.send(&bytes, packets))
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
    ) -> Answer<Received> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        let batch = socket.receive(max, timeout).await;
        let mut received = Received {
            bytes: Vec::new(),
            datagrams: Vec::new(),
            errors: Vec::new(),
            withheld: batch.withheld,
        };
        for (at, arrival) in &batch.arrived {
            let bytes = &mut received.bytes;
            received
                .datagrams
                .extend(datagrams::incoming(*at, arrival, bytes));
            received
                .errors
                .extend(datagrams::network_error(*at, arrival, bytes));
        }
        Ok(Ok(received))
    }
}
