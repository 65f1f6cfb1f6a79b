//! Connections that carry bytes in both directions, as the contract's `stream<u8>`: bytes go between the
//! system and the plugin's own memory without a copy in between.
//!
//! It knows no gate and no protocol: a room brings the [`Duplex`], together with the permit that it was
//! opened with, and a room that wraps another's connection, as TLS does, takes its [`Connection`].

mod transfer;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};

pub use transfer::{Ending, Receiver, Sender};

/// Bytes in both directions. One task reads and one writes at a time.
pub trait Duplex: Send + Sync + 'static {
    /// Reads at least one byte; 0 when the peer sends no more.
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>>;

    /// Writes at least one byte.
    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Hands on what `poll_write` has kept back.
    fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Tells the peer that nothing more will be written.
    fn poll_shutdown(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// The socket underneath.
    fn socket(&self) -> BorrowedFd<'_>;
}

/// A connection between addresses of a kind, as a run's table holds it.
pub struct Connection<A = SocketAddr> {
    duplex: Arc<dyn Duplex>,
    use_of: Arc<Use>,
    local: A,
    remote: A,
}

/// Which directions are in use, and whether the outward one is over.
#[derive(Default)]
struct Use {
    receiving: AtomicBool,
    sending: AtomicBool,
    shut: AtomicBool,
}

/// A direction that is in use already, or over.
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

    /// This end.
    pub fn local(&self) -> A {
        self.local.clone()
    }

    /// The other end.
    pub fn remote(&self) -> A {
        self.remote.clone()
    }

    /// The socket underneath, for questions about it.
    pub fn socket(&self) -> BorrowedFd<'_> {
        self.duplex.socket()
    }

    /// The bytes themselves, for who wraps them. Not while a stream is open.
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

    /// The inward direction.
    pub fn receive(&self) -> Result<(Receiver, Ending), Busy> {
        claim(&self.use_of.receiving)?;
        Ok(Receiver::new(
            Arc::clone(&self.duplex),
            Arc::clone(&self.use_of),
        ))
    }

    /// The outward direction.
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

    /// The end of the outward direction.
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
