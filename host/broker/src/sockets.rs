//! The datagram sockets of one run. The runner has a copy of each, and no system call that takes an address: it can
//! only send to the remote that the socket is connected to. A socket with one remote is connected to it. A socket
//! with several remotes, with a group, or with packets that must be checked one by one is unconnected, and the broker
//! sends its packets, each to the remote of its permit. All UDP sockets are unconnected, too, because a connected UDP
//! socket would not receive datagrams from other senders, which tools such as dig report.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
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

/// The maximum number of each kind of sockets in one run.
pub(super) const MOST: usize = 1 << 14;

/// Sockets, by the handles of their permits.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    remote: HashMap<u64, RemoteSocket>,
    /// Incremental sockets.
    pub(super) incremental: IncrementalSockets,
    /// Sockets for sets.
    pub(super) sets: SetSockets,
}

/// A packet to send.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct OutgoingPacket {
    /// The permit for its remote.
    pub handle: u64,
    /// A hop limit other than that of the socket.
    pub hop_limit: Option<u8>,
    /// In bytes.
    pub length: u32,
}

#[derive(Debug)]
struct RemoteSocket {
    socket: Socket,
    spec: SocketSpec,
    raw: bool,
    /// It has one remote, and is connected to it unless there is no route.
    alone: bool,
    accepts: ReceiveFilter,
}

impl Sockets {
    /// Opens a socket and keeps it if it is a datagram socket.
    pub(super) fn open(
        &mut self,
        handle: u64,
        spec: SocketSpec,
    ) -> io::Result<(SocketFacts, OwnedFd)> {
        let group = spec.is_for_group();
        if group && spec.listens() {
            // It would receive from every sender that uses that port, which requires udp.listen.
            return Err(io::Error::from_raw_os_error(libc::EACCES));
        }
        // A connection is not kept.
        if self.remote.len() >= MOST && !spec.socket.kind.is_stream() {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
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
                // The first packet will show whether there is a route.
                source => source.ok(),
            };
        } else {
            kept.admit()?;
        }
        self.remote.insert(handle, kept);
        Ok((facts, fd))
    }

    /// Closes what was opened under this handle.
    pub(super) fn close(&mut self, handle: u64) {
        self.remote.remove(&handle);
        self.sets.close(handle);
    }

    /// Connects a socket to its remote again. If the socket was replaced, the new one is returned.
    pub(super) fn connect(&mut self, handle: u64) -> io::Result<Option<OwnedFd>> {
        let kept = self.kept(handle)?;
        if !kept.alone {
            return Err(io::Error::from_raw_os_error(libc::EISCONN));
        }
        let other = kept.disconnect()?;
        kept.connect()?;
        Ok(other)
    }

    /// Adds a remote to a socket, which accepts packets from it from now on if that is permitted. If the socket was
    /// replaced, the new one is returned.
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

    /// Sends one packet and returns the time.
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

    fn kept(&mut self, handle: u64) -> io::Result<&mut RemoteSocket> {
        self.remote.get_mut(&handle).ok_or_else(unknown)
    }
}

impl RemoteSocket {
    /// Returns the source address of its packets.
    fn connect(&self) -> io::Result<IpAddr> {
        self.socket.connect(&self.spec.remote.into())?;
        datagram::local_address(self.socket.as_fd()).map(|local| local.ip())
    }

    /// Disconnects it. The kernel removes a disconnected raw socket from the table of receiving sockets for good, so
    /// it is replaced by a new one.
    fn disconnect(&mut self) -> io::Result<Option<OwnedFd>> {
        if self.raw {
            let opened = socket::create(&self.spec, true)?;
            self.socket = opened.socket;
            socket::withhold_errors(self.socket.as_fd(), &self.spec, true)?;
            self.admit()?;
            return Ok(Some(self.socket.try_clone()?.into()));
        }
        rustix::net::connect_unspec(&self.socket)?;
        // This also removes the interface.
        if let Some(interface) = &self.spec.interface {
            socket::bind_to(self.socket.as_fd(), interface)?;
        }
        Ok(None)
    }

    /// Restricts the socket to the accepted senders.
    fn admit(&self) -> io::Result<()> {
        socket::admit(self.socket.as_fd(), self.spec.socket.kind, &self.accepts)
    }
}

/// Sends packets with consecutive payloads until one fails. Returns the times of the sent packets, and the error of
/// the first failed packet. The caller may try the rest again, and gets the error then.
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
