//! Sockets with sets as remotes: each set has one permit, and a packet names a member by its number.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::RemoteSet;
use crate::types::{self, ErrorCode, invalid};
use crate::wit;
use nethost_broker::{Broker, HEAD, Head, MAX_MESSAGE, MemberPackets, SocketFacts};
use nethost_core::{Capability, Request, SocketRequest, Target};
use nethost_core::{Interface, TargetSet};
use nethost_gate::{Excepted, Gate, Member, Permit, Ticket};
use nethost_net::datagram::DatagramSocket;

/// A message is full after this many bytes; the last packet may exceed it.
const FULL: usize = 24 << 10;
/// A message is full after this many packets.
const MOST: usize = 512;
const PACKET: usize = 65_535;
const _: () = assert!(FULL + PACKET + MOST * HEAD + 256 < MAX_MESSAGE);

/// The sets of a socket.
pub struct Many<C: Capability> {
    parts: Vec<Part<C>>,
    next: u64,
    batch: Batch,
}

struct Part<C: Capability> {
    first: u32,
    permit: Permit<C>,
}

/// Packets that are sent in one message.
#[derive(Default)]
struct Batch {
    packets: MemberPackets,
    /// For each packet: the index of its set, the member, and the length of its payload.
    counted: Vec<(usize, Member, usize)>,
    /// Quotas apply, so the account must count this packet before it can decide about the next one.
    metered: bool,
}

impl Batch {
    fn clear(&mut self) {
        self.packets.heads.clear();
        self.packets.bytes.clear();
        self.counted.clear();
        self.metered = false;
    }

    fn is_full(&self) -> bool {
        self.packets.bytes.len() >= FULL || self.counted.len() >= MOST || self.metered
    }
}

/// Frames a packet from its payload; the first argument is its index in the list.
type Frame<'f> = dyn FnMut(usize, &[u8], &mut Vec<u8>) -> Result<(), ErrorCode> + 'f;

/// The request for a set.
pub fn request_many(
    op: &'static str,
    set: &Arc<TargetSet>,
    interface: Option<Interface>,
) -> Request {
    Request::new(op, Target::Set(Arc::clone(set))).on_interface(interface)
}

/// Converts a set. The protocol determines whether it has ports.
pub fn set_from(set: wit::NetworkSet, ports: bool) -> Result<Arc<TargetSet>, ErrorCode> {
    let wit::NetworkSet {
        addresses,
        ports: wanted,
    } = set;
    if wanted.is_empty() == ports {
        return Err(invalid(match ports {
            true => "a set without ports, where the protocol has them",
            false => "a set with ports, where the protocol has none",
        }));
    }
    let ranges: Vec<_> = addresses
        .into_iter()
        .map(|range| {
            (
                types::address_from(range.first),
                types::address_from(range.last),
            )
        })
        .collect();
    let ports: Vec<_> = wanted
        .iter()
        .map(|range| (range.first, range.last))
        .collect();
    let set = TargetSet::new(&ranges, &ports).map_err(|bad| invalid(bad.to_string()))?;
    Ok(Arc::new(set))
}

/// A link-local address means another host on each link, so it needs an interface.
pub fn has_interface(set: &TargetSet, interface: Option<&Interface>) -> Result<(), ErrorCode> {
    match set.needs_scope() && interface.is_none() {
        true => Err(invalid("link-local addresses; name the interface too")),
        false => Ok(()),
    }
}

/// The error of opening a socket for a set, or of adding one.
pub fn opening_failed(error: &std::io::Error) -> ErrorCode {
    match error.raw_os_error() {
        Some(libc::ENOBUFS) => invalid(
            "without the denied members, the set has more ranges than a socket can filter; ask for fewer at once",
        ),
        _ => error.into(),
    }
}

/// The granted set, as a WIT type.
pub fn granted<C: Capability>(first: u32, permit: &Permit<C>) -> wit::GrantedSet {
    let refused = |excepted: Excepted| wit::RefusedMembers {
        addresses: excepted
            .ranges
            .into_iter()
            .map(|(first, last)| wit::AddressRange {
                first: types::address_to(first),
                last: types::address_to(last),
            })
            .collect(),
        ports: excepted
            .ports
            .into_iter()
            .map(|(first, last)| wit::PortRange { first, last })
            .collect(),
        denial: excepted.denial.into(),
    };
    wit::GrantedSet {
        first,
        count: permit.ticket().set().map_or(0, |set| set.members()),
        refused: permit.exceptions().into_iter().map(refused).collect(),
    }
}

