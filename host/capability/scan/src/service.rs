//! Sends probes; receives answers, and errors about probes.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{ScanProbe, sys};
use crate::bindings::nethost::cap::scan as wit;
use nethost_broker::{Broker, SOURCES_AT_ONCE};
use nethost_core::SocketKind;
use nethost_gate::Gate;
use nethost_kit::remote_set::{self, RemoteSet};
use nethost_kit::types::{self, ErrorCode, append, invalid, without_port};
use nethost_kit::wit::{GrantedSet, IpAddress, NetworkSet, Outgoing, Received, SocketOptions};
use nethost_net::datagram::{Datagram, DatagramSocket, QueuedError, Sink};

/// An open prober.
pub struct Prober {
    remotes: RemoteSet<ScanProbe>,
    errors: DatagramSocket,
    identifier: u16,
    ports: bool,
}

/// The number in an IP header.
fn number(protocol: wit::Protocol, ipv6: bool) -> u8 {
    match protocol {
        wit::Protocol::Tcp => 6,
        wit::Protocol::Udp => 17,
        wit::Protocol::Sctp => 132,
        wit::Protocol::Icmp if ipv6 => 58,
        wit::Protocol::Icmp => 1,
    }
}

impl Prober {
    /// Opens a prober for a set of remotes.
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remotes: NetworkSet,
        protocol: wit::Protocol,
        options: SocketOptions,
    ) -> Result<(Self, GrantedSet), ErrorCode> {
        let ports = protocol != wit::Protocol::Icmp;
        let set = remote_set::set_from(remotes, ports)?;
        let first = set.member(0).ok_or(ErrorCode::InvalidState)?;
        let kind = SocketKind::Raw {
            protocol: number(protocol, set.is_ipv6()),
            header_included: false,
            receive: true,
        };
        let (interface, request, options) = types::options_from(kind, first, options, broker)?;
        remote_set::has_interface(&set, interface.as_ref())?;
        let asked = remote_set::request_many("prober.open", &set, interface);
        let permit = gate.authorize(asked.with_socket(request))?;
        let opened = sys::open(permit, broker, &options)
            .map_err(|error| remote_set::opening_failed(&error))?;
        let facts = opened.facts;
        let (remotes, granted) =
            RemoteSet::with_set(gate, broker, opened.answers, opened.permit, request, facts);
        let prober = Self {
            remotes,
            errors: opened.errors,
            identifier: facts.identifier,
            ports,
        };
        Ok((prober, granted))
    }

    /// Asks the gate for one more set of remotes.
    pub(super) fn add(&self, remotes: NetworkSet) -> Result<GrantedSet, ErrorCode> {
        let set = remote_set::set_from(remotes, self.ports)?;
        self.remotes.add_set("prober.add", &set)
    }

    pub(super) fn identifier(&self) -> u16 {
        self.identifier
    }

    pub(super) fn sources(&self, remotes: Vec<u32>) -> Result<Vec<Option<IpAddress>>, ErrorCode> {
        if remotes.len() > SOURCES_AT_ONCE {
            return Err(invalid(format!("more than {SOURCES_AT_ONCE} remotes")));
        }
        let sources = self.remotes.member_sources(remotes)?;
        Ok(sources
            .into_iter()
            .map(|source| source.map(types::address_to))
            .collect())
    }

    pub(super) fn send(&self, bytes: &[u8], packets: &[Outgoing]) -> Result<Vec<u64>, ErrorCode> {
        self.remotes
            .send_to_members(bytes, packets.iter(), &mut |_, payload, framed| {
                if self.ports && payload.get(..2) != Some(&self.identifier.to_be_bytes()[..]) {
                    return Err(invalid("a probe from another port than that of the prober"));
                }
                framed.extend_from_slice(payload);
                Ok(())
            })
    }

    /// Waits for answers and errors.
    pub(super) async fn receive(&self, max: u32, timeout: u64) -> Result<Received, ErrorCode> {
        // On some clocks an Instant cannot hold u64::MAX nanoseconds; a century is long enough.
        let timeout = Duration::from_nanos(timeout).min(Duration::from_secs(100 * 365 * 86_400));
        let deadline = Instant::now() + timeout;
        let (mut answers, mut errors) = (Inbox::new(self), Inbox::new(self));
        errors.are_errors = true;
        {
            let to_answers = pin!(self.remotes.socket.receive(
                max as usize,
                deadline,
                &mut answers
            ));
            let to_errors = pin!(self.errors.receive(max as usize, deadline, &mut errors));
            tokio::select! {
                biased;
                received = to_answers => { received?; }
                received = to_errors => { received?; }
            }
        }
        // What is there of the other kind is delivered, too, as answers must not keep errors waiting.
        let now = Instant::now();
        if errors.received.errors.is_empty() {
            self.errors.receive(max as usize, now, &mut errors).await?;
        }
        let mut received = answers.received;
        errors.append_to(&mut received);
        Ok(received)
    }
}

