//! What the datagram capabilities have in common: every remote is admitted by the gate, every batch
//! is checked, what strangers send is withheld. Rooms add only how a packet is framed.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    remotes: Mutex<Remotes<C>>,
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
    raw: socket2::SockAddr,
    permit: Permit<C>,
}

/// Where a socket is bound, and whether broadcast is wanted.
pub(super) struct Local {
    pub(super) interface: Option<String>,
    pub(super) source: Option<SocketAddr>,
    /// The address that packets to remote 0 left with when it was opened, if that is known.
    pub(super) routed: Option<IpAddr>,
    pub(super) broadcast: bool,
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

impl<C: Capability> Exchange<C> {
    pub(super) fn new(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        socket: DatagramSocket,
        remote: SocketAddr,
        permit: Permit<C>,
        local: Local,
    ) -> Self {
        let mut remotes = Remotes {
            list: Vec::new(),
            by_address: HashMap::new(),
            group: None,
            members: HashMap::new(),
            frame: Vec::new(),
        };
        remotes.insert(remote, permit, local.broadcast);
        Self {
            socket,
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            interface: local.interface,
            source: local.source,
            routed: local.routed,
            ipv6: remote.is_ipv6(),
            remotes: Mutex::new(remotes),
        }
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Asks the gate for one more remote. `admit` lets its packets in, where the kernel's filter knows one
    /// remote alone.
    pub(super) fn add_remote(
        &self,
        op: &'static str,
        remote: SocketAddr,
        ports: bool,
        admit: impl FnOnce(&Broker, &Permit<C>, BorrowedFd<'_>) -> io::Result<()>,
    ) -> Result<u32, ErrorCode> {
        if remote.is_ipv6() != self.ipv6 {
            return Err(invalid(
                "a remote of another address family than the socket",
            ));
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
        if remotes.list.len() == 1 {
            admit(&self.broker, &permit, self.socket.descriptor())
                .inspect_err(|error| permit.failed(error))?;
        }
        Ok(remotes.insert(remote, permit, false))
    }

    /// The address that packets to remote 0 leave with.
    pub(super) fn local_endpoint(&self, ports: bool) -> Result<wit::Endpoint, ErrorCode> {
        let remotes = self.remotes();
        let remote = remotes.list.first().ok_or(ErrorCode::InvalidState)?;
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
                    None => {
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

    /// Sends packets, each framed by `frame` from its payload and its place in the list.
    pub(super) fn send<'a>(
        &self,
        bytes: &[u8],
        packets: impl ExactSizeIterator<Item = &'a wit::Outgoing>,
        mut frame: impl FnMut(usize, &SocketAddr, &[u8], &mut Vec<u8>) -> Result<(), ErrorCode>,
    ) -> Result<Vec<u64>, ErrorCode> {
        let mut stamps = Vec::with_capacity(packets.len());
        let remotes = &mut *self.remotes();
        for (index, packet) in packets.enumerate() {
            match self.send_one(remotes, bytes, packet, |remote, payload, into| {
                frame(index, remote, payload, into)
            }) {
                Ok(stamp) => stamps.push(stamp),
                Err(error) if stamps.is_empty() => return Err(error),
                // As sendmmsg(2): what left is reported now, the error when the rest is tried.
                Err(_) => break,
            }
        }
        Ok(stamps)
    }

    fn send_one(
        &self,
        remotes: &mut Remotes<C>,
        bytes: &[u8],
        packet: &wit::Outgoing,
        frame: impl FnOnce(&SocketAddr, &[u8], &mut Vec<u8>) -> Result<(), ErrorCode>,
    ) -> Result<u64, ErrorCode> {
        let (offset, length) = (packet.offset as usize, packet.length as usize);
        let payload = offset
            .checked_add(length)
            .and_then(|end| bytes.get(offset..end));
        let payload = payload.ok_or_else(|| {
            invalid(format!(
                "offset {offset} and length {length} exceed the {} bytes given",
                bytes.len()
            ))
        })?;
        let Remotes {
            list,
            frame: framed,
            ..
        } = remotes;
        let remote = list
            .get(packet.remote as usize)
            .ok_or_else(|| invalid(format!("there is no remote {}", packet.remote)))?;
        framed.clear();
        frame(&remote.address, payload, framed)?;
        remote.permit.may_send(payload.len())?;
        let stamp = self.socket.send(framed, &remote.raw, packet.hop_limit)?;
        remote.permit.count_sent(payload.len());
        Ok(stamp)
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

    /// The remote that a packet from this source is for, if it is for one. Not counted.
    pub(super) fn remote_of(&self, source: SocketAddr, port: u16) -> Option<u32> {
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
        self.remotes()
            .by_address
            .contains_key(&(address.ip(), port))
    }

    fn remotes(&self) -> MutexGuard<'_, Remotes<C>> {
        self.remotes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: Capability> Remotes<C> {
    fn insert(&mut self, address: SocketAddr, permit: Permit<C>, broadcast: bool) -> u32 {
        let index = self.list.len() as u32;
        if broadcast || address.ip().is_multicast() {
            self.group = Some(index);
        }
        self.by_address
            .insert((address.ip(), address.port()), index);
        self.list.push(Remote {
            address,
            raw: address.into(),
            permit,
        });
        index
    }
}
