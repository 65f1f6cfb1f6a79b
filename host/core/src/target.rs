//! Targets of requests. Each kind contains a canonical type, so that no other form can be requested.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use super::{
    AbsolutePath, CanonicalAddr, CanonicalNet, HostName, Interface, ObjectName, TargetSet,
};

/// The target of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A host, and a port if the protocol has ports.
    Address {
        /// The address that packets go to or come from, or that is configured.
        address: CanonicalAddr,
        /// The port, if the protocol has ports.
        port: Option<u16>,
    },
    /// A local address to listen on; `0.0.0.0` or `::` for all local addresses.
    Listen {
        /// The address.
        address: CanonicalAddr,
        /// The port, if the protocol has ports.
        port: Option<u16>,
    },
    /// A whole network, such as the destination of a route.
    Network(CanonicalNet),
    /// Several hosts, each a separate target, with ports if the protocol has ports.
    Set(Arc<TargetSet>),
    /// A name to look up.
    Name(HostName),
    /// A network interface to change.
    Link(Interface),
    /// An object of this machine that has a name, such as a network namespace.
    Object(ObjectName),
    /// A file.
    Path(AbsolutePath),
    /// A fact about this machine, or a device of it.
    Local(&'static str),
}

impl Target {
    /// A host to send to or to receive from.
    pub fn remote(address: IpAddr, port: Option<u16>) -> Self {
        Self::Address {
            address: CanonicalAddr::destination(address),
            port,
        }
    }

    /// An address as a fact: part of the configuration, or to look up its name.
    pub fn address_of(address: IpAddr) -> Self {
        Self::Address {
            address: CanonicalAddr::new(address),
            port: None,
        }
    }

    /// A local address to listen on.
    pub fn listen(local: SocketAddr) -> Self {
        Self::Listen {
            address: CanonicalAddr::new(local.ip()),
            port: Some(local.port()),
        }
    }

    /// A network.
    pub fn network(network: IpNet) -> Self {
        Self::Network(CanonicalNet::new(network))
    }

    /// The address, if the target is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address { address, .. } | Self::Listen { address, .. } => Some(address.ip()),
            _ => None,
        }
    }

    /// The port, if the target has one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Address { port, .. } | Self::Listen { port, .. } => *port,
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, port } | Self::Listen { address, port } => match port {
                Some(port) => SocketAddr::new(address.ip(), *port).fmt(f),
                None => address.fmt(f),
            },
            Self::Network(network) => network.fmt(f),
            Self::Set(set) => set.fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Link(interface) => interface.fmt(f),
            Self::Object(name) => name.fmt(f),
            Self::Path(path) => path.fmt(f),
            Self::Local(fact) => f.write_str(fact),
        }
    }
}
