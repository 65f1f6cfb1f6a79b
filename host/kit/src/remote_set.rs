//! What the datagram capabilities share: the gate decides about every remote, every batch is checked, and packets from
//! others are withheld. A capability adds only the framing of a packet.

mod batch;
mod many;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use batch::Batch;
pub use many::{granted, has_interface, opening_failed, request_many, set_from};

use crate::types::{self, ErrorCode, invalid};
use crate::wit;
use nethost_broker::{Broker, SocketFacts};
use nethost_core::Interface;
use nethost_core::{Capability, Request, SocketRequest, Target};
use nethost_gate::{Gate, Permit, Ticket};
use nethost_net::datagram::{DatagramSocket, Sink};

/// The maximum number of remotes on one socket: the hosts of a /14 network.
const REMOTES: usize = 1 << 18;

/// A datagram socket and the remotes that it may send to.
pub struct RemoteSet<C: Capability> {
    /// The socket.
    pub socket: DatagramSocket,
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    interface: Option<Interface>,
    request: SocketRequest,
    facts: SocketFacts,
    ipv6: bool,
    remotes: Mutex<Remotes<C>>,
    /// Present if the remotes are sets.
    many: Option<Mutex<many::Many<C>>>,
}

struct Remotes<C: Capability> {
    list: Vec<Remote<C>>,
    by_address: HashMap<(IpAddr, u16), u32>,
    /// The index of a group or broadcast address among the remotes. Its members answer with their own addresses.
    group: Option<u32>,
    /// Group members that have answered; false if a rule denies the member.
    members: HashMap<(IpAddr, u16), bool>,
    /// A buffer to frame packets in.
    frame: Vec<u8>,
}

/// A remote and its permit.
pub struct Remote<C: Capability> {
    /// The address, and the port if the protocol has ports.
    pub address: SocketAddr,
    /// The permit for this remote.
    pub permit: Permit<C>,
}

/// Frames a packet from its payload; the first argument is its index in the list, the second its remote.
///
/// Returns the handle of a permit if the packet needs a permit of its own.
type Frame<'f, C> =
    dyn FnMut(usize, &Remote<C>, &[u8], &mut Vec<u8>) -> Result<Option<u64>, ErrorCode> + 'f;

/// The request for a remote.
pub fn request(
    op: &'static str,
    remote: SocketAddr,
    ports: bool,
    interface: Option<Interface>,
) -> Request {
    let port = ports.then_some(remote.port());
    Request::new(op, Target::remote(remote.ip(), port)).on_interface(interface)
}

/// Whether a socket has no route to its remote, or a different route than when it was connected.
fn is_astray(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EDESTADDRREQ | libc::ENETUNREACH | libc::EINVAL | libc::EADDRNOTAVAIL)
    )
}

impl<C: Capability> RemoteSet<C> {
    /// A socket with its first remote.
    pub fn new(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        remote: SocketAddr,
        permit: Permit<C>,
        request: SocketRequest,
        facts: SocketFacts,
    ) -> Self {
        let interface = permit.request().interface.clone();
        let ipv6 = remote.is_ipv6();
        let remotes = Self::without_remotes(gate, broker, socket, ipv6, interface, request, facts);
        remotes.remotes().insert(remote, permit, facts.group);
        remotes
    }

    fn without_remotes(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        ipv6: bool,
        interface: Option<Interface>,
        request: SocketRequest,
        facts: SocketFacts,
    ) -> Self {
        Self {
            socket,
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            interface,
            request,
            facts,
            ipv6,
            remotes: Mutex::new(Remotes {
                list: Vec::new(),
                by_address: HashMap::new(),
                group: None,
                members: HashMap::new(),
                frame: Vec::new(),
            }),
            many: None,
        }
    }

    /// Whether its remotes are IPv6 addresses.
    pub fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Asks for one more remote. `receive` is the permit to receive from it, if the capability has a separate one.
    pub fn add_remote(
        &self,
        op: &'static str,
        remote: SocketAddr,
        ports: bool,
        receive: Option<&Ticket>,
    ) -> Result<u32, ErrorCode> {
        if remote.is_ipv6() != self.ipv6 {
            return Err(invalid(
                "a remote of another address family than the socket",
            ));
        }
        if self.many.is_some() {
            return Err(ErrorCode::InvalidState);
        }
        let mut remotes = self.remotes();
        if let Some(index) = remotes.by_address.get(&(remote.ip(), remote.port())) {
            return Ok(*index);
        }
        if remotes.list.len() >= REMOTES {
            return Err(invalid(format!(
                "more than {REMOTES} remotes on one socket"
            )));
        }
        let interface = self.interface_to(remote)?;
        if interface != self.interface {
            return Err(invalid("a remote on another interface than the socket"));
        }
        let asked = request(op, remote, ports, interface);
        let permit = self.gate.authorize(asked.with_socket(self.request))?;
        // The broker identifies the socket by its first remote.
        if let Some(first) = remotes.list.first() {
            self.broker
                .add_remote(&first.permit, &permit, receive)
                .and_then(|other| self.replace(other))
                .inspect_err(|error| permit.failed(error))?;
        }
        Ok(remotes.insert(remote, permit, false))
    }

