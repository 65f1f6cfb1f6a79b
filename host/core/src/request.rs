//! Requests of capabilities at the gate.

use std::net::SocketAddr;

use super::{Interface, SocketOption, SocketRequest, Target};

/// A kind of request, such as sending echo requests. Each capability declares its own kinds.
pub trait Capability: Send + Sync + 'static {
    /// The name that policies and audit records use.
    const NAME: &'static str;
    /// What its requests are about. A request for another target, or with an incomplete one, is malformed.
    const TARGETS: &'static [TargetKind];
    /// The functions that raise its requests, such as `echo-socket.open`, in all interfaces that have it. A request
    /// with another function is malformed.
    const OPS: &'static [&'static str];
    /// What its requests may say beside their target. The broker refuses a request with any other part: nothing would
    /// use that part, but it would satisfy rules and stand in records.
    const PARTS: &'static [RequestPart] = &[];

    /// Whether a target belongs to others than this user. For a user of a service, only a rule of the system's policy
    /// that names such a target allows it.
    fn is_of_others(_target: &Target, _user: u32) -> bool {
        false
    }
}

/// The details that a policy can add to a request: an expression that packets must match, and how much of each packet
/// is captured.
pub const FORCED: [&str; 2] = ["forced-filter", "forced-snapshot"];

/// A part of a request that only some capabilities use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPart {
    /// A socket, and the interface that it is bound to.
    Socket,
    /// A network namespace, and an interface in it.
    Namespace,
    /// The fields that a write changes, or other details.
    Changes,
    /// What a policy adds to the details of a request that it allows ([`FORCED`]).
    Forced,
}

/// The kinds of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// An address that packets go to or come from, for a protocol without ports.
    Host,
    /// An address as a fact: part of the configuration, or to look up its name.
    Fact,
    /// An address and a port.
    Endpoint,
    /// A local address and port to listen on.
    Listen,
    /// A network.
    Network,
    /// Several addresses, each a separate target, for a protocol without ports.
    Hosts,
    /// Several addresses, each with ports.
    Endpoints,
    /// A name to look up.
    Name,
    /// A network interface.
    Link,
    /// An object of this machine that has a name.
    Object,
    /// A file.
    Path,
    /// A fact about this machine, or a device of it.
    Local,
}

impl TargetKind {
    /// The kind of this target. None if a part of it is missing.
    pub fn of(target: &Target) -> Option<Self> {
        Some(match target {
            Target::Address { port: None, .. } => Self::Host,
            Target::Address { port: Some(_), .. } => Self::Endpoint,
            Target::Listen { port: None, .. } => return None,
            Target::Listen { port: Some(_), .. } => Self::Listen,
            Target::Network(_) => Self::Network,
            Target::Set(set) if set.has_ports() => Self::Endpoints,
            Target::Set(_) => Self::Hosts,
            Target::Name(_) => Self::Name,
            Target::Link(_) => Self::Link,
            Target::Object(_) => Self::Object,
            Target::Path(_) => Self::Path,
            Target::Local(_) => Self::Local,
        })
    }
}

/// A capability by its name, for code that does not know its type.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// [`Capability::NAME`].
    pub name: &'static str,
    /// [`Capability::TARGETS`].
    pub targets: &'static [TargetKind],
    /// [`Capability::OPS`].
    pub ops: &'static [&'static str],
    /// [`Capability::PARTS`].
    pub parts: &'static [RequestPart],
    /// [`Capability::is_of_others`].
    pub is_of_others: fn(&Target, u32) -> bool,
}

impl Declared {
    /// The capability of this type.
    pub const fn of<C: Capability>() -> Self {
        Self {
            name: C::NAME,
            targets: C::TARGETS,
            ops: C::OPS,
            parts: C::PARTS,
            is_of_others: C::is_of_others,
        }
    }

