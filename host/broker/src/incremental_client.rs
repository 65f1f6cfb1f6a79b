//! The runner's side of sockets that are opened incrementally: the broker keeps each, and this asks for its steps.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::inquiry::Inquiry;
use super::{Broker, locked, operation};
use nethost_core::Capability;
use nethost_core::Interface;
use nethost_core::InterfaceBy;
use nethost_gate::{Permit, Ticket};

/// A socket that the broker keeps. It is closed there when this is dropped.
pub struct IncrementalSocket {
    broker: Arc<Broker>,
    number: u64,
}

/// Numbers are never used again.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Any port of any address, as clients have it: it reaches nobody.
pub fn is_anonymous(local: SocketAddr) -> bool {
    local.ip().is_unspecified() && local.port() == 0
}

impl IncrementalSocket {
    /// Makes one for connections or datagrams, and returns a copy of it.
    pub fn make(broker: &Arc<Broker>, stream: bool, ipv6: bool) -> io::Result<(Self, OwnedFd)> {
        let number = NUMBERS.fetch_add(1, Relaxed);
        let inquiry = Inquiry::MakeSocket {
            socket: number,
            stream,
            ipv6,
        };
        let (_, copy) = broker.inquire(inquiry)?;
        let copy = copy.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))?;
        let broker = Arc::clone(broker);
        Ok((Self { broker, number }, copy))
    }

    /// The interface that packets to this remote leave by, where its address says.
    pub fn interface_to(&self, remote: SocketAddr) -> io::Result<Option<Interface>> {
        match remote {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                let by = InterfaceBy::Index(v6.scope_id());
                self.broker.interface(&None, &by).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Binds it to the permitted local address; without a permit, to any address and a port of the kernel's choice.
    pub fn bind<C: Capability>(&self, permit: Option<&Permit<C>>) -> io::Result<()> {
        match permit {
            Some(permit) => self
                .broker
                .perform::<operation::BindSocket, C>(permit, &[], self.number)
                .map(drop),
            None => {
                let socket = self.number;
                self.broker
                    .inquire(Inquiry::BindAnywhere { socket })
                    .map(drop)
            }
        }
    }

    /// Connects it to the permitted remote. What comes of a stream's attempt is for its copy to tell.
    pub fn connect<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.broker
            .perform::<operation::ConnectIncremental, C>(permit, &[], self.number)
            .map(drop)
    }

    /// Connects one for datagrams to nobody.
    pub fn disconnect(&self) -> io::Result<()> {
        let socket = self.number;
        self.broker
            .inquire(Inquiry::Disconnect { socket })
            .map(drop)
    }

    /// Accepts what the permitted remote sends.
    pub fn add_sender<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.broker
            .perform::<operation::AddSender, C>(permit, &[], self.number)
            .map(drop)
    }

    /// Sends packets, whose bytes follow each other, each under its permit; the first is this one. Returns the
    /// moments of those that left.
    pub fn send<C: Capability>(
        &self,
        first: &Permit<C>,
        permits: &[&Ticket],
        packets: &mut operation::Packets,
    ) -> io::Result<Vec<u64>> {
        let datagrams = operation::Datagrams {
            socket: self.number,
            packets: std::mem::take(packets),
        };
        let sent = self
            .broker
            .perform::<operation::SendUnconnected, C>(first, permits, datagrams);
        sent.map(|(moments, _)| moments)
    }

    /// Listens where it is bound, with room for so many who wait.
    pub fn listen<C: Capability>(&self, permit: &Permit<C>, backlog: u32) -> io::Result<()> {
        let listening = operation::Listening {
            socket: self.number,
            backlog,
        };
        self.broker
            .perform::<operation::ListenSocket, C>(permit, &[], listening)
            .map(drop)
    }

    /// Accepts a connection, under the permit that it listens under, and tells whose it is. What was accepted
    /// before and not taken is reset.
    pub fn accept<C: Capability>(&self, listening: &Permit<C>) -> io::Result<SocketAddr> {
        let (peer, _) =
            self.broker
                .perform::<operation::AcceptConnection, C>(listening, &[], self.number)?;
        Ok(peer.0)
    }

    /// Takes the connection that was accepted last, from a peer that was permitted.
    pub fn take<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let ((), taken) = self
            .broker
            .obtain::<operation::TakeConnection, C>(permit, self.number)?;
        Ok(taken)
    }
}

impl Drop for IncrementalSocket {
    fn drop(&mut self) {
        match &*self.broker {
            Broker::Remote(link) => link.close_socket(self.number),
            Broker::InProcess(state) => locked(state).sockets.incremental.close(self.number),
        }
    }
}
