//! The datagram sockets of one run. The runner has a copy of each, and no call that takes an address: it sends to
//! where the socket is connected, or not at all. Where a socket has one remote, that is where it is connected to.
//! With several, with a group of them, or with packets that must be looked at one by one it is connected to nobody,
//! and packets are sent from here, each to the remote that its permit is for. So is all UDP: a connected socket of
//! UDP would not hear of strangers that answer, which is news to some tools, such as dig.

use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};

use serde::{Deserialize, Serialize};
use socket2::Socket;

use super::facts::SocketFacts;
use super::incremental::IncrementalSockets;
use super::receive_filter::ReceiveFilter;
use super::set_socket::SetSockets;
use super::socket::{self, Opened, SocketSpec};
use nethost_core::{Request, SocketKind};
use nethost_net::datagram;

/// Sockets, by the handles of the permits that they were opened under.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    remote: HashMap<u64, RemoteSocket>,
    /// And those that are opened incrementally.
    pub(super) incremental: IncrementalSockets,
    /// And those whose remotes are sets.
    pub(super) sets: SetSockets,
    /// The last address that was found to be this machine's.
    local: Cell<Option<IpAddr>>,
}

/// A packet to send.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct OutgoingPacket {
    /// The permit for its remote.
    pub handle: u64,
    /// Other than what the socket has.
    pub hop_limit: Option<u8>,
    /// In bytes.
    pub length: u32,
}

#[derive(Debug)]
struct RemoteSocket {
    socket: Socket,
    spec: SocketSpec,
    raw: bool,
    /// It has one remote, which it is connected to unless there is no way there.
    alone: bool,
    accepts: ReceiveFilter,
}

