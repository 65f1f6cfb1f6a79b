//! UDP sockets that are bound to a local port: they receive what hosts of the scenario send to it, and the answers to what
//! was sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::udp::{
    Endpoint, HostBoundSocket, HostBoundSocketWithStore, Message,
};
use crate::context::{Access, Context};
use crate::network::inbox::Inbox;
use crate::network::{Back, Network, Packet};
use crate::time::Time;
use nethost_broker::capabilities::udp::{UdpExchange, UdpListen};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, invalid, remote_from};

/// The longest datagram.
const LONGEST: usize = 65_507;

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type Handle = Arc<BoundSocket>;

/// A bound socket.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct BoundSocket {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
    listens: Permit<UdpListen>,
    local: SocketAddr,
    connected: Mutex<Option<Arc<Remote>>>,
    inbox: Inbox<(SocketAddr, Back)>,
}

struct Remote {
    address: SocketAddr,
    permit: Permit<UdpExchange>,
}

type Bound = Resource<Handle>;
type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl HostBoundSocket for Context {
    fn bind(&mut self, local: Endpoint) -> Answer<Bound> {
        match BoundSocket::bind(self, endpoint_from(local)) {
            Ok(socket) => self.keep(Arc::new(socket)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn local_endpoint(&mut self, socket: Bound) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&socket)?.local))
    }

    fn connect_to(&mut self, socket: Bound, remote: Endpoint) -> Answer<()> {
        Ok(self.table.get(&socket)?.connect_to(remote_from(remote)))
    }

    fn drop(&mut self, socket: Bound) -> wasmtime::Result<()> {
        self.discard(socket)
    }
}

impl<T: Send + 'static> HostBoundSocketWithStore<T> for Access {
    async fn send(accessor: &Accessor<T, Self>, socket: Bound, bytes: Vec<u8>) -> Answer<()> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.send(&bytes))
    }

    async fn receive(
        accessor: &Accessor<T, Self>,
        socket: Bound,
        timeout: u64,
    ) -> Answer<Option<Message>> {
        let socket = accessor.with(|mut access| access.get().table.get(&socket).cloned())?;
        Ok(socket.receive(timeout).await)
    }
}

impl BoundSocket {
    fn bind(run: &Context, mut local: SocketAddr) -> Result<Self, ErrorCode> {
        let request = Request::new("bound-socket.bind", Target::listen(local));
        let listens = run.gate.authorize(request)?;
        if !run.network.is_local(local.ip()) {
            return Err(ErrorCode::AddressNotBindable);
        }
        if local.port() == 0 {
            local.set_port(run.network.port());
        }
        let inbox = Inbox::new(&run.time);
        let elapsed = run.time.elapsed();
        let coming = run.network.incoming().datagrams(local);
        // What came before the socket was there is lost.
        for datagram in coming.filter(|datagram| datagram.at >= elapsed) {
            let back = Back::Reply {
                bytes: datagram.bytes.clone(),
                hop_limit: 64,
            };
            inbox.push(datagram.at - elapsed, (datagram.source, back));
        }
        Ok(Self {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
            listens,
            local,
            connected: Mutex::default(),
            inbox,
        })
    }

    fn connect_to(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        if remote.port() == 0 || remote.is_ipv6() != self.local.is_ipv6() {
            return Err(invalid("no remote of this socket"));
        }
        let request = remote_set::request("bound-socket.connect-to", remote, true, None);
        let permit = self.gate.authorize(request)?;
        let remote = Remote {
            address: remote,
            permit,
        };
        let mut connected = self
            .connected
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *connected = Some(Arc::new(remote));
        Ok(())
    }

    fn remote(&self) -> Option<Arc<Remote>> {
        let connected = self.connected.lock();
        connected.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn send(&self, bytes: &[u8]) -> Result<(), ErrorCode> {
        let remote = self.remote().ok_or(ErrorCode::InvalidState)?;
        if bytes.len() > LONGEST {
            return Err(ErrorCode::DatagramTooLarge);
        }
        remote.permit.may_send(bytes.len())?;
        remote.permit.count_sent(bytes.len());
        let packet = Packet::Udp(bytes);
        for (after, back) in self.network.send(remote.address, None, packet) {
            self.inbox.push(after, (remote.address, back));
        }
        Ok(())
    }

    async fn receive(&self, timeout: u64) -> Result<Option<Message>, ErrorCode> {
        let deadline = self.time.elapsed().saturating_add(timeout);
        loop {
            let left = deadline.saturating_sub(self.time.elapsed());
            let arrived = self.inbox.take(1, left).await;
            let Some((_, (source, back))) = arrived.into_iter().next() else {
                return Ok(None);
            };
            let bytes = match back {
                Back::Reply { bytes, .. } => bytes,
                Back::Error { errno, .. } => return Err(nethost_kit::types::from_errno(errno)),
            };
            match self.remote() {
                Some(remote) if remote.address != source => continue,
                Some(remote) => {
                    remote.permit.may_receive(bytes.len())?;
                    remote.permit.count_received(bytes.len());
                }
                None => {
                    self.listens.may_receive(bytes.len())?;
                    self.listens.count_received(bytes.len());
                }
            }
            let source = endpoint_to(source);
            return Ok(Some(Message { bytes, source }));
        }
    }
}
