//! Sockets whose remotes are sets, each under its own permit. The runner has a copy of the unconnected socket. The
//! broker sends the packets, and each packet names its member by a number, never by an address.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use socket2::Socket;

use super::echo::is_echo_request;
use super::facts::SocketFacts;
use super::filter;
use super::operation::{Error, refused};
use super::scan_socket::{self, ScanSockets};
use super::set_filter::{Packet, from_groups};
use super::socket::{self, Opened, SocketSpec};
use super::sockets::MOST;
use nethost_core::SocketKind;
use nethost_gate::{Member, Ticket};
use nethost_net::datagram::{self, Departure};
use nethost_policy::SenderGroup;

/// The header of a packet: the member, the length, and the hop limit if the packet has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The number of the member.
    pub member: u32,
    /// The length in octets.
    pub length: u16,
    /// A hop limit other than that of the socket.
    pub hop_limit: Option<u8>,
}

/// The size of the header in octets.
pub const HEAD: usize = 8;
/// The octets before the payload of an echo request. Only the payload is counted.
const ECHO_HEADER: usize = 8;

impl Head {
    /// The encoded header.
    pub fn to_bytes(self) -> [u8; HEAD] {
        let [a, b, c, d] = self.member.to_le_bytes();
        let [e, f] = self.length.to_le_bytes();
        let (own, hops) = self.hop_limit.map_or((0, 0), |hops| (1, hops));
        [a, b, c, d, e, f, own, hops]
    }

    fn from_bytes([a, b, c, d, e, f, own, hops]: [u8; HEAD]) -> Self {
        Self {
            member: u32::from_le_bytes([a, b, c, d]),
            length: u16::from_le_bytes([e, f]),
            hop_limit: (own != 0).then_some(hops),
        }
    }
}

/// Sockets, by the handles of their permits.
#[derive(Debug, Default)]
pub(super) struct SetSockets(HashMap<u64, SetSocket>);

#[derive(Debug)]
pub(super) struct SetSocket {
    socket: Socket,
    spec: SocketSpec,
    raw: bool,
    /// What belongs to a socket that scans.
    scan: Option<ScanSockets>,
    parts: Vec<Part>,
    /// The number of members of its sets.
    members: u64,
    /// The number of rules that were in force when it was opened and have ended since.
    ended: usize,
}

/// A set of a socket.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The number of its first member.
    first: u32,
    /// Its permit.
    handle: u64,
}

impl SetSockets {
    /// Opens a socket that receives from these senders.
    pub(super) fn open(
        &mut self,
        handle: u64,
        members: u32,
        mut spec: SocketSpec,
        senders: &[SenderGroup],
    ) -> io::Result<(SocketFacts, OwnedFd)> {
        if self.0.len() >= MOST {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        let scan = ScanSockets::open(&mut spec)?;
        let admit = |socket: BorrowedFd<'_>, raw| admit(socket, &spec, raw, senders);
        let Opened { socket, raw, .. } = socket::open_with(&spec, &admit)?;
        socket::withhold_errors(socket.as_fd(), &spec, raw)?;
        let fd = socket.try_clone()?.into();
        let facts = SocketFacts {
            dialled: 0,
            raw,
            identifier: match spec.socket.kind {
                SocketKind::Echo if raw => spec.identifier,
                SocketKind::Echo => datagram::local_address(socket.as_fd())?.port(),
                SocketKind::Raw { .. } => spec.identifier,
                _ => 0,
            },
            connected: false,
            group: false,
            source: None,
        };
        let opened = SetSocket {
            socket,
            spec,
            raw,
            scan,
            parts: vec![Part { first: 0, handle }],
            members: members.into(),
            ended: 0,
        };
        self.0.insert(handle, opened);
        Ok((facts, fd))
    }

    /// The socket that was opened under this permit.
    pub(super) fn get(&mut self, handle: u64) -> Result<&mut SetSocket, Error> {
        let opened = self.0.get_mut(&handle);
        opened.ok_or_else(|| refused("no socket for sets was opened under this permit"))
    }

    /// Closes what was opened under this handle.
    pub(super) fn close(&mut self, handle: u64) {
        self.0.remove(&handle);
    }

    /// Ends the permit for a set: sockets with this set and others receive nothing from it any more.
    pub(super) fn remove_set(&mut self, handle: u64, permits: &HashMap<u64, Ticket>) {
        for socket in self.0.values_mut() {
            if socket.handles().any(|known| known == handle) {
                socket.receive_from(permits);
            }
        }
    }

    /// If a rule that allowed a part of a set has ended, packets from that part are not received any more.
    pub(super) fn renew(&mut self, permits: &HashMap<u64, Ticket>) {
        for socket in self.0.values_mut() {
            let of_socket = socket.handles().filter_map(|handle| permits.get(&handle));
            let ended = of_socket.map(Ticket::ended_grounds).sum();
            if ended != socket.ended {
                socket.ended = ended;
                socket.receive_from(permits);
            }
        }
    }
}

impl SetSocket {
    /// Receives from the members that these permits still allow, and from nobody if that fails.
    fn receive_from(&mut self, permits: &HashMap<u64, Ticket>) {
        let known = self.handles().filter_map(|handle| permits.get(&handle));
        let senders: Vec<_> = known.flat_map(Ticket::senders).collect();
        if admit(self.socket.as_fd(), &self.spec, self.raw, &senders).is_err() {
            let _ = admit(self.socket.as_fd(), &self.spec, self.raw, &[]);
        }
    }

