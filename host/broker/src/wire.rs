//! The messages between the two processes: the runner sends requests, the broker answers. Each message is one packet
//! of the channel, encoded with postcard. The arguments of an operation follow the message, and descriptors are sent
//! with it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::inquiry::{Inquiry, InquiryReply};
use super::scopes::UndoneChange;
use nethost_core::{
    self as core, AbsolutePath, CanonicalAddr, CanonicalNet, HostName, Interface, ObjectName,
    Outcome, SocketRequest,
};

include!(concat!(env!("OUT_DIR"), "/protocol.rs"));

/// The maximum length of a message.
pub const MAX_MESSAGE: usize = 96 << 10;

/// The first message to a service: what is to be run. The kernel reports the user.
#[derive(Debug, Serialize, Deserialize)]
pub struct Hello<'a> {
    /// The plugin's name.
    pub plugin: Cow<'a, str>,
    /// The component's digest.
    pub digest: Cow<'a, str>,
    /// The text of the component's signature, if it has one.
    pub signature: Option<Cow<'a, str>>,
    /// The arguments of the operator.
    pub args: Vec<Cow<'a, str>>,
    /// `--allow`, within what the service's policy allows.
    pub allow: Vec<Cow<'a, str>>,
    /// `--deny`.
    pub deny: Vec<Cow<'a, str>>,
    /// `--policy`: its name and its text.
    pub policy: Option<(Cow<'a, str>, Cow<'a, str>)>,
    /// `--audit`. A service has its own log and ignores this.
    pub audit: Option<Cow<'a, str>>,
    /// What the operator granted when asked. A service ignores this.
    pub granted: Option<Granted<'a>>,
}

/// What the operator has granted to the plugin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Granted<'a> {
    /// Where and when it was granted, for the records.
    pub origin: Cow<'a, str>,
    /// The requests, as JSON.
    pub requests: Cow<'a, str>,
    /// Until it is revoked; otherwise for this run.
    pub for_good: bool,
}

/// From the runner.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Message<'a> {
    /// The plugin is about to start. If the output is a terminal, it is attached. Answered.
    Begin,
    /// Requests a permit, which has this handle from now on. Answered.
    Authorize {
        handle: u64,
        request: RequestFields<'a>,
    },
    /// The runner's gate denied this.
    Denied {
        request: RequestFields<'a>,
        /// The runner's text, which is not recorded.
        rule: Cow<'a, str>,
    },
    /// A name that may be looked up has these addresses.
    Resolved {
        handle: u64,
        name: HostName,
        addresses: Vec<IpAddr>,
    },
    /// Requests an operation under a permit. The other arguments follow. Answered with the reply of the operation,
    /// possibly with a descriptor.
    Operate { handle: u64, name: Cow<'a, str> },
    /// An inquiry, which requires no permit. Answered.
    Inquire(Inquiry<'a>),
    /// An incremental socket was closed.
    CloseSocket { socket: u64 },
    /// The settings of the terminal were restored.
    ReleaseTerminal,
    /// The socket of the process that starts tools is attached. Only the first message can be this one: it is
    /// sent before there is a plugin.
    Launcher,
    /// The access under this permit has ended.
    Close { handle: u64, totals: Totals },
    /// The plugin has ended. Answered, and the last message.
    End {
        exit: u8,
        stopped: Option<Cow<'a, str>>,
        unrecorded_denials: u64,
    },
    /// The changes of the network that were made in this scope stay. Answered.
    CommitChanges { scope: u64 },
    /// They are undone. Answered with what became of each.
    UndoChanges { scope: u64 },
}

/// From the broker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer<'a> {
    /// Done, and recorded. The reply of an operation follows.
    Done,
    /// To an inquiry.
    Inquiry(InquiryReply<'a>),
    /// The run has ended, for this reason. It is sent without a request when the policy is revoked, and is the last
    /// message.
    Ended(Cow<'a, str>),
    /// Denied, with the reason for the operator.
    Refused(Cow<'a, str>),
    /// The system failed, with this errno; 0 if there is none.
    Failed(i32),
    /// The first message of a service to each client.
    Greeting {
        /// [`PROTOCOL`].
        protocol: u64,
        /// Of nethost.
        version: Cow<'a, str>,
    },
    /// What became of the changes of a scope that were undone, the last change first.
    Undone(Vec<UndoneChange>),
}

impl Answer<'_> {
    /// The greeting of this service.
    pub(super) fn greeting() -> Self {
        Self::Greeting {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Why a client with another protocol, or without access, ends.
    pub(super) fn refusal(self) -> Option<String> {
        let other = |whose: String| {
            let own = env!("CARGO_PKG_VERSION");
            Some(format!(
                "the service is {whose}, which this nethost {own} does not understand; restart it (`systemctl restart nethost-broker`), or install the same build of both"
            ))
        };
        match self {
            Self::Greeting { protocol, .. } if protocol == PROTOCOL => None,
            Self::Greeting { version, .. } if version == env!("CARGO_PKG_VERSION") => {
                other(format!("another build of nethost {version}"))
            }
            Self::Greeting { version, .. } => other(format!("of nethost {version}")),
            Self::Done => other("of an older nethost".into()),
            Self::Refused(why) => Some(why.into_owned()),
            _ => Some("it does not answer as a service of nethost".into()),
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

/// The totals of an access.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Totals {
    /// None if it succeeded.
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
