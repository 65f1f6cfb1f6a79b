//! What a room asks of the gate.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;

use super::socket::{SocketOption, SocketRequest};

/// A kind of request, such as sending echo requests. Each room declares its own.
pub trait Capability: Send + Sync + 'static {
    /// The name that policies and audit records use.
    const NAME: &'static str;
    /// What its requests are about. One that is about something else, or leaves a part of it out, is malformed.
    const TARGETS: &'static [TargetKind];
}

/// What a target is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// An address; the protocol has no ports.
    Host,
    /// An address and a port.
    Endpoint,
    /// A network.
    Network,
    /// A name.
    Name,
    /// A file.
    Path,
    /// A fact about, or a device of, this machine.
    Local,
}

/// A capability by its name, where its type is not known.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// [`Capability::NAME`].
    pub name: &'static str,
    /// [`Capability::TARGETS`].
    pub targets: &'static [TargetKind],
}

impl Declared {
    /// The one of this type.
    pub const fn of<C: Capability>() -> Self {
        Self {
            name: C::NAME,
            targets: C::TARGETS,
        }
    }

    /// Whether its requests are about such targets.
    pub(crate) fn is_about(&self, target: &Target) -> bool {
        self.targets.contains(&target.kind())
    }
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
    /// The socket that is to be opened, if it is about one.
    pub socket: Option<SocketRequest>,
    /// The network namespace that it is about, by its name; none for the one that the plugin runs in.
    pub namespace: Option<String>,
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
            socket: None,
            namespace: None,
            changes: Vec::new(),
        }
    }

    /// The same on this network interface.
    #[must_use]
    pub fn on_interface(mut self, interface: Option<&str>) -> Self {
        self.interface = interface.map(Into::into);
        self
    }

    /// The same with this socket.
    #[must_use]
    pub fn with_socket(mut self, socket: SocketRequest) -> Self {
        self.socket = Some(socket);
        self
    }

    /// The same in the network namespace of this name.
    #[must_use]
    pub fn in_namespace(mut self, namespace: Option<&str>) -> Self {
        self.namespace = namespace.map(Into::into);
        self
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        let target = match &self.target {
            Target::Name(name) => name.len(),
            Target::Path(path) => path.as_os_str().len(),
            _ => 0,
        };
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let changes = self.changes.iter().map(|(_, value)| 32 + value.len());
        size_of::<Self>()
            + target
            + text(&self.interface)
            + text(&self.namespace)
            + changes.sum::<usize>()
    }

    /// What is special about the socket, if it is about one.
    pub fn options(&self) -> impl Iterator<Item = SocketOption> {
        self.socket.iter().flat_map(SocketRequest::options)
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
    /// A name to look up.
    Name(String),
    /// A file.
    Path(PathBuf),
    /// A fact about, or a device of, this machine.
    Local(&'static str),
}

impl Target {
    /// What it is made of.
    pub fn kind(&self) -> TargetKind {
        match self {
            Target::Address { port: None, .. } => TargetKind::Host,
            Target::Address { port: Some(_), .. } => TargetKind::Endpoint,
            Target::Network(_) => TargetKind::Network,
            Target::Name(_) => TargetKind::Name,
            Target::Path(_) => TargetKind::Path,
            Target::Local(_) => TargetKind::Local,
        }
    }

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
            Target::Name(name) => f.write_str(name),
            Target::Path(path) => write!(f, "{}", path.display()),
            Target::Local(fact) => f.write_str(fact),
        }
    }
}
