//! The options of a new socket, as the gate decides about them.

use std::net::SocketAddr;

use crate::network::Network;
use nethost_core::{Interface, SocketKind, SocketRequest};
use nethost_kit::types::{ErrorCode, endpoint_from, invalid, without_port};
use nethost_kit::wit;

/// What a socket is opened with.
pub(crate) struct Opened {
    pub(crate) interface: Option<Interface>,
    pub(crate) request: SocketRequest,
    pub(crate) hop_limit: Option<u8>,
}

fn interface(network: &Network, index: u32, name: &str) -> Result<Interface, ErrorCode> {
    debug_assert_eq!(network.interface_index(name), Some(index));
    Interface::found(index, name, Vec::new()).map_err(|_| ErrorCode::NoSuchDevice)
}

/// Converts the options, with the interfaces of the scenario.
pub(crate) fn opened(
    network: &Network,
    kind: SocketKind,
    remote: SocketAddr,
    options: wit::SocketOptions,
) -> Result<Opened, ErrorCode> {
    let source = options.source.map(endpoint_from);
    if source.is_some_and(|source| source.is_ipv6() != remote.is_ipv6()) {
        return Err(invalid(
            "the source address is of another family than the remote",
        ));
    }
    if source.is_some_and(|source| !network.is_local(source.ip())) {
        return Err(ErrorCode::AddressNotBindable);
    }
    let scope = match remote {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => Some(v6.scope_id()),
        _ => None,
    };
    let named = options.interface.map(|name| {
        let index = network.interface_index(&name);
        interface(network, index.ok_or(ErrorCode::NoSuchDevice)?, &name)
    });
    let bound = match (named.transpose()?, scope) {
        (Some(named), Some(scope)) if named.index() != Some(scope) => {
            return Err(invalid(
                "the remote's scope is another interface than the socket's",
            ));
        }
        (Some(named), _) => Some(named),
        (None, Some(scope)) => {
            let name = network.interface_name(scope);
            Some(interface(
                network,
                scope,
                name.ok_or(ErrorCode::NoSuchDevice)?,
            )?)
        }
        (None, None) => None,
    };
    Ok(Opened {
        interface: bound,
        request: SocketRequest {
            kind,
            source: match kind {
                SocketKind::Echo => source.map(without_port),
                _ => source,
            },
            mark: options.mark,
            broadcast: options.broadcast,
            dont_route: options.dont_route,
        },
        hop_limit: options.hop_limit,
    })
}