    /// The interface for packets to this remote, if it is known.
    pub fn interface_to(&self, remote: SocketAddr) -> Result<Option<Interface>, ErrorCode> {
        types::interface_of(remote, self.interface.as_ref(), &self.broker)
    }

    /// Continues with the new socket if the broker has replaced this one.
    fn replace(&self, other: Option<OwnedFd>) -> io::Result<()> {
        other.map_or(Ok(()), |other| self.socket.replace(other))
    }

    /// The source address of packets to remote 0.
    pub fn local_endpoint(&self, ports: bool) -> Result<wit::Endpoint, ErrorCode> {
        let remotes = self.remotes();
        let port = if ports {
            self.socket.local_address()?.port()
        } else {
            0
        };
        let mut local = match self.request.source {
            Some(source) if !source.ip().is_unspecified() => source,
            _ => {
                let source = match self.facts.source {
                    Some(source) => source,
                    None if self.many.is_some() => self.source_to_member()?,
                    None => {
                        let remote = remotes.list.first().ok_or(ErrorCode::InvalidState)?;
                        self.broker.route_source(&remote.permit, None)?
                    }
                };
                SocketAddr::new(source, 0)
            }
        };
        local.set_port(port);
        Ok(types::endpoint_to(local))
    }

    /// Sends packets. `frame` frames each one from its payload and its index in the list. As sendmmsg(2) does, it
    /// returns the times of the packets before the first failure; the caller gets the error when it sends the rest.
    pub fn send<'a>(
        &self,
        bytes: &[u8],
        packets: impl ExactSizeIterator<Item = &'a wit::Outgoing>,
        mut frame: impl FnMut(usize, &Remote<C>, &[u8], &mut Vec<u8>) -> Result<Option<u64>, ErrorCode>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let mut stamps = Vec::with_capacity(packets.len());
        if self.many.is_some() {
            return Err(ErrorCode::InvalidState);
        }
        let remotes = &mut *self.remotes();
        let sent = if self.facts.connected && remotes.list.len() == 1 {
            self.send_directly(remotes, bytes, packets, &mut frame, &mut stamps)
        } else {
            self.send_by_broker(remotes, bytes, packets, &mut frame, &mut stamps)
        };
        match sent {
            Err(error) if stamps.is_empty() => Err(error),
            _ => Ok(stamps),
        }
    }

    /// Sends on a socket that is connected to its remote.
    fn send_directly<'a>(
        &self,
        remotes: &mut Remotes<C>,
        bytes: &[u8],
        packets: impl Iterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_, C>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), ErrorCode> {
        for (index, packet) in packets.enumerate() {
            let Framed {
                remote,
                bytes: framed,
                carried,
                ..
            } = remotes.framed(bytes, index, packet, frame)?;
            let stamp = match self.socket.send(framed, packet.hop_limit) {
                Err(error) if is_astray(&error) => {
                    let other = self.broker.connect_socket(&remote.permit)?;
                    self.replace(other)?;
                    self.socket.send(framed, packet.hop_limit)
                }
                sent => sent,
            }?;
            remote.permit.count_sent(carried);
            stamps.push(stamp);
        }
        Ok(())
    }

    /// Sends through the broker, because the socket is not connected.
    fn send_by_broker<'a>(
        &self,
        remotes: &mut Remotes<C>,
        bytes: &[u8],
        packets: impl Iterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_, C>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), ErrorCode> {
        let mut packets = packets.enumerate().peekable();
        let mut batch = Batch::default();
        let mut framed_all = Ok(());
        while packets.peek().is_some() && framed_all.is_ok() {
            batch.clear();
            while !batch.is_full()
                && let Some((index, packet)) = packets.next()
            {
                match remotes.framed(bytes, index, packet, frame) {
                    Ok(framed) => {
                        let permit = &framed.remote.permit;
                        let handle = framed.handle.unwrap_or_else(|| permit.handle());
                        batch.push(handle, packet.hop_limit, framed.bytes);
                        batch.counted.push((packet.remote as usize, framed.carried));
                        batch.metered = permit.is_metered();
                    }
                    // The packets before it are sent first.
                    Err(error) => {
                        framed_all = Err(error);
                        break;
                    }
                }
            }
            if !batch.is_empty() && !self.hand_over(remotes, &mut batch, stamps)? {
                return Ok(());
            }
        }
        framed_all
    }

    /// Returns true if all packets were sent.
    fn hand_over(
        &self,
        remotes: &Remotes<C>,
        batch: &mut Batch,
        stamps: &mut Vec<u64>,
    ) -> Result<bool, ErrorCode> {
        let first = remotes.list.first().ok_or(ErrorCode::InvalidState)?;
        let count = batch.counted.len();
        let of = |(index, _): &(usize, usize)| remotes.list.get(*index);
        let permits: Vec<_> = batch.counted.iter().filter_map(of).collect();
        let permits: Vec<_> = permits
            .iter()
            .map(|remote| remote.permit.ticket())
            .collect();
        let sent = self
            .broker
            .send(&first.permit, &permits, &mut batch.packets)?;
        for (index, carried) in batch.counted.iter().take(sent.len()) {
            if let Some(remote) = remotes.list.get(*index) {
                remote.permit.count_sent(*carried);
            }
        }
        stamps.extend(&sent);
        Ok(sent.len() == count)
    }

    /// Waits until something arrives and lets `sink` convert it. After a timeout, `sink` is unchanged.
    pub async fn receive(
        &self,
        max: u32,
        timeout: u64,
        sink: &mut (impl Sink + Send),
    ) -> Result<(), ErrorCode> {
        // On some clocks an Instant cannot hold u64::MAX nanoseconds; a century is long enough.
        let timeout = Duration::from_nanos(timeout).min(Duration::from_secs(100 * 365 * 86_400));
        self.socket
            .receive(max as usize, Instant::now() + timeout, sink)
            .await?;
        Ok(())
    }

    /// Counts a packet from this source. Returns false if the packet must be withheld: it does not come from a remote,
    /// or the permit of the remote is used up.
    pub fn admit_packet(&self, source: SocketAddr, port: u16, bytes: usize) -> bool {
        if let Some(many) = &self.many {
            return Self::admit_member(many, source.ip(), port, bytes);
        }
        let remotes = &mut *self.remotes();
        let index = self.whose(remotes, source, port);
        let Some(remote) = index.and_then(|index| remotes.list.get(index as usize)) else {
            return false;
        };
        let admitted = remote.permit.may_receive(bytes).is_ok();
        if admitted {
            remote.permit.count_received(bytes);
        }
        admitted
    }

    /// The index of the remote, or of the set of remotes, that a packet from this source belongs to. Counts nothing.
    pub fn remote_of(&self, source: SocketAddr, port: u16) -> Option<u32> {
        if let Some(many) = &self.many {
            return Self::set_of(many, source.ip(), port);
        }
        self.whose(&mut self.remotes(), source, port)
    }

    fn whose(&self, remotes: &mut Remotes<C>, source: SocketAddr, port: u16) -> Option<u32> {
        if let Some(index) = remotes.by_address.get(&(source.ip(), port)) {
            return Some(*index);
        }
        let group = remotes.group?;
        // A member that answers to a group has no permit of its own, but a rule that denies its address still applies.
        if remotes.members.len() >= REMOTES {
            remotes.members.clear();
        }
        let member = SocketAddr::new(source.ip(), port);
        let mut scoped = source;
        scoped.set_port(port);
        let ask = || {
            let Ok(interface) = self.interface_to(scoped) else {
                return false;
            };
            let request = request("receive", member, port != 0, interface);
            !self.gate.forbids::<C>(&request)
        };
        let allowed = *remotes
            .members
            .entry((source.ip(), port))
            .or_insert_with(ask);
        allowed.then_some(group)
    }

    /// Whether packets to this address are permitted on this socket, so that errors about them may be read.
    pub fn is_remote(&self, address: SocketAddr, port: u16) -> bool {
        if let Some(many) = &self.many {
            return Self::set_of(many, address.ip(), port).is_some();
        }
        self.remotes()
            .by_address
            .contains_key(&(address.ip(), port))
    }

    fn remotes(&self) -> MutexGuard<'_, Remotes<C>> {
        self.remotes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The payload of a packet.
