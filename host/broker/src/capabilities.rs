//! The capabilities, for a process that has none of their code. A test beside the capabilities fails where this table
//! differs from what they declare.

use nethost_core::{Declared, TargetKind};

/// Every capability, with what its requests are about and the functions that raise them.
pub const CAPABILITIES: &[Declared] = &[
    of(
        "counters.read",
        &[TargetKind::Local, TargetKind::Object],
        &["counter-file.open"],
    ),
    of(
        "dns.resolve",
        &[TargetKind::Name, TargetKind::Fact],
        &[
            "ip-name-lookup.resolve-addresses",
            "resolve-addresses",
            "resolve-names",
        ],
    ),
    of("file.read", &[TargetKind::Path], &["names", "read"]),
    of(
        "icmp.echo",
        &[TargetKind::Host, TargetKind::Hosts],
        &[
            "echo-socket.add-many",
            "echo-socket.add-remote",
            "echo-socket.open",
            "echo-socket.open-many",
        ],
    ),
    of(
        "netns.read",
        &[TargetKind::Local, TargetKind::Object],
        &[
            "namespace.named-namespaces",
            "namespace.names-of",
            "namespace.open",
            "namespace.processes",
        ],
    ),
    of(
        "process.read",
        &[TargetKind::Local, TargetKind::Object],
        &["find-socket-owners", "process-listing.open"],
    ),
    of(
        "raw.receive",
        &[TargetKind::Host],
        &["socket.add-remote", "socket.open"],
    ),
    of("raw.route", &[TargetKind::Host], &["socket.send"]),
    of(
        "raw.send",
        &[TargetKind::Host],
        &["socket.add-remote", "socket.open"],
    ),
    of("raw.spoof", &[TargetKind::Host], &["socket.send"]),
    of(
        "route.read",
        &[TargetKind::Local, TargetKind::Fact, TargetKind::Network],
        &[
            "namespace.list",
            "namespace.look-up",
            "namespace.look-up-neighbour",
            "namespace.multicast-addresses",
            "namespace.watch",
        ],
    ),
    of(
        "route.write",
        &[
            TargetKind::Name,
            TargetKind::Link,
            TargetKind::Object,
            TargetKind::Fact,
            TargetKind::Network,
            TargetKind::Local,
        ],
        &["namespace.put", "namespace.remove"],
    ),
    of(
        "system.read",
        &[TargetKind::Local],
        &[
            "installed-kernels",
            "kernel-version",
            "os-release",
            "release-files",
            "uname",
            "uptime",
        ],
    ),
    of(
        "tcp.connect",
        &[TargetKind::Endpoint],
        &["connection.connect", "connector.open", "tcp-socket.connect"],
    ),
    of(
        "tcp.listen",
        &[TargetKind::Listen, TargetKind::Endpoint],
        &["tcp-socket.accept", "tcp-socket.bind", "tcp-socket.listen"],
    ),
    of("terminal.raw", &[TargetKind::Local], &["screen.open"]),
    of("tls.client", &[TargetKind::Endpoint], &["session.client"]),
    of(
        "tls.unverified",
        &[TargetKind::Endpoint],
        &["session.client"],
    ),
    of(
        "udp.exchange",
        &[TargetKind::Endpoint, TargetKind::Endpoints],
        &[
            "socket.add-remote",
            "socket.open",
            "udp-socket.receive",
            "udp-socket.send",
        ],
    ),
    of("udp.listen", &[TargetKind::Listen], &["udp-socket.bind"]),
    of(
        "unix.connect",
        &[TargetKind::Path, TargetKind::Object],
        &[
            "connection.connect",
            "message-socket.connect",
            "message-socket.connect-to",
        ],
    ),
    of(
        "unix.listen",
        &[TargetKind::Path, TargetKind::Object],
        &["listener.accept", "listener.listen", "message-socket.bind"],
    ),
];

const fn of(
    name: &'static str,
    targets: &'static [TargetKind],
    ops: &'static [&'static str],
) -> Declared {
    Declared { name, targets, ops }
}
