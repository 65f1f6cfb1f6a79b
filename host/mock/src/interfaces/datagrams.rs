//! A socket with permitted remotes: the part that ICMP echo and UDP share.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::options::{self, Opened};
use crate::context::{Context, Unsupported};
use crate::network::inbox::Inbox;
use crate::network::{Back, Network, Packet};
use crate::time::Time;
use nethost_core::{Capability, Interface, SocketKind, SocketRequest, TargetSet};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::types::{ErrorCode, append, endpoint_to, from_errno, invalid, without_port};
use nethost_kit::wit;

/// The most remotes of one socket.
const REMOTES: usize = 65_536;

/// A datagram socket of one run.
#[allow(unreachable_pub, reason = "the generated bindings name it")]
pub struct Datagrams<C: Capability> {
    gate: Arc<Gate>,
    network: Arc<Network>,
    time: Arc<Time>,
    kind: SocketKind,
    is_ipv6: bool,
    request: SocketRequest,
    interface: Option<Interface>,
    hop_limit: Option<u8>,
    /// The local port, or the identifier of echo requests.
    port: u16,
    remotes: Mutex<Remotes<C>>,
    inbox: Inbox<Arrival>,
}

struct Remotes<C: Capability> {
    list: Vec<(SocketAddr, Permit<C>)>,
    /// Sets, each with the index of its first member.
    sets: Vec<(u32, Permit<C>)>,
    next: u64,
}

/// What has come back from a packet.
pub(crate) struct Arrival {
    pub(crate) remote: SocketAddr,
    /// Of the echo request.
    pub(crate) sequence: u16,
    /// What was sent: errors quote it.
    pub(crate) sent: Vec<u8>,
    pub(crate) back: Back,
}

/// What a receiving call has got.
pub(crate) struct Batch {
    pub(crate) arrived: Vec<(u64, Arrival)>,
    pub(crate) withheld: u32,
}

impl<C: Capability> Datagrams<C> {
    fn closed(run: &Context, kind: SocketKind, is_ipv6: bool, opened: Opened) -> Self {
        let port = opened.request.source.map_or(0, |source| source.port());
        Self {
            gate: Arc::clone(&run.gate),
            network: Arc::clone(&run.network),
            time: Arc::clone(&run.time),
            kind,
            is_ipv6,
            request: opened.request,
            interface: opened.interface,
            hop_limit: opened.hop_limit,
            port: if port == 0 { run.network.port() } else { port },
            remotes: Mutex::new(Remotes {
                list: Vec::new(),
                sets: Vec::new(),
                next: 0,
            }),
            inbox: Inbox::new(&run.time),
        }
    }

    fn has_ports(&self) -> bool {
        self.kind != SocketKind::Echo
    }

    /// Opens a socket for one remote.
    pub(crate) fn open(
        run: &Context,
        op: &'static str,
        kind: SocketKind,
        remote: SocketAddr,
        options: wit::SocketOptions,
    ) -> Result<Self, ErrorCode> {
        let opened = options::opened(&run.network, kind, remote, options)?;
        let socket = Self::closed(run, kind, remote.is_ipv6(), opened);
        socket.add(op, remote)?;
        Ok(socket)
    }

    /// Opens a socket for a set of remotes.
    pub(crate) fn open_many(
        run: &Context,
        op: &'static str,
        kind: SocketKind,
        remotes: wit::NetworkSet,
        options: wit::SocketOptions,
    ) -> Result<(Self, wit::GrantedSet), ErrorCode> {
        let set = remote_set::set_from(remotes, kind != SocketKind::Echo)?;
        let first = set.member(0).ok_or(ErrorCode::InvalidState)?;
        let opened = options::opened(&run.network, kind, first, options)?;
        remote_set::has_interface(&set, opened.interface.as_ref())?;
        let socket = Self::closed(run, kind, set.is_ipv6(), opened);
        let granted = socket.add_set(op, &set)?;
        Ok((socket, granted))
    }

    /// Asks the gate for one more set.
    pub(crate) fn add_many(
        &self,
        op: &'static str,
        remotes: wit::NetworkSet,
    ) -> Result<wit::GrantedSet, ErrorCode> {
        if self.remotes().sets.is_empty() {
            return Err(ErrorCode::InvalidState);
        }
        let set = remote_set::set_from(remotes, self.has_ports())?;
        if set.is_ipv6() != self.is_ipv6 {
            return Err(invalid("a set of another address family than the socket"));
        }
        remote_set::has_interface(&set, self.interface.as_ref())?;
        self.add_set(op, &set)
    }

