//! TLS over a TCP connection, client side.
//!
//! Threat: a plugin that talks to an unverified peer, or hides whom it talks to. So a session needs a permit of its own
//! for its remote, and the server name is recorded. A session without verification of the certificate is a request with
//! another name, which a policy can deny separately.
//!
//! Privilege: none. None of this code runs before the first session.

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
    const OPS: &'static [&'static str] = &["session.client", "session.limited-client"];
}

/// `tls.unverified`: the same with an unverified peer.
pub struct TlsUnverified;

impl Capability for TlsUnverified {
    const NAME: &'static str = "tls.unverified";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["session.client", "session.limited-client"];
}

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tls",
    requests: &[Declared::of::<TlsClient>(), Declared::of::<TlsUnverified>()],
    privilege: "none",
    reads: &["/etc/ssl/certs", "/etc/pki", "/usr/share/ca-certificates"],
    add_to_linker: |linker| tls::add_to_linker::<_, Access>(linker, |run| run),
};
