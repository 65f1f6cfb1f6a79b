//! What the two processes say to each other: the runner asks, the broker answers. One message is one packet of the
//! channel, encoded by postcard; what belongs to an operation follows it, and descriptors travel beside it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::inquiry::{Inquiry, Told};
use nethost_core::{
    self as core, AbsolutePath, CanonicalAddr, CanonicalNet, HostName, Interface, ObjectName,
    Outcome, SocketRequest,
};

/// The version of all this. Raised with each change of what the two say to each other: a runner and a service of
/// different versions part at once. A service of before it was numbered says `Done` instead.
pub(super) const PROTOCOL: u32 = 4;

/// No message is longer.
pub const MAX_MESSAGE: usize = 96 << 10;

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
    /// `--audit`. A service has a log of its own and does not heed it.
    pub audit: Option<Cow<'a, str>>,
    /// What the operator granted when asked. A service does not heed it.
    pub granted: Option<Granted<'a>>,
}

/// What the operator has granted to the plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Granted<'a> {
    /// Where and when, for the records.
    pub origin: Cow<'a, str>,
    /// The requests, as JSON.
    pub requests: Cow<'a, str>,
    /// Until it is taken back; otherwise for this run.
    pub for_good: bool,
}

/// From the runner.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message<'a> {
    /// The plugin is about to start. The terminal comes along, where output goes to one. Answered.
    Begin,
    /// May this be done? The permit is known by the handle from now on. Answered.
    Authorize {
        handle: u64,
        request: RequestFields<'a>,
    },
    /// This was refused before the broker heard of it.
    Denied {
        request: RequestFields<'a>,
        /// In the runner's words, of which none goes on record.
        rule: Cow<'a, str>,
    },
    /// A name that may be looked up turned out to stand for these addresses.
    Resolved {
        handle: u64,
        name: HostName,
        addresses: Vec<IpAddr>,
    },
    /// Do this under a permit. What it takes beside the permit follows. Answered, with what it tells, and perhaps a
    /// descriptor.
    Operate { handle: u64, name: Cow<'a, str> },
    /// What takes no permit. Answered.
    Inquire(Inquiry<'a>),
    /// A socket that was opened incrementally is over.
    CloseSocket { socket: u64 },
    /// The terminal's settings were put back.
    ReleaseTerminal,
    /// What was permitted under this handle is over.
    Close { handle: u64, totals: Totals },
    /// The plugin has ended. Answered, and the last message.
    End {
        exit: u8,
        stopped: Option<Cow<'a, str>>,
        unrecorded_denials: u64,
    },
}

/// From the broker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer<'a> {
    /// It is done, and recorded. What an operation tells follows.
    Done,
    /// To an inquiry.
    Told(Told<'a>),
    /// The run is over, and why: said unasked, when the policy was taken away, and the last that is said.
    Ended(Cow<'a, str>),
    /// It is not, and why, in words for the operator.
    Refused(Cow<'a, str>),
    /// The system refused, with this errno; 0 when it has none.
    Failed(i32),
    /// A service's first words to whoever comes.
    Greeting {
        /// [`PROTOCOL`].
        protocol: u32,
        /// Of nethost.
        version: Cow<'a, str>,
    },
}

impl Answer<'_> {
    /// What this service greets with.
    pub(super) fn greeting() -> Self {
        Self::Greeting {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Why whoever is greeted so goes again.
    pub(super) fn refusal(self) -> Option<String> {
        let other = |whose: String| {
            let own = env!("CARGO_PKG_VERSION");
            Some(format!(
                "the service is {whose}, which this nethost {own} does not understand; restart it (`systemctl restart nethost-broker`), or install the same version"
            ))
        };
        match self {
            Self::Greeting { protocol, .. } if protocol == PROTOCOL => None,
            Self::Greeting { version, .. } => other(format!("of nethost {version}")),
            Self::Done => other("of an older nethost".into()),
            Self::Refused(why) => Some(why.into_owned()),
            _ => Some("it does not speak as a service of nethost".into()),
        }
    }
}

/// A request at the gate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RequestFields<'a> {
    pub(super) capability: Cow<'a, str>,
    pub(super) op: Cow<'a, str>,
    pub(super) target: Target<'a>,
    pub(super) interface: Option<Interface>,
    pub(super) socket: Option<SocketRequest>,
    pub(super) namespace: Option<Cow<'a, str>>,
    pub(super) changes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

/// A request's target.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Target<'a> {
    Address {
        address: CanonicalAddr,
        port: Option<u16>,
    },
    Network(CanonicalNet),
    Set {
        ipv6: bool,
        ranges: Vec<(u128, u128)>,
        ports: Vec<(u16, u16)>,
    },
    Name(HostName),
    Path(AbsolutePath),
    Local(Cow<'a, str>),
    Listen {
        address: CanonicalAddr,
        port: Option<u16>,
    },
    Link(Interface),
    Object(ObjectName),
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

impl<'a> RequestFields<'a> {
    pub(super) fn of(access: &core::Access<'a>) -> Self {
        let target = match &access.request.target {
            core::Target::Address { address, port } => Target::Address {
                address: *address,
                port: *port,
            },
            core::Target::Network(network) => Target::Network(*network),
            core::Target::Set(set) => Target::Set {
                ipv6: set.is_ipv6(),
                ranges: set.ranges().into(),
                ports: set.ports().into(),
            },
            core::Target::Listen { address, port } => Target::Listen {
                address: *address,
                port: *port,
            },
            core::Target::Name(name) => Target::Name(name.clone()),
            core::Target::Link(interface) => Target::Link(interface.clone()),
            core::Target::Object(name) => Target::Object(name.clone()),
            core::Target::Path(path) => Target::Path(path.clone()),
            core::Target::Local(fact) => Target::Local((*fact).into()),
        };
        Self {
            capability: access.capability.into(),
            op: access.request.op.into(),
            target,
            interface: access.request.interface.clone(),
            socket: access.request.socket,
            namespace: access.request.namespace.as_deref().map(Into::into),
            changes: access
                .request
                .changes
                .iter()
                .map(|(field, value)| ((*field).into(), value.into()))
                .collect(),
        }
    }
}

impl From<&core::Totals> for Totals {
    fn from(totals: &core::Totals) -> Self {
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

impl From<Totals> for core::Totals {
    fn from(totals: Totals) -> Self {
        Self {
            outcome: totals.errno.map_or(Outcome::Ok, Outcome::Failed),
            packets_sent: totals.packets_sent,
            packets_received: totals.packets_received,
            bytes_sent: totals.bytes_sent,
            bytes_received: totals.bytes_received,
            duration: Duration::from_nanos(totals.nanoseconds),
            claimed: &[],
        }
    }
}
