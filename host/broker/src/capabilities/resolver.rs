//! The requests of the capability `resolver`: the resolver.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `dns.resolve` | a socket connected to a name server of resolv.conf | that server |

use nethost_core::{Capability, TargetKind};
#[cfg(test)]
use nethost_core::{HostName, Request, Target};

/// `dns.resolve`.
pub struct DnsResolve;

impl Capability for DnsResolve {
    const NAME: &'static str = "dns.resolve";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Name, TargetKind::Fact];
    const OPS: &'static [&'static str] = &[
        "ip-name-lookup.resolve-addresses",
        "resolve-addresses",
        "resolve-names",
    ];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let name = Target::Name(HostName::new("a.test").unwrap());
    vec![(DnsResolve::NAME, Request::new("resolve-addresses", name))]
}
