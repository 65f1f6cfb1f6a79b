//! Addresses of what was typed, and names of who is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use nethost_sdk::target::Hosts;
use nethost_sdk::{Error, Family, resolver};

use crate::options::Options;

/// How long the resolver may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The addresses of a host with a port, in the order to try them; or why there is none, as getaddrinfo(3) says it.
pub(crate) async fn addresses(
    host: &str,
    port: u16,
    options: &Options,
) -> Result<Vec<SocketAddr>, Error> {
    let other = |text: &str| Error::Other(Some(text.into()));
    match Hosts::parse(host) {
        Ok(Hosts::Address(address, zone)) => {
            if options
                .family
                .is_some_and(|family| (family == 4) != address.is_ipv4())
            {
                return Err(other("Address family for hostname not supported"));
            }
            let scope = match &zone {
                Some(zone) => match zone.parse() {
                    Ok(index) => index,
                    Err(_) => resolver::interface_index(zone)
                        .map_err(|_| other("Name or service not known"))?,
                },
                None => 0,
            };
            Ok(vec![with_port(address, port, scope)])
        }
        _ if options.numeric => Err(Error::NameUnresolvable),
        _ => {
            let family = options.family.map(|family| match family {
                4 => Family::V4,
                _ => Family::V6,
            });
            let found = resolver::addresses(host, family, PATIENCE).await?;
            let found = found.into_iter().map(|address| with_port(address, port, 0));
            Ok(found.collect())
        }
    }
}

fn with_port(address: IpAddr, port: u16, scope: u32) -> SocketAddr {
    match address {
        IpAddr::V4(address) => (address, port).into(),
        IpAddr::V6(address) => SocketAddrV6::new(address, port, 0, scope).into(),
    }
}

/// The address to listen at where none was given.
pub(crate) fn anywhere(port: u16, options: &Options) -> SocketAddr {
    match options.family {
        Some(6) => (Ipv6Addr::UNSPECIFIED, port).into(),
        _ => (Ipv4Addr::UNSPECIFIED, port).into(),
    }
}

/// The name of an address, or the address.
pub(crate) async fn name(address: IpAddr, options: &Options) -> String {
    if !options.numeric && !address.is_unspecified() {
        let found = resolver::names(address, Duration::from_secs(5)).await;
        if let Some(name) = found.ok().and_then(|names| names.into_iter().next()) {
            return name.trim_end_matches('.').to_owned();
        }
    }
    address.to_string()
}
