//! The resolver of the system, with the names of the scenario.

use std::net::IpAddr;
use std::sync::Arc;

use wasmtime::component::Accessor;

use super::bindings::nethost::cap::resolver::{Host, HostWithStore, IpAddress, IpFamily};
use crate::context::{Access, Context};
use crate::network::Network;
use crate::scenario::LookupFailure;
use crate::time::Time;
use nethost_broker::capabilities::resolver::DnsResolve;
use nethost_core::{HostName, Request, Target, address};
use nethost_gate::{Gate, Permit};
use nethost_kit::types::{ErrorCode, address_from, address_to, invalid};

/// How long the resolver takes to answer.
const ANSWER: u64 = 1_000_000;

impl Host for Context {
    fn interface_index(&mut self, name: String) -> wasmtime::Result<Result<u32, ErrorCode>> {
        let index = self.network.interface_index(&name);
        Ok(index.ok_or(ErrorCode::NoSuchDevice))
    }

    fn interface_name(&mut self, index: u32) -> wasmtime::Result<Result<String, ErrorCode>> {
        let name = self.network.interface_name(index).map(str::to_owned);
        Ok(name.ok_or(ErrorCode::NoSuchDevice))
    }
}

struct Parts {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
}

fn parts<T: Send + 'static>(accessor: &Accessor<T, Access>) -> Parts {
    accessor.with(|mut access| {
        let run = access.get();
        Parts {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
        }
    })
}

impl<T: Send + 'static> HostWithStore<T> for Access {
    async fn resolve_addresses(
        accessor: &Accessor<T, Self>,
        name: String,
        family: Option<IpFamily>,
        timeout: u64,
    ) -> wasmtime::Result<Result<Vec<IpAddress>, ErrorCode>> {
        let found = parts(accessor).addresses(&name, family, timeout).await;
        Ok(found.map(|all| all.into_iter().map(address_to).collect()))
    }

    async fn resolve_names(
        accessor: &Accessor<T, Self>,
        address: IpAddress,
        timeout: u64,
    ) -> wasmtime::Result<Result<Vec<String>, ErrorCode>> {
        Ok(parts(accessor).names(address_from(address), timeout).await)
    }
}

impl Parts {
    async fn addresses(
        &self,
        name: &str,
        family: Option<IpFamily>,
        timeout: u64,
    ) -> Result<Vec<IpAddr>, ErrorCode> {
        let fits = |address: &IpAddr| match family {
            Some(IpFamily::Ipv4) => address.is_ipv4(),
            Some(IpFamily::Ipv6) => address.is_ipv6(),
            None => true,
        };
        let op = "resolve-addresses";
        if let Some(address) = address::parse(name.strip_suffix('.').unwrap_or(name)) {
            let request = Request::new(op, Target::address_of(address.ip()));
            let permit: Permit<DnsResolve> = self.gate.authorize(request)?;
            permit.count_received(0);
            let found = Some(address.ip()).filter(fits);
            return found
                .map(|one| vec![one])
                .ok_or(ErrorCode::NameUnresolvable);
        }
        let known = HostName::new(name)
            .ok_or_else(|| invalid(format!("`{}` is not a host name", name.escape_default())))?;
        let request = Request::new(op, Target::Name(known.clone()));
        let permit: Permit<DnsResolve> = self.gate.authorize(request)?;
        let found = match self.network.addresses(known.as_str()) {
            Ok(found) => found,
            Err(failure) => return Err(self.failed(failure, timeout).await),
        };
        self.time.after(ANSWER.min(timeout)).await;
        let found: Vec<IpAddr> = found.into_iter().filter(fits).collect();
        if found.is_empty() {
            return Err(ErrorCode::NameUnresolvable);
        }
        self.gate.note_resolution(&permit, &known, &found);
        permit.count_received(0);
        Ok(found)
    }

    async fn failed(&self, failure: LookupFailure, timeout: u64) -> ErrorCode {
        match failure {
            LookupFailure::Timeout => {
                self.time.after(timeout).await;
                ErrorCode::Timeout
            }
            LookupFailure::Failure => {
                self.time.after(ANSWER.min(timeout)).await;
                ErrorCode::TemporaryResolverFailure
            }
            LookupFailure::Unknown => {
                self.time.after(ANSWER.min(timeout)).await;
                ErrorCode::NameUnresolvable
            }
        }
    }

    async fn names(&self, address: IpAddr, timeout: u64) -> Result<Vec<String>, ErrorCode> {
        let address = address.to_canonical();
        let request = Request::new("resolve-names", Target::address_of(address));
        let permit: Permit<DnsResolve> = self.gate.authorize(request)?;
        self.time.after(ANSWER.min(timeout)).await;
        permit.count_received(0);
        let name = self.network.name_of(address);
        name.map(|name| vec![name])
            .ok_or(ErrorCode::NameUnresolvable)
    }
}
