//! The datagram sockets of one run. The plugin's process has a copy of each, and no call that takes an address:
//! it sends to where the socket is connected, or not at all. Where a socket has one remote, that is where it is
//! connected to. With several, with a group of them, or with packets that bring their own IP header it is connected
//! to nobody, and packets are sent from here, each under the permit for its remote. So is all UDP: a connected
//! socket of UDP would not hear of strangers that answer, which is news to some tools, such as dig.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use socket2::Socket;

use super::many::ManySockets;
use super::plain::PlainSockets;
use super::socket::{self, OpenedSocket, Protocol, SocketSpec};
use super::wire::Departing;
use crate::datagram;

/// Sockets, by the handles of the permits that they were opened under.
#[derive(Debug, Default)]
pub struct Sockets {
    kept: HashMap<u64, Kept>,
    /// And those that are opened step by step.
    pub(super) plain: PlainSockets,
    /// And those with many remotes.
    pub(super) many: ManySockets,
}

#[derive(Debug)]
struct Kept {
    socket: Socket,
    spec: SocketSpec,
    raw: bool,
    /// It has one remote, which it is connected to unless there is no way there.
    alone: bool,
}

impl Sockets {
    /// Opens a socket and, if it is one for datagrams, keeps it.
    pub(super) fn open(&mut self, handle: u64, spec: &SocketSpec) -> io::Result<OpenedSocket> {
        let mut opened = socket::open(spec)?;
        if spec.protocol.is_stream() {
            return Ok(opened);
        }
        let kept = Kept {
            socket: opened.fd.try_clone()?.into(),
            spec: spec.clone(),
            raw: opened.raw,
            alone: spec.is_connected(),
        };
        if kept.alone {
            opened.source = match kept.connect() {
                // It is a broadcast address, which only the routing table knows.
                Err(error) if error.raw_os_error() == Some(libc::EACCES) && spec.is_echo() => {
                    return Err(error);
                }
                // Whether there is a way is for the first packet to find out.
                source => source.ok(),
            };
        }
        self.kept.insert(handle, kept);
        Ok(opened)
    }

    /// What a socket was opened for.
    pub(super) fn spec(&self, handle: u64) -> Option<&SocketSpec> {
        self.kept.get(&handle).map(|kept| &kept.spec)
    }

    /// What was opened under this handle is over.
    pub(super) fn close(&mut self, handle: u64) {
        self.kept.remove(&handle);
        self.many.close(handle);
    }

    /// Connects a socket to its one remote anew: there was no way there before, or it is another by now.
    /// Returns the socket that takes its place, if one does.
    pub(super) fn connect(&mut self, handle: u64) -> io::Result<Option<OwnedFd>> {
        let kept = self.kept(handle)?;
        if !kept.alone {
            return Err(io::Error::from_raw_os_error(libc::EISCONN));
        }
        let other = kept.part()?;
        kept.connect()?;
        Ok(other)
    }

    /// Gives a socket one more remote. It receives from more than one from now on if that is permitted: whose
    /// packets those are is for the room to check. Returns the socket that takes its place, if one does.
    pub(super) fn add_remote(
        &mut self,
        handle: u64,
        receives: bool,
    ) -> io::Result<Option<OwnedFd>> {
        let kept = self.kept(handle)?;
        let other = if kept.alone { kept.part()? } else { None };
        kept.alone = false;
        if receives {
            socket::widen(kept.socket.as_fd())?;
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
        let kept = self.kept.get(&handle).ok_or_else(unknown)?;
        if kept.alone {
            return Err(io::Error::from_raw_os_error(libc::EISCONN));
        }
        datagram::send_to(kept.socket.as_fd(), packet, &remote.into(), hop_limit)
    }

    fn kept(&mut self, handle: u64) -> io::Result<&mut Kept> {
        self.kept.get_mut(&handle).ok_or_else(unknown)
    }
}

impl Kept {
    /// Returns the address that packets leave with.
    fn connect(&self) -> io::Result<IpAddr> {
        self.socket.connect(&self.spec.remote.into())?;
        datagram::local_address(self.socket.as_fd()).map(|local| local.ip())
    }

    /// Disconnects it. The kernel takes a raw socket that is disconnected out of its table of those that receive,
    /// and has no way back into it: there another takes its place.
    fn part(&mut self) -> io::Result<Option<OwnedFd>> {
        if self.raw {
            let opened = socket::create(&self.spec, true)?;
            self.socket = opened.fd.try_clone()?.into();
            return Ok(Some(opened.fd));
        }
        rustix::net::connect_unspec(&self.socket)?;
        // That takes the interface along.
        if let Some(interface) = &self.spec.binding.interface {
            self.socket.bind_device(Some(interface.as_bytes()))?;
        }
        Ok(None)
    }
}

impl SocketSpec {
    /// Whether the socket is connected to its remote while that is its only one. Members of a group answer with
    /// their own addresses; and a packet with its own header goes where that says, connected or not.
    pub fn is_connected(&self) -> bool {
        match self.protocol {
            Protocol::Echo(_) | Protocol::Raw { .. } => {
                !self.protocol.brings_header() && !self.is_for_group()
            }
            Protocol::Udp => false,
            Protocol::Tcp | Protocol::TcpProbe => true,
        }
    }

    fn is_echo(&self) -> bool {
        matches!(self.protocol, Protocol::Echo(_))
    }
}

/// Sends packets, whose bytes follow each other, until one fails. Returns their moments; what the first failed
/// with, if it did. The rest is tried again by whoever wants it sent, and is told then.
pub(super) fn send_each<E>(
    packets: &[Departing],
    mut bytes: &[u8],
    malformed: impl FnOnce() -> E,
    mut send: impl FnMut(&Departing, &[u8]) -> Result<u64, E>,
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
