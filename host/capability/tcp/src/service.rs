//! Connection attempts to one permitted remote, and their outcome.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::TcpConnect;
use super::sys::{Dialler, Ending};
use crate::bindings::nethost::cap::tcp as wit;
use nethost_broker::Broker;
use nethost_core::SocketKind;
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::types::{self, ErrorCode, invalid};
use nethost_kit::wit::SocketOptions;
use nethost_net::datagram::Options;

/// The longest wait for an attempt; the kernel has given up by then.
pub(super) const LONGEST: Duration = Duration::from_secs(300);

/// Checks the remote and the options, and asks the gate for a permit.
pub(super) fn permit_for(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    kind: SocketKind,
    remote: SocketAddr,
    options: SocketOptions,
) -> Result<(Permit<TcpConnect>, Options), ErrorCode> {
    if remote.port() == 0 {
        return Err(invalid("port 0 cannot be a remote port"));
    }
    let (interface, request, options) = types::options_from(kind, remote, options, broker)?;
    let asked = remote_set::request(op, remote, true, interface);
    Ok((gate.authorize(asked.with_socket(request))?, options))
}

/// A remote with a permit to connect to it.
pub struct Connector {
    dialler: Dialler,
    broker: Arc<Broker>,
}

impl Connector {
    /// Asks the gate; does not connect yet.
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remote: SocketAddr,
        options: SocketOptions,
    ) -> Result<Self, ErrorCode> {
        let kind = SocketKind::TcpProbe;
        let (permit, options) = permit_for(gate, broker, "connector.open", kind, remote, options)?;
        Ok(Self {
            dialler: Dialler::new(permit, options),
            broker: Arc::clone(broker),
        })
    }

    pub(super) async fn attempt(
        &self,
        hop_limit: Option<u8>,
        timeout: u64,
    ) -> Result<wit::AttemptReport, ErrorCode> {
        let deadline = Instant::now() + Duration::from_nanos(timeout).min(LONGEST);
        self.dialler.may_dial()?;
        let attempt = self.dialler.dial(&self.broker, hop_limit)?;
        let ending = attempt.ending(deadline).await?;
        let mut report = wit::AttemptReport {
            sent: attempt.sent,
            ended: attempt.sent,
            local: types::endpoint_to(attempt.local),
            outcome: wit::AttemptOutcome::Unanswered,
            bytes: Vec::new(),
        };
        match ending {
            Ending::Established(at) => {
                (report.ended, report.outcome) = (at, wit::AttemptOutcome::Established)
            }
            Ending::Refused(at) => {
                (report.ended, report.outcome) = (at, wit::AttemptOutcome::Refused)
            }
            Ending::Failed | Ending::Unanswered => {}
        }
        if !matches!(ending, Ending::Established(_)) {
            attempt.reason(|error| {
                report.ended = error.timestamp;
                report.outcome = wit::AttemptOutcome::Failed(types::network_error(
                    &error,
                    error.quoted,
                    &mut report.bytes,
                ));
            })?;
        }
        if !matches!(report.outcome, wit::AttemptOutcome::Unanswered) {
            self.dialler.answered();
        }
        Ok(report)
    }
}
