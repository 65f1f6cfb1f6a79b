//! The requests of the capability `netlink`: the network configuration.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `route.read` | a netlink socket | receives only the permitted kind of object; the filter is locked. It cannot
//!   change anything, because the kernel also checks the privilege of the sender |
//! | `route.read`, one lookup | none | the broker asks the kernel, and nothing else |
//! | `route.read`, IPsec associations | a socket with the list | the broker has overwritten the keys |
//! | `route.write` | none | the broker builds the message itself, from the permitted change |
//! | `netns.read` | none | the broker holds the namespace |

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{ObjectName, Request, Target};

/// `route.read`.
pub struct RouteRead;

impl Capability for RouteRead {
    const NAME: &'static str = "route.read";
    const TARGETS: &'static [TargetKind] =
        &[TargetKind::Local, TargetKind::Fact, TargetKind::Network];
    const OPS: &'static [&'static str] = &[
        "namespace.list",
        "namespace.list-entities",
        "namespace.look-up",
        "namespace.look-up-neighbour",
        "namespace.multicast-addresses",
        "namespace.watch",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Namespace];
}

/// `route.write`.
pub struct RouteWrite;

impl Capability for RouteWrite {
    const NAME: &'static str = "route.write";
    const TARGETS: &'static [TargetKind] = &[
        TargetKind::Name,
        TargetKind::Link,
        TargetKind::Object,
        TargetKind::Fact,
        TargetKind::Network,
        TargetKind::Local,
    ];
    const OPS: &'static [&'static str] = &[
        "namespace.change-entity",
        "namespace.put",
        "namespace.remove",
        "undoable.put",
        "undoable.remove",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes, RequestPart::Namespace];
}

/// `netns.read`.
pub struct NetnsRead;

impl Capability for NetnsRead {
    const NAME: &'static str = "netns.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local, TargetKind::Object];
    const OPS: &'static [&'static str] = &[
        "counter-file.open-in",
        "namespace.named-namespaces",
        "namespace.names-of",
        "namespace.open",
        "namespace.processes",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Namespace];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let local = |op, fact| Request::new(op, Target::Local(fact));
    let object = |op, name| Request::new(op, Target::Object(ObjectName::new(name).unwrap()));
    vec![
        (RouteRead::NAME, local("namespace.list", "links")),
        (RouteRead::NAME, local("namespace.list", "tcp-metrics")),
        (
            RouteRead::NAME,
            local("namespace.list-entities", "next-hops"),
        ),
        (
            RouteRead::NAME,
            local("namespace.multicast-addresses", "multicast-addresses"),
        ),
        (
            RouteRead::NAME,
            local("namespace.list", "security-policies"),
        ),
        (
            NetnsRead::NAME,
            local("namespace.named-namespaces", "namespaces"),
        ),
        (NetnsRead::NAME, local("namespace.processes", "processes")),
        (NetnsRead::NAME, object("namespace.open", "other")),
        (RouteWrite::NAME, object("namespace.put", "lo")),
    ]
}