    fn add_set(
        &self,
        op: &'static str,
        set: &Arc<TargetSet>,
    ) -> Result<wit::GrantedSet, ErrorCode> {
        let request = remote_set::request_many(op, set, self.interface.clone());
        let permit: Permit<C> = self.gate.authorize(request.with_socket(self.request))?;
        let mut remotes = self.remotes();
        let next = remotes.next + u64::from(set.members());
        let first = u32::try_from(remotes.next);
        let fits = u32::try_from(next).is_ok();
        let first = first
            .ok()
            .filter(|_| fits)
            .ok_or_else(|| invalid("more than 4294967295 remotes on one socket"))?;
        remotes.next = next;
        let granted = remote_set::granted(first, &permit);
        remotes.sets.push((first, permit));
        Ok(granted)
    }

    /// Asks the gate for one more remote, and returns its index.
    pub(crate) fn add(&self, op: &'static str, remote: SocketAddr) -> Result<u32, ErrorCode> {
        let remote = match self.has_ports() {
            true if remote.port() == 0 => {
                return Err(invalid("port 0 cannot be a remote port"));
            }
            true => remote,
            false => without_port(remote),
        };
        if remote.is_ipv6() != self.is_ipv6 {
            return Err(invalid(
                "a remote of another address family than the socket",
            ));
        }
        let mut remotes = self.remotes();
        if !remotes.sets.is_empty() {
            return Err(ErrorCode::InvalidState);
        }
        if let Some(known) = remotes.list.iter().position(|(known, _)| *known == remote) {
            return Ok(known as u32);
        }
        if remotes.list.len() >= REMOTES {
            return Err(invalid(format!(
                "more than {REMOTES} remotes on one socket"
            )));
        }
        let request = remote_set::request(op, remote, self.has_ports(), self.interface.clone());
        let permit = self.gate.authorize(request.with_socket(self.request))?;
        remotes.list.push((remote, permit));
        Ok(remotes.list.len() as u32 - 1)
    }

    /// The identifier of echo requests.
    pub(crate) fn identifier(&self) -> u16 {
        self.port
    }

    pub(crate) fn local_endpoint(&self) -> Result<wit::Endpoint, ErrorCode> {
        let remotes = self.remotes();
        let first = remotes.list.first().map(|(remote, _)| remote.ip());
        let first = first.or_else(|| {
            let (_, permit) = remotes.sets.first()?;
            Some(permit.ticket().set()?.member(0)?.ip())
        });
        let source = self.request.source.map(|source| source.ip());
        let source = source
            .filter(|source| !source.is_unspecified())
            .or_else(|| self.network.source_to(first?))
            .ok_or(ErrorCode::NetworkUnreachable)?;
        let port = if self.has_ports() { self.port } else { 0 };
        Ok(endpoint_to(SocketAddr::new(source, port)))
    }

    fn remotes(&self) -> MutexGuard<'_, Remotes<C>> {
        self.remotes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends packets, as the real host does: the times of those before the first failure.
    pub(crate) fn send<'a>(
        &self,
        bytes: &[u8],
        packets: impl Iterator<Item = (u16, &'a wit::Outgoing)>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let mut stamps = Vec::new();
        for (sequence, packet) in packets {
            match self.send_one(bytes, sequence, packet) {
                Ok(()) => stamps.push(self.time.wall()),
                Err(error) if stamps.is_empty() => return Err(error),
                Err(_) => break,
            }
        }
        Ok(stamps)
    }

    fn send_one(
        &self,
        bytes: &[u8],
        sequence: u16,
        packet: &wit::Outgoing,
    ) -> Result<(), ErrorCode> {
        let (offset, length) = (packet.offset as usize, packet.length as usize);
        let payload = offset
            .checked_add(length)
            .and_then(|end| bytes.get(offset..end))
            .ok_or_else(|| invalid("a packet outside of the passed bytes"))?;
        // An ICMP or UDP header of 8 bytes follows the IP header.
        let most = if self.is_ipv6 { 65_535 } else { 65_535 - 20 };
        if payload.len() + 8 > most {
            return Err(match self.kind {
                SocketKind::Echo => invalid(format!(
                    "{} bytes of payload; an echo request holds at most {}",
                    payload.len(),
                    65_535 - 20 - 8
                )),
                _ => ErrorCode::DatagramTooLarge,
            });
        }
        let remote = self.charge(packet.remote, payload.len())?;
        if self.network.source_to(remote.ip()).is_none() {
            return Err(ErrorCode::NetworkUnreachable);
        }
        let hop_limit = packet.hop_limit.or(self.hop_limit);
        let kind = match self.kind {
            SocketKind::Echo => Packet::Echo(payload),
            _ => Packet::Udp(payload),
        };
        for (after, back) in self.network.send(remote, hop_limit, kind) {
            let arrival = Arrival {
                remote,
                sequence,
                sent: payload.to_vec(),
                back,
            };
            self.inbox.push(after, arrival);
        }
        Ok(())
    }

