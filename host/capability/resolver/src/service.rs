//! Names to addresses and addresses to names, each with a request at the gate; interface names and indexes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::DnsResolve;
use nethost_broker::Broker;
use nethost_core::name::LONGEST;
use nethost_core::{HostName, address};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::lookup::{self, Family, Found};
use nethost_kit::types::{ErrorCode, invalid};

pub(super) async fn resolve_addresses(
    gate: &Arc<Gate>,
    broker: &Broker,
    name: &str,
    family: Family,
    timeout: u64,
) -> Result<Vec<IpAddr>, ErrorCode> {
    // A text that is an address is used as the address; no name server is asked about it.
    if let Some(address) = address::parse(name.strip_suffix('.').unwrap_or(name)) {
        let request = Request::new("resolve-addresses", Target::address_of(address.ip()));
        let permit: Permit<DnsResolve> = gate.authorize(request)?;
        permit.count_received(0);
        return match family.has(address.ip()) {
            true => Ok(vec![address.ip()]),
            false => Err(ErrorCode::NameUnresolvable),
        };
    }
    let known = host_name(name)?;
    let permit: Permit<DnsResolve> = gate.authorize(Request::new(
        "resolve-addresses",
        Target::Name(known.clone()),
    ))?;
    let absolute = name.ends_with('.');
    let found = lookup::addresses(&permit, broker, &known, absolute, family);
    let Found {
        addresses,
        full_name,
    } = within(timeout, found).await?;
    gate.note_resolution(&permit, &known, &addresses);
    if let Some(full) = full_name {
        // A rule that denies the full name by which the addresses were found denies this name too.
        gate.note_full_name::<DnsResolve>("resolve-addresses", &full, &addresses)?;
    }
    permit.count_received(0);
    Ok(lookup::sorted(&permit, broker, addresses))
}

pub(super) async fn resolve_names(
    gate: &Arc<Gate>,
    broker: &Broker,
    address: IpAddr,
    timeout: u64,
) -> Result<Vec<String>, ErrorCode> {
    let address = address.to_canonical();
    let request = Request::new("resolve-names", Target::address_of(address));
    let permit: Permit<DnsResolve> = gate.authorize(request)?;
    let names = within(timeout, lookup::names(&permit, broker, address)).await?;
    permit.count_received(0);
    let names = names
        .into_iter()
        .map(|name| name.trim_end_matches('.').to_owned());
    let printable = names.filter(|name| {
        !name.is_empty()
            && name.len() <= LONGEST
            && name.bytes().all(|byte| byte.is_ascii_graphic())
    });
    let names: Vec<_> = printable.collect();
    if names.is_empty() {
        Err(ErrorCode::NameUnresolvable)
    } else {
        Ok(names)
    }
}

async fn within<T>(
    timeout: u64,
    answer: impl Future<Output = Result<T, lookup::Failure>>,
) -> Result<T, ErrorCode> {
    // A lookup takes at most one hour, and no clock overflows on that.
    let timeout = Duration::from_nanos(timeout).min(Duration::from_secs(3600));
    match tokio::time::timeout(timeout, answer).await {
        Ok(answer) => answer.map_err(|failure| match failure {
            lookup::Failure::Unresolvable => ErrorCode::NameUnresolvable,
            lookup::Failure::Temporary => ErrorCode::TemporaryResolverFailure,
            lookup::Failure::Permanent => ErrorCode::PermanentResolverFailure,
        }),
        Err(_elapsed) => Err(ErrorCode::Timeout),
    }
}

pub(super) fn host_name(name: &str) -> Result<HostName, ErrorCode> {
    HostName::new(name)
        .ok_or_else(|| invalid(format!("`{}` is not a host name", name.escape_default())))
}

pub(super) fn interface_index(broker: &Broker, name: &str) -> Result<u32, ErrorCode> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(ErrorCode::NoSuchDevice);
    }
    broker
        .interface_index(name)
        .map_err(|_| ErrorCode::NoSuchDevice)
}

pub(super) fn interface_name(broker: &Broker, index: u32) -> Result<String, ErrorCode> {
    broker
        .interface_name(&None, index)
        .map_err(|_| ErrorCode::NoSuchDevice)
}
