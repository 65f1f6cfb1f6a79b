//! Does an act fit the permit that it is asked for under? A permit for one thing opens no other: this is
//! what keeps a plugin that has taken over its process from trading an allowed request for another.

use std::net::SocketAddr;

use super::{Protocol, SocketSpec};
use crate::capability::raw_ip;
use crate::gate::{Request, Target};
use crate::lookup;

type Fits = fn(Protocol) -> bool;

/// Which sockets each request may open.
const SOCKETS: &[(&str, Fits)] = &[
    ("icmp.echo", |protocol| {
        matches!(protocol, Protocol::Echo(_))
    }),
    ("udp.exchange", |protocol| protocol == Protocol::Udp),
    ("tcp.connect", |protocol| {
        matches!(protocol, Protocol::Tcp | Protocol::TcpProbe)
    }),
    ("raw.send", |protocol| {
        matches!(protocol, Protocol::Raw { .. })
    }),
];

/// True when this socket is what was permitted: its kind, its remote, its interface. A raw one that
/// receives needs a permit for that as well.
pub(super) fn socket(
    capability: &str,
    request: &Request,
    receive: Option<(&str, &Request)>,
    spec: &SocketSpec,
) -> bool {
    let received = !matches!(spec.protocol, Protocol::Raw { receive: true, .. })
        || receive.is_some_and(|receive| receiving(receive, request, spec));
    one_more(capability, request, spec) && is_remote(&request.target, spec.remote) && received
}

/// True when a permit is to receive on such a socket from whom another is to send to.
pub(super) fn receiving(
    (capability, request): (&str, &Request),
    sending: &Request,
    spec: &SocketSpec,
) -> bool {
    capability == "raw.receive"
        && request.target == sending.target
        && request.interface == spec.binding.interface
}

/// True when a permit is for such a socket, whatever remote it names.
pub(super) fn one_more(capability: &str, request: &Request, spec: &SocketSpec) -> bool {
    opens(capability, spec.protocol) && request.interface == spec.binding.interface
}

fn opens(capability: &str, protocol: Protocol) -> bool {
    SOCKETS
        .iter()
        .any(|(name, fits)| *name == capability && fits(protocol))
}

/// True when this packet may leave from a socket: a permit is for its remote, which is also where its own header
/// says that it goes.
pub(super) fn packet(
    capability: &str,
    request: &Request,
    spec: &SocketSpec,
    remote: SocketAddr,
    bytes: &[u8],
) -> bool {
    one_more(capability, request, spec)
        && is_remote(&request.target, remote)
        && remote.is_ipv6() == spec.remote.is_ipv6()
        && header(spec, remote, bytes)
}

/// True when a packet's own header, if it brings one, says that it goes to this remote.
pub(super) fn header(spec: &SocketSpec, remote: SocketAddr, bytes: &[u8]) -> bool {
    !spec.protocol.brings_header() || raw_ip::check_header(bytes, remote.ip()).is_ok()
}

fn is_remote(target: &Target, remote: SocketAddr) -> bool {
    match *target {
        Target::Address { address, port } => {
            address == remote.ip() && port.is_none_or(|port| port == remote.port())
        }
        _ => false,
    }
}

/// True when a socket of this kind may be bound to this address.
pub(super) fn bind(capability: &str, request: &Request, stream: bool, local: SocketAddr) -> bool {
    let listens = if stream { "tcp.listen" } else { "udp.listen" };
    capability == listens && is_for(request, local)
}

/// True when connections may be accepted at this address, or from this peer.
pub(super) fn listen(capability: &str, request: &Request, address: SocketAddr) -> bool {
    bind(capability, request, true, address)
}

/// True when a socket of this kind may be connected to this remote, or send datagrams there.
pub(super) fn connect(
    capability: &str,
    request: &Request,
    stream: bool,
    remote: SocketAddr,
) -> bool {
    let protocol = if stream { Protocol::Tcp } else { Protocol::Udp };
    opens(capability, protocol) && is_for(request, remote)
}

/// True when this address was permitted on whatever interface.
fn is_for(request: &Request, address: SocketAddr) -> bool {
    request.interface.is_none() && is_remote(&request.target, address)
}

/// True when this is the name that may be looked up, as the operator or as DNS has it.
pub(super) fn resolution(capability: &str, request: &Request, name: &str) -> bool {
    let Target::Name(permitted) = &request.target else {
        return false;
    };
    let is_it = permitted == name || lookup::host_name(name).as_ref() == Some(permitted);
    lookup(capability) && is_it
}

/// True when name servers may be reached.
pub(super) fn lookup(capability: &str) -> bool {
    capability == "dns.resolve"
}

