//! The system's resolver: hosts(5) and resolv.conf(5). Request at the gate: `dns.resolve`.

use std::net::IpAddr;
use std::time::Duration;

use crate::address::{ip_from_wit, ip_to_wit};
use crate::bindings::nethost::cap::resolver;
use crate::timestamp::to_nanos;
use crate::{Error, Family};

/// Addresses of a name, in the order to try them.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use nethost_sdk::{Family, resolver};
/// use std::time::Duration;
///
/// let addresses = resolver::addresses("localhost", Some(Family::V4), Duration::from_secs(5)).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `Denied`; `NameUnresolvable`; `TemporaryResolverFailure`; `PermanentResolverFailure`; `Timeout`;
/// `InvalidArgument` (not a host name).
pub async fn addresses(
    name: &str,
    family: Option<Family>,
    timeout: Duration,
) -> Result<Vec<IpAddr>, Error> {
    let family = family.map(Family::to_wit);
    let found = resolver::resolve_addresses(name.to_owned(), family, to_nanos(timeout)).await?;
    Ok(found.into_iter().map(ip_from_wit).collect())
}

/// Names of an address. A stranger's text, of which the host lets printable ASCII through.
///
/// # Errors
/// As [`addresses`].
pub async fn names(address: IpAddr, timeout: Duration) -> Result<Vec<String>, Error> {
    Ok(resolver::resolve_names(ip_to_wit(address), to_nanos(timeout)).await?)
}

/// Index of a network interface (if_nametoindex(3)), for an IPv6 zone. Raises no request.
///
/// # Errors
/// `NoSuchDevice`.
pub fn interface_index(name: &str) -> Result<u32, Error> {
    Ok(resolver::interface_index(name)?)
}

/// Name of a network interface (if_indextoname(3)). Raises no request.
///
/// # Errors
/// `NoSuchDevice`.
pub fn interface_name(index: u32) -> Result<String, Error> {
    Ok(resolver::interface_name(index)?)
}
