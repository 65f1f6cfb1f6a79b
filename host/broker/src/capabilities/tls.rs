//! The requests of the capability `tls`: TLS.

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, Target};

/// `tls.client`.
pub struct TlsClient;

impl Capability for TlsClient {
    const NAME: &'static str = "tls.client";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["session.client", "session.limited-client"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// `tls.unverified`: the same with an unverified peer.
pub struct TlsUnverified;

impl Capability for TlsUnverified {
    const NAME: &'static str = "tls.unverified";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["session.client", "session.limited-client"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let remote = || Target::remote([127, 0, 0, 1].into(), Some(9));
    let names = [TlsClient::NAME, TlsUnverified::NAME];
    names
        .map(|name| (name, Request::new("session.client", remote())))
        .into()
}
