//! TCP's first step: does something answer a SYN, and who on the way says what about it.
//! Request at the gate: `tcp.connect` with the remote's address and port.

use std::net::SocketAddr;
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::tcp;
use crate::socket::{NetworkError, SocketOptions, network_error, timeout_to_wit};
use crate::{Error, Timestamp};

/// Tries connections to one remote. Each is reset as soon as its outcome is known; no data is sent.
#[derive(Debug)]
pub struct Connector(tcp::Connector);

impl Connector {
    /// ```no_run
    /// # async fn example() -> Result<(), nethost_sdk::Error> {
    /// use nethost_sdk::{socket::SocketOptions, tcp::{Connector, Outcome}};
    /// use std::time::Duration;
    ///
    /// let connector = Connector::open("192.0.2.1:443".parse().unwrap(), &SocketOptions::default())?;
    /// let attempt = connector.attempt(None, Duration::from_secs(2)).await?;
    /// println!("open: {}", attempt.outcome() == Outcome::Established);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`.
    pub fn open(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self(tcp::Connector::open(
            endpoint_to_wit(remote),
            &options.to_wit(),
        )?))
    }

    /// One attempt from a fresh local port, with its own hop limit if given. Many may be under way
    /// at once.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`, `AddressInUse`, `AccessDenied`, `NoSuchDevice`,
    /// `AddressNotBindable`.
    pub async fn attempt(
        &self,
        hop_limit: Option<u8>,
        timeout: Duration,
    ) -> Result<Attempt, Error> {
        Ok(Attempt(
            self.0.attempt(hop_limit, timeout_to_wit(timeout)).await?,
        ))
    }
}

/// How a connection attempt went.
#[derive(Clone, Debug)]
pub struct Attempt(tcp::AttemptReport);

/// How a connection attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// SYN/ACK: something listens.
    Established,
    /// RST: nothing listens.
    Refused,
    /// An ICMP message or a local error. The quoted part is the TCP header.
    Failed(NetworkError<'a>),
    /// Nothing came within the timeout.
    Unanswered,
}

impl Attempt {
    /// Just before the SYN left.
    pub fn sent(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.sent)
    }

    /// When the answer came.
    pub fn ended(&self) -> Timestamp {
        Timestamp::from_nanos(self.0.ended)
    }

    /// The local address and port.
    pub fn local(&self) -> SocketAddr {
        endpoint_from_wit(self.0.local)
    }

    /// How it ended.
    pub fn outcome(&self) -> Outcome<'_> {
        match &self.0.outcome {
            tcp::AttemptOutcome::Established => Outcome::Established,
            tcp::AttemptOutcome::Refused => Outcome::Refused,
            tcp::AttemptOutcome::Failed(error) => {
                Outcome::Failed(network_error(&self.0.bytes, error))
            }
            tcp::AttemptOutcome::Unanswered => Outcome::Unanswered,
        }
    }
}
