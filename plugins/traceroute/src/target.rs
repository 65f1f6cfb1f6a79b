//! From what the operator typed to the address that probes go to.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nethost_sdk::{Error, Family, resolver};

const PATIENCE: Duration = Duration::from_secs(20);

/// Why there is no address.
#[derive(Debug)]
pub(crate) enum Unresolved {
    /// An address of the family that was not asked for: EAI_ADDRFAMILY.
    OtherFamily,
    Resolver(Error),
}

impl Unresolved {
    /// Whether it was the policy that said no.
    pub(crate) fn is_denial(&self) -> bool {
        matches!(self, Self::Resolver(Error::Denied(_)))
    }
}

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OtherFamily => f.write_str("Address family for hostname not supported"),
            // What cannot be a host's name is not known as one: getaddrinfo(3) does not tell them apart.
            Self::Resolver(Error::InvalidArgument(_)) => Error::NameUnresolvable.fmt(f),
            Self::Resolver(error) => error.fmt(f),
        }
    }
}

/// The address of a host, IPv4 first unless a family is asked for. The port is 0.
pub(crate) async fn resolve(host: &str, family: Option<Family>) -> Result<SocketAddr, Unresolved> {
    if let Some(address) = literal(host).map_err(Unresolved::Resolver)? {
        let fits = family.is_none_or(|family| family == Family::of(address.ip()));
        return if fits {
            Ok(address)
        } else {
            Err(Unresolved::OtherFamily)
        };
    }
    let found = by_name(host, family).await?;
    let first = found
        .iter()
        .find(|address| address.is_ipv4())
        .or(found.first());
    match first {
        Some(&address) => Ok(SocketAddr::new(address, 0)),
        None => Err(Unresolved::Resolver(Error::NameUnresolvable)),
    }
}

async fn by_name(host: &str, family: Option<Family>) -> Result<Vec<IpAddr>, Unresolved> {
    resolver::addresses(host, family, PATIENCE)
        .await
        .map_err(|error| match error {
            Error::Timeout => Error::TemporaryResolverFailure,
            other => other,
        })
        .map_err(Unresolved::Resolver)
}

/// The addresses of a host in the order to try them. The ports are 0.
pub(crate) async fn all(host: &str, family: Option<Family>) -> Result<Vec<SocketAddr>, Unresolved> {
    if let Some(address) = literal(host).map_err(Unresolved::Resolver)? {
        let fits = family.is_none_or(|family| family == Family::of(address.ip()));
        return match fits {
            true => Ok(vec![address]),
            false => Err(Unresolved::OtherFamily),
        };
    }
    let found = by_name(host, family).await?;
    Ok(found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect())
}

/// An address as it is written, with the zone of an IPv6 one (RFC 4007 section 11).
fn literal(host: &str) -> Result<Option<SocketAddr>, Error> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(Some(SocketAddr::new(address, 0)));
    }
    if let Some((address, zone)) = host.split_once('%')
        && let Ok(address) = address.parse()
    {
        let index = zone
            .parse()
            .map_or_else(|_| resolver::interface_index(zone), Ok)?;
        return Ok(Some(SocketAddrV6::new(address, 0, 0, index).into()));
    }
    Ok(None)
}
