//! Targets and gateways by number or name, as net-tools finds them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, Family, resolver, routing_table};

const TIMEOUT: Duration = Duration::from_secs(5);
/// E_LOOKUP of net-tools.
const UNKNOWN: u8 = 6;

fn failed(code: u8, name: &str, error: &Error) -> Exit {
    let shown = printable(name);
    match error {
        Error::Denied(_) => Exit::failed(2, format!("route: {error}")),
        Error::TemporaryResolverFailure | Error::Timeout => {
            Exit::failed(code, format!("{shown}: Host name lookup failure"))
        }
        _ => Exit::failed(code, format!("{shown}: Unknown host")),
    }
}

/// The address of IPv4, and whether it is a network's. A host is looked for first where one is expected.
pub(crate) async fn inet(name: &str, host_first: bool) -> Result<(Ipv4Addr, bool), Exit> {
    if name == "default" {
        return Ok((Ipv4Addr::UNSPECIFIED, true));
    }
    if let Some(address) = routing_table::number(name) {
        return Ok((address, false));
    }
    let network = routing_table::network(name);
    if let Err(denied @ Error::Denied(_)) = &network {
        return Err(failed(UNKNOWN, name, denied));
    }
    let network = network.ok().flatten();
    if !host_first && let Some(address) = network {
        return Ok((address, true));
    }
    let found = resolver::addresses(name, Some(Family::V4), TIMEOUT).await;
    let v4 = |address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    };
    match found.map(|all| all.into_iter().find_map(v4)) {
        Ok(Some(address)) => Ok((address, false)),
        Err(denied @ Error::Denied(_)) => Err(failed(UNKNOWN, name, &denied)),
        _ if let Some(address) = network => Ok((address, true)),
        Err(error) if !host_first => Err(failed(UNKNOWN, name, &error)),
        _ => Err(failed(UNKNOWN, name, &Error::NameUnresolvable)),
    }
}

/// The address of IPv6 of a target.
pub(crate) async fn inet6(name: &str) -> Result<Ipv6Addr, Exit> {
    if let Ok(address) = name.parse() {
        return Ok(address);
    }
    let found = resolver::addresses(name, Some(Family::V6), TIMEOUT).await;
    let v6 = |address| match address {
        IpAddr::V6(address) => Some(address),
        IpAddr::V4(_) => None,
    };
    let error = match found.map(|all| all.into_iter().find_map(v6)) {
        Ok(Some(address)) => return Ok(address),
        Ok(None) => Error::NameUnresolvable,
        Err(error) => error,
    };
    let number = match error {
        Error::TemporaryResolverFailure | Error::Timeout => -3,
        _ => -2,
    };
    let mut exit = failed(1, name, &error);
    if !matches!(error, Error::Denied(_)) {
        exit.stderr = format!(
            "getaddrinfo: {}: {number}\n{}",
            printable(name),
            exit.stderr
        );
    }
    Err(exit)
}

/// The address of a gateway, which net-tools takes as a number alone.
pub(crate) fn gateway6(name: &str) -> Result<Ipv6Addr, Exit> {
    name.parse().map_err(|_| {
        let what = format!("{}: Resolver Error 0 (no error)", printable(name));
        Exit::failed(UNKNOWN, what)
    })
}
