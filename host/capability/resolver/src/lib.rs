//! The system's resolver: /etc/hosts and DNS servers.
//!
//! Threat: a plugin that sends data out in the names it asks about. So each name passes the gate. What
//! comes back is a stranger's text: names are checked before they are handed over.
//!
//! Privilege: none.

mod bindings;
mod host;
mod service;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::resolver;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

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

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/resolver",
    requests: &[Declared::of::<DnsResolve>()],
    privilege: "none",
    reads: &["/etc/hosts", "/etc/resolv.conf"],
    add_to_linker: |linker| resolver::add_to_linker::<_, Access>(linker, |run| run),
};