    /// The remote with this index, if its permit allows to send so much.
    fn charge(&self, index: u32, length: usize) -> Result<SocketAddr, ErrorCode> {
        let remotes = self.remotes();
        let missing = || invalid("a remote that does not exist");
        if let Some((address, permit)) = remotes.list.get(index as usize) {
            permit.may_send(length)?;
            permit.count_sent(length);
            return Ok(*address);
        }
        let mut sets = remotes.sets.iter().rev();
        let (first, permit) = sets
            .find(|(first, _)| *first <= index)
            .ok_or_else(missing)?;
        let member = index - first;
        let set = permit.ticket().set();
        let address = set.and_then(|set| set.member(member)).ok_or_else(missing)?;
        permit.send_one_of(member, length)?;
        Ok(address)
    }

    /// Waits for what comes back.
    pub(crate) async fn receive(&self, max: u32, timeout: u64) -> Batch {
        let max = (max as usize).min(128);
        let mut batch = Batch {
            arrived: Vec::new(),
            withheld: 0,
        };
        for (at, arrival) in self.inbox.take(max, timeout).await {
            let admitted = match &arrival.back {
                Back::Reply { bytes, .. } => self.admits(arrival.remote, bytes.len()),
                Back::Error { .. } => true,
            };
            match admitted {
                true => batch.arrived.push((self.time.wall_at(at), arrival)),
                false => batch.withheld += 1,
            }
        }
        batch
    }

    fn admits(&self, remote: SocketAddr, length: usize) -> bool {
        let remotes = self.remotes();
        let mut list = remotes.list.iter();
        if let Some((_, permit)) = list.find(|(known, _)| *known == remote) {
            let admitted = permit.may_receive(length).is_ok();
            if admitted {
                permit.count_received(length);
            }
            return admitted;
        }
        let mut sets = remotes.sets.iter();
        sets.any(|(_, permit)| {
            let ticket = permit.ticket();
            ticket.admit_member(remote.ip(), remote.port(), length)
        })
    }
}

/// An error for the plugin. Its quoted part is appended to the bytes of the batch.
pub(crate) fn network_error(
    at: u64,
    arrival: &Arrival,
    bytes: &mut Vec<u8>,
) -> Option<wit::NetworkError> {
    let Back::Error {
        kind,
        code,
        errno,
        offender,
        hop_limit,
    } = &arrival.back
    else {
        return None;
    };
    let (offset, length) = append(bytes, &arrival.sent);
    let is_ipv6 = arrival.remote.is_ipv6();
    Some(wit::NetworkError {
        timestamp: at,
        origin: match is_ipv6 {
            true => wit::ErrorOrigin::Icmp6,
            false => wit::ErrorOrigin::Icmp,
        },
        code: from_errno(*errno),
        icmp_type: *kind,
        icmp_code: *code,
        info: 0,
        offender: Some(endpoint_to(SocketAddr::new(*offender, 0))),
        remote: endpoint_to(arrival.remote),
        hop_limit: Some(*hop_limit),
        offset,
        length,
        extensions_offset: offset + length,
        extensions_length: 0,
    })
}

/// A received datagram for the plugin.
pub(crate) fn incoming(at: u64, arrival: &Arrival, bytes: &mut Vec<u8>) -> Option<wit::Incoming> {
    let Back::Reply {
        bytes: reply,
        hop_limit,
    } = &arrival.back
    else {
        return None;
    };
    let (offset, length) = append(bytes, reply);
    Some(wit::Incoming {
        timestamp: at,
        source: endpoint_to(arrival.remote),
        hop_limit: Some(*hop_limit),
        offset,
        length,
        truncated: false,
    })
}

/// Groups and broadcast addresses have many members, which a scenario cannot script.
pub(crate) fn is_one_host(remote: SocketAddr, function: &str) -> wasmtime::Result<()> {
    let is_group = match remote.ip() {
        IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_multicast(),
    };
    match is_group {
        true => Err(Unsupported {
            what: format!("multicast or broadcast ({})", remote.ip()),
            function: function.into(),
        }
        .into()),
        false => Ok(()),
    }
}
