//! ICMP and ICMPv6 echo. Request at the gate: `icmp.echo` with the remote's address.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::icmp;
use crate::remotes::{Granted, NetworkSet};
use crate::socket::{
    NetworkError, Packed, Remote, SocketOptions, datagram, network_error, stamps, timeout_to_wit,
};
use crate::{Error, Timestamp};

/// The kind of kernel socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// An unprivileged ping socket; the kernel chose the identifier.
    Ping,
    /// A raw socket; the host chose the identifier.
    Raw,
}

/// Sends echo requests to its remotes, and receives replies and errors. All remotes have the same family.
#[derive(Debug)]
pub struct EchoSocket(icmp::EchoSocket);

impl EchoSocket {
    /// Opens a socket whose [`Remote::FIRST`] is this address.
    ///
    /// ```no_run
    /// use nethost_sdk::{icmp::EchoSocket, socket::SocketOptions};
    /// let options = SocketOptions { hop_limit: Some(1), ..SocketOptions::default() };
    /// let socket = EchoSocket::open("192.0.2.1".parse().unwrap(), &options)?;
    /// # Ok::<(), nethost_sdk::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Denied`; `AccessDenied` (no ping sockets and no CAP_NET_RAW, or a broadcast address without
    /// `broadcast`); `NoSuchDevice`; `AddressNotBindable`; `InvalidArgument`; `NotSupported`.
    pub fn open(remote: IpAddr, options: &SocketOptions) -> Result<Self, Error> {
        Self::open_at(SocketAddr::new(remote, 0), options)
    }

    /// The same for an address with a scope, such as a link-local IPv6 address. The port is 0.
    ///
    /// # Errors
    /// As [`EchoSocket::open`].
    pub fn open_at(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self(icmp::EchoSocket::open(
            endpoint_to_wit(remote),
            &options.to_wit(),
        )?))
    }

    /// Opens a socket whose remotes are the members of a set, and returns which ones were denied. This is one request
    /// at the gate. Sending to a denied member fails with `Denied`.
    ///
    /// # Errors
    /// `Denied` when all of it is; otherwise as [`EchoSocket::open`].
    pub fn open_many(
        remotes: &NetworkSet,
        options: &SocketOptions,
    ) -> Result<(Self, Granted), Error> {
        let (socket, granted) = icmp::EchoSocket::open_many(&remotes.to_wit(), &options.to_wit())?;
        Ok((Self(socket), Granted::from_wit(granted)))
    }

    /// Requests one more set, on a socket that was opened with one.
    ///
    /// # Errors
    /// `Denied` when all of it is; `InvalidArgument`; `InvalidState` (the socket was opened with one remote).
    pub fn add_many(&self, remotes: &NetworkSet) -> Result<Granted, Error> {
        Ok(Granted::from_wit(self.0.add_many(&remotes.to_wit())?))
    }

    /// Requests one more remote. A known remote is returned again.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument` (another family).
    pub fn add_remote(&self, remote: SocketAddr) -> Result<Remote, Error> {
        Ok(Remote(self.0.add_remote(endpoint_to_wit(remote))?))
    }

    /// The kind of the socket.
    pub fn kind(&self) -> SocketKind {
        match self.0.kind() {
            icmp::SocketKind::Ping => SocketKind::Ping,
            icmp::SocketKind::Raw => SocketKind::Raw,
        }
    }

    /// The identifier in this socket's requests.
    pub fn identifier(&self) -> u16 {
        self.0.identifier()
    }

    /// The source address of packets to the first remote.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`.
    pub fn local_endpoint(&self) -> Result<SocketAddr, Error> {
        Ok(endpoint_from_wit(self.0.local_endpoint()?))
    }

    /// Sends without waiting. Returns a timestamp for each sent request. If there are fewer timestamps than requests,
    /// [`EchoBatch::discard`] that many and send the rest to get the error.
    ///
    /// # Errors
    /// Why the first failed: `DatagramTooLarge`, `NetworkUnreachable`, `RemoteUnreachable`,
    /// `OutOfMemory` (the device's queue is full), `AccessDenied` (a local firewall rule),
    /// `InvalidArgument`.
    pub fn send(&self, batch: &EchoBatch) -> Result<Vec<Timestamp>, Error> {
        Ok(stamps(self.0.send(batch.packed.bytes(), &batch.requests)?))
    }

    /// Waits for data, and then returns at most `max` replies and `max` errors. Empty after `timeout`. Do not drop
    /// the future before it completes, because its data may be lost.
    ///
    /// # Errors
    /// As [`EchoSocket::send`].
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Echoes, Error> {
        Ok(Echoes(self.0.receive(max, timeout_to_wit(timeout)).await?))
    }
}

