//! A socket that connections come to. The broker binds it and accepts each connection, and hands over those of peers
//! that the gate allows.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{TcpListen, sys};
use crate::bindings::nethost::cap::tcp::StreamOptions;
use nethost_broker::{Broker, IncrementalSocket, is_anonymous};
use nethost_core::{Request, Target};
use nethost_gate::{Gate, Permit};
use nethost_kit::remote_set;
use nethost_kit::stream::Connection;
use nethost_kit::types::{ErrorCode, invalid};
use nethost_net::datagram;

/// A socket that listens.
pub struct Listener {
    gate: Arc<Gate>,
    kept: IncrementalSocket,
    copy: AsyncFd<OwnedFd>,
    permit: Permit<TcpListen>,
    local: SocketAddr,
}

impl Listener {
    /// Asks the gate, binds and listens. A port of the kernel's choice is asked for once it is known.
    pub(super) fn listen(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        local: SocketAddr,
        backlog: u32,
        options: &StreamOptions,
    ) -> Result<Self, ErrorCode> {
        if local.ip().is_multicast() {
            return Err(invalid("a multicast group is no local address"));
        }
        let permitted = |local: SocketAddr| {
            let request = Request::new("listener.listen", Target::listen(local));
            gate.authorize(request)
        };
        let bound: Option<Permit<TcpListen>> = match is_anonymous(local) {
            true => None,
            false => Some(permitted(local)?),
        };
        let (kept, copy) = IncrementalSocket::make(broker, true, local.is_ipv6())?;
        let failed = |permit: Option<&Permit<TcpListen>>, error: io::Error| {
            permit.into_iter().for_each(|permit| permit.failed(&error));
            ErrorCode::from(error)
        };
        kept.bind(bound.as_ref())
            .map_err(|error| failed(bound.as_ref(), error))?;
        let chosen = datagram::local_address(copy.as_fd())?;
        let permit = match bound {
            Some(permit) if local.port() != 0 => permit,
            _ => permitted(chosen)?,
        };
        let listening = sys::adjust(copy.as_fd(), local.is_ipv6(), options)
            .and_then(|()| kept.listen(&permit, backlog))
            .and_then(|()| nethost_net::register(copy, Interest::READABLE | Interest::ERROR));
        Ok(Self {
            gate: Arc::clone(gate),
            copy: listening.map_err(|error| failed(Some(&permit), error))?,
            kept,
            permit,
            local: chosen,
        })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The next connection. That of a peer who is denied is reset: at the next call, or at the end.
    pub(super) async fn accept(&self) -> Result<Connection, ErrorCode> {
        let peer = loop {
            let mut ready = self.copy.readable().await?;
            if let Ok(accepted) = ready.try_io(|_| self.kept.accept(&self.permit)) {
                break match accepted {
                    Ok(peer) => peer,
                    Err(error) => {
                        // Where the permit is over, that is why.
                        self.permit.ticket().check_terms()?;
                        return Err(error.into());
                    }
                };
            }
        };
        let interface = self.kept.interface_to(peer)?;
        let request = remote_set::request("listener.accept", peer, true, interface);
        let permit: Permit<TcpListen> = self.gate.authorize(request)?;
        let taken = self.kept.take(&permit);
        let socket = taken.inspect_err(|error| permit.failed(error))?;
        let (stream, local) = sys::accepted(socket, permit)?;
        Ok(Connection::new(Arc::new(stream), local, peer))
    }
}
