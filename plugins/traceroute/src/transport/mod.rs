//! How probes travel. Each way knows how to mark a probe so that its answer can be told, and how to
//! keep everything that a load balancer looks at the same from probe to probe.

mod convert;
mod icmp;
mod payload;
mod tcp_connect;
mod tcp_header;
mod tcp_raw;
mod udp;

use std::net::SocketAddr;

use futures::stream::LocalBoxStream;
use nethost_sdk::Error;

use crate::probe::{Answer, Probe, Stamp};

pub(crate) use icmp::IcmpTransport;
pub(crate) use tcp_connect::TcpConnectTransport;
pub(crate) use tcp_raw::TcpRawTransport;
pub(crate) use udp::UdpTransport;

/// Bytes of a TCP probe's header.
pub(crate) const fn tcp_syn_length() -> usize {
    tcp_header::SYN_LENGTH
}

/// Most answers taken in one call.
const BATCH: u32 = 256;

/// Answers as they come in, for as long as the transport is there.
pub(crate) type Answers<'a> = LocalBoxStream<'a, Result<Vec<Answer>, Error>>;

/// Why a probe did not leave.
#[derive(Debug)]
pub(crate) enum SendError {
    /// The device's queue is full.
    Later,
    /// It never will.
    Fatal(Error),
}

/// One way to send probes and hear about them.
pub(crate) trait Transport {
    /// Sends a probe. The stamp is absent when the probe's fate, or its time, comes with the answers.
    fn send(&self, probe: &Probe) -> Result<Option<Stamp>, SendError>;

    /// Sends probes that are due at once. Of each it says what `send` does; none that follows one that failed is sent.
    fn send_all(&self, probes: &[Probe]) -> Vec<Result<Option<Stamp>, SendError>> {
        let mut sent: Vec<_> = Vec::with_capacity(probes.len());
        for probe in probes {
            sent.push(self.send(probe));
            if sent.last().is_some_and(Result::is_err) {
                break;
            }
        }
        sent
    }

    /// What comes back. Call it once, and let what it waits for finish: a batch could be lost.
    fn answers(&self) -> Answers<'_>;

    /// Time that an answer may take from the kernel to here, in nanoseconds.
    fn slack(&self) -> u64 {
        // On a busy machine, what has arrived waits for this process.
        10_000_000
    }

    /// The address that probes leave with.
    fn local(&self) -> Result<SocketAddr, Error>;
}

/// Sends once more when the kernel reported the error of an earlier probe instead of sending: with an
/// error queue, errors that were not yet read also fail the next call.
fn send_once_more(
    send: impl Fn() -> Result<Option<Stamp>, Error>,
) -> Result<Option<Stamp>, SendError> {
    const TRIES: usize = 4;
    let mut outcome = send();
    for _ in 1..TRIES {
        match outcome {
            Err(Error::RemoteUnreachable | Error::ConnectionRefused | Error::Other(_)) => {
                outcome = send()
            }
            _ => break,
        }
    }
    match outcome {
        Ok(stamp) => Ok(stamp),
        // The error queue tells more about these.
        Err(Error::DatagramTooLarge | Error::RemoteUnreachable | Error::ConnectionRefused) => {
            Ok(None)
        }
        Err(Error::OutOfMemory) => Err(SendError::Later),
        Err(error) => Err(SendError::Fatal(error)),
    }
}
