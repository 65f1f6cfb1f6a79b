//! The plugin's side of sockets that are opened step by step: the broker keeps each, and this asks for its steps.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::wire::{Departing, Step};
use super::{Broker, InterfaceBy, held, sockets};
use crate::core::Interface;
use crate::gate::{Capability, Permit};

/// A socket that the broker keeps. It is closed there when this is dropped.
#[derive(Debug)]
pub struct PlainSocket {
    broker: Arc<Broker>,
    number: u64,
}

/// Numbers are never used again.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

impl PlainSocket {
    /// Makes one for connections or datagrams, and returns a copy of it.
    pub fn make(broker: &Arc<Broker>, stream: bool, ipv6: bool) -> io::Result<(Self, OwnedFd)> {
        let number = NUMBERS.fetch_add(1, Relaxed);
        let copy = match &**broker {
            Broker::Behind(link) => link.make_socket(number, stream, ipv6)?,
            Broker::Here(sockets) => held(sockets).plain.make(number, stream, ipv6)?,
        };
        let broker = Arc::clone(broker);
        Ok((Self { broker, number }, copy))
    }

    /// The interface that packets to this remote leave by, where its address says.
    pub fn interface_to(&self, remote: SocketAddr) -> io::Result<Option<Interface>> {
        match remote {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                let by = InterfaceBy::Index(v6.scope_id());
                let found = self.broker.interface(&self.broker.own_namespace(), &by);
                found.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Binds it; without a permit where that reaches nobody.
    pub fn bind<C: Capability>(
        &self,
        permit: Option<&Permit<C>>,
        local: SocketAddr,
    ) -> io::Result<()> {
        let handle = permit.map(Permit::handle);
        match &*self.broker {
            Broker::Behind(link) => link
                .step(self.number, Step::Bind { handle, local })
                .map(drop),
            Broker::Here(sockets) => held(sockets)
                .plain
                .bind(self.number, local, handle.is_some()),
        }
    }

    /// Connects it. What comes of a stream's attempt is for its copy to tell.
    pub fn connect<C: Capability>(&self, permit: &Permit<C>, remote: SocketAddr) -> io::Result<()> {
        let handle = permit.handle();
        match &*self.broker {
            Broker::Behind(link) => link
                .step(self.number, Step::Connect { handle, remote })
                .map(drop),
            Broker::Here(sockets) => held(sockets).plain.connect(self.number, remote),
        }
    }

    /// Connects one for datagrams to nobody.
    pub fn part(&self) -> io::Result<()> {
        match &*self.broker {
            Broker::Behind(link) => link.step(self.number, Step::Part).map(drop),
            Broker::Here(sockets) => held(sockets).plain.part(self.number),
        }
    }

    /// Lets in what this remote sends.
    pub fn add_remote<C: Capability>(
        &self,
        permit: &Permit<C>,
        remote: SocketAddr,
    ) -> io::Result<()> {
        let handle = permit.handle();
        match &*self.broker {
            Broker::Behind(link) => link
                .step(self.number, Step::AddRemote { handle, remote })
                .map(drop),
            Broker::Here(sockets) => held(sockets).plain.add_remote(self.number, remote),
        }
    }

    /// Sends packets, whose bytes follow each other, each under its permit. Returns the moments of those that left.
    pub fn send(&self, packets: &[Departing], bytes: &[u8]) -> io::Result<Vec<u64>> {
        match &*self.broker {
            Broker::Behind(link) => link.send_step(self.number, packets, bytes),
            Broker::Here(sockets) => {
                let malformed = || io::Error::from_raw_os_error(libc::EINVAL);
                sockets::send_each(packets, bytes, malformed, |packet, bytes| {
                    held(sockets).plain.send(self.number, packet.remote, bytes)
                })
            }
        }
    }

    /// Listens where it is bound, with room for so many who wait.
    pub fn listen<C: Capability>(&self, permit: &Permit<C>, backlog: u32) -> io::Result<()> {
        let handle = permit.handle();
        match &*self.broker {
            Broker::Behind(link) => link
                .step(self.number, Step::Listen { handle, backlog })
                .map(drop),
            Broker::Here(sockets) => held(sockets).plain.listen(self.number, handle, backlog),
        }
    }

    /// Accepts a connection and tells whose it is. What was accepted before and not taken is reset.
    pub fn accept(&self) -> io::Result<SocketAddr> {
        match &*self.broker {
            Broker::Behind(link) => link.accept(self.number),
            Broker::Here(sockets) => held(sockets).plain.accept(self.number),
        }
    }

    /// Takes the connection that was accepted last, from a peer that was permitted.
    pub fn take<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let handle = permit.handle();
        match &*self.broker {
            Broker::Behind(link) => link
                .step(self.number, Step::Take { handle })?
                .ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO)),
            Broker::Here(sockets) => held(sockets).plain.take(self.number),
        }
    }
}

impl Drop for PlainSocket {
    fn drop(&mut self) {
        match &*self.broker {
            Broker::Behind(link) => link.close_socket(self.number),
            Broker::Here(sockets) => held(sockets).plain.close(self.number),
        }
    }
}
