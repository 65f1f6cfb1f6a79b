//! Opens the echo socket with the given options, and reports failures like iputils.

use std::net::SocketAddr;

use nethost_sdk::icmp::EchoSocket;
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::{Error, Family};

use crate::names::with_scope;
use crate::options::Options;

const BROADCAST: &str =
    "Do you want to ping broadcast? Then -b. If not, check your local firewall rules";

/// A socket for one remote, and its source address.
pub(crate) fn open(
    remote: SocketAddr,
    options: &Options,
) -> Result<(EchoSocket, SocketAddr), String> {
    if let SocketAddr::V6(v6) = remote
        && v6.ip().is_unicast_link_local()
        && v6.scope_id() == 0
    {
        let address = v6.ip();
        return Err(format!(
            "{address}: a link-local address needs its interface: {address}%INTERFACE, or -I INTERFACE"
        ));
    }
    let mut wanted = socket_options(options, Family::of(remote.ip()));
    let open = |wanted: &SocketOptions| EchoSocket::open_at(remote, wanted);
    // The broadcast address of a network looks like any other. The kernel's refusal shows it.
    let plain = SocketOptions {
        broadcast: false,
        ..wanted.clone()
    };
    let mut socket = match open(&plain) {
        Ok(socket) if !options.broadcast => socket,
        Ok(_) => open(&wanted).map_err(|error| explain(&error, options))?,
        Err(Error::AccessDenied) if remote.is_ipv4() => {
            let broadcast = SocketOptions {
                broadcast: true,
                ..wanted.clone()
            };
            let socket = open(&broadcast).map_err(|error| explain(&error, options))?;
            if !options.broadcast {
                return Err(BROADCAST.to_owned());
            }
            warn();
            socket
        }
        Err(error) => return Err(explain(&error, options)),
    };
    let local = socket
        .local_endpoint()
        .map_err(|error| explain(&error, options))?;
    if options.sticky && wanted.source.is_none() {
        wanted.source = Some(local);
        socket = open(&wanted).map_err(|error| explain(&error, options))?;
    }
    Ok((socket, local))
}

fn warn() {
    nethost_sdk::output::complain("WARNING: pinging broadcast address");
}

/// The options of a socket of this family.
pub(crate) fn socket_options(options: &Options, family: Family) -> SocketOptions {
    SocketOptions {
        interface: options.device.clone(),
        source: options
            .source
            .filter(|source| Family::of(*source) == family)
            .map(|source| with_scope(source, 0)),
        hop_limit: options.hop_limit,
        traffic_class: options.traffic_class,
        path_mtu_discovery: options.path_mtu_discovery,
        broadcast: options.broadcast,
        dont_route: options.dont_route,
        mark: options.mark,
        buffer_size: options.buffer_size,
    }
}

/// iputils names the failed call.
pub(crate) fn explain(error: &Error, options: &Options) -> String {
    match error {
        Error::Denied(_) => error.to_string(),
        Error::NoSuchDevice => {
            let device = options.device.as_deref().unwrap_or_default();
            format!(
                "SO_BINDTODEVICE {}: {error}",
                nethost_sdk::text::printable(device)
            )
        }
        Error::AddressNotBindable | Error::AddressInUse => format!("bind: {error}"),
        Error::NetworkUnreachable | Error::RemoteUnreachable => format!("connect: {error}"),
        // Neither kind of socket is available, and the kernel does not report a remedy.
        Error::AccessDenied => format!(
            "socket: {error}: net.ipv4.ping_group_range does not include this group, and CAP_NET_RAW is missing"
        ),
        other => format!("socket: {other}"),
    }
}
