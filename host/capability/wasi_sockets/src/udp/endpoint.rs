//! What a UDP socket and its streams share.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

use super::remotes::Remotes;
use crate::{UdpListen, code};
use nethost_broker::{Broker, IncrementalSocket, ReceiveFilter};
use nethost_gate::{Gate, Permit};
use nethost_net::datagram;

pub(super) struct Endpoint {
    pub(super) gate: Arc<Gate>,
    pub(super) kept: IncrementalSocket,
    pub(super) copy: AsyncFd<OwnedFd>,
    pub(super) ipv6: bool,
    remotes: Mutex<Remotes>,
}

impl Endpoint {
    pub(super) fn make(gate: &Arc<Gate>, broker: &Arc<Broker>, ipv6: bool) -> io::Result<Self> {
        let (kept, copy) = IncrementalSocket::make(broker, false, ipv6)?;
        let interest = Interest::READABLE | Interest::WRITABLE | Interest::ERROR;
        Ok(Self {
            gate: Arc::clone(gate),
            kept,
            copy: nethost_net::register(copy, interest)?,
            ipv6,
            remotes: Mutex::default(),
        })
    }

    /// Binds the socket; with a permit, it receives from everybody.
    pub(super) fn bind(&self, permit: Option<&Permit<UdpListen>>) -> io::Result<()> {
        self.kept.bind(permit)?;
        if permit.is_some() {
            self.remotes().accepts = ReceiveFilter::everybody();
        }
        Ok(())
    }

    /// Connects the socket, to send directly.
    pub(super) fn connect(&self, remote: SocketAddr) -> Result<(), ErrorCode> {
        let remotes = &mut *self.remotes();
        let permit = remotes.permit(&self.gate, &self.kept, "udp-socket.send", remote);
        let permit = permit.ok_or(ErrorCode::AccessDenied)?;
        let connected = self.kept.connect(permit);
        connected.map_err(|error| code(&error))?;
        remotes.accepts = remotes.accepts.with(remote);
        Ok(())
    }

    /// Disconnects the socket.
    pub(super) fn disconnect(&self) -> io::Result<()> {
        self.kept.disconnect()
    }

    pub(super) fn local(&self) -> Option<SocketAddr> {
        let local = datagram::local_address(self.fd()).ok()?;
        (local.port() != 0).then_some(local)
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.copy.get_ref().as_fd()
    }

    pub(super) fn remotes(&self) -> MutexGuard<'_, Remotes> {
        self.remotes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
