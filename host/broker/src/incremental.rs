//! Sockets that are opened step by step, for `wasi:sockets`: created first, and bound, connected or listening later.
//! Until then a socket reaches nobody and receives nothing, so it is created without a permit. Each step that reaches
//! further requires one. The runner has a copy, to receive and to send on it when it is connected, and no system call
//! that performs a step.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

use super::filter;
use super::operation::{Error, refused};
use super::receive_filter::ReceiveFilter;
use super::socket::admit;
use super::sockets::MOST;
use nethost_core::SocketKind;
use nethost_net::datagram;

/// The shortest possible timeout.
const AT_ONCE: Duration = Duration::from_micros(1);

/// The incremental sockets of one run, by the numbers that the runner chose.
#[derive(Debug, Default)]
pub(super) struct IncrementalSockets(HashMap<u64, IncrementalSocket>);

/// A socket that this process keeps.
#[derive(Debug)]
pub(super) struct IncrementalSocket {
    socket: Socket,
    stream: bool,
    ipv6: bool,
    /// The address to which it was bound by request.
    local: Option<SocketAddr>,
    accepts: ReceiveFilter,
    /// The permit under which it listens.
    pub(super) listens: Option<u64>,
    /// A connection that was accepted and not taken yet, and its peer.
    accepted: Option<(Socket, SocketAddr)>,
}

impl IncrementalSockets {
    /// Makes one.
    pub(super) fn make(&mut self, number: u64, stream: bool, ipv6: bool) -> io::Result<OwnedFd> {
        if self.0.len() >= MOST || self.0.contains_key(&number) {
            return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
        }
        let domain = if ipv6 { Domain::IPV6 } else { Domain::IPV4 };
        let kind = if stream { Type::STREAM } else { Type::DGRAM };
        let socket = Socket::new(domain, kind.nonblocking(), None)?;
        if ipv6 {
            socket.set_only_v6(true)?;
        }
        if stream {
            // Every holder of a copy can make calls block, by a flag that all copies share. So calls here have a
            // timeout.
            socket.set_read_timeout(Some(AT_ONCE))?;
            socket.set_write_timeout(Some(AT_ONCE))?;
        } else {
            datagram::attach_filter(socket.as_fd(), filter::NOTHING)?;
        }
        let copy = socket.try_clone()?.into();
        let kept = IncrementalSocket {
            socket,
            stream,
            ipv6,
            local: None,
            accepts: ReceiveFilter::new(),
            listens: None,
            accepted: None,
        };
        self.0.insert(number, kept);
        Ok(copy)
    }

    pub(super) fn get(&self, number: u64) -> Result<&IncrementalSocket, Error> {
        self.0.get(&number).ok_or_else(|| refused("no such socket"))
    }

    /// Fails unless it is a datagram socket.
    pub(super) fn datagrams(&self, number: u64) -> Result<(), Error> {
        match self.get(number)?.stream {
            true => Err(refused("it is a stream socket")),
            false => Ok(()),
        }
    }

    /// Binds it. If it can listen, it accepts datagrams from all senders.
    pub(super) fn bind(&mut self, number: u64, local: SocketAddr, listens: bool) -> io::Result<()> {
        let kept = self.kept(number)?;
        if kept.stream {
            // A connection in TIME_WAIT does not prevent binding.
            kept.socket.set_reuse_address(true)?;
        }
        kept.socket.bind(&local.into())?;
        kept.local = Some(local);
        if listens && !kept.stream {
            kept.admit(ReceiveFilter::everybody())?;
        }
        Ok(())
    }

    /// Connects it. A stream socket is dropped here afterwards, even if connecting fails, because it can only reach
    /// its peer.
    pub(super) fn connect(&mut self, number: u64, remote: SocketAddr) -> io::Result<()> {
        let kept = self.kept(number)?;
        if !kept.stream {
            kept.admit(kept.accepts.with(remote))?;
            // A socket that was connected elsewhere keeps its local address.
            kept.disconnect()?;
            return kept.socket.connect(&remote.into());
        }
        let kept = self.0.remove(&number).ok_or_else(unknown)?;
        match kept.socket.connect(&remote.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
            _ => Ok(()),
        }
    }

