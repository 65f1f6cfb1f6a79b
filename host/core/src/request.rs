//! What a room asks of the gate.

use std::net::SocketAddr;

use super::{Interface, SocketOption, SocketRequest, Target};

/// A kind of request, such as sending echo requests. Each room declares its own.
pub trait Capability: Send + Sync + 'static {
    /// The name that policies and audit records use.
    const NAME: &'static str;
    /// What its requests are about. One that is about something else, or leaves a part of it out, is malformed.
    const TARGETS: &'static [TargetKind];
    /// The functions that raise its requests, such as `echo-socket.open`, of all rooms that have it. Another name in a
    /// request is malformed.
    const OPS: &'static [&'static str];
    /// What its requests may say beside their target. The broker refuses a request with any other part: nothing would
    /// use that part, but it would satisfy rules and stand in records.
    const PARTS: &'static [RequestPart] = &[];
}

/// A part of a request that only some capabilities use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPart {
    /// A socket, and the interface that it is bound to.
    Socket,
    /// A network namespace, and an interface in it.
    Namespace,
    /// The fields that a write changes, or other details.
    Changes,
}

/// What a target is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// An address that packets go to or come from; the protocol has no ports.
    Host,
    /// An address as a fact: of the configuration, or to find the name of.
    Fact,
    /// An address and a port.
    Endpoint,
    /// An address and a port of this machine to listen at.
    Listen,
    /// A network.
    Network,
    /// Many addresses, each by itself; the protocol has no ports.
    Hosts,
    /// Many addresses, each with ports.
    Endpoints,
    /// A name to look up.
    Name,
    /// A network interface.
    Link,
    /// A thing of this machine by its own name.
    Object,
    /// A file.
    Path,
    /// A fact about, or a device of, this machine.
    Local,
}

impl TargetKind {
    /// What a target is made of. None where a part of it is missing.
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

/// A capability by its name, where its type is not known.
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
}

impl Declared {
    /// The one of this type.
    pub const fn of<C: Capability>() -> Self {
        Self {
            name: C::NAME,
            targets: C::TARGETS,
            ops: C::OPS,
            parts: C::PARTS,
        }
    }

    /// The function of this name, if it is one that raises its requests.
    pub fn op(&self, name: &str) -> Option<&'static str> {
        self.ops.iter().copied().find(|known| *known == name)
    }

    /// Whether it has such requests: raised by one of its functions, and about one of its targets.
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

    /// Whether its requests are about such targets.
    pub fn is_about(&self, target: &Target) -> bool {
        let has = |kind| self.targets.contains(&kind);
        match TargetKind::of(target) {
            Some(TargetKind::Host) if has(TargetKind::Fact) => true,
            // As a destination the unspecified address is another one's alias, and no canonical form.
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

/// One thing that a plugin wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The WIT function that raised it, such as `echo-socket.open`.
    pub op: &'static str,
    /// Whom or what it touches.
    pub target: Target,
    /// The network interface it is bound to, if it names one.
    pub interface: Option<Interface>,
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

    /// About how many bytes it takes.
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

    /// What is special about the socket, if it is about one. To listen at a port is to choose it.
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
