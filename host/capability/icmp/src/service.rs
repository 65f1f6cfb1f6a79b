//! Sends echo requests; receives replies, and errors about requests.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{Echo, sys};
use crate::bindings::nethost::cap::icmp as wit;
use nethost_broker::Broker;
use nethost_core::SocketKind;
use nethost_gate::Gate;
use nethost_kit::remote_set::{self, RemoteSet};
use nethost_kit::types::{self, ErrorCode, append, invalid, without_port};
use nethost_kit::wit::{GrantedSet, NetworkSet, SocketOptions};
use nethost_net::datagram::{Datagram, QueuedError, Sink};

const HEADER: usize = 8;
/// The largest ICMP message for which the total length field of IPv4 has room.
const LARGEST: usize = 65_535 - 20;

/// An open echo socket.
pub struct EchoSocket {
    remotes: RemoteSet<Echo>,
    identifier: u16,
    raw: bool,
}

impl EchoSocket {
    /// Opens a socket for one remote.
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remote: SocketAddr,
        options: SocketOptions,
    ) -> Result<Self, ErrorCode> {
        let remote = without_port(remote);
        let (interface, request, options) =
            types::options_from(SocketKind::Echo, remote, options, broker)?;
        let asked = remote_set::request("echo-socket.open", remote, false, interface);
        let permit = gate.authorize(asked.with_socket(request))?;
        let opened = sys::open(permit, broker, &options)?;
        let facts = opened.facts;
        let remotes = RemoteSet::new(
            gate,
            broker,
            opened.socket,
            remote,
            opened.permit,
            request,
            facts,
        );
        Ok(Self {
            remotes,
            identifier: facts.identifier,
            raw: facts.raw,
        })
    }

    /// Opens a socket for a set of remotes.
    pub(super) fn open_many(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remotes: NetworkSet,
        options: SocketOptions,
    ) -> Result<(Self, GrantedSet), ErrorCode> {
        let set = remote_set::set_from(remotes, false)?;
        let first = set.member(0).ok_or(ErrorCode::InvalidState)?;
        let (interface, request, options) =
            types::options_from(SocketKind::Echo, first, options, broker)?;
        remote_set::has_interface(&set, interface.as_ref())?;
        let asked = remote_set::request_many("echo-socket.open-many", &set, interface);
        let permit = gate.authorize(asked.with_socket(request))?;
        let opened = sys::open_many(permit, broker, &options)
            .map_err(|error| remote_set::opening_failed(&error))?;
        let facts = opened.facts;
        let (remotes, granted) =
            RemoteSet::with_set(gate, broker, opened.socket, opened.permit, request, facts);
        let socket = Self {
            remotes,
            identifier: facts.identifier,
            raw: facts.raw,
        };
        Ok((socket, granted))
    }

    /// Asks the gate for one more set of remotes.
    pub(super) fn add_many(&self, remotes: NetworkSet) -> Result<GrantedSet, ErrorCode> {
        let set = remote_set::set_from(remotes, false)?;
        self.remotes.add_set("echo-socket.add-many", &set)
    }

    /// Asks the gate for one more remote.
    pub(super) fn add_remote(&self, remote: SocketAddr) -> Result<u32, ErrorCode> {
        self.remotes
            .add_remote("echo-socket.add-remote", without_port(remote), false, None)
    }

    pub(super) fn kind(&self) -> wit::SocketKind {
        if self.raw {
            wit::SocketKind::Raw
        } else {
            wit::SocketKind::Ping
        }
    }

    pub(super) fn identifier(&self) -> u16 {
        self.identifier
    }

    pub(super) fn local_endpoint(&self) -> Result<wit::Endpoint, ErrorCode> {
        self.remotes.local_endpoint(false)
    }

    pub(super) fn send(
        &self,
        bytes: &[u8],
        requests: &[wit::EchoRequest],
    ) -> Result<Vec<u64>, ErrorCode> {
        let packets = requests.iter().map(|request| &request.payload);
        let sequence = |index: usize| requests.get(index).map_or(0, |request| request.sequence);
        if self.remotes.is_for_sets() {
            return self
                .remotes
                .send_to_members(bytes, packets, &mut |index, payload, message| {
                    self.frame(sequence(index), payload, message)
                });
        }
        self.remotes
            .send(bytes, packets, |index, _, payload, message| {
                self.frame(sequence(index), payload, message)?;
                Ok(None)
            })
    }

    /// Appends the echo request with this payload.
    fn frame(&self, sequence: u16, payload: &[u8], message: &mut Vec<u8>) -> Result<(), ErrorCode> {
        if HEADER + payload.len() > LARGEST {
            return Err(invalid(format!(
                "{} bytes of payload; an echo request holds at most {}",
                payload.len(),
                LARGEST - HEADER
            )));
        }
        let begin = message.len();
        let request_type = if self.remotes.is_ipv6() { 128 } else { 8 };
        let [sequence_high, sequence_low] = sequence.to_be_bytes();
        let [identifier_high, identifier_low] = self.identifier.to_be_bytes();
        message.extend_from_slice(&[
            request_type,
            0,
            0,
            0,
            identifier_high,
            identifier_low,
            sequence_high,
            sequence_low,
        ]);
        message.extend_from_slice(payload);
        // The kernel computes the other checksums: of ping sockets, and of ICMPv6.
        if self.raw && !self.remotes.is_ipv6() {
            let checksum = checksum(&message[begin..]).to_be_bytes();
            message[begin + 2..begin + 4].copy_from_slice(&checksum);
        }
        Ok(())
    }

    pub(super) async fn receive(&self, max: u32, timeout: u64) -> Result<wit::Received, ErrorCode> {
        let received = wit::Received {
            bytes: Vec::new(),
            replies: Vec::new(),
            errors: Vec::new(),
            withheld: 0,
        };
        let mut inbox = Inbox {
            socket: self,
            received,
        };
        self.remotes.receive(max, timeout, &mut inbox).await?;
        Ok(inbox.received)
    }

    /// The ICMP message in a datagram.
    fn message<'a>(&self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        if self.raw && !self.remotes.is_ipv6() {
            bytes.get(usize::from(bytes.first()? & 0x0f) * 4..)
        } else {
            Some(bytes)
        }
    }

    /// Whether a message is a reply to this socket.
    fn is_reply(&self, message: &[u8]) -> bool {
        let reply_type = if self.remotes.is_ipv6() { 129 } else { 0 };
        message.len() >= HEADER && message[0] == reply_type && self.carries_identifier(message)
    }

    fn carries_identifier(&self, message: &[u8]) -> bool {
        message.get(4..6) == Some(&self.identifier.to_be_bytes()[..])
    }
}

