//! The resolver of the system: /etc/hosts and DNS servers.
//!
//! Threat: a plugin that sends data out in the names that it looks up. So the gate decides about each name. The answers
//! are untrusted text: names are checked before they are delivered.
//!
//! Privilege: none.

mod bindings;
mod host;
mod service;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::resolver;
pub use nethost_broker::capabilities::resolver::DnsResolve;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/resolver",
    requests: &[Declared::of::<DnsResolve>()],
    privilege: "none",
    reads: &["/etc/hosts", "/etc/resolv.conf"],
    add_to_linker: |linker| resolver::add_to_linker::<_, Access>(linker, |run| run),
};
