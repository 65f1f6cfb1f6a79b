//! Where to connect: the addresses of a host, and the port.

use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::netdb::Services;
use nethost_sdk::target::Hosts;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Family, resolver};

const PATIENCE: Duration = Duration::from_secs(30);

/// The addresses, or how getaddrinfo(3) fails.
pub(crate) async fn find(
    host: &str,
    service: &str,
    family: Option<u8>,
) -> Result<Vec<SocketAddr>, String> {
    let failed = |error: &str| {
        let (host, service) = (printable(host), printable(service));
        format!("Server lookup failure:  {host}:{service}, {error}")
    };
    let port = port(service).ok_or_else(|| failed("Servname not supported for ai_socktype"))?;
    match Hosts::parse(host) {
        Ok(Hosts::Address(address, _)) => {
            if family.is_some_and(|family| (family == 4) != address.is_ipv4()) {
                return Err(failed("Address family for hostname not supported"));
            }
            Ok(vec![(address, port).into()])
        }
        _ => {
            let family = family.map(|family| if family == 4 { Family::V4 } else { Family::V6 });
            let found = resolver::addresses(host, family, PATIENCE).await;
            let found = found.map_err(|error| match error {
                denied @ Error::Denied(_) => denied.to_string(),
                error => failed(&error.to_string()),
            })?;
            Ok(found
                .into_iter()
                .map(|address| (address, port).into())
                .collect())
        }
    }
}

fn port(service: &str) -> Option<u16> {
    if let Ok(number) = service.parse::<u16>() {
        return Some(number);
    }
    if service == "telnet" {
        return Some(23);
    }
    Services::default().port(service, "tcp")
}