/// True when the way to this remote may be asked for: the remote itself was permitted, or it is what a name
/// stands for.
pub(super) fn route(capability: &str, request: &Request, remote: SocketAddr) -> bool {
    let to_remotes = SOCKETS.iter().any(|(name, _)| *name == capability);
    lookup(capability) || (to_remotes && is_remote(&request.target, remote))
}

/// RTM_NEW… and RTM_DEL… of what may be read (linux/rtnetlink.h).
const NETLINK: &[(&str, &[u16])] = &[
    ("links", &[16, 17]),
    ("addresses", &[20, 21]),
    ("routes", &[24, 25]),
    ("neighbours", &[28, 29]),
    ("rules", &[32, 33]),
    ("neighbour-tables", &[64, 65]),
    ("address-labels", &[72, 73]),
    ("namespace-numbers", &[88, 89]),
    (
        "events",
        &[
            16, 17, 20, 21, 24, 25, 28, 29, 32, 33, 52, 72, 73, 80, 81, 88, 89, 104, 105,
        ],
    ),
];

/// What the kernel lists only for the privileged.
#[derive(Clone, Copy)]
pub(super) enum Dump {
    /// By NETLINK_XFRM, in messages of this type.
    Security { policies: bool, kind: u16 },
    /// By a command of a generic netlink family.
    Generic { family: &'static str, command: u8 },
}

/// XFRM_MSG_NEWSA and XFRM_MSG_NEWPOLICY; L2TP_CMD_TUNNEL_GET and L2TP_CMD_SESSION_GET.
const DUMPS: &[(&str, Dump)] = &[
    (
        "security-associations",
        Dump::Security {
            policies: false,
            kind: 0x10,
        },
    ),
    (
        "security-policies",
        Dump::Security {
            policies: true,
            kind: 0x13,
        },
    ),
    (
        "l2tp-tunnels",
        Dump::Generic {
            family: "l2tp",
            command: 4,
        },
    ),
    (
        "l2tp-sessions",
        Dump::Generic {
            family: "l2tp",
            command: 8,
        },
    ),
];

/// What may be listed.
pub(super) fn dump(capability: &str, request: &Request) -> Option<Dump> {
    let Target::Local(subject) = &request.target else {
        return None;
    };
    let mut known = DUMPS.iter().filter(|_| network_reading(capability));
    known
        .find(|(name, _)| *name == *subject)
        .map(|(_, dump)| *dump)
}

/// The types of the messages that a netlink socket under this permit may receive.
pub(super) fn netlink(capability: &str, request: &Request) -> Option<&'static [u16]> {
    if !network_reading(capability) {
        return None;
    }
    let Target::Local(subject) = &request.target else {
        return None;
    };
    let found = NETLINK.iter().find(|(name, _)| *name == *subject);
    found.map(|(_, kinds)| *kinds)
}

/// True when the network's configuration may be read. What of it is compared where it is asked for.
pub(super) fn network_reading(capability: &str) -> bool {
    capability == "route.read"
}

/// True when TCP metrics may be read.
pub(super) fn tcp_metrics(capability: &str, request: &Request) -> bool {
    network_reading(capability) && request.target == Target::Local("tcp-metrics")
}

/// True when events may be heard.
pub(super) fn events(request: &Request) -> bool {
    request.target == Target::Local("events")
}

/// True when the network may be changed. How is compared where the change is drafted.
pub(super) fn network_change(capability: &str) -> bool {
    capability == "route.write"
}

/// True when the tables of multicast addresses may be read.
pub(super) fn network_table(capability: &str, request: &Request) -> bool {
    network_reading(capability) && request.target == Target::Local("multicast-addresses")
}

/// True when this namespace may be entered.
pub(super) fn namespace(capability: &str, request: &Request, name: &str) -> bool {
    capability == "netns.read"
        && crate::capability::netlink::is_namespace_name(name)
        && matches!(&request.target, Target::Name(permitted) if permitted == name)
}

/// True when namespaces may be listed.
pub(super) fn namespaces(capability: &str, request: &Request) -> bool {
    capability == "netns.read" && request.target == Target::Local("namespaces")
}

/// True when it may be told which namespace a process is in.
pub(super) fn namespace_names(capability: &str, request: &Request) -> bool {
    capability == "netns.read" && request.target == Target::Local("processes")
}

/// True when the terminal is.
pub(super) fn terminal(capability: &str) -> bool {
    capability == "terminal.raw"
}

/// True when this file is what was permitted.
pub(super) fn file(request: &Request, path: &std::path::Path) -> bool {
    matches!(&request.target, Target::Path(permitted) if permitted == path)
}
