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

/// Which kind of kernel socket carries the echoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// An unprivileged ping socket; the kernel chose the identifier.
    Ping,
    /// A raw socket; the host chose the identifier.
    Raw,
}

/// Sends echo requests to its remotes, receives their replies and the errors about them.
/// All remotes are of one family.
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

    /// The same for an address with a scope, such as a link-local one of IPv6. The port is 0.
    ///
    /// # Errors
    /// As [`EchoSocket::open`].
    pub fn open_at(remote: SocketAddr, options: &SocketOptions) -> Result<Self, Error> {
        Ok(Self(icmp::EchoSocket::open(
            endpoint_to_wit(remote),
            &options.to_wit(),
        )?))
    }

    /// Opens a socket whose remotes are the members of a set, and says which were refused. One request at the gate;
    /// sending to a refused member is `Denied`.
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

    /// Asks for one more set, on a socket that was opened with one.
    ///
    /// # Errors
    /// `Denied` when all of it is; `InvalidArgument`; `InvalidState` (the socket was opened with one remote).
    pub fn add_many(&self, remotes: &NetworkSet) -> Result<Granted, Error> {
        Ok(Granted::from_wit(self.0.add_many(&remotes.to_wit())?))
    }

    /// Asks the gate for one more remote. One already there is returned again.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument` (another family).
    pub fn add_remote(&self, remote: SocketAddr) -> Result<Remote, Error> {
        Ok(Remote(self.0.add_remote(endpoint_to_wit(remote))?))
    }

    /// What carries the echoes.
    pub fn kind(&self) -> SocketKind {
        match self.0.kind() {
            icmp::SocketKind::Ping => SocketKind::Ping,
            icmp::SocketKind::Raw => SocketKind::Raw,
        }
    }

    /// The identifier that this socket's requests carry.
    pub fn identifier(&self) -> u16 {
        self.0.identifier()
    }

    /// The address that packets to the first remote leave with.
    ///
    /// # Errors
    /// `NetworkUnreachable`, `RemoteUnreachable`.
    pub fn local_endpoint(&self) -> Result<SocketAddr, Error> {
        Ok(endpoint_from_wit(self.0.local_endpoint()?))
    }

    /// Sends without waiting. A stamp for each request that left; when there are fewer than requests,
    /// [`EchoBatch::discard`] as many and send the rest to learn why.
    ///
    /// # Errors
    /// Why the first failed: `DatagramTooLarge`, `NetworkUnreachable`, `RemoteUnreachable`,
    /// `OutOfMemory` (the device's queue is full), `AccessDenied` (a local firewall rule),
    /// `InvalidArgument`.
    pub fn send(&self, batch: &EchoBatch) -> Result<Vec<Timestamp>, Error> {
        Ok(stamps(self.0.send(batch.packed.bytes(), &batch.requests)?))
    }

    /// Waits until something is there, then takes at most `max` replies and `max` errors. Empty after
    /// `timeout`. Let the future finish: dropping it may lose what it was about to return.
    ///
    /// # Errors
    /// As [`EchoSocket::send`].
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Echoes, Error> {
        Ok(Echoes(self.0.receive(max, timeout_to_wit(timeout)).await?))
    }
}

/// Echo requests to send at once. Reuse it: clearing keeps the memory.
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

    /// Adds one request whose payload `write` appends, with its own hop limit if given.
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

    /// Forgets the first `sent` requests, to send the rest again.
    pub fn discard(&mut self, sent: usize) {
        self.requests.drain(..sent.min(self.requests.len()));
    }

    /// Forgets everything but the memory.
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
    /// TTL or hop limit it arrived with.
    pub hop_limit: Option<u8>,
    /// Whether more came than the host's buffer held.
    pub truncated: bool,
    /// What it carried: the request's payload, if all is well.
    pub payload: &'a [u8],
}

/// An error about an echo request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoError<'a> {
    /// The request's sequence number; none for a local error.
    pub sequence: Option<u16>,
    /// What happened. `quoted` is what followed the ICMP header in the request.
    pub error: NetworkError<'a>,
}

/// What a `receive` returned.
#[derive(Clone, Debug)]
pub struct Echoes(icmp::Received);

impl Echoes {
    /// The replies, in the order they came.
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

    /// What the error queue held.
    pub fn errors(&self) -> impl ExactSizeIterator<Item = EchoError<'_>> {
        self.0.errors.iter().map(|error| EchoError {
            sequence: error.sequence,
            error: network_error(&self.0.bytes, &error.error),
        })
    }

    /// Replies that came from no remote of this socket, and were withheld.
    pub fn withheld(&self) -> u32 {
        self.0.withheld
    }

    /// Whether the timeout passed without anything.
    pub fn is_empty(&self) -> bool {
        self.0.replies.is_empty() && self.0.errors.is_empty()
    }
}
