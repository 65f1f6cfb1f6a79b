//! What the datagram capabilities have in common: every remote is admitted by the gate, every batch
//! is checked, what strangers send is withheld. Rooms add only how a packet is framed.

mod batch;
mod many;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) use batch::Batch;
pub(super) use many::{request_many, set_from};

use super::types::{self, ErrorCode, invalid};
use crate::bindings::nethost::cap::types as wit;
use crate::broker::Broker;
use crate::datagram::{DatagramSocket, Sink};
use crate::gate::{Capability, Gate, Permit, Request, Target};

/// No more remotes than this on one socket: a /14 network's hosts.
const REMOTES: usize = 1 << 18;

/// A datagram socket and the remotes that it may talk to.
pub(super) struct Exchange<C: Capability> {
    pub(super) socket: DatagramSocket,
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    interface: Option<String>,
    source: Option<SocketAddr>,
    routed: Option<IpAddr>,
    ipv6: bool,
    connected: bool,
    remotes: Mutex<Remotes<C>>,
    /// Where its remotes are sets.
    many: Option<Mutex<many::Many<C>>>,
}

struct Remotes<C: Capability> {
    list: Vec<Remote<C>>,
    by_address: HashMap<(IpAddr, u16), u32>,
    /// A group or broadcast address is among them: its members answer with their own addresses.
    group: Option<u32>,
    /// Members that answered, and whether no rule denies them.
    members: HashMap<(IpAddr, u16), bool>,
    /// Scratch space to frame a packet in.
    frame: Vec<u8>,
}

struct Remote<C: Capability> {
    address: SocketAddr,
    permit: Permit<C>,
}

/// Makes a packet of what it carries: from its place in the list and its remote.
type Frame<'f> = dyn FnMut(usize, &SocketAddr, &[u8], &mut Vec<u8>) -> Result<(), ErrorCode> + 'f;

/// Where a socket is bound, and whether broadcast is wanted.
pub(super) struct Local {
    pub(super) interface: Option<String>,
    pub(super) source: Option<SocketAddr>,
    /// The address that packets to remote 0 left with when it was opened, if that is known.
    pub(super) routed: Option<IpAddr>,
    pub(super) broadcast: bool,
    /// The broker has connected the socket to its remote, and does again should the way there be lost.
    pub(super) connected: bool,
}

/// The request that a remote is.
pub(super) fn request(
    op: &'static str,
    remote: SocketAddr,
    ports: bool,
    interface: Option<&str>,
) -> Request {
    let port = ports.then_some(remote.port());
    Request::new(
        op,
        Target::Address {
            address: remote.ip(),
            port,
        },
    )
    .on_interface(interface)
}

/// A socket that has no way to its remote, or not the one that it was connected by.
fn is_astray(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EDESTADDRREQ | libc::ENETUNREACH | libc::EINVAL | libc::EADDRNOTAVAIL)
    )
}

impl<C: Capability> Exchange<C> {
    pub(super) fn new(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        remote: SocketAddr,
        permit: Permit<C>,
        local: Local,
    ) -> Self {
        let broadcast = local.broadcast;
        let exchange = Self::without_remotes(gate, broker, socket, remote.is_ipv6(), local);
        exchange.remotes().insert(remote, permit, broadcast);
        exchange
    }