impl<C: Capability> RemoteSet<C> {
    /// A socket for a set, and what was granted.
    pub fn with_set(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        permit: Permit<C>,
        request: SocketRequest,
        facts: SocketFacts,
    ) -> (Self, wit::GrantedSet) {
        let interface = permit.request().interface.clone();
        let set = permit.ticket().set();
        let (ipv6, members) = set.map_or((false, 0), |set| (set.is_ipv6(), set.members()));
        let granted = granted(0, &permit);
        let many = Many {
            parts: vec![Part { first: 0, permit }],
            next: members.into(),
            batch: Batch::default(),
        };
        let remotes = Self {
            many: Some(Mutex::new(many)),
            ..Self::without_remotes(gate, broker, socket, ipv6, interface, request, facts)
        };
        (remotes, granted)
    }

    /// Asks for one more set.
    pub fn add_set(
        &self,
        op: &'static str,
        set: &Arc<TargetSet>,
    ) -> Result<wit::GrantedSet, ErrorCode> {
        let many = self.many.as_ref().ok_or(ErrorCode::InvalidState)?;
        if set.is_ipv6() != self.ipv6 {
            return Err(invalid("a set of another address family than the socket"));
        }
        let mut many = many.lock().unwrap_or_else(PoisonError::into_inner);
        if many.next + u64::from(set.members()) > u64::from(u32::MAX) {
            return Err(invalid("more than 4294967295 remotes on one socket"));
        }
        has_interface(set, self.interface.as_ref())?;
        let request = request_many(op, set, self.interface.clone()).with_socket(self.request);
        let permit: Permit<C> = self.gate.authorize(request)?;
        let first = many.parts.first().ok_or(ErrorCode::InvalidState)?;
        let known = many.parts.iter().map(|part| part.permit.ticket());
        let permits: Vec<&Ticket> = known.chain([permit.ticket()]).collect();
        let first = self
            .broker
            .add_set(&first.permit, &permits, permit.handle())
            .inspect_err(|error| permit.failed(error))
            .map_err(|error| opening_failed(&error))?;
        let granted = granted(first, &permit);
        many.next += u64::from(set.members());
        many.parts.push(Part { first, permit });
        Ok(granted)
    }

    /// Whether the remotes are sets.
    pub fn is_for_sets(&self) -> bool {
        self.many.is_some()
    }

