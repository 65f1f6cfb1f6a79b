//! Names to addresses and back, each asked of the gate; interface names and indices.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::DnsResolve;
use super::dns::{self, Family};
use crate::capability::types::{ErrorCode, invalid};
use crate::datagram::route_source;
use crate::gate::{Gate, Permit, Request, Target};
use crate::policy::address::inet_aton;

/// RFC 1035 section 2.3.4.
const LONGEST_NAME: usize = 255;

pub(super) async fn resolve_addresses(
    gate: &Arc<Gate>,
    name: &str,
    family: Family,
    timeout: u64,
) -> Result<Vec<IpAddr>, ErrorCode> {
    let ascii = host_name(name)?;
    let permit: Permit<DnsResolve> = gate.authorize(Request::new(
        "resolve-addresses",
        Target::Name(ascii.clone()),
    ))?;
    let mut addresses = match inet_aton(&ascii) {
        Some(address) if family != Family::Ipv6 => vec![address.into()],
        Some(_) => return Err(ErrorCode::NameUnresolvable),
        None => within(timeout, dns::addresses(&permit, &ascii, family)).await?,
    };
    sort(&mut addresses);
    gate.note_resolution(name, &addresses);
    permit.count_received(0);
    Ok(addresses)
}

pub(super) async fn resolve_names(
    gate: &Arc<Gate>,
    address: IpAddr,
    timeout: u64,
) -> Result<Vec<String>, ErrorCode> {
    let request = Request::new(
        "resolve-names",
        Target::Address {
            address,
            port: None,
        },
    );
    let permit: Permit<DnsResolve> = gate.authorize(request)?;
    let names = within(timeout, dns::names(&permit, address)).await?;
    permit.count_received(0);
    let names = names
        .into_iter()
        .map(|name| name.trim_end_matches('.').to_owned());
    let printable = names.filter(|name| {
        !name.is_empty()
            && name.len() <= LONGEST_NAME
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
    lookup: impl Future<Output = Result<T, ErrorCode>>,
) -> Result<T, ErrorCode> {
    // No resolver is waited for longer than an hour, and no clock overflows on it.
    let timeout = Duration::from_nanos(timeout).min(Duration::from_secs(3600));
    tokio::time::timeout(timeout, lookup)
        .await
        .unwrap_or(Err(ErrorCode::Timeout))
}

/// A name as DNS has it: ASCII, internationalized labels converted (RFC 5890).
pub(super) fn host_name(name: &str) -> Result<String, ErrorCode> {
    let malformed = || invalid(format!("`{}` is not a host name", name.escape_default()));
    let ascii = if name.is_ascii() {
        name.to_owned()
    } else {
        idna::domain_to_ascii(name).map_err(|_| malformed())?
    };
    let labels = ascii.strip_suffix('.').unwrap_or(&ascii).split('.');
    let fine = !ascii.is_empty()
        && ascii.len() <= LONGEST_NAME
        && ascii
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        && labels.clone().all(|label| (1..=63).contains(&label.len()));
    if fine { Ok(ascii) } else { Err(malformed()) }
}

/// Addresses that this machine has a route to come first, and IPv6 before IPv4 among equals: the two
/// rules of RFC 6724 that decide on hosts with one address of each family.
fn sort(addresses: &mut [IpAddr]) {
    if addresses.len() > 1 {
        addresses.sort_by_cached_key(|address| {
            (
                route_source((*address, 0).into(), None, true).is_err(),
                address.is_ipv4(),
            )
        });
    }
}

pub(super) fn interface_index(name: &str) -> Result<u32, ErrorCode> {
    if name.is_empty() || name.len() >= libc::IFNAMSIZ || name.contains('\0') {
        return Err(ErrorCode::NoSuchDevice);
    }
    let socket = any_socket()?;
    rustix::net::netdevice::name_to_index(&socket, name).map_err(|_| ErrorCode::NoSuchDevice)
}

pub(super) fn interface_name(index: u32) -> Result<String, ErrorCode> {
    let socket = any_socket()?;
    rustix::net::netdevice::index_to_name(&socket, index).map_err(|_| ErrorCode::NoSuchDevice)
}

/// A descriptor to ask about interfaces with (netdevice(7)); nothing is ever sent on it.
fn any_socket() -> Result<socket2::Socket, ErrorCode> {
    Ok(socket2::Socket::new(
        socket2::Domain::UNIX,
        socket2::Type::DGRAM,
        None,
    )?)
}
