//! ICMP echo.

use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::icmp::{
    EchoError, EchoReply, EchoRequest, Endpoint, GrantedSet, Host, HostEchoSocket,
    HostEchoSocketWithStore, NetworkSet, Received, SocketKind as Kind, SocketOptions,
};
use super::datagrams::{self, Datagrams};
use crate::context::{Access, Context};
use nethost_broker::capabilities::icmp::Echo;
use nethost_core::SocketKind;
use nethost_kit::types::{ErrorCode, remote_from, without_port};

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type Handle = Arc<Datagrams<Echo>>;

type Shared = Resource<Handle>;
type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Host for Context {}

impl HostEchoSocket for Context {
    fn open(&mut self, remote: Endpoint, options: SocketOptions) -> Answer<Shared> {
        let remote = without_port(remote_from(remote));
        datagrams::is_one_host(remote, "nethost:cap/icmp echo-socket.open")?;
        let kind = SocketKind::Echo;
        match Datagrams::open(self, "echo-socket.open", kind, remote, options) {
            Ok(socket) => self.keep(Arc::new(socket)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn add_remote(&mut self, socket: Shared, remote: Endpoint) -> Answer<u32> {
        let remote = without_port(remote_from(remote));
        datagrams::is_one_host(remote, "nethost:cap/icmp echo-socket.add-remote")?;
        let socket = self.table.get(&socket)?;
        Ok(socket.add("echo-socket.add-remote", remote))
    }

    fn open_many(
        &mut self,
        remotes: NetworkSet,
        options: SocketOptions,
    ) -> Answer<(Shared, GrantedSet)> {
        let kind = SocketKind::Echo;
        match Datagrams::open_many(self, "echo-socket.open-many", kind, remotes, options) {
            Ok((socket, granted)) => {
                let socket = self.keep(Arc::new(socket))?;
                Ok(Ok((socket, granted)))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    fn add_many(&mut self, socket: Shared, remotes: NetworkSet) -> Answer<GrantedSet> {
        let socket = self.table.get(&socket)?;
        Ok(socket.add_many("echo-socket.add-many", remotes))
    }

    fn kind(&mut self, _: Shared) -> wasmtime::Result<Kind> {
        Ok(Kind::Ping)
    }

    fn identifier(&mut self, socket: Shared) -> wasmtime::Result<u16> {
        Ok(self.table.get(&socket)?.identifier())
    }

    fn local_endpoint(&mut self, socket: Shared) -> Answer<Endpoint> {
        Ok(self.table.get(&socket)?.local_endpoint())
    }

    fn send(
        &mut self,
        socket: Shared,
        bytes: Vec<u8>,
        requests: Vec<EchoRequest>,
    ) -> Answer<Vec<u64>> {
        let packets = requests.iter().map(|one| (one.sequence, &one.payload));
        Ok(self.table.get(&socket)?.send(&bytes, packets))
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
    ) -> Answer<Received> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        let batch = socket.receive(max, timeout).await;
        let mut received = Received {
            bytes: Vec::new(),
            replies: Vec::new(),
            errors: Vec::new(),
            withheld: batch.withheld,
        };
        for (at, arrival) in &batch.arrived {
            let sequence = arrival.sequence;
            if let Some(payload) = datagrams::incoming(*at, arrival, &mut received.bytes) {
                received.replies.push(EchoReply { sequence, payload });
            }
            if let Some(error) = datagrams::network_error(*at, arrival, &mut received.bytes) {
                let sequence = Some(sequence);
                received.errors.push(EchoError { sequence, error });
            }
        }
        Ok(Ok(received))
    }
}
