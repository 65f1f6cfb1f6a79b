//! The destination, the interface and the source address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use nethost_sdk::netlink::{self, Failure, Namespace, RouteLookup};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::target::Hosts;
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit, Family, resolver, udp};

use crate::failed;
use crate::flags::Options;

/// The timeout of a lookup.
const TIMEOUT: Duration = Duration::from_secs(20);

/// An address in the forms of inet_aton(3).
fn number(text: &str) -> Option<Ipv4Addr> {
    match Hosts::parse(text.trim_end()) {
        Ok(Hosts::Address(IpAddr::V4(address), None)) => Some(address),
        _ => None,
    }
}

/// The address of the destination.
pub(crate) async fn destination(name: &str) -> Result<Ipv4Addr, Exit> {
    if let Some(address) = number(name) {
        return Ok(address);
    }
    let shown = printable(name);
    let failed = |why: &dyn std::fmt::Display| failed(2, format_args!("{shown}: {why}"));
    if name.parse::<IpAddr>().is_ok() {
        return Err(failed(&"Address family for hostname not supported"));
    }
    let found = resolver::addresses(name, Some(Family::V4), TIMEOUT).await;
    let found = found.map_err(|error| match error {
        Error::Denied(_) => crate::failed(2, &error),
        Error::InvalidArgument(_) => failed(&"Name or service not known"),
        error => failed(&error),
    })?;
    let v4 = found.into_iter().find_map(|address| match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    v4.ok_or_else(|| failed(&"Name or service not known"))
}

/// The interface through which the destination is reached.
pub(crate) fn interface(destination: Ipv4Addr) -> Result<String, Exit> {
    let namespace = Namespace::open(None).map_err(|error| failed(1, &error))?;
    let lookup = RouteLookup {
        destination: netlink::to_wit(destination.into()),
        destination_length: 32,
        source: None,
        source_length: 0,
        input_interface: None,
        output_interface: None,
        tos: 0,
        mark: None,
        user: None,
        ip_protocol: None,
        source_port: None,
        destination_port: None,
        fib_match: false,
    };
    let route = namespace
        .look_up(&lookup)
        .map_err(|failure| match failure {
            Failure::Refused(error @ Error::Denied(_)) => failed(1, &error),
            _ => failed(1, "NETLINK_ROUTE unexpected iov element"),
        })?;
    let index = route.output_interface.unwrap_or_default();
    resolver::interface_name(index)
        .map_err(|error| failed(1, format_args!("if_indextoname failed: {error}")))
}

/// The source address of the packets; unspecified for -D without -s.
pub(crate) fn source(
    options: &Options,
    destination: Ipv4Addr,
    interface: &str,
) -> Result<Ipv4Addr, Exit> {
    let given = match &options.source {
        Some(text) => match number(text) {
            Some(address) => Some(address),
            None => {
                return Err(failed(
                    2,
                    format_args!("invalid source {}", printable(text)),
                ));
            }
        },
        None => None,
    };
    if options.duplicates && given.is_none() {
        return Ok(Ipv4Addr::UNSPECIFIED);
    }
    // iputils asks the kernel with a socket that it never sends on.
    let announced = options.unsolicited.then_some(destination);
    let chosen = given.or(announced);
    let socket = SocketOptions {
        interface: Some(interface.to_owned()),
        source: chosen.map(|source| SocketAddr::from((source, 0))),
        dont_route: chosen.is_none(),
        ..SocketOptions::default()
    };
    let remote = SocketAddr::from((destination, 1025));
    let what = if chosen.is_some() { "bind" } else { "connect" };
    let wrong = |error: Error| match error {
        Error::Denied(_) => failed(2, &error),
        error => failed(2, format_args!("{what}: {error}")),
    };
    let opened = udp::Socket::open(remote, &socket).map_err(wrong)?;
    if let Some(source) = chosen {
        return Ok(source);
    }
    match opened.local_endpoint().map_err(wrong)?.ip() {
        IpAddr::V4(source) => Ok(source),
        IpAddr::V6(_) => Ok(Ipv4Addr::UNSPECIFIED),
    }
}