    /// The socket with the errors about its probes, once.
    pub(super) fn take_errors(&mut self) -> Option<OwnedFd> {
        self.scan.as_mut()?.errors.take()
    }

    /// The permits of its sets.
    pub(super) fn handles(&self) -> impl Iterator<Item = u64> + '_ {
        self.parts.iter().map(|part| part.handle)
    }

    /// Adds a set, and receives from it from now on. Returns the number of the set's first member.
    pub(super) fn add(
        &mut self,
        handle: u64,
        members: u32,
        senders: &[SenderGroup],
    ) -> io::Result<u32> {
        let too_many = || io::Error::from_raw_os_error(libc::E2BIG);
        let first = u32::try_from(self.members).map_err(|_| too_many())?;
        let all = self.members + u64::from(members);
        if all > u64::from(u32::MAX) {
            return Err(too_many());
        }
        admit(self.socket.as_fd(), &self.spec, self.raw, senders)?;
        self.parts.push(Part { first, handle });
        self.members = all;
        Ok(first)
    }

    /// The permit of a member's set, and the member's number in the set.
    pub(super) fn part(&self, member: u32) -> Option<(u64, u32)> {
        let part = match &self.parts[..] {
            [part] => part,
            parts => {
                let after = parts.partition_point(|part| part.first <= member);
                parts.get(after.checked_sub(1)?)?
            }
        };
        Some((part.handle, member - part.first))
    }

    /// Sends packets until one fails, each if `may` allows it. `may` gets the permit of the set, the number in the
    /// set, and the payload size. Returns the times of the sent packets, which are also passed to `count`, set by
    /// set, and the error of the first failed packet. The caller may try the rest again, and gets the error then.
    pub(super) fn send(
        &self,
        heads: &[u8],
        mut bytes: &[u8],
        mut may: impl FnMut(u64, u32, usize) -> Result<Member, Error>,
        mut count: impl FnMut(u64, &[(Member, usize)]),
    ) -> Result<Vec<u64>, Error> {
        let malformed = || refused("the packets are longer than their bytes");
        let (heads, []) = heads.as_chunks::<HEAD>() else {
            return Err(malformed());
        };
        let mut moments = Vec::with_capacity(heads.len());
        let mut heads = heads.iter().map(|head| Head::from_bytes(*head)).peekable();
        let mut departures: Vec<Departure<'_>> = Vec::with_capacity(datagram::AT_ONCE);
        let mut members: Vec<(Member, usize)> = Vec::with_capacity(datagram::AT_ONCE);
        while heads.peek().is_some() {
            departures.clear();
            members.clear();
            let (mut handle, mut refusal) = (None, None);
            while departures.len() < datagram::AT_ONCE
                && let Some(head) = heads.peek()
            {
                let (Some((packet, rest)), Some((set, number))) = (
                    bytes.split_at_checked(head.length.into()),
                    self.part(head.member),
                ) else {
                    refusal = Some(malformed());
                    break;
                };
                // All packets of one system call are counted under one permit.
                if *handle.get_or_insert(set) != set {
                    break;
                }
                let (departure, member, carried) = match self
                    .carried(packet)
                    .and_then(|carried| Ok((may(set, number, carried)?, carried)))
                    .and_then(|(member, carried)| {
                        self.scans(packet, member.at.port())?;
                        Ok((member, carried))
                    }) {
                    Ok((member, carried)) => {
                        let mut to = member.at;
                        if self.raw {
                            // The kernel takes a port as a protocol number (raw(7)).
                            to.set_port(0);
                        }
                        let departure = Departure {
                            to,
                            hop_limit: head.hop_limit,
                            bytes: packet,
                        };
                        (departure, member, carried)
                    }
                    Err(error) => {
                        refusal = Some(error);
                        break;
                    }
                };
                departures.push(departure);
                members.push((member, carried));
                bytes = rest;
                heads.next();
                // Whether another packet can be sent depends on this one.
                if member.is_metered {
                    break;
                }
            }
            let (left, failed) = self.send_at_once(&departures, &mut moments)?;
            if let Some(handle) = handle {
                count(handle, members.get(..left).unwrap_or_default());
            }
            if failed {
                break;
            }
            match refusal {
                Some(refusal) if moments.is_empty() => return Err(refusal),
                Some(_) => break,
                None => {}
            }
        }
        Ok(moments)
    }