struct Inbox<'a> {
    socket: &'a EchoSocket,
    received: wit::Received,
}

impl Sink for Inbox<'_> {
    fn datagram(&mut self, datagram: Datagram<'_>) {
        let Some(message) = self.socket.message(datagram.bytes) else {
            return;
        };
        if !self.socket.is_reply(message) {
            // A raw socket with several remotes receives errors as packets.
            if let Some(error) = QueuedError::from_packet(message, &datagram)
                && self.socket.raw
            {
                self.error(error);
            }
            return;
        }
        if !self
            .socket
            .remotes
            .admit_packet(datagram.source, 0, message.len() - HEADER)
        {
            self.received.withheld += 1;
            return;
        }
        let (offset, length) = append(&mut self.received.bytes, &message[HEADER..]);
        self.received.replies.push(wit::EchoReply {
            sequence: u16::from_be_bytes([message[6], message[7]]),
            payload: wit::Incoming {
                timestamp: datagram.timestamp,
                source: types::endpoint_to(without_port(datagram.source)),
                hop_limit: datagram.hop_limit,
                offset,
                length,
                truncated: datagram.truncated,
            },
        });
    }

    fn error(&mut self, mut error: QueuedError<'_>) {
        error.remote.set_port(0);
        // A raw socket gets errors about all echo requests of the machine. A local error quotes nothing.
        let quoted = error.quoted;
        if !self.socket.remotes.is_remote(error.remote, 0)
            || (quoted.len() >= HEADER && !self.socket.carries_identifier(quoted))
        {
            return;
        }
        let sequence = quoted
            .get(6..8)
            .map(|field| u16::from_be_bytes([field[0], field[1]]));
        let error = types::network_error(
            &error,
            quoted.get(HEADER..).unwrap_or_default(),
            &mut self.received.bytes,
        );
        self.received
            .errors
            .push(wit::EchoError { sequence, error });
    }
}

/// The Internet checksum (RFC 1071) of a message with a checksum field of zero.
pub(super) fn checksum(message: &[u8]) -> u16 {
    let (pairs, odd) = message.as_chunks::<2>();
    let mut sum: u64 = pairs
        .iter()
        .map(|pair| u64::from(u16::from_be_bytes(*pair)))
        .sum();
    sum += odd.first().map_or(0, |byte| u64::from(*byte) << 8);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