fn payload<'b>(bytes: &'b [u8], packet: &wit::Outgoing) -> Result<&'b [u8], ErrorCode> {
    let (offset, length) = (packet.offset as usize, packet.length as usize);
    let payload = offset
        .checked_add(length)
        .and_then(|end| bytes.get(offset..end));
    payload.ok_or_else(|| {
        invalid(format!(
            "offset {offset} and length {length} exceed the {} bytes given",
            bytes.len()
        ))
    })
}

/// A packet as it is sent.
struct Framed<'a, C: Capability> {
    remote: &'a Remote<C>,
    bytes: &'a [u8],
    /// The length of the payload.
    carried: usize,
    /// The permit that the packet needs instead of the permit of its remote.
    handle: Option<u64>,
}

impl<C: Capability> Remotes<C> {
    /// Frames a packet, if it may be sent.
    fn framed(
        &mut self,
        bytes: &[u8],
        index: usize,
        packet: &wit::Outgoing,
        frame: &mut Frame<'_, C>,
    ) -> Result<Framed<'_, C>, ErrorCode> {
        let payload = payload(bytes, packet)?;
        let remote = self
            .list
            .get(packet.remote as usize)
            .ok_or_else(|| invalid(format!("there is no remote {}", packet.remote)))?;
        self.frame.clear();
        let handle = frame(index, remote, payload, &mut self.frame)?;
        remote.permit.may_send(payload.len())?;
        Ok(Framed {
            remote,
            bytes: &self.frame,
            carried: payload.len(),
            handle,
        })
    }

    fn insert(&mut self, address: SocketAddr, permit: Permit<C>, group: bool) -> u32 {
        let index = self.list.len() as u32;
        if group || address.ip().is_multicast() {
            self.group = Some(index);
        }
        self.by_address
            .insert((address.ip(), address.port()), index);
        self.list.push(Remote { address, permit });
        index
    }
}