impl Sockets {
    /// Opens a socket and, if it is one for datagrams, keeps it.
    pub(super) fn open(
        &mut self,
        handle: u64,
        spec: SocketSpec,
    ) -> io::Result<(SocketFacts, OwnedFd)> {
        let group = spec.is_for_group();
        if group && spec.listens() {
            // Whoever sends to that port would be heard: that is what udp.listen is for.
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        let Opened {
            socket,
            dialled,
            raw,
        } = socket::open(&spec)?;
        let fd = socket.try_clone()?.into();
        let mut facts = SocketFacts {
            dialled,
            raw,
            identifier: match spec.socket.kind {
                SocketKind::Echo if raw => spec.identifier,
                SocketKind::Echo => datagram::local_address(socket.as_fd())?.port(),
                _ => 0,
            },
            connected: spec.socket.kind.is_stream(),
            group,
            source: None,
        };
        if spec.socket.kind.is_stream() {
            return Ok((facts, fd));
        }
        let mut accepts = ReceiveFilter::new();
        if spec.socket.kind.receives() {
            accepts.add(spec.remote, group);
        }
        let kept = RemoteSocket {
            socket,
            raw,
            alone: spec.is_connected(),
            accepts,
            spec,
        };
        facts.connected = kept.alone;
        if kept.alone {
            facts.source = match kept.connect() {
                // It is a broadcast address, which only the routing table knows.
                Err(error)
                    if error.raw_os_error() == Some(libc::EACCES)
                        && kept.spec.socket.kind == SocketKind::Echo =>
                {
                    return Err(error);
                }
                // Whether there is a way is for the first packet to find out.
                source => source.ok(),
            };
        } else {
            kept.admit()?;
        }
        self.remote.insert(handle, kept);
        Ok((facts, fd))
    }

    /// What was opened under this handle is over.
    pub(super) fn close(&mut self, handle: u64) {
        self.remote.remove(&handle);
        self.sets.close(handle);
    }

    /// Connects a socket to its one remote anew. Returns the socket that takes its place, if one does.
    pub(super) fn connect(&mut self, handle: u64) -> io::Result<Option<OwnedFd>> {
        let kept = self.kept(handle)?;
        if !kept.alone {
            return Err(io::Error::from_raw_os_error(libc::EISCONN));
        }
        let other = kept.disconnect()?;
        kept.connect()?;
        Ok(other)
    }

    /// Gives a socket one more remote, whose packets it accepts from now on if that is permitted. Returns the
    /// socket that takes its place, if one does.
    pub(super) fn add_remote(
        &mut self,
        handle: u64,
        request: &Request,
        receives: bool,
    ) -> io::Result<Option<OwnedFd>> {
        let kept = self.kept(handle)?;
        let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
        let remote = socket::remote_of(request)?.ok_or_else(invalid)?;
        if remote.is_ipv6() != kept.spec.remote.is_ipv6() {
            return Err(invalid());
        }
        let group = kept.spec.is_group(remote);
        if group && (kept.spec.listens() || (receives && kept.spec.is_raw_receiver())) {
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        let other = if kept.alone { kept.disconnect()? } else { None };
        kept.alone = false;
        if receives {
            let before = kept.accepts.clone();
            kept.accepts.add(remote, group);
            if before != kept.accepts {
                kept.admit().inspect_err(|_| kept.accepts = before)?;
            }
        }
        Ok(other)
    }

    /// Sends one packet, and says when.
    pub(super) fn send(
        &self,
        handle: u64,
        remote: SocketAddr,
        hop_limit: Option<u8>,
        packet: &[u8],
    ) -> io::Result<u64> {
        let kept = self.remote.get(&handle).ok_or_else(unknown)?;
        if kept.alone {
            return Err(io::Error::from_raw_os_error(libc::EISCONN));
        }
        if remote.is_ipv6() != kept.spec.remote.is_ipv6() {
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        datagram::send_to(kept.socket.as_fd(), packet, &remote.into(), hop_limit)
    }

    /// Whether an address is one of this machine's: the kernel lets only such be bound to, and groups and broadcast
    /// addresses, which are nobody's.
    pub(super) fn is_local(&self, address: IpAddr) -> bool {
        let known = self.local.get() == Some(address);
        let is_a_host = |address: IpAddr| {
            !address.is_multicast() && !socket::is_broadcast((address, 0).into(), None)
        };
        let local = known || (is_a_host(address) && UdpSocket::bind((address, 0)).is_ok());
        if local {
            self.local.set(Some(address));
        }
        local
    }

    fn kept(&mut self, handle: u64) -> io::Result<&mut RemoteSocket> {
        self.remote.get_mut(&handle).ok_or_else(unknown)
    }
}

impl RemoteSocket {
    /// Returns the address that packets leave with.
    fn connect(&self) -> io::Result<IpAddr> {
        self.socket.connect(&self.spec.remote.into())?;
        datagram::local_address(self.socket.as_fd()).map(|local| local.ip())
    }

    /// Disconnects it. The kernel takes a raw socket that is disconnected out of its table of those that receive,
    /// and has no way back into it: there another takes its place.
    fn disconnect(&mut self) -> io::Result<Option<OwnedFd>> {
        if self.raw {
            let opened = socket::create(&self.spec, true)?;
            self.socket = opened.socket;
            socket::withhold_errors(self.socket.as_fd(), &self.spec, true)?;
            self.admit()?;
            return Ok(Some(self.socket.try_clone()?.into()));
        }
        rustix::net::connect_unspec(&self.socket)?;
        // That takes the interface along.
        if let Some(interface) = &self.spec.interface {
            socket::bind_to(self.socket.as_fd(), interface)?;
        }
        Ok(None)
    }

    /// Has the kernel keep to the accepted senders.
    fn admit(&self) -> io::Result<()> {
        socket::admit(self.socket.as_fd(), self.spec.socket.kind, &self.accepts)
    }
}

/// Sends packets, whose bytes follow each other, until one fails. Returns their moments; what the first failed
/// with, if it did. The rest is tried again by whoever wants it sent, and is told then.
pub(super) fn send_each<E>(
    packets: &[OutgoingPacket],
    mut bytes: &[u8],
    malformed: impl FnOnce() -> E,
    mut send: impl FnMut(&OutgoingPacket, &[u8]) -> Result<u64, E>,
) -> Result<Vec<u64>, E> {
    let mut moments = Vec::with_capacity(packets.len());
    for packet in packets {
        let Some((packet_bytes, rest)) = bytes.split_at_checked(packet.length as usize) else {
            return Err(malformed());
        };
        bytes = rest;
        match send(packet, packet_bytes) {
            Ok(moment) => moments.push(moment),
            Err(error) if moments.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(moments)
}

fn unknown() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}