    fn without_remotes(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        ipv6: bool,
        local: Local,
    ) -> Self {
        Self {
            socket,
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            interface: local.interface,
            source: local.source,
            routed: local.routed,
            ipv6,
            connected: local.connected,
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

    pub(super) fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Asks for one more remote. What comes from there is received under a permit of its own where the capability
    /// has one, whose handle this is.
    pub(super) fn add_remote(
        &self,
        op: &'static str,
        remote: SocketAddr,
        ports: bool,
        receive: Option<u64>,
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
        let permit = self
            .gate
            .authorize(request(op, remote, ports, self.interface.as_deref()))?;
        if let [first] = &remotes.list[..] {
            // What the kernel keeps it to was one remote; from here on that is for the broker and this.
            self.broker
                .add_remote(&first.permit, &permit, receive)
                .and_then(|other| self.replace(other))
                .inspect_err(|error| permit.failed(error))?;
        }
        Ok(remotes.insert(remote, permit, false))
    }

    /// Goes on with the socket that has taken the place of this one, if one has.
    fn replace(&self, other: Option<OwnedFd>) -> io::Result<()> {
        other.map_or(Ok(()), |other| self.socket.replace(other))
    }

    /// The address that packets to remote 0 leave with.
    pub(super) fn local_endpoint(&self, ports: bool) -> Result<wit::Endpoint, ErrorCode> {
        let remotes = self.remotes();
        let port = if ports {
            self.socket.local_address()?.port()
        } else {
            0
        };
        let mut local = match self.source {
            Some(source) if !source.ip().is_unspecified() => source,
            _ => {
                let interface = self.interface.as_deref();
                let source = match self.routed {
                    Some(source) => source,
                    None if self.many.is_some() => self.source_to_member()?,
                    None => {
                        let remote = remotes.list.first().ok_or(ErrorCode::InvalidState)?;
                        let permit = &remote.permit;
                        self.broker
                            .route_source(permit, remote.address, interface, true)?
                    }
                };
                SocketAddr::new(source, 0)
            }
        };
        local.set_port(port);
        Ok(types::endpoint_to(local))
    }

    /// Sends packets, each framed by `frame` from its payload and its place in the list. As sendmmsg(2) does, it says
    /// what left before one failed; the error comes when the rest is tried.
    pub(super) fn send<'a>(
        &self,
        bytes: &[u8],
        packets: impl ExactSizeIterator<Item = &'a wit::Outgoing>,
        mut frame: impl FnMut(usize, &SocketAddr, &[u8], &mut Vec<u8>) -> Result<(), ErrorCode>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let mut stamps = Vec::with_capacity(packets.len());
        if let Some(many) = &self.many {
            return match self.send_many(many, bytes, packets, &mut frame, &mut stamps) {
                Err(error) if stamps.is_empty() => Err(error),
                _ => Ok(stamps),
            };
        }
        let remotes = &mut *self.remotes();
        let sent = if self.connected && remotes.list.len() == 1 {
            self.send_directly(remotes, bytes, packets, &mut frame, &mut stamps)
        } else {
            self.send_by_broker(remotes, bytes, packets, &mut frame, &mut stamps)
        };
        match sent {
            Err(error) if stamps.is_empty() => Err(error),
            _ => Ok(stamps),
        }
    }

    /// On a socket that is connected to its remote.
    fn send_directly<'a>(
        &self,
        remotes: &mut Remotes<C>,
        bytes: &[u8],
        packets: impl Iterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_>,
        stamps: &mut Vec<u64>,
    ) -> Result<(), ErrorCode> {
        for (index, packet) in packets.enumerate() {
            let (remote, framed, carried) = remotes.framed(bytes, index, packet, frame)?;
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

    /// Where a socket is connected to nobody, the broker sends.
    fn send_by_broker<'a>(
        &self,
        remotes: &mut Remotes<C>,
        bytes: &[u8],
        packets: impl Iterator<Item = &'a wit::Outgoing>,
        frame: &mut Frame<'_>,
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
                    Ok((remote, framed, carried)) => {
                        let handle = remote.permit.handle();
                        batch.push(handle, remote.address, packet.hop_limit, framed);
                        batch.counted.push((packet.remote as usize, carried));
                        batch.metered = remote.permit.is_metered();
                    }
                    // What comes before it is sent first.
                    Err(error) => {
                        framed_all = Err(error);
                        break;
                    }
                }
            }
            if !batch.packets.is_empty() && !self.hand_over(remotes, &batch, stamps)? {
                return Ok(());
            }
        }
        framed_all
    }

    /// True when all of the packets left.
    fn hand_over(
        &self,
        remotes: &Remotes<C>,
        batch: &Batch,
        stamps: &mut Vec<u64>,
    ) -> Result<bool, ErrorCode> {
        let first = remotes.list.first().ok_or(ErrorCode::InvalidState)?;
        let sent = self
            .broker
            .send(&first.permit, &batch.packets, &batch.bytes)?;
        for (index, carried) in batch.counted.iter().take(sent.len()) {
            if let Some(remote) = remotes.list.get(*index) {
                remote.permit.count_sent(*carried);
            }
        }
        stamps.extend(&sent);
        Ok(sent.len() == batch.packets.len())
    }

    /// Waits for something to arrive and lets `sink` convert it. A timeout leaves the sink as it was.
    pub(super) async fn receive(
        &self,
        max: u32,
        timeout: u64,
        sink: &mut (impl Sink + Send),
    ) -> Result<(), ErrorCode> {
        // Instant cannot hold u64::MAX nanoseconds on every clock; a century is as good as never.
        let timeout = Duration::from_nanos(timeout).min(Duration::from_secs(100 * 365 * 86_400));
        self.socket
            .receive(max as usize, Instant::now() + timeout, sink)
            .await?;
        Ok(())
    }

    /// Counts a packet from this source. False when it must be withheld: it is a stranger's, or its
    /// remote's permit is used up.
    pub(super) fn admit_packet(&self, source: SocketAddr, port: u16, bytes: usize) -> bool {
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

    /// The remote, or the set of remotes, that a packet from this source is for, if it is for one. Not counted.
    pub(super) fn remote_of(&self, source: SocketAddr, port: u16) -> Option<u32> {
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
        // Whoever answers to a group was not asked for by address, but what denies an address still holds.
        if remotes.members.len() >= REMOTES {
            remotes.members.clear();
        }
        let member = SocketAddr::new(source.ip(), port);
        let ask = || {
            let request = request("receive", member, port != 0, self.interface.as_deref());
            !self.gate.forbids::<C>(&request)
        };
        let allowed = *remotes
            .members
            .entry((source.ip(), port))
            .or_insert_with(ask);
        allowed.then_some(group)
    }

    /// True when packets to this address were permitted here, so that errors about them may be read.
    pub(super) fn is_remote(&self, address: SocketAddr, port: u16) -> bool {
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

/// What a packet carries.
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

impl<C: Capability> Remotes<C> {
    /// A packet as it leaves, whose it is, and how many bytes it carries; if it may be sent.
    fn framed(
        &mut self,
        bytes: &[u8],
        index: usize,
        packet: &wit::Outgoing,
        frame: &mut Frame<'_>,
    ) -> Result<(&Remote<C>, &[u8], usize), ErrorCode> {
        let payload = payload(bytes, packet)?;
        let remote = self
            .list
            .get(packet.remote as usize)
            .ok_or_else(|| invalid(format!("there is no remote {}", packet.remote)))?;
        self.frame.clear();
        frame(index, &remote.address, payload, &mut self.frame)?;
        remote.permit.may_send(payload.len())?;
        Ok((remote, &self.frame, payload.len()))
    }

    fn insert(&mut self, address: SocketAddr, permit: Permit<C>, broadcast: bool) -> u32 {
        let index = self.list.len() as u32;
        if broadcast || address.ip().is_multicast() {
            self.group = Some(index);
        }
        self.by_address
            .insert((address.ip(), address.port()), index);
        self.list.push(Remote { address, permit });
        index
    }
}
