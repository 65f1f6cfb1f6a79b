//! What sockets of every protocol share: options, batches to send, batches received, error queues.
//!
//! A batch is one byte buffer and a list of places in it, so a packet costs no allocation.

use std::net::SocketAddr;
use std::time::Duration;

use crate::address::{endpoint_from_wit, endpoint_to_wit};
use crate::bindings::nethost::cap::types;
use crate::{Error, Timestamp};

/// What happens to a packet larger than the path's MTU: IP_MTU_DISCOVER, IPV6_MTU_DISCOVER (ip(7)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathMtuDiscovery {
    /// Fragment freely: IP_PMTUDISC_DONT.
    Dont,
    /// Fragment by the route's known MTU, set DF otherwise: IP_PMTUDISC_WANT.
    Want,
    /// Set DF; larger than the known path MTU fails with `DatagramTooLarge`: IP_PMTUDISC_DO.
    Do,
    /// Set DF and ignore the known path MTU: IP_PMTUDISC_PROBE.
    Probe,
}

/// What a socket is opened with. Nothing set means the kernel's defaults.
///
/// ```
/// use nethost_sdk::socket::SocketOptions;
/// let options = SocketOptions { hop_limit: Some(3), ..SocketOptions::default() };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketOptions {
    /// Send and receive on this interface only (SO_BINDTODEVICE).
    pub interface: Option<String>,
    /// Bind to this local address, and port unless 0.
    pub source: Option<SocketAddr>,
    /// IP_TTL, IPV6_UNICAST_HOPS, and the same for multicast.
    pub hop_limit: Option<u8>,
    /// IP_TOS, IPV6_TCLASS: DSCP and ECN bits.
    pub traffic_class: Option<u8>,
    /// What to do about packets that are too large.
    pub path_mtu_discovery: Option<PathMtuDiscovery>,
    /// SO_BROADCAST: allow a broadcast remote, and accept what others answer to it.
    pub broadcast: bool,
    /// SO_DONTROUTE: only hosts on a directly attached network.
    pub dont_route: bool,
    /// SO_MARK, for policy routing.
    pub mark: Option<u32>,
    /// SO_SNDBUF and SO_RCVBUF in bytes.
    pub buffer_size: Option<u32>,
}

impl SocketOptions {
    pub(crate) fn to_wit(&self) -> types::SocketOptions {
        types::SocketOptions {
            interface: self.interface.clone(),
            source: self.source.map(endpoint_to_wit),
            hop_limit: self.hop_limit,
            traffic_class: self.traffic_class,
            path_mtu_discovery: self.path_mtu_discovery.map(|discovery| match discovery {
                PathMtuDiscovery::Dont => types::PathMtuDiscovery::Dont,
                PathMtuDiscovery::Want => types::PathMtuDiscovery::Want,
                PathMtuDiscovery::Do => types::PathMtuDiscovery::Do,
                PathMtuDiscovery::Probe => types::PathMtuDiscovery::Probe,
            }),
            broadcast: self.broadcast,
            dont_route: self.dont_route,
            mark: self.mark,
            buffer_size: self.buffer_size,
        }
    }
}

/// One of a socket's remotes: the first, or what `add_remote` returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Remote(pub(crate) u32);

impl Remote {
    /// The remote that the socket was opened with.
    pub const FIRST: Self = Self(0);

    /// Its number on the socket.
    pub fn index(self) -> u32 {
        self.0
    }
}

/// Payload bytes of a batch, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packed(Vec<u8>);

impl Packed {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends what `write` writes and says where it is.
    pub(crate) fn add(
        &mut self,
        remote: Remote,
        hop_limit: Option<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> types::Outgoing {
        let offset = self.0.len();
        write(&mut self.0);
        types::Outgoing {
            remote: remote.0,
            offset: offset_to_wit(offset),
            length: offset_to_wit(self.0.len().saturating_sub(offset)),
            hop_limit,
        }
    }
}

/// A size that does not fit is refused by the host as outside of the batch.
fn offset_to_wit(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Datagrams to send at once. Reuse it: clearing keeps the memory.
///
/// ```
/// use nethost_sdk::socket::{Batch, Remote};
/// let mut batch = Batch::new();
/// batch.push(Remote::FIRST, b"one");
/// batch.push_with(Remote::FIRST, Some(4), |bytes| bytes.extend_from_slice(b"at hop four"));
/// assert_eq!(batch.len(), 2);
/// batch.clear();
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch {
    packed: Packed,
    datagrams: Vec<types::Outgoing>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one datagram.
    pub fn push(&mut self, remote: Remote, payload: &[u8]) {
        self.push_with(remote, None, |bytes| bytes.extend_from_slice(payload));
    }

    /// Adds one datagram that `write` appends to the batch's bytes, with its own hop limit if given.
    pub fn push_with(
        &mut self,
        remote: Remote,
        hop_limit: Option<u8>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.datagrams
            .push(self.packed.add(remote, hop_limit, write));
    }

    /// How many datagrams it holds.
    pub fn len(&self) -> usize {
        self.datagrams.len()
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.datagrams.is_empty()
    }

    /// Forgets the first `sent` datagrams, to send the rest again.
    pub fn discard(&mut self, sent: usize) {
        self.datagrams.drain(..sent.min(self.datagrams.len()));
    }

    /// Forgets everything but the memory.
    pub fn clear(&mut self) {
        self.packed.clear();
        self.datagrams.clear();
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.packed.bytes()
    }

    pub(crate) fn datagrams(&self) -> &[types::Outgoing] {
        &self.datagrams
    }
}

/// A datagram that came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// When the kernel received it.
    pub timestamp: Timestamp,
    /// Who sent it.
    pub source: SocketAddr,
    /// TTL or hop limit it arrived with.
    pub hop_limit: Option<u8>,
    /// Whether more came than the host's buffer held.
    pub truncated: bool,
    /// What it carried.
    pub payload: &'a [u8],
}

/// Who raised a [`NetworkError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorOrigin {
    /// This machine's own stack.
    Local,
    /// An ICMP message.
    Icmp,
    /// An ICMPv6 message.
    Icmp6,
}

