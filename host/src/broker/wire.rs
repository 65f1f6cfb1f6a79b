//! What the two processes say to each other: the process that runs a plugin asks, the broker answers.
//! One message is one packet of the channel, encoded by postcard; descriptors travel beside it.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

use super::many::{Act, Narrowing};
use super::{NamedNamespace, NetworkChange, SocketSpec};
use crate::audit;
use crate::bindings::nethost::cap::netlink::RouteLookup;
use crate::gate::{self, Outcome};

/// No message is longer.
pub(crate) const LONGEST: usize = 96 << 10;

/// The first words to a service: who comes to run what. Whoever runs it, the kernel says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello<'a> {
    /// The plugin's name.
    pub plugin: Cow<'a, str>,
    /// The component's digest.
    pub digest: Cow<'a, str>,
    /// What the operator typed.
    pub args: Vec<Cow<'a, str>>,
    /// `--allow`, within what the service's policy allows.
    pub allow: Vec<Cow<'a, str>>,
    /// `--deny`.
    pub deny: Vec<Cow<'a, str>>,
    /// `--policy`: its name and its text.
    pub policy: Option<(Cow<'a, str>, Cow<'a, str>)>,
}

/// From the process that runs the plugin.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message<'a> {
    /// The plugin is about to start. The terminal comes along, where output goes to one. Answered.
    Begin,
    /// May this be done? The permit is known by the handle from now on. Answered.
    Open { handle: u64, request: Asked<'a> },
    /// This was refused before the broker heard of it.
    Denied {
        request: Asked<'a>,
        rule: Cow<'a, str>,
    },
    /// What was permitted under this handle is over.
    Close { handle: u64, totals: Totals },
    /// A name that may be looked up turned out to stand for these addresses.
    Resolved {
        handle: u64,
        name: Cow<'a, str>,
        addresses: Vec<IpAddr>,
    },
    /// Open this socket under a permit, or two. Answered, with the socket.
    OpenSocket {
        handle: u64,
        receive: Option<u64>,
        spec: SocketSpec,
    },
    /// Connect a socket to its remote anew. Answered, perhaps with a socket that takes its place.
    ConnectSocket { socket: u64 },
    /// Give a socket, known by the handle that it was opened under, one more remote that was permitted, and let it
    /// receive from there if that was permitted too. Answered, perhaps with a socket that takes its place.
    AddRemote {
        socket: u64,
        handle: u64,
        receive: Option<u64>,
    },
    /// Send packets on a socket that has several remotes; their bytes follow each other. Answered.
    Send {
        socket: u64,
        packets: Cow<'a, [Departing]>,
        #[serde(serialize_with = "serde_bytes::serialize", deserialize_with = "owned")]
        bytes: Cow<'a, [u8]>,
    },
    /// Open a socket to a name server under a permit. Answered, with the socket.
    OpenToServer {
        handle: u64,
        #[serde(with = "super::zoned")]
        server: SocketAddr,
        stream: bool,
    },
    /// Tell the address that packets to a remote leave with. Answered.
    RouteSource {
        handle: u64,
        #[serde(with = "super::zoned")]
        remote: SocketAddr,
        interface: Option<Cow<'a, str>>,
        broadcast: bool,
    },
    /// Open this file for reading under a permit. Answered, with the file.
    OpenFile { handle: u64, path: Cow<'a, [u8]> },
    /// Open the network namespace of this name under a permit, which it is known by from now on. Answered.
    OpenNamespace { handle: u64, name: Cow<'a, str> },
    /// Open a netlink socket under a permit, in the namespace of another, that hears of these groups.
    /// Answered, with the socket.
    OpenNetlink {
        handle: u64,
        namespace: Option<u64>,
        groups: Vec<u32>,
    },
    /// Open a generic netlink socket for TCP metrics under a permit. Answered, with the socket and the number
    /// of the family that it hears.
    OpenTcpMetrics { handle: u64, namespace: Option<u64> },
    /// Ask where packets to somewhere would go under a permit. Answered, with the kernel's words.
    LookUpRoute {
        handle: u64,
        namespace: Option<u64>,
        lookup: RouteLookup,
    },
    /// Change the network under a permit. Answered, with the kernel's words.
    ChangeNetwork {
        handle: u64,
        namespace: Option<u64>,
        change: NetworkChange<'a>,
    },
    /// Open a file of /proc/net under a permit. Answered, with the file.
    OpenNetworkTable {
        handle: u64,
        namespace: Option<u64>,
        name: Cow<'a, str>,
    },
    /// List the namespaces that have names, but for so many, under a permit. Answered, with some of them.
    NamedNamespaces {
        handle: u64,
        namespace: Option<u64>,
        skip: u32,
    },
    /// Tell the name of a network interface. Answered.
    InterfaceName { namespace: Option<u64>, index: u32 },
    /// Tell the index of one. Answered.
    InterfaceIndex { name: Cow<'a, str> },
    /// Note the terminal's settings under a permit, and put them back should this end of the channel be
    /// closed. Answered.
    KeepTerminal { handle: u64 },
    /// They were put back.
    ReleaseTerminal,
    /// The plugin has ended. Answered, and the last message.
    End {
        exit: u8,
        stopped: Option<Cow<'a, str>>,
        unrecorded_denials: u64,
    },
    /// Have the kernel list what it tells only the privileged, under a permit. Answered, with the socket that
    /// it answers to and the type of its messages.
    ListNetwork { handle: u64, namespace: Option<u64> },
    /// Tell the names of the namespace that a process is in, under a permit. Answered.
    NamespaceNames { handle: u64, process: Option<u32> },
    /// Tell the processes in a namespace whose numbers are higher, under a permit. Answered, with some of
    /// them.
    NamespaceProcesses {
        handle: u64,
        name: Cow<'a, str>,
        after: u32,
    },
    /// Make a socket that is opened step by step, which is known by its number from now on. Answered, with a copy.
    MakeSocket {
        socket: u64,
        stream: bool,
        ipv6: bool,
    },
    /// Take one of its steps. Answered.
    Step { socket: u64, step: Step<'a> },
    /// It is over.
    CloseSocket { socket: u64 },
    /// About a socket with many remotes.
    Many(Act<'a>),
}

/// What is done with a socket that is opened step by step, under which permit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Step<'a> {
    /// Bind it; without a permit where that reaches nobody.
    Bind {
        handle: Option<u64>,
        #[serde(with = "super::zoned")]
        local: SocketAddr,
    },
    /// Connect it. A stream is not known any more.
    Connect {
        handle: u64,
        #[serde(with = "super::zoned")]
        remote: SocketAddr,
    },
    /// Connect one for datagrams to nobody.
    Part,
    /// Let in what this remote sends.
    AddRemote {
        handle: u64,
        #[serde(with = "super::zoned")]
        remote: SocketAddr,
    },
    /// Send packets, whose bytes follow each other.
    Send {
        packets: Cow<'a, [Departing]>,
        #[serde(serialize_with = "serde_bytes::serialize", deserialize_with = "owned")]
        bytes: Cow<'a, [u8]>,
    },
    /// Listen, with room for so many who wait.
    Listen { handle: u64, backlog: u32 },
    /// Accept a connection, and tell whose it is.
    Accept,
    /// Hand over what was accepted, under a permit for its peer.
    Take { handle: u64 },
}

/// From the broker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer<'a> {
    /// It is done, and recorded.
    Done,
    /// It is, and these are the kernel's words.
    Words(Cow<'a, [u8]>),
    /// It is: a socket comes along, and what is to know about it.
    Socket {
        dialled: u64,
        raw: bool,
        source: Option<IpAddr>,
    },
    /// So many packets left, at these moments: fewer than were to be sent where one could not be.
    Sent(Vec<u64>),
    /// A local address.
    Address(IpAddr),
    /// The name of an interface.
    Name(Cow<'a, str>),
    /// The index of one, or the number of a family.
    Index(u32),
    /// Some of the namespaces; none when there are no more.
    Namespaces(Vec<NamedNamespace>),
    /// Some of the processes; none when there are no more.
    Processes(Vec<u32>),
    /// It is not, and why, in words for the operator.
    Refused(Cow<'a, str>),
    /// The system refused, with this errno; 0 when it has none.
    Failed(i32),
    /// A connection is this peer's.
    Peer(#[serde(with = "super::zoned")] SocketAddr),
    /// Some of what a set is denied of; none when there is no more.
    Exceptions(Vec<Narrowing>),
}

/// As a whole, not octet by octet.
pub(super) fn owned<'a, 'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Cow<'a, [u8]>, D::Error> {
    serde_bytes::deserialize::<Vec<u8>, D>(deserializer).map(Cow::Owned)
}

/// A packet to send.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Departing {
    /// The permit for its remote.
    pub handle: u64,
    /// Where it goes.
    #[serde(with = "super::zoned")]
    pub remote: SocketAddr,
    /// Other than what the socket has.
    pub hop_limit: Option<u8>,
    /// In bytes.
    pub length: u32,
}

/// A request at the gate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Asked<'a> {
    pub(super) capability: Cow<'a, str>,
    pub(super) op: Cow<'a, str>,
    pub(super) target: Target<'a>,
    pub(super) interface: Option<Cow<'a, str>>,
    pub(super) changes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A request's target.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Target<'a> {
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    Network(IpNet),
    Name(Cow<'a, str>),
    Path(Cow<'a, [u8]>),
    Local(Cow<'a, str>),
    Set {
        ipv6: bool,
        ranges: Vec<(u128, u128)>,
        ports: Vec<(u16, u16)>,
    },
}

/// An access's totals.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Totals {
    /// None when it worked.
    errno: Option<i32>,
    packets_sent: u64,
    packets_received: u64,
    bytes_sent: u64,
    bytes_received: u64,
    nanoseconds: u64,
}

impl<'a> Asked<'a> {
    pub(super) fn of(access: &audit::Access<'a>) -> Self {
        use std::os::unix::ffi::OsStrExt;
        let target = match &access.request.target {
            gate::Target::Address { address, port } => Target::Address {
                address: *address,
                port: *port,
            },
            gate::Target::Network(network) => Target::Network(*network),
            gate::Target::Set(set) => Target::Set {
                ipv6: set.is_ipv6(),
                ranges: set.ranges().into(),
                ports: set.ports().into(),
            },
            gate::Target::Name(name) => Target::Name(name.into()),
            gate::Target::Path(path) => Target::Path(path.as_os_str().as_bytes().into()),
            gate::Target::Local(fact) => Target::Local((*fact).into()),
        };
        Self {
            capability: access.capability.into(),
            op: access.request.op.into(),
            target,
            interface: access.request.interface.as_deref().map(Into::into),
            changes: access
                .request
                .changes
                .iter()
                .map(|(field, value)| ((*field).into(), value.into()))
                .collect(),
        }
    }
}

impl From<&audit::Totals> for Totals {
    fn from(totals: &audit::Totals) -> Self {
        Self {
            errno: match totals.outcome {
                Outcome::Ok => None,
                Outcome::Failed(errno) => Some(errno),
            },
            packets_sent: totals.packets_sent,
            packets_received: totals.packets_received,
            bytes_sent: totals.bytes_sent,
            bytes_received: totals.bytes_received,
            nanoseconds: u64::try_from(totals.duration.as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

impl From<Totals> for audit::Totals {
    fn from(totals: Totals) -> Self {
        Self {
            outcome: totals.errno.map_or(Outcome::Ok, Outcome::Failed),
            packets_sent: totals.packets_sent,
            packets_received: totals.packets_received,
            bytes_sent: totals.bytes_sent,
            bytes_received: totals.bytes_received,
            duration: Duration::from_nanos(totals.nanoseconds),
        }
    }
}
