//! The capabilities, for a process that has none of their code. A test beside the capabilities fails where this table
//! differs from what they declare.

use nethost_core::{Declared, TargetKind};

/// Every capability, with what its requests are about.
pub const CAPABILITIES: &[Declared] = &[
    of("dns.resolve", &[TargetKind::Name, TargetKind::Fact]),
    of("file.read", &[TargetKind::Path]),
    of("icmp.echo", &[TargetKind::Host, TargetKind::Hosts]),
    of("netns.read", &[TargetKind::Local, TargetKind::Object]),
    of("raw.receive", &[TargetKind::Host]),
    of("raw.route", &[TargetKind::Host]),
    of("raw.send", &[TargetKind::Host]),
    of("raw.spoof", &[TargetKind::Host]),
    of(
        "route.read",
        &[TargetKind::Local, TargetKind::Fact, TargetKind::Network],
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
    ),
    of("system.read", &[TargetKind::Local]),
    of("tcp.connect", &[TargetKind::Endpoint]),
    of("tcp.listen", &[TargetKind::Listen, TargetKind::Endpoint]),
    of("terminal.raw", &[TargetKind::Local]),
    of("tls.client", &[TargetKind::Endpoint]),
    of("tls.unverified", &[TargetKind::Endpoint]),
    of(
        "udp.exchange",
        &[TargetKind::Endpoint, TargetKind::Endpoints],
    ),
    of("udp.listen", &[TargetKind::Listen]),
    of("unix.connect", &[TargetKind::Path, TargetKind::Object]),
    of("unix.listen", &[TargetKind::Path, TargetKind::Object]),
];

const fn of(name: &'static str, targets: &'static [TargetKind]) -> Declared {
    Declared { name, targets }
}
