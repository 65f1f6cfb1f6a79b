//! TCP sockets that connections of the scenario's hosts come to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::tcp::{
    Endpoint, HostListener, HostListenerWithStore, StreamOptions,
};
use crate::context::{Access, Context};
use crate::network::Network;
use crate::network::dialogue::{Dialogue, Script};
use crate::time::Time;
use nethost_broker::capabilities::tcp::TcpListen;
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, invalid};

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type Handle = Arc<Listener>;

/// A socket that listens.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Listener {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
    remarks: Arc<Mutex<Vec<String>>>,
    /// As long as it listens.
    _permit: Permit<TcpListen>,
    local: SocketAddr,
}

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl Listener {
    fn listen(run: &Context, mut local: SocketAddr) -> Result<Self, ErrorCode> {
        if local.ip().is_multicast() {
            return Err(invalid("a multicast group is no local address"));
        }
        if local.port() == 0 {
            local.set_port(run.network.port());
        }
        let request = Request::new("listener.listen", Target::listen(local));
        let permit = run.gate.authorize(request)?;
        if !run.network.is_local(local.ip()) {
            return Err(ErrorCode::AddressNotBindable);
        }
        Ok(Self {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
            remarks: Arc::clone(&run.remarks),
            _permit: permit,
            local,
        })
    }

    /// The next connection. That of a peer who is denied is reset.
    async fn accept(&self) -> Result<Connection, ErrorCode> {
        let incoming = self.network.incoming();
        let accepted = incoming.connection(&self.time, self.local).await;
        let peer = accepted.peer;
        let request = remote_set::request("listener.accept", peer, true, None);
        let permit: Permit<TcpListen> = self.gate.authorize(request)?;
        let script = Script::Steps(accepted.dialogue.iter().cloned().collect());
        let rtt = self.network.usual_rtt(peer.ip());
        let dialogue = Dialogue::new(&self.time, permit, script, &self.remarks, (peer, rtt))?;
        let mut local = self.local;
        if local.ip().is_unspecified()
            && let Some(address) = self.network.source_to(peer.ip())
        {
            local.set_ip(address);
        }
        Ok(Connection::new(Arc::new(dialogue), local, peer))
    }
}

impl HostListener for Context {
    fn listen(
        &mut self,
        local: Endpoint,
        _backlog: u32,
        _options: StreamOptions,
    ) -> Answer<Resource<Handle>> {
        match Listener::listen(self, endpoint_from(local)) {
            Ok(listener) => self.keep(Arc::new(listener)).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn local_endpoint(&mut self, listener: Resource<Handle>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&listener)?.local))
    }

    fn drop(&mut self, listener: Resource<Handle>) -> wasmtime::Result<()> {
        self.discard(listener)
    }
}

impl<T: Send + 'static> HostListenerWithStore<T> for Access {
    async fn accept(
        accessor: &Accessor<T, Self>,
        listener: Resource<Handle>,
    ) -> Answer<Resource<Connection>> {
        let listener = accessor.with(|mut access| access.get().table.get(&listener).cloned())?;
        match listener.accept().await {
            Ok(connection) => accessor
                .with(|mut access| access.get().keep(connection))
                .map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }
}
