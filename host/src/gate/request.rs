//! What a room asks of the gate.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ipnet::IpNet;

use super::TargetSet;

/// A kind of request, such as sending echo requests. Each room declares its own.
pub trait Capability: Send + Sync + 'static {
    /// The name that policies and audit records use.
    const NAME: &'static str;
}

/// One thing that a plugin wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The WIT function that raised it, such as `echo-socket.open`.
    pub op: &'static str,
    /// Whom or what it touches.
    pub target: Target,
    /// The network interface it is bound to, if it names one.
    pub interface: Option<String>,
    /// What a write would change, for the record: each field with its new value.
    pub changes: Vec<(&'static str, String)>,
}

impl Request {
    /// A request that is bound to no interface and changes nothing.
    pub fn new(op: &'static str, target: Target) -> Self {
        Self {
            op,
            target,
            interface: None,
            changes: Vec::new(),
        }
    }

    /// The same on this network interface.
    #[must_use]
    pub fn on_interface(mut self, interface: Option<&str>) -> Self {
        self.interface = interface.map(Into::into);
        self
    }

    /// The same, changing these fields.
    #[must_use]
    pub fn changing(mut self, changes: Vec<(&'static str, String)>) -> Self {
        self.changes = changes;
        self
    }
}

/// Whom or what a request touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A host, and a port where the protocol has them.
    Address {
        /// The address that packets go to.
        address: IpAddr,
        /// The port, unless the protocol has none.
        port: Option<u16>,
    },
    /// A network as a whole, such as a route's destination.
    Network(IpNet),
    /// Many hosts, each by itself, and their ports where the protocol has them.
    Set(Arc<TargetSet>),
    /// A name to look up.
    Name(String),
    /// A file.
    Path(PathBuf),
    /// A fact about, or a device of, this machine.
    Local(&'static str),
}

impl Target {
    /// The address, if the target is one.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Target::Address { address, .. } => Some(*address),
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Address {
                address,
                port: None,
            } => write!(f, "{address}"),
            Target::Address {
                address: IpAddr::V4(address),
                port: Some(port),
            } => write!(f, "{address}:{port}"),
            Target::Address {
                address: IpAddr::V6(address),
                port: Some(port),
            } => write!(f, "[{address}]:{port}"),
            Target::Network(network) => write!(f, "{network}"),
            Target::Set(set) => write!(f, "{set}"),
            Target::Name(name) => f.write_str(name),
            Target::Path(path) => write!(f, "{}", path.display()),
            Target::Local(fact) => f.write_str(fact),
        }
    }
}
