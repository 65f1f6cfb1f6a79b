//! Whom or what a request touches. Each kind holds a canonical type, so that no other form can be asked for.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use super::{
    AbsolutePath, CanonicalAddr, CanonicalNet, HostName, Interface, ObjectName, TargetSet,
};

/// Whom or what a request touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A host, and a port where the protocol has them.
    Address {
        /// The address that packets go to or come from, or that is configured.
        address: CanonicalAddr,
        /// The port, unless the protocol has none.
        port: Option<u16>,
    },
    /// An address of this machine to be reached at; `0.0.0.0` or `::` for all of them.
    Listen {
        /// The address.
        address: CanonicalAddr,
        /// The port, unless the protocol has none.
        port: Option<u16>,
    },
    /// A network as a whole, such as a route's destination.
    Network(CanonicalNet),
    /// Many hosts, each by itself, and their ports where the protocol has them.
    Set(Arc<TargetSet>),
    /// A name to look up.
    Name(HostName),
    /// A network interface to be changed.
    Link(Interface),
    /// A thing of this machine by its own name, such as a network namespace.
    Object(ObjectName),
    /// A file.
    Path(AbsolutePath),
    /// A fact about, or a device of, this machine.
    Local(&'static str),
}

impl Target {
    /// A host that is sent to or heard.
    pub fn remote(address: IpAddr, port: Option<u16>) -> Self {
        Self::Address {
            address: CanonicalAddr::destination(address),
            port,
        }
    }

    /// An address as a fact: of the configuration, or to find the name of.
    pub fn address_of(address: IpAddr) -> Self {
        Self::Address {
            address: CanonicalAddr::new(address),
            port: None,
        }
    }

    /// An address of this machine to listen at.
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
