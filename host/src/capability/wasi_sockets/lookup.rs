//! `wasi:sockets/ip-name-lookup` with a request at the gate before each lookup.

use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{self, ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, SocketError};
use wasmtime_wasi::sockets::{WasiSocketsCtxView, WasiSocketsView};

use super::DnsResolve;
use crate::gate::{Gate, Permit, Request, Target};
use crate::store::Run;

/// Puts the gate in front of name lookups.
pub fn add_to_linker(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<Run, Lookups>(linker, |run| Gated {
        gate: Arc::clone(&run.gate),
        inner: run.sockets(),
    })
}

struct Lookups;

impl HasData for Lookups {
    type Data<'a> = Gated<'a>;
}

struct Gated<'a> {
    gate: Arc<Gate>,
    inner: WasiSocketsCtxView<'a>,
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

impl Host for Gated<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> Result<Resource<ResolveAddressStream>, SocketError> {
        let request = Request::new(
            "ip-name-lookup.resolve-addresses",
            Target::Name(name.clone()),
        );
        let _permit: Permit<DnsResolve> = self
            .gate
            .authorize(request)
            .map_err(|_denial| SocketError::from(ErrorCode::AccessDenied))?;
        self.inner.resolve_addresses(network, name)
    }
}

impl HostResolveAddressStream for Gated<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        self.inner.resolve_next_address(stream)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.inner, stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        HostResolveAddressStream::drop(&mut self.inner, stream)
    }
}
