//! An established connection, the permit that counts its bytes, and the bytes that are not written yet.

use std::io;
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::task::{JoinError, JoinHandle};

use crate::{TcpConnect, TcpListen};
use nethost_gate::{Denial, Permit};

pub(crate) struct Connection {
    pub(super) stream: TcpStream,
    carrier: Carrier,
    /// The receiving direction was shut down.
    deaf: AtomicBool,
    sending: Mutex<Sending>,
}

/// The permit that counts the bytes.
pub(super) enum Carrier {
    Dialled(Permit<TcpConnect>),
    Accepted(Permit<TcpListen>),
}

/// The state of the sending direction.
enum Sending {
    Open,
    /// The kernel had no room for all bytes; this task writes the rest, and perhaps ends the direction.
    Rest(JoinHandle<io::Result<()>>, bool),
    Failed(io::Error),
    Over,
}

/// Whether more can be written.
pub(super) enum Writable {
    Now,
    Later,
    Never,
}

impl Sending {
    /// Checks whether the rest has been written.
    fn settle(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Self::Rest(rest, last) = self {
            let done = ready!(Pin::new(rest).poll(context));
            *self = match finished(done) {
                Ok(()) if *last => Self::Over,
                Ok(()) => Self::Open,
                Err(error) => Self::Failed(error),
            };
        }
        Poll::Ready(())
    }
}

fn finished(done: Result<io::Result<()>, JoinError>) -> io::Result<()> {
    done.unwrap_or_else(|error| Err(io::Error::other(error)))
}

macro_rules! permit {
    ($self:ident, $permit:ident => $act:expr) => {
        match &$self.carrier {
            Carrier::Dialled($permit) => $act,
            Carrier::Accepted($permit) => $act,
        }
    };
}

fn refused(denial: Denial) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, denial)
}

impl Connection {
    pub(super) fn new(stream: TcpStream, carrier: Carrier) -> Self {
        Self {
            stream,
            carrier,
            deaf: AtomicBool::new(false),
            sending: Mutex::new(Sending::Open),
        }
    }

    pub(super) fn peer(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }

    /// Whether the receiving direction was shut down.
    pub(super) fn is_deaf(&self) -> bool {
        self.deaf.load(Relaxed)
    }

    /// Receives the available bytes. No bytes: the peer has ended its side.
    pub(super) fn receive(&self, into: &mut [u8]) -> io::Result<usize> {
        let received = self.stream.try_read(into).and_then(|count| {
            if count > 0 {
                permit!(self, permit => permit.may_receive(count)).map_err(refused)?;
                permit!(self, permit => permit.count_received(count));
            }
            Ok(count)
        });
        match &received {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) => self.deaf.store(true, Relaxed),
            Err(error) => {
                self.deaf.store(true, Relaxed);
                permit!(self, permit => permit.failed(error));
            }
        }
        received
    }

    pub(super) fn end_receiving(&self) {
        self.deaf.store(true, Relaxed);
        // If the connection is gone, it receives nothing more anyway.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Read);
    }

    /// Writes all bytes, now or while the plugin continues.
    pub(crate) fn send(self: &Arc<Self>, mut bytes: Bytes) -> io::Result<()> {
        let mut sending = self.sending();
        match self.try_send(&mut bytes) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let connection = Arc::clone(self);
                let rest = tokio::spawn(async move {
                    loop {
                        connection.stream.writable().await?;
                        match connection.try_send(&mut bytes) {
                            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                            done => return done,
                        }
                    }
                });
                *sending = Sending::Rest(rest, false);
            }
            Err(error) => {
                *sending = Sending::Over;
                return Err(error);
            }
        }
        Ok(())
    }

    fn try_send(&self, bytes: &mut Bytes) -> io::Result<()> {
        while !bytes.is_empty() {
            permit!(self, permit => permit.may_send(bytes.len())).map_err(refused)?;
            let count = self.stream.try_write(bytes).inspect_err(|error| {
                if error.kind() != io::ErrorKind::WouldBlock {
                    permit!(self, permit => permit.failed(error));
                }
            })?;
            permit!(self, permit => permit.count_sent(count));
            bytes.advance(count);
        }
        Ok(())
    }

    /// Whether more can be written now. Returns an error once; after that, the direction is closed.
    pub(super) fn may_write(&self) -> io::Result<Writable> {
        let context = &mut Context::from_waker(Waker::noop());
        let mut sending = self.sending();
        if sending.settle(context).is_pending() {
            return Ok(Writable::Later);
        }
        match std::mem::replace(&mut *sending, Sending::Over) {
            Sending::Failed(error) => Err(error),
            Sending::Over => Ok(Writable::Never),
            open => {
                *sending = open;
                match self.stream.poll_write_ready(context)? {
                    Poll::Ready(()) => Ok(Writable::Now),
                    Poll::Pending => Ok(Writable::Later),
                }
            }
        }
    }

    /// Waits until more can be written, or the direction has ended.
    pub(super) async fn until_writable(&self) {
        std::future::poll_fn(|context| {
            let mut sending = self.sending();
            ready!(sending.settle(context));
            match *sending {
                Sending::Open => self.stream.poll_write_ready(context).map(drop),
                _ => Poll::Ready(()),
            }
        })
        .await;
    }

    /// Ends the sending direction after everything is sent.
    pub(super) fn end_sending(self: &Arc<Self>) {
        let mut sending = self.sending();
        *sending = match std::mem::replace(&mut *sending, Sending::Over) {
            Sending::Open => {
                self.say_end();
                Sending::Over
            }
            Sending::Rest(rest, false) => {
                let connection = Arc::clone(self);
                let end = tokio::spawn(async move {
                    finished(rest.await)?;
                    connection.say_end();
                    Ok(())
                });
                Sending::Rest(end, true)
            }
            over => over,
        };
    }

    fn say_end(&self) {
        // If the connection is gone, its sending direction has ended.
        let _ = SockRef::from(&self.stream).shutdown(Shutdown::Write);
    }

    fn sending(&self) -> MutexGuard<'_, Sending> {
        self.sending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
