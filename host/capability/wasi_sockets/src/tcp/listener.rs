//! A listening socket. The broker accepts each connection and reports the peer; it passes the connections of peers that
//! the gate allows.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

use super::connection::{Carrier, Connection};
use crate::readiness::{For, until_ready};
use crate::{TcpListen, code};
use nethost_broker::IncrementalSocket;
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;

/// The number of peers that are refused before the plugin gets its turn again.
const AT_ONCE: usize = 64;

pub(super) struct Listener {
    gate: Arc<Gate>,
    kept: IncrementalSocket,
    copy: AsyncFd<OwnedFd>,
    permit: Permit<TcpListen>,
}

impl Listener {
    pub(super) fn new(
        gate: &Arc<Gate>,
        kept: IncrementalSocket,
        copy: OwnedFd,
        permit: Permit<TcpListen>,
        backlog: u32,
    ) -> io::Result<Self> {
        let listening = kept
            .listen(&permit, backlog)
            .and_then(|()| nethost_net::register(copy, Interest::READABLE | Interest::ERROR));
        Ok(Self {
            gate: Arc::clone(gate),
            copy: listening.inspect_err(|error| permit.failed(error))?,
            kept,
            permit,
        })
    }

    pub(super) fn set_backlog(&self, backlog: u32) -> io::Result<()> {
        self.kept.listen(&self.permit, backlog)
    }

    /// The next connection of an allowed peer. Connections of other peers are reset.
    pub(super) fn accept(&self) -> Result<Connection, ErrorCode> {
        for _ in 0..AT_ONCE {
            let peer = self
                .kept
                .accept(&self.permit)
                .map_err(|error| why(&error))?;
            let Ok(interface) = self.kept.interface_to(peer) else {
                continue;
            };
            let request = remote_set::request("tcp-socket.accept", peer, true, interface);
            let Ok(permit) = self.gate.authorize(request) else {
                continue;
            };
            let taken = self.kept.take(&permit);
            let stream = taken.and_then(|taken| TcpStream::from_std(taken.into()));
            return match stream {
                Ok(stream) => Ok(Connection::new(stream, Carrier::Accepted(permit))),
                Err(error) => {
                    permit.failed(&error);
                    Err(code(&error))
                }
            };
        }
        Err(ErrorCode::WouldBlock)
    }

    pub(super) async fn until_ready(&self) {
        until_ready(&self.copy, For::Receiving).await;
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.copy.get_ref().as_fd()
    }
}

/// In this call, Linux reports errors of the new connection (accept(2)).
fn why(error: &io::Error) -> ErrorCode {
    match error.raw_os_error() {
        Some(
            libc::ECONNRESET
            | libc::EHOSTUNREACH
            | libc::EHOSTDOWN
            | libc::ENETDOWN
            | libc::ENETUNREACH
            | libc::EPROTO
            | libc::ENOPROTOOPT
            | libc::ENONET
            | libc::EOPNOTSUPP,
        ) => ErrorCode::ConnectionAborted,
        _ => code(error),
    }
}
