//! `wasi:sockets/ip-name-lookup` with a request at the gate before each lookup. The implementation in wasmtime-wasi
//! uses the C library, which opens its own sockets. This one uses the same resolver as all other lookups.

use std::net::IpAddr;
use std::sync::Arc;
use std::vec;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceType};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, Network};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, spawn};

use super::DnsResolve;
use nethost_broker::Broker;
use nethost_core::{HostName, address};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::Context;
use nethost_kit::lookup::{self, Failure, Family};

const OPERATION: &str = "ip-name-lookup.resolve-addresses";
const INTERFACE: &str = "wasi:sockets/ip-name-lookup@0.2.12";

/// A lookup, active or finished: `resolve-address-stream`.
enum Lookup {
    Waiting(AbortOnDropJoinHandle<Result<Vec<IpAddr>, Failure>>),
    Done(Result<vec::IntoIter<IpAddr>, Failure>),
}

/// Adds the interface.
pub fn add_to_linker(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(INTERFACE)?;
    interface.resource(
        "resolve-address-stream",
        ResourceType::host::<Lookup>(),
        |mut store: StoreContextMut<'_, Context>, number| {
            let stream = Resource::<Lookup>::new_own(number);
            store.data_mut().table.delete(stream)?;
            Ok(())
        },
    )?;
    interface.func_wrap(
        "resolve-addresses",
        |mut store: StoreContextMut<'_, Context>, (network, name): (Resource<Network>, String)| {
            let run = store.data_mut();
            run.table.get(&network)?;
            Ok((match begin(&run.gate, &run.broker, name) {
                Ok(lookup) => Ok(run.table.push(lookup)?),
                Err(error) => Err(error),
            },))
        },
    )?;
    interface.func_wrap(
        "[method]resolve-address-stream.resolve-next-address",
        |mut store: StoreContextMut<'_, Context>, (stream,): (Resource<Lookup>,)| {
            Ok((store.data_mut().table.get_mut(&stream)?.next(),))
        },
    )?;
    interface.func_wrap(
        "[method]resolve-address-stream.subscribe",
        |mut store: StoreContextMut<'_, Context>, (stream,): (Resource<Lookup>,)| {
            let pollable: Resource<DynPollable> = subscribe(&mut store.data_mut().table, stream)?;
            Ok((pollable,))
        },
    )
}

fn begin(gate: &Arc<Gate>, broker: &Arc<Broker>, name: String) -> Result<Lookup, ErrorCode> {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    // A text that is an address is used as the address; no name server is asked about it.
    let literal = address::parse(bare.strip_suffix('.').unwrap_or(bare));
    let known = HostName::new(&name);
    let target = match (literal, &known) {
        (Some(literal), _) => Target::address_of(literal.ip()),
        (None, Some(known)) => Target::Name(known.clone()),
        (None, None) => return Err(ErrorCode::InvalidArgument),
    };
    let request = Request::new(OPERATION, target);
    let permit: Permit<DnsResolve> = gate
        .authorize(request)
        .map_err(|_denial| ErrorCode::AccessDenied)?;
    let Some(known) = known.filter(|_| literal.is_none()) else {
        let found: Vec<_> = literal.iter().map(|address| address.ip()).collect();
        return Ok(Lookup::Done(Ok(found.into_iter())));
    };
    let absolute = name.ends_with('.');
    let (gate, broker) = (Arc::clone(gate), Arc::clone(broker));
    Ok(Lookup::Waiting(spawn(async move {
        let found = lookup::addresses(&permit, &broker, &known, absolute, Family::Any).await?;
        gate.note_resolution(&permit, &known, &found.addresses);
        if let Some(full) = &found.full_name {
            gate.note_full_name::<DnsResolve>(OPERATION, full, &found.addresses)
                .map_err(|_denial| Failure::Unresolvable)?;
        }
        Ok(lookup::sorted(&permit, &broker, found.addresses))
    })))
}

impl Lookup {
    fn next(&mut self) -> Result<Option<IpAddress>, ErrorCode> {
        match self {
            Self::Waiting(_) => Err(ErrorCode::WouldBlock),
            Self::Done(Ok(found)) => Ok(found.next().map(IpAddress::from)),
            Self::Done(Err(Failure::Unresolvable)) => Err(ErrorCode::NameUnresolvable),
            Self::Done(Err(Failure::Temporary)) => Err(ErrorCode::TemporaryResolverFailure),
            Self::Done(Err(Failure::Permanent)) => Err(ErrorCode::PermanentResolverFailure),
        }
    }
}

#[async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Waiting(task) = self {
            let found = task.await;
            *self = Self::Done(found.map(Vec::into_iter));
        }
    }
}