/// Echo requests to send at once. Reuse it, because clearing keeps the memory.
///
/// ```
/// use nethost_sdk::{icmp::EchoBatch, socket::Remote};
/// let mut batch = EchoBatch::new();
/// batch.push(Remote::FIRST, 1, &[0; 56]);
/// assert_eq!(batch.len(), 1);
/// ```
#[derive(Clone, Debug, Default)]
pub struct EchoBatch {
    packed: Packed,
    requests: Vec<icmp::EchoRequest>,
}

impl EchoBatch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one request.
    pub fn push(&mut self, remote: Remote, sequence: u16, payload: &[u8]) {
        self.push_with(remote, sequence, None, |bytes| {
            bytes.extend_from_slice(payload)
        });
    }

    /// Adds one request with a payload that `write` appends, and optionally its own hop limit.
    pub fn push_with(
        &mut self,
        remote: Remote,
        sequence: u16,
        hop_limit: Option<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let payload = self.packed.add(remote, hop_limit, write);
        self.requests.push(icmp::EchoRequest { sequence, payload });
    }

    /// How many requests it holds.
    pub fn len(&self) -> usize {
        self.requests.len()
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// Removes the first `sent` requests, to send the rest again.
    pub fn discard(&mut self, sent: usize) {
        self.requests.drain(..sent.min(self.requests.len()));
    }

    /// Removes all requests and keeps the memory.
    pub fn clear(&mut self) {
        self.packed.clear();
        self.requests.clear();
    }
}

/// An echo reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<'a> {
    /// The request's sequence number.
    pub sequence: u16,
    /// When the kernel received it.
    pub timestamp: Timestamp,
    /// Who sent it.
    pub source: SocketAddr,
    /// TTL or hop limit of the received packet.
    pub hop_limit: Option<u8>,
    /// Whether the packet was longer than the host's buffer.
    pub truncated: bool,
    /// The received payload, normally that of the request.
    pub payload: &'a [u8],
}

/// An error about an echo request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoError<'a> {
    /// The request's sequence number; none for a local error.
    pub sequence: Option<u16>,
    /// The error. `quoted` is the part of the request after its ICMP header.
    pub error: NetworkError<'a>,
}

/// The result of `receive`.
#[derive(Clone, Debug)]
pub struct Echoes(icmp::Received);

impl Echoes {
    /// The replies, in order of arrival.
    pub fn replies(&self) -> impl ExactSizeIterator<Item = Reply<'_>> {
        self.0.replies.iter().map(|reply| {
            let came = datagram(&self.0.bytes, &reply.payload);
            Reply {
                sequence: reply.sequence,
                timestamp: came.timestamp,
                source: came.source,
                hop_limit: came.hop_limit,
                truncated: came.truncated,
                payload: came.payload,
            }
        })
    }

    /// The errors from the error queue.
    pub fn errors(&self) -> impl ExactSizeIterator<Item = EchoError<'_>> {
        self.0.errors.iter().map(|error| EchoError {
            sequence: error.sequence,
            error: network_error(&self.0.bytes, &error.error),
        })
    }

    /// The number of replies from other senders, which were withheld.
    pub fn withheld(&self) -> u32 {
        self.0.withheld
    }

    /// Whether nothing arrived before the timeout.
    pub fn is_empty(&self) -> bool {
        self.0.replies.is_empty() && self.0.errors.is_empty()
    }
}