    /// The size of a packet that is counted. A packet that the socket is not for is refused.
    fn carried(&self, packet: &[u8]) -> Result<usize, Error> {
        match self.spec.socket.kind {
            SocketKind::Echo if is_echo_request(packet, self.spec.remote.is_ipv6()) => {
                Ok(packet.len() - ECHO_HEADER)
            }
            SocketKind::Echo => Err(refused("not an echo request")),
            _ => Ok(packet.len()),
        }
    }

    /// Refuses a probe that has other ports than the local one and that of its member.
    fn scans(&self, packet: &[u8], port: u16) -> Result<(), Error> {
        let Some(protocol) = scan_socket::protocol_of(self.spec.socket.kind) else {
            return Ok(());
        };
        let ipv6 = self.spec.remote.is_ipv6();
        match protocol.is_probe(packet, self.spec.identifier, port, ipv6) {
            true => Ok(()),
            false => Err(refused("not a probe of this socket for this member")),
        }
    }

    /// The number of sent packets, and whether the next one failed. An error if none was sent before.
    fn send_at_once(
        &self,
        departures: &[Departure<'_>],
        moments: &mut Vec<u64>,
    ) -> io::Result<(usize, bool)> {
        let mut left = 0;
        // An error about an earlier packet ends a call early. The next call does not report it again.
        while left < departures.len() {
            let rest = departures.get(left..).unwrap_or_default();
            match datagram::send_each_to(self.socket.as_fd(), rest) {
                Ok((_, 0)) => return Ok((left, true)),
                Ok((moment, more)) => {
                    moments.extend(std::iter::repeat_n(moment, more));
                    left += more;
                }
                Err(error) if moments.is_empty() => return Err(error),
                Err(_) => return Ok((left, true)),
            }
        }
        Ok((left, false))
    }
}

/// Restricts a socket to packets from these senders.
fn admit(
    socket: BorrowedFd<'_>,
    spec: &SocketSpec,
    raw: bool,
    senders: &[SenderGroup],
) -> io::Result<()> {
    let ipv6 = spec.remote.is_ipv6();
    let program = match spec.socket.kind {
        SocketKind::Echo if raw => {
            datagram::pass_replies(socket, ipv6, true)?;
            from_groups(ipv6, senders, Packet::Replies(spec.identifier))
        }
        SocketKind::Echo => from_groups(ipv6, senders, Packet::Any),
        SocketKind::Udp => from_groups(ipv6, senders, Packet::Udp),
        kind => match scan_socket::protocol_of(kind) {
            Some(protocol) => {
                from_groups(ipv6, senders, Packet::Answers(protocol, spec.identifier))
            }
            None => filter::NOTHING.to_vec(),
        },
    };
    socket::attach(socket, &program)
}