    /// Disconnects a datagram socket.
    pub(super) fn disconnect(&mut self, number: u64) -> io::Result<()> {
        self.kept(number)?.disconnect()
    }

    /// Accepts datagrams from one more remote.
    pub(super) fn add_sender(&mut self, number: u64, remote: SocketAddr) -> io::Result<()> {
        let kept = self.kept(number)?;
        kept.admit(kept.accepts.with(remote))
    }

    /// Sends one datagram and returns the time.
    pub(super) fn send(&self, number: u64, remote: SocketAddr, bytes: &[u8]) -> io::Result<u64> {
        let kept = self.0.get(&number).ok_or_else(unknown)?;
        datagram::send_to(kept.socket.as_fd(), bytes, &remote.into(), None)
    }

    /// Listens under this permit, with this backlog.
    pub(super) fn listen(&mut self, number: u64, handle: u64, backlog: u32) -> io::Result<()> {
        let kept = self.kept(number)?;
        kept.socket
            .listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
        kept.listens = Some(handle);
        Ok(())
    }

    /// Accepts one connection and returns its peer. The previous one is reset if it was not taken.
    pub(super) fn accept(&mut self, number: u64) -> io::Result<SocketAddr> {
        let kept = self.kept(number)?;
        kept.reset();
        let (socket, peer) = kept.socket.accept_raw()?;
        socket.set_cloexec(true)?;
        socket.set_nonblocking(true)?;
        let peer = peer
            .as_socket()
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))?;
        kept.accepted = Some((socket, peer));
        Ok(peer)
    }

    /// Returns the connection that was accepted last.
    pub(super) fn take(&mut self, number: u64) -> io::Result<OwnedFd> {
        let taken = self.kept(number)?.accepted.take();
        taken
            .map(|(socket, _)| socket.into())
            .ok_or_else(|| io::Error::from_raw_os_error(libc::EAGAIN))
    }

    /// Closes it.
    pub(super) fn close(&mut self, number: u64) {
        if let Some(mut kept) = self.0.remove(&number) {
            kept.reset();
        }
    }

    fn kept(&mut self, number: u64) -> io::Result<&mut IncrementalSocket> {
        self.0.get_mut(&number).ok_or_else(unknown)
    }
}

impl IncrementalSocket {
    pub(super) fn is_stream(&self) -> bool {
        self.stream
    }

    pub(super) fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Its current local address.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        datagram::local_address(self.socket.as_fd()).ok()
    }

    /// The peer of the connection that waits to be taken.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.accepted.as_ref().map(|(_, peer)| *peer)
    }

    fn admit(&mut self, wider: ReceiveFilter) -> io::Result<()> {
        if wider != self.accepts {
            admit(self.socket.as_fd(), SocketKind::Udp, &wider)?;
            self.accepts = wider;
        }
        Ok(())
    }

    /// Disconnects it. It keeps its port, which the kernel would release if the kernel has chosen it.
    fn disconnect(&self) -> io::Result<()> {
        if self.socket.peer_addr().is_err() {
            return Ok(());
        }
        let before = datagram::local_address(self.socket.as_fd())?;
        rustix::net::connect_unspec(&self.socket)?;
        if datagram::local_address(self.socket.as_fd())?.port() != before.port() {
            let any = if self.ipv6 {
                IpAddr::from(Ipv6Addr::UNSPECIFIED)
            } else {
                Ipv4Addr::UNSPECIFIED.into()
            };
            let mut local = self.local.unwrap_or(SocketAddr::new(any, 0));
            local.set_port(before.port());
            self.socket.bind(&local.into())?;
        }
        Ok(())
    }

    /// Resets the connection that was not taken, so that its peer is notified at once.
    fn reset(&mut self) {
        if let Some((socket, _)) = self.accepted.take() {
            // If that fails, it is closed.
            let _ = socket.set_linger(Some(Duration::ZERO));
        }
    }
}

fn unknown() -> io::Error {
    io::Error::from_raw_os_error(libc::EBADF)
}