    /// Sends packets to members of sets. `frame` frames each one from its index in the list and its payload. Returns
    /// the times of the sent packets, as `send` does.
    pub fn send_to_members<'a>(
        &self,
        bytes: &[u8],
        packets: impl ExactSizeIterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let many = self.many.as_ref().ok_or(ErrorCode::InvalidState)?;
        let mut stamps = Vec::with_capacity(packets.len());
        match self.send_many(many, bytes, packets, frame, &mut stamps) {
            Err(error) if stamps.is_empty() => Err(error),
            _ => Ok(stamps),
        }
    }

    fn send_many<'a>(
        &self,
        many: &Mutex<Many<C>>,
        bytes: &[u8],
        packets: impl Iterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), ErrorCode> {
        let mut many = many.lock().unwrap_or_else(PoisonError::into_inner);
        let Many { parts, batch, .. } = &mut *many;
        let mut packets = packets.enumerate().peekable();
        let mut pushed_all = Ok(());
        while packets.peek().is_some() && pushed_all.is_ok() {
            batch.clear();
            while !batch.is_full()
                && let Some((index, packet)) = packets.next()
            {
                // The packets before one that cannot be sent are sent first.
                pushed_all = push(parts, batch, bytes, index, packet, frame);
                if pushed_all.is_err() {
                    break;
                }
            }
            if !batch.counted.is_empty() && !self.hand_over_many(parts, batch, stamps)? {
                return Ok(());
            }
        }
        pushed_all
    }

    /// Returns true if all packets were sent.
    fn hand_over_many(
        &self,
        parts: &[Part<C>],
        batch: &mut Batch,
        stamps: &mut Vec<u64>,
    ) -> Result<bool, ErrorCode> {
        let first = parts.first().ok_or(ErrorCode::InvalidState)?;
        let permits: Vec<&Ticket> = parts.iter().map(|part| part.permit.ticket()).collect();
        let sent = self
            .broker
            .send_to_members(&first.permit, &permits, &mut batch.packets)?;
        let mut left = batch.counted.iter().take(sent.len()).peekable();
        while let Some((set, ..)) = left.peek().copied() {
            let of_set = std::iter::from_fn(|| {
                let (_, member, carried) = left.next_if(|(other, ..)| other == set)?;
                Some((*member, *carried))
            });
            match parts.get(*set) {
                Some(part) => part.permit.ticket().count_sent_members(of_set),
                None => of_set.for_each(drop),
            }
        }
        stamps.extend(&sent);
        Ok(sent.len() == batch.counted.len())
    }

    /// The source addresses of packets to these members.
    pub fn member_sources(&self, members: Vec<u32>) -> Result<Vec<Option<IpAddr>>, ErrorCode> {
        let many = self.many.as_ref().ok_or(ErrorCode::InvalidState)?;
        let many = many.lock().unwrap_or_else(PoisonError::into_inner);
        let first = many.parts.first().ok_or(ErrorCode::InvalidState)?;
        let permits: Vec<&Ticket> = many.parts.iter().map(|part| part.permit.ticket()).collect();
        let broker = &self.broker;
        Ok(broker.member_sources(&first.permit, &permits, members)?)
    }

    /// The set that a packet from this source belongs to, if the packet may be delivered. Counts the packet.
    pub fn admit_member(many: &Mutex<Many<C>>, source: IpAddr, port: u16, bytes: usize) -> bool {
        let many = many.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = many.parts.iter();
        parts.any(|part| part.permit.ticket().admit_member(source, port, bytes))
    }

    /// The set of which this address is an allowed member.
    pub fn set_of(many: &Mutex<Many<C>>, address: IpAddr, port: u16) -> Option<u32> {
        let many = many.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = many.parts.iter();
        let part = parts.position(|part| part.permit.ticket().is_allowed_member(address, port));
        part.map(|part| part as u32)
    }

    /// The source address of packets to the first allowed member.
    pub fn source_to_member(&self) -> Result<IpAddr, ErrorCode> {
        let many = self.many.as_ref().ok_or(ErrorCode::InvalidState)?;
        let many = many.lock().unwrap_or_else(PoisonError::into_inner);
        let part = many.parts.first().ok_or(ErrorCode::InvalidState)?;
        Ok(self.broker.route_source(&part.permit, None)?)
    }
}

/// Adds a packet to a batch, if it may be sent.
fn push<C: Capability>(
    parts: &[Part<C>],
    batch: &mut Batch,
    bytes: &[u8],
    index: usize,
    packet: &wit::Outgoing,
    frame: &mut Frame<'_>,
) -> Result<(), ErrorCode> {
    let payload = super::payload(bytes, packet)?;
    let after = parts.partition_point(|part| part.first <= packet.remote);
    let set = after.saturating_sub(1);
    let part = parts.get(set).ok_or(ErrorCode::InvalidState)?;
    let ticket = part.permit.ticket();
    let number = packet.remote - part.first;
    if ticket.set().is_none_or(|set| number >= set.members()) {
        return Err(invalid(format!("there is no remote {}", packet.remote)));
    }
    let member = ticket.may_send_member(number, payload.len(), Duration::ZERO)?;
    let packets = &mut batch.packets;
    let begin = packets.bytes.len();
    let framed = frame(index, payload, &mut packets.bytes);
    let length = u16::try_from(packets.bytes.len() - begin);
    let length = match (framed, length) {
        (Ok(()), Ok(length)) => length,
        (Err(error), _) => {
            packets.bytes.truncate(begin);
            return Err(error);
        }
        (Ok(()), Err(_)) => {
            packets.bytes.truncate(begin);
            return Err(ErrorCode::DatagramTooLarge);
        }
    };
    let head = Head {
        member: packet.remote,
        length,
        hop_limit: packet.hop_limit,
    };
    packets.heads.extend_from_slice(&head.to_bytes());
    batch.counted.push((set, member, payload.len()));
    batch.metered = member.is_metered;
    Ok(())
}
