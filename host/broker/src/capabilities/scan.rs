//! The requests of the capability `scan`: probes of many hosts and ports.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `scan.probe` | a raw socket of TCP, UDP, SCTP or ICMP | cannot send: the broker sends each probe, to a member that
//!   the permit allows, if its ports are the reserved local port and that of the member. The filter accepts packets
//!   from members to that port |
//! | `scan.probe` | a raw ICMP socket | cannot send; receives ICMP errors that quote a packet from the reserved port; the
//!   filter is locked |

#[cfg(test)]
use std::sync::Arc;

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, SocketKind, SocketRequest, Target, TargetSet};

/// `scan.probe`.
pub struct ScanProbe;

impl Capability for ScanProbe {
    const NAME: &'static str = "scan.probe";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Hosts, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &["prober.add", "prober.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let addresses = [([127, 0, 0, 1].into(), [127, 0, 0, 3].into())];
    let request = |protocol, ports: &[(u16, u16)]| {
        let socket = SocketRequest::new(SocketKind::Raw {
            protocol,
            header_included: false,
            receive: true,
        });
        let set = Arc::new(TargetSet::new(&addresses, ports).unwrap());
        Request::new("prober.open", Target::Set(set)).with_socket(socket)
    };
    vec![
        (ScanProbe::NAME, request(6, &[(1, 9)])),
        (ScanProbe::NAME, request(1, &[])),
    ]
}