/// Collects what one of the sockets received.
struct Inbox<'a> {
    prober: &'a Prober,
    are_errors: bool,
    received: Received,
}

impl<'a> Inbox<'a> {
    fn new(prober: &'a Prober) -> Self {
        Self {
            prober,
            are_errors: false,
            received: Received {
                bytes: Vec::new(),
                datagrams: Vec::new(),
                errors: Vec::new(),
                withheld: 0,
            },
        }
    }

    /// Moves the errors behind what the other socket received.
    fn append_to(self, other: &mut Received) {
        let from = other.bytes.len() as u32;
        other.bytes.extend_from_slice(&self.received.bytes);
        other.withheld += self.received.withheld;
        for mut error in self.received.errors {
            error.offset += from;
            error.extensions_offset += from;
            other.errors.push(error);
        }
    }

    /// An answer: the port that it comes from, or 0.
    fn answer(&mut self, datagram: &Datagram<'_>) {
        let bytes = datagram.bytes;
        let header = match datagram.source {
            std::net::SocketAddr::V4(_) => usize::from(bytes.first().map_or(0, |b| b & 0x0f)) * 4,
            std::net::SocketAddr::V6(_) => 0,
        };
        let port = match (self.prober.ports, bytes.get(header..header + 2)) {
            (false, _) => 0,
            (true, Some(port)) => u16::from_be_bytes([port[0], port[1]]),
            (true, None) => return,
        };
        let source = without_port(datagram.source);
        if !self.prober.remotes.admit_packet(source, port, bytes.len()) {
            self.received.withheld += 1;
            return;
        }
        let (offset, length) = append(&mut self.received.bytes, bytes);
        self.received.datagrams.push(nethost_kit::wit::Incoming {
            timestamp: datagram.timestamp,
            source: types::endpoint_to(source),
            hop_limit: datagram.hop_limit,
            offset,
            length,
            truncated: datagram.truncated,
        });
    }

    /// An ICMP message about a probe.
    fn error_message(&mut self, datagram: &Datagram<'_>) {
        let bytes = datagram.bytes;
        let header = match datagram.source {
            std::net::SocketAddr::V4(_) => usize::from(bytes.first().map_or(0, |b| b & 0x0f)) * 4,
            std::net::SocketAddr::V6(_) => 0,
        };
        let message = bytes.get(header..).unwrap_or_default();
        let Some(error) = QueuedError::from_packet(message, datagram) else {
            return;
        };
        let port = match (self.prober.ports, error.quoted.get(2..4)) {
            (false, _) => 0,
            (true, Some(port)) => u16::from_be_bytes([port[0], port[1]]),
            (true, None) => return,
        };
        if !self.prober.remotes.is_remote(error.remote, port) {
            self.received.withheld += 1;
            return;
        }
        let error = types::network_error(&error, error.quoted, &mut self.received.bytes);
        self.received.errors.push(error);
    }
}

impl Sink for Inbox<'_> {
    fn datagram(&mut self, datagram: Datagram<'_>) {
        match self.are_errors {
            true => self.error_message(&datagram),
            false => self.answer(&datagram),
        }
    }

    /// Neither socket has an error queue, which no filter would apply to.
    fn error(&mut self, _: QueuedError<'_>) {}
}
