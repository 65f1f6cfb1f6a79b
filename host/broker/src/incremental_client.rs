//! The runner's side of incremental sockets: the broker keeps each socket, and this requests its steps.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::client::{Broker, locked};
use super::inquiry::Inquiry;
use nethost_core::Interface;
use nethost_core::InterfaceBy;

/// A socket that the broker keeps. When this is dropped, the broker closes it.
pub struct IncrementalSocket {
    pub(crate) broker: Arc<Broker>,
    pub(crate) number: u64,
}

/// Numbers are never reused.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// Any port of any address, as for clients: nobody can reach it.
pub fn is_anonymous(local: SocketAddr) -> bool {
    local.ip().is_unspecified() && local.port() == 0
}

impl IncrementalSocket {
    /// Creates a stream or datagram socket and returns a copy of it.
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

    /// The interface for packets to this remote, if its address names one.
    pub fn interface_to(&self, remote: SocketAddr) -> io::Result<Option<Interface>> {
        match remote {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => {
                let by = InterfaceBy::Index(v6.scope_id());
                self.broker.interface(&None, &by).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Disconnects a datagram socket.
    pub fn disconnect(&self) -> io::Result<()> {
        let socket = self.number;
        self.broker
            .inquire(Inquiry::Disconnect { socket })
            .map(drop)
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
