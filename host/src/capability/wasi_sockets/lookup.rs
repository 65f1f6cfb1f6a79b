//! `wasi:sockets/ip-name-lookup` with a request at the gate before each lookup.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, Host, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, SocketError};

use super::DnsResolve;
use super::view::{Gated, Sockets};
use crate::gate::{Permit, Request, Target};
use crate::store::Run;

/// Puts the gate in front of name lookups.
pub fn add_to_linker(linker: &mut Linker<Run>) -> wasmtime::Result<()> {
    ip_name_lookup::add_to_linker::<Run, Sockets>(linker, Sockets::of)
}

/// The names that lookups under way are about, by the number of their stream.
#[derive(Debug, Default)]
pub struct Lookups(pub(super) Names);

pub(super) type Names = Arc<Mutex<HashMap<u32, String>>>;

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
        let stream = self.inner.resolve_addresses(network, name.clone())?;
        self.names().insert(stream.rep(), name);
        Ok(stream)
    }
}

impl HostResolveAddressStream for Gated<'_> {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Option<IpAddress>, SocketError> {
        let number = stream.rep();
        let found = self.inner.resolve_next_address(stream)?;
        if let (Some(address), Some(name)) = (&found, self.names().get(&number)) {
            self.gate.note_resolution(name, &[address_of(address)]);
        }
        Ok(found)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.inner, stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.names().remove(&stream.rep());
        HostResolveAddressStream::drop(&mut self.inner, stream)
    }
}

impl Gated<'_> {
    fn names(&self) -> MutexGuard<'_, HashMap<u32, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn address_of(address: &IpAddress) -> IpAddr {
    match *address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}
