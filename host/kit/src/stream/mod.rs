//! Connections that carry bytes in both directions, as `stream<u8>` of the contract. Bytes are moved between the system
//! and the plugin's memory without an intermediate copy.
//!
//! A capability brings the [`Duplex`]: a [`PermittedStream`] for a socket, or its own. A capability that wraps another
//! connection, as TLS does, takes over its [`Connection`].

mod permitted;
mod transfer;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

pub use permitted::{PermittedStream, StreamSocket};
pub(crate) use transfer::CHUNK;
pub use transfer::{Ending, Receiver, Sender};

/// Bytes in both directions. At most one task reads and one task writes at a time.
pub trait Duplex: Send + Sync + 'static {
    /// Reads at least one byte; 0 if the peer has ended its side.
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes at least one byte.
    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes the bytes that `poll_write` has buffered.
    fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends the sending side.
    fn poll_shutdown(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The underlying socket.
    fn socket(&self) -> BorrowedFd<'_>;
}

/// A connection between addresses of a kind, as the table of a run holds it.
pub struct Connection<A = SocketAddr> {
    duplex: Arc<dyn Duplex>,
    use_of: Arc<Use>,
    local: A,
    remote: A,
}

/// Which directions are in use, and whether the sending direction has ended.
#[derive(Default)]
struct Use {
    receiving: AtomicBool,
    sending: AtomicBool,
    shut: AtomicBool,
}

/// The direction is already in use, or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this direction of the connection is in use or over")]
pub struct Busy;

impl<A: Clone + 'static> Connection<A> {
    /// A connection between these.
    pub fn new(duplex: Arc<dyn Duplex>, local: A, remote: A) -> Self {
        Self {
            duplex,
            use_of: Arc::default(),
            local,
            remote,
        }
    }

    /// The local address.
    pub fn local(&self) -> A {
        self.local.clone()
    }

    /// The address of the peer.
    pub fn remote(&self) -> A {
        self.remote.clone()
    }

    /// The underlying socket, to query it.
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.duplex.socket()
    }

    /// The byte stream itself, for a capability that wraps it. Fails while a stream is open.
    pub fn into_duplex(self) -> Result<Arc<dyn Duplex>, Busy> {
        let Use {
            receiving,
            sending,
            shut,
        } = &*self.use_of;
        if receiving.load(Relaxed) || sending.load(Relaxed) || shut.load(Relaxed) {
            return Err(Busy);
        }
        Ok(self.duplex)
    }

    /// Takes the receiving direction.
    pub fn receive(&self) -> Result<(Receiver, Ending), Busy> {
        claim(&self.use_of.receiving)?;
        Ok(Receiver::new(
            Arc::clone(&self.duplex),
            Arc::clone(&self.use_of),
        ))
    }

    /// Takes the sending direction.
    pub fn send(&self) -> Result<(Sender, Ending), Busy> {
        if self.use_of.shut.load(Relaxed) {
            return Err(Busy);
        }
        claim(&self.use_of.sending)?;
        Ok(Sender::new(
            Arc::clone(&self.duplex),
            Arc::clone(&self.use_of),
        ))
    }

    /// Ends the sending direction.
    pub fn shutdown(&self) -> Result<impl Future<Output = io::Result<()>> + Send + use<A>, Busy> {
        if self.use_of.sending.load(Relaxed) {
            return Err(Busy);
        }
        self.use_of.shut.store(true, Relaxed);
        let duplex = Arc::clone(&self.duplex);
        Ok(std::future::poll_fn(move |context| {
            duplex.poll_shutdown(context)
        }))
    }
}

fn claim(direction: &AtomicBool) -> Result<(), Busy> {
    match direction.swap(true, Relaxed) {
        true => Err(Busy),
        false => Ok(()),
    }
}