    /// The function with this name, if it is one that raises its requests.
    pub fn op(&self, name: &str) -> Option<&'static str> {
        self.ops.iter().copied().find(|known| *known == name)
    }

    /// Whether it has such requests: raised by one of its functions, and for one of its kinds of targets.
    pub fn has(&self, request: &Request) -> bool {
        self.op(request.op).is_some() && self.is_about(&request.target)
    }

    /// Whether it uses every part that the request has.
    pub fn uses_all_of(&self, request: &Request) -> bool {
        let Request {
            op: _,
            target: _,
            interface,
            socket,
            namespace,
            changes,
            of_others: _,
        } = request;
        let has = |part| self.parts.contains(&part);
        let interface_fits = match interface.as_ref().map(Interface::index) {
            None => true,
            Some(Some(_)) => has(RequestPart::Socket) || has(RequestPart::Namespace),
            // An interface of another namespace, or one that does not exist yet.
            Some(None) => has(RequestPart::Namespace),
        };
        let source = socket.as_ref().and_then(|socket| socket.source);
        let source_fits = match source {
            // The interface of the source is the interface of the request.
            Some(SocketAddr::V6(source)) => source.scope_id() == 0,
            _ => true,
        };
        interface_fits
            && source_fits
            && (socket.is_none() || has(RequestPart::Socket))
            && (namespace.is_none() || has(RequestPart::Namespace))
            && (changes.is_empty() || has(RequestPart::Changes))
    }

    /// Whether its requests can have such targets.
    pub fn is_about(&self, target: &Target) -> bool {
        let has = |kind| self.targets.contains(&kind);
        match TargetKind::of(target) {
            Some(TargetKind::Host) if has(TargetKind::Fact) => true,
            // As a destination, the unspecified address is an alias of the loopback address, and not canonical.
            Some(TargetKind::Host | TargetKind::Endpoint)
                if target
                    .address()
                    .is_none_or(|address| address.is_unspecified()) =>
            {
                false
            }
            kind => kind.is_some_and(has),
        }
    }
}

/// A request of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The WIT function that raised it, such as `echo-socket.open`.
    pub op: &'static str,
    /// The target.
    pub target: Target,
    /// The network interface that it is bound to, if it names one.
    pub interface: Option<Interface>,
    /// The socket to open, if it is about one.
    pub socket: Option<SocketRequest>,
    /// The name of the network namespace. None for the namespace that the plugin runs in.
    pub namespace: Option<String>,
    /// What a write would change, for the record: each field with its new value.
    pub changes: Vec<(&'static str, String)>,
    /// A service asks for a user, and the target belongs to others ([`Capability::is_of_others`]). No runner says this.
    pub of_others: bool,
}

impl Request {
    /// A request without interface, socket, namespace and changes.
    pub fn new(op: &'static str, target: Target) -> Self {
        Self {
            op,
            target,
            interface: None,
            socket: None,
            namespace: None,
            changes: Vec::new(),
            of_others: false,
        }
    }

    /// The same on this network interface.
    #[must_use]
    pub fn on_interface(mut self, interface: Option<Interface>) -> Self {
        self.interface = interface;
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

    /// Its approximate size in bytes.
    pub fn size(&self) -> usize {
        let target = match &self.target {
            Target::Name(name) => name.as_str().len(),
            Target::Object(name) => name.as_str().len(),
            Target::Path(path) => path.as_path().as_os_str().len(),
            Target::Set(set) => set.size(),
            _ => 0,
        };
        let interface = self.interface.iter().flat_map(Interface::names);
        let changes = self.changes.iter().map(|(_, value)| 32 + value.len());
        size_of::<Self>()
            + target
            + interface.map(|name| 32 + name.len()).sum::<usize>()
            + self.namespace.as_ref().map_or(0, String::len)
            + changes.sum::<usize>()
    }

    /// The special options of the socket, if there is one. Listening on a port is choosing that port.
    pub fn options(&self) -> impl Iterator<Item = SocketOption> {
        let listens = match self.target {
            Target::Listen { port, .. } => port,
            _ => None,
        };
        let of_port = listens.into_iter().flat_map(SocketOption::of_port);
        of_port.chain(self.socket.iter().flat_map(SocketRequest::options))
    }

    /// The same, changing these fields.
    #[must_use]
    pub fn changing(mut self, changes: Vec<(&'static str, String)>) -> Self {
        self.changes = changes;
        self
    }
}
