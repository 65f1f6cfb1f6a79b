//! TLS over a TCP connection, as its client.
//!
//! Threat: a plugin that talks to whom nobody has verified, or hides whom it talks to. So a session passes
//! the gate once more, by its remote and with the server's name on record; one whose certificate is not
//! checked is a request of another name, which a policy can refuse by itself.
//!
//! Privilege: none. Nothing of this runs before the first session.

mod bindings;
mod host;
mod service;
mod session;
#[cfg(test)]
mod tests;
mod trust;

use crate::bindings::nethost::cap::tls;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use session::Session;

/// `tls.client`.
pub struct TlsClient;

impl Capability for TlsClient {
    const NAME: &'static str = "tls.client";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["session.client"];
}

/// `tls.unverified`: the same with whoever answers.
pub struct TlsUnverified;

impl Capability for TlsUnverified {
    const NAME: &'static str = "tls.unverified";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["session.client"];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tls",
    requests: &[Declared::of::<TlsClient>(), Declared::of::<TlsUnverified>()],
    privilege: "none",
    reads: &["/etc/ssl/certs", "/etc/pki", "/usr/share/ca-certificates"],
    add_to_linker: |linker| tls::add_to_linker::<_, Access>(linker, |run| run),
};
