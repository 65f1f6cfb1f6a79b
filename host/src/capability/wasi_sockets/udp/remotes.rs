//! With whom a UDP socket may exchange datagrams: each address is a request at the gate, once.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::broker::PlainSocket;
use crate::capability::exchange;
use crate::capability::wasi_sockets::UdpExchange;
use crate::gate::{Gate, Permit};

/// No socket remembers more of them; beyond it, each is asked about again.
const REMEMBERED: usize = 1 << 16;

#[derive(Default)]
pub(super) struct Remotes {
    /// With their permits, or denied.
    known: HashMap<(IpAddr, u16), Option<Permit<UdpExchange>>>,
    pub(super) entrance: Entrance,
}

/// Whose datagrams the kernel lets in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Nobody's, before there is a remote.
    #[default]
    Nobodys,
    /// Of others arrives that they came, without what they say.
    Of(SocketAddr),
    Everybodys,
}

impl Entrance {
    /// As it is when this remote is let in too.
    pub(super) fn with(self, remote: SocketAddr) -> Self {
        match self {
            Self::Nobodys if !remote.ip().is_multicast() => Self::Of(remote),
            Self::Of(one) if is_same(one, remote) => self,
            _ => Self::Everybodys,
        }
    }

    /// Whether what this remote says comes in.
    pub(super) fn is_open_to(self, remote: SocketAddr) -> bool {
        match self {
            Self::Nobodys => false,
            Self::Of(one) => is_same(one, remote),
            Self::Everybodys => true,
        }
    }
}

/// Whether two addresses are one's: flows and zones are the kernel's notes.
pub(super) fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    (one.ip(), one.port()) == (other.ip(), other.port())
}

impl Remotes {
    /// The permit for a remote, asked for when it is first met.
    pub(super) fn permit(
        &mut self,
        gate: &Arc<Gate>,
        op: &'static str,
        remote: SocketAddr,
    ) -> Option<&Permit<UdpExchange>> {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let permit = self
            .known
            .entry((remote.ip(), remote.port()))
            .or_insert_with(|| {
                let request = exchange::request(op, remote, true, None);
                gate.authorize(request).ok()
            });
        permit.as_ref()
    }

    /// That of one that was met.
    pub(super) fn known(&self, remote: SocketAddr) -> Option<&Permit<UdpExchange>> {
        self.known.get(&(remote.ip(), remote.port()))?.as_ref()
    }

    /// Has what a permitted remote says let in.
    pub(super) fn let_in(&mut self, socket: &PlainSocket, remote: SocketAddr) -> io::Result<()> {
        if !self.entrance.is_open_to(remote)
            && let Some(permit) = self.known(remote)
        {
            socket.add_remote(permit, remote)?;
            self.entrance = self.entrance.with(remote);
        }
        Ok(())
    }
}
