//! A TCP socket in all its states, from its creation to a connection or a listener.

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use tokio::net::TcpStream;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress};
use wasmtime_wasi::p2::bindings::sockets::tcp::ShutdownType;

use super::connection::Connection;
use super::listener::Listener;
use super::steps::Step;
use crate::{TcpConnect, TcpListen, code};
use nethost_broker::{Broker, IncrementalSocket};
use nethost_gate::{Gate, Permit};
use nethost_net::datagram;

/// The same as in std.
const BACKLOG: u32 = 128;

/// `tcp-socket`.
pub(crate) struct Socket {
    pub(super) gate: Arc<Gate>,
    pub(super) ipv6: bool,
    pub(super) backlog: u32,
    /// A step that was started and not finished.
    pub(super) started: Option<Step>,
    /// The permit to bind, if the address needs one.
    pub(super) bound: Option<Permit<TcpListen>>,
    pub(super) state: State,
}

pub(super) enum State {
    /// Neither connected nor listening; perhaps bound.
    Idle(IncrementalSocket, OwnedFd),
    Connecting(TcpStream, Permit<TcpConnect>),
    Connected(Arc<Connection>),
    Listening(Listener),
    /// An attempt failed with this error.
    Closed(ErrorCode),
}

impl Socket {
    pub(crate) fn make(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        ipv6: bool,
    ) -> Result<Self, ErrorCode> {
        let (kept, copy) =
            IncrementalSocket::make(broker, true, ipv6).map_err(|error| code(&error))?;
        Ok(Self::with(gate, ipv6, State::Idle(kept, copy)))
    }

    fn with(gate: &Arc<Gate>, ipv6: bool, state: State) -> Self {
        Self {
            gate: Arc::clone(gate),
            ipv6,
            backlog: BACKLOG,
            started: None,
            bound: None,
            state,
        }
    }

    /// An accepted connection, and its socket.
    pub(crate) fn accept(&mut self) -> Result<(Self, Arc<Connection>), ErrorCode> {
        let State::Listening(listener) = &self.state else {
            return Err(ErrorCode::InvalidState);
        };
        let connection = Arc::new(listener.accept()?);
        let state = State::Connected(Arc::clone(&connection));
        Ok((Self::with(&self.gate, self.ipv6, state), connection))
    }

    pub(super) fn shutdown(&mut self, direction: ShutdownType) -> Result<(), ErrorCode> {
        let State::Connected(connection) = &self.state else {
            return Err(ErrorCode::InvalidState);
        };
        if matches!(direction, ShutdownType::Receive | ShutdownType::Both) {
            connection.end_receiving();
        }
        if matches!(direction, ShutdownType::Send | ShutdownType::Both) {
            connection.end_sending();
        }
        Ok(())
    }

    pub(crate) fn local_address(&mut self) -> Result<IpSocketAddress, ErrorCode> {
        if matches!(self.state, State::Connecting(..)) {
            return Err(ErrorCode::InvalidState);
        }
        let local = bound_to(&self.fd()?).ok_or(ErrorCode::InvalidState)?;
        Ok(local.into())
    }

    pub(super) fn remote_address(&mut self) -> Result<IpSocketAddress, ErrorCode> {
        match &self.state {
            State::Connected(connection) => connection
                .peer()
                .map(IpSocketAddress::from)
                .map_err(|error| code(&error)),
            State::Closed(error) => Err(*error),
            _ => Err(ErrorCode::InvalidState),
        }
    }

    pub(super) fn is_listening(&mut self) -> bool {
        matches!(self.state, State::Listening(_))
    }

    pub(super) fn family(&mut self) -> IpAddressFamily {
        if self.ipv6 {
            IpAddressFamily::Ipv6
        } else {
            IpAddressFamily::Ipv4
        }
    }

    pub(super) fn set_backlog(&mut self, size: u64) -> Result<(), ErrorCode> {
        if size == 0 {
            return Err(ErrorCode::InvalidArgument);
        }
        // The kernel has its own limit.
        let size = size.min(i32::MAX as u64) as u32;
        match &self.state {
            State::Idle(..) => {}
            State::Listening(listener) => {
                listener.set_backlog(size).map_err(|error| code(&error))?;
            }
            State::Closed(error) => return Err(*error),
            _ => return Err(ErrorCode::InvalidState),
        }
        self.backlog = size;
        Ok(())
    }

    pub(crate) fn fd(&self) -> Result<BorrowedFd<'_>, ErrorCode> {
        match &self.state {
            State::Idle(_, copy) => Ok(copy.as_fd()),
            State::Connecting(stream, _) => Ok(stream.as_fd()),
            State::Connected(connection) => Ok(connection.as_fd()),
            State::Listening(listener) => Ok(listener.as_fd()),
            State::Closed(error) => Err(*error),
        }
    }
}

#[async_trait]
impl Pollable for Socket {
    async fn ready(&mut self) {
        match &self.state {
            State::Connecting(stream, _) => {
                // An error is reported when connecting is finished.
                let _ = stream.writable().await;
            }
            State::Listening(listener) => listener.until_ready().await,
            _ => {}
        }
    }
}

/// The kernel assigns a port to every bound socket.
pub(super) fn bound_to(socket: &impl AsFd) -> Option<SocketAddr> {
    let local = datagram::local_address(socket.as_fd()).ok()?;
    (local.port() != 0).then_some(local)
}
