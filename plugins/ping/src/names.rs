//! Resolves targets before the first packet, and the names of replying hosts during the run.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nethost_sdk::names::{Names, Settings};
use nethost_sdk::target::Hosts;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Family, resolver};

/// The timeout for the addresses of a name.
const FORWARD: Duration = Duration::from_secs(15);
/// The timeout for the name of a replying host. Sending waits for it.
const REVERSE: Duration = Duration::from_secs(1);

/// The address to ping for an argument, and whether the argument was an address.
pub(crate) async fn address(
    text: &str,
    family: Option<Family>,
    device: Option<&str>,
) -> Result<(SocketAddr, bool), String> {
    let shown = printable(text);
    match Hosts::parse(text).map_err(|error| error.to_string())? {
        Hosts::Name(name) => {
            let found = resolver::addresses(&name, family, FORWARD).await;
            let found = found.map_err(|error| match error {
                denied @ Error::Denied(_) => denied.to_string(),
                Error::Timeout => format!("{shown}: {}", Error::TemporaryResolverFailure),
                error => format!("{shown}: {error}"),
            })?;
            let first = found
                .first()
                .ok_or_else(|| format!("{shown}: {}", Error::NameUnresolvable))?;
            Ok((with_scope(reached(*first), scope(device)), false))
        }
        Hosts::Address(address, zone) => {
            if family.is_some_and(|family| family != Family::of(address)) {
                return Err(format!(
                    "{shown}: Address family for hostname not supported"
                ));
            }
            let index = match zone {
                Some(zone) => zone
                    .parse()
                    .or_else(|_| resolver::interface_index(&zone))
                    .map_err(|_| format!("{shown}: {}", Error::NameUnresolvable))?,
                None => scope(device),
            };
            Ok((with_scope(reached(address), index), true))
        }
        Hosts::Network(_) | Hosts::Range(..) => Err(format!("{shown}: more than one address")),
    }
}

/// The address that packets to this one reach: the kernel takes an unspecified address for its own loopback.
fn reached(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

fn scope(device: Option<&str>) -> u32 {
    device
        .and_then(|device| resolver::interface_index(device).ok())
        .unwrap_or(0)
}

/// Only link-local addresses have a scope.
pub(crate) fn with_scope(address: IpAddr, index: u32) -> SocketAddr {
    match address {
        IpAddr::V6(v6) if v6.is_unicast_link_local() || v6.is_multicast() => {
            SocketAddrV6::new(v6, 0, 0, index).into()
        }
        other => SocketAddr::new(other, 0),
    }
}

/// The address without its port, with its zone.
pub(crate) fn numeric(endpoint: SocketAddr) -> String {
    match endpoint {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => {
            let zone = resolver::interface_name(v6.scope_id())
                .unwrap_or_else(|_| v6.scope_id().to_string());
            format!("{}%{zone}", v6.ip())
        }
        other => other.ip().to_string(),
    }
}

/// How names of those who answer are looked up.
pub(crate) fn settings() -> Settings {
    Settings {
        patience: REVERSE,
        ..Settings::default()
    }
}

/// `name (address)`, with the address for a name where the answer is that it has none. The address alone where no
/// names are asked for, or nobody could tell.
pub(crate) async fn label(names: &mut Names, endpoint: SocketAddr) -> String {
    let address = numeric(endpoint);
    match names.find(endpoint.ip()).await {
        Some(name) => format!("{name} ({address})"),
        None if names.is_nameless(endpoint.ip()) => format!("{address} ({address})"),
        None => address,
    }
}
