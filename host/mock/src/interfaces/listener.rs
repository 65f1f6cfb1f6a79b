//! TCP sockets that connections come to. No host of a scenario connects yet, so a plugin that listens waits for ever;
//! the report says so.

use std::net::SocketAddr;
use std::sync::Arc;

use wasmtime::component::{Accessor, Resource};

use super::bindings::nethost::cap::tcp::{
    Endpoint, HostListener, HostListenerWithStore, StreamOptions,
};
use crate::context::{Access, Context, Unsupported};
use nethost_broker::capabilities::tcp::TcpListen;
use nethost_core::{Request, Target};
use nethost_gate::Permit;
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, endpoint_from, endpoint_to, invalid};

/// The type in the table of a run; waiting calls hold it too.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub type Handle = Arc<Listener>;

/// A socket that listens.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Listener {
    /// As long as it listens.
    _permit: Permit<TcpListen>,
    local: SocketAddr,
}

type Answer<T> = wasmtime::Result<Result<T, ErrorCode>>;

impl HostListener for Context {
    fn listen(
        &mut self,
        local: Endpoint,
        _backlog: u32,
        _options: StreamOptions,
    ) -> Answer<Resource<Handle>> {
        let mut local = endpoint_from(local);
        if local.ip().is_multicast() {
            return Ok(Err(invalid("a multicast group is no local address")));
        }
        if local.port() == 0 {
            local.set_port(self.network.port());
        }
        let request = Request::new("listener.listen", Target::listen(local));
        let permit = match self.gate.authorize(request) {
            Ok(permit) => permit,
            Err(denial) => return Ok(Err(denial.into())),
        };
        if !self.network.is_local(local.ip()) {
            return Ok(Err(ErrorCode::AddressNotBindable));
        }
        let listener = Listener {
            _permit: permit,
            local,
        };
        self.keep(Arc::new(listener)).map(Ok)
    }

    fn local_endpoint(&mut self, listener: Resource<Handle>) -> wasmtime::Result<Endpoint> {
        Ok(endpoint_to(self.table.get(&listener)?.local))
    }

    fn drop(&mut self, listener: Resource<Handle>) -> wasmtime::Result<()> {
        self.discard(listener)
    }
}

impl<T: Send + 'static> HostListenerWithStore<T> for Access {
    async fn accept(_: &Accessor<T, Self>, _: Resource<Handle>) -> Answer<Resource<Connection>> {
        Err(Unsupported {
            what: "host that connects".into(),
            function: "nethost:cap/tcp listener.accept".into(),
        }
        .into())
    }
}
