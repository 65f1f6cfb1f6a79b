//! What WASI's calls about sockets reach of a run.

use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::p2::SocketError;
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, Network};
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView};

use crate::store::Run;

/// The part of a run that is about WASI's sockets.
pub(super) struct Sockets;

impl HasData for Sockets {
    type Data<'a> = Gated<'a>;
}

/// WASI's own sockets, and what stands in front of them.
pub(super) struct Gated<'a> {
    pub(super) inner: WasiSocketsCtxView<'a>,
}

impl Sockets {
    pub(super) fn of(run: &mut Run) -> Gated<'_> {
        Gated {
            inner: run.sockets(),
        }
    }
}

impl network::Host for Gated<'_> {
    fn convert_error_code(&mut self, error: SocketError) -> wasmtime::Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.inner, error)
    }

    fn network_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.inner, error)
    }
}

impl network::HostNetwork for Gated<'_> {
    fn drop(&mut self, network: Resource<Network>) -> wasmtime::Result<()> {
        network::HostNetwork::drop(&mut self.inner, network)
    }
}
