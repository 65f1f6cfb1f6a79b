//! Addresses of the command line: numbers as inet_aton(3) reads them, `default`, names of networks and of hosts.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use nethost_sdk::text::printable;
use nethost_sdk::{Error, Family, resolver, routing_table};

const TIMEOUT: Duration = Duration::from_secs(5);

/// The address of IPv4, or the message of herror(3).
pub(crate) async fn inet(word: &str) -> Result<Ipv4Addr, String> {
    if word == "default" {
        return Ok(Ipv4Addr::UNSPECIFIED);
    }
    if let Some(address) = routing_table::number(word) {
        return Ok(address);
    }
    match routing_table::network(word) {
        Ok(Some(address)) => return Ok(address),
        Err(denied @ Error::Denied(_)) => return Err(format!("ifconfig: {denied}")),
        _ => {}
    }
    let found = resolver::addresses(word, Some(Family::V4), TIMEOUT).await;
    let first = found.map(|all| all.into_iter().find_map(v4));
    match first {
        Ok(Some(address)) => Ok(address),
        Err(denied @ Error::Denied(_)) => Err(format!("ifconfig: {denied}")),
        Err(Error::TemporaryResolverFailure | Error::Timeout) => {
            Err(format!("{}: Host name lookup failure", printable(word)))
        }
        _ => Err(format!("{}: Unknown host", printable(word))),
    }
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}