/// What a router, the destination or the local stack said about a packet that the socket sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkError<'a> {
    /// When the kernel received the ICMP message.
    pub timestamp: Timestamp,
    /// Who raised it.
    pub origin: ErrorOrigin,
    /// What the kernel translated it to.
    pub code: Error,
    /// ICMP type (RFC 792, RFC 4443); 0 for a local error.
    pub icmp_type: u8,
    /// ICMP code; 0 for a local error.
    pub icmp_code: u8,
    /// The next hop's MTU, or the pointer of a parameter problem.
    pub info: u32,
    /// Who sent the ICMP message.
    pub offender: Option<SocketAddr>,
    /// Where the packet in question was going.
    pub remote: SocketAddr,
    /// TTL or hop limit that the ICMP message arrived with.
    pub hop_limit: Option<u8>,
    /// The part of the original packet that was quoted, behind the headers that the kernel owns.
    pub quoted: &'a [u8],
    /// RFC 4884 extension structure, empty when there was none.
    pub extensions: &'a [u8],
}

/// What a `receive` returned.
#[derive(Clone, Debug)]
pub struct Received(types::Received);

impl Received {
    pub(crate) fn from_wit(received: types::Received) -> Self {
        Self(received)
    }

    /// The datagrams, in the order they came.
    pub fn datagrams(&self) -> impl ExactSizeIterator<Item = Datagram<'_>> {
        self.0
            .datagrams
            .iter()
            .map(|incoming| datagram(&self.0.bytes, incoming))
    }

    /// What the error queue held.
    pub fn errors(&self) -> impl ExactSizeIterator<Item = NetworkError<'_>> {
        self.0
            .errors
            .iter()
            .map(|error| network_error(&self.0.bytes, error))
    }

    /// Datagrams that came from no remote of this socket, and were withheld.
    pub fn withheld(&self) -> u32 {
        self.0.withheld
    }

    /// Whether the timeout passed without anything.
    pub fn is_empty(&self) -> bool {
        self.0.datagrams.is_empty() && self.0.errors.is_empty()
    }
}

pub(crate) fn datagram<'a>(bytes: &'a [u8], incoming: &types::Incoming) -> Datagram<'a> {
    Datagram {
        timestamp: Timestamp::from_nanos(incoming.timestamp),
        source: endpoint_from_wit(incoming.source),
        hop_limit: incoming.hop_limit,
        truncated: incoming.truncated,
        payload: slice(bytes, incoming.offset, incoming.length),
    }
}

pub(crate) fn network_error<'a>(bytes: &'a [u8], error: &types::NetworkError) -> NetworkError<'a> {
    NetworkError {
        timestamp: Timestamp::from_nanos(error.timestamp),
        origin: match error.origin {
            types::ErrorOrigin::Local => ErrorOrigin::Local,
            types::ErrorOrigin::Icmp => ErrorOrigin::Icmp,
            types::ErrorOrigin::Icmp6 => ErrorOrigin::Icmp6,
        },
        code: error.code.clone().into(),
        icmp_type: error.icmp_type,
        icmp_code: error.icmp_code,
        info: error.info,
        offender: error.offender.map(endpoint_from_wit),
        remote: endpoint_from_wit(error.remote),
        hop_limit: error.hop_limit,
        quoted: slice(bytes, error.offset, error.length),
        extensions: slice(bytes, error.extensions_offset, error.extensions_length),
    }
}

/// The place that the host names, or nothing when it is outside of the batch.
fn slice(bytes: &[u8], offset: u32, length: u32) -> &[u8] {
    let (Ok(offset), Ok(length)) = (usize::try_from(offset), usize::try_from(length)) else {
        return &[];
    };
    offset
        .checked_add(length)
        .and_then(|end| bytes.get(offset..end))
        .unwrap_or_default()
}

pub(crate) fn stamps(nanos: Vec<types::Timestamp>) -> Vec<Timestamp> {
    nanos.into_iter().map(Timestamp::from_nanos).collect()
}

pub(crate) fn timeout_to_wit(timeout: Duration) -> u64 {
    crate::timestamp::to_nanos(timeout)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_of_the_batch_are_empty() {
        let bytes = b"abcdef";
        assert_eq!(slice(bytes, 2, 3), b"cde");
        assert_eq!(slice(bytes, 6, 0), b"");
        assert_eq!(slice(bytes, 5, 2), b"");
        assert_eq!(slice(bytes, u32::MAX, u32::MAX), b"");
    }

    #[test]
    fn a_batch_packs_and_discards() {
        let mut batch = Batch::new();
        batch.push(Remote::FIRST, b"one");
        batch.push_with(Remote(7), Some(3), |bytes| {
            bytes.extend_from_slice(b"three")
        });
        assert_eq!(batch.bytes(), b"onethree");
        batch.discard(1);
        let rest = batch.datagrams().first().unwrap();
        assert_eq!(
            (rest.remote, rest.offset, rest.length, rest.hop_limit),
            (7, 3, 5, Some(3))
        );
        batch.discard(9);
        assert!(batch.is_empty());
    }
}
