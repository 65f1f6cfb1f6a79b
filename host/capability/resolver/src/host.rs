//! The generated traits, method by method.

use std::sync::Arc;

use wasmtime::component::Accessor;

use super::service;
use crate::bindings::nethost::cap::resolver::{Host, HostWithStore, IpAddress, IpFamily};
use nethost_broker::Broker;
use nethost_gate::Gate;
use nethost_kit::Access;
use nethost_kit::Context;
use nethost_kit::lookup::Family;
use nethost_kit::signals::Signals;
use nethost_kit::types::{ErrorCode, address_from, address_to};

impl Host for Context {
    fn interface_index(&mut self, name: String) -> wasmtime::Result<Result<u32, ErrorCode>> {
        Ok(service::interface_index(&self.broker, &name))
    }

    fn interface_name(&mut self, index: u32) -> wasmtime::Result<Result<String, ErrorCode>> {
        Ok(service::interface_name(&self.broker, index))
    }
}

impl<T: Send + 'static> HostWithStore<T> for Access {
    async fn resolve_addresses(
        accessor: &Accessor<T, Self>,
        name: String,
        family: Option<IpFamily>,
        timeout: u64,
    ) -> wasmtime::Result<Result<Vec<IpAddress>, ErrorCode>> {
        let (gate, broker, signals) = parts(accessor);
        let family = match family {
            Some(IpFamily::Ipv4) => Family::Ipv4,
            Some(IpFamily::Ipv6) => Family::Ipv6,
            None => Family::Any,
        };
        let found = service::resolve_addresses(&gate, &broker, &name, family, timeout);
        let found = unless_urged(found, &signals).await;
        Ok(found.map(|addresses| addresses.into_iter().map(address_to).collect()))
    }

    async fn resolve_names(
        accessor: &Accessor<T, Self>,
        address: IpAddress,
        timeout: u64,
    ) -> wasmtime::Result<Result<Vec<String>, ErrorCode>> {
        let (gate, broker, signals) = parts(accessor);
        let found = service::resolve_names(&gate, &broker, address_from(address), timeout);
        Ok(unless_urged(found, &signals).await)
    }
}

fn parts<T: Send + 'static>(
    accessor: &Accessor<T, Access>,
) -> (Arc<Gate>, Arc<Broker>, Arc<Signals>) {
    accessor.with(|mut access| {
        let run = access.get();
        (
            Arc::clone(&run.gate),
            Arc::clone(&run.broker),
            Arc::clone(&run.signals),
        )
    })
}

/// Ends the lookup when the operator interrupts: a lookup can take long, and nobody needs its answer then.
async fn unless_urged<T>(
    lookup: impl Future<Output = Result<T, ErrorCode>>,
    signals: &Signals,
) -> Result<T, ErrorCode> {
    tokio::select! {
        found = lookup => found,
        () = signals.hurry() => Err(ErrorCode::TemporaryResolverFailure),
    }
}
