//! A connected stream socket and the permit that counts its bytes. TCP and UNIX domain sockets differ only in the type of
//! the socket.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll, ready};

use rustix::io::Errno;
use rustix::net::Shutdown;
use tokio::net::{TcpStream, UnixStream};

use super::Duplex;
use nethost_core::Capability;
use nethost_gate::Permit;

/// A stream socket that the runtime watches.
pub trait StreamSocket: AsFd + Send + Sync + 'static {
    /// Waits until there is something to read.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Waits until there is space to write.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Reads without waiting.
    fn read(&self, into: &mut [u8]) -> io::Result<usize>;
    /// Writes without waiting.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;
}

macro_rules! stream_socket {
    ($($socket:ty)*) => {$(
        impl StreamSocket for $socket {
            fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_read_ready(context)
            }

            fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_write_ready(context)
            }

            fn read(&self, into: &mut [u8]) -> io::Result<usize> {
                self.try_read(into)
            }

            fn write(&self, bytes: &[u8]) -> io::Result<usize> {
                self.try_write(bytes)
            }
        }
    )*};
}

stream_socket!(TcpStream UnixStream);

/// A connected socket. Each byte is read and written under the permit, and counted.
pub struct PermittedStream<S, C: Capability> {
    socket: S,
    permit: Permit<C>,
}

impl<S: StreamSocket, C: Capability> PermittedStream<S, C> {
    /// A connected socket under its permit.
    pub fn new(socket: S, permit: Permit<C>) -> Self {
        Self { socket, permit }
    }
}

impl<S: StreamSocket, C: Capability> Duplex for PermittedStream<S, C> {
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.socket.poll_readable(context))?;
            match self.socket.read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(count) => {
                    if count > 0 {
                        self.permit.may_receive(count).map_err(io::Error::other)?;
                        self.permit.count_received(count);
                    }
                    return Poll::Ready(Ok(count));
                }
                Err(error) => {
                    self.permit.failed(&error);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.permit
            .may_send(bytes.len())
            .map_err(io::Error::other)?;
        loop {
            ready!(self.socket.poll_writable(context))?;
            match self.socket.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Ok(count) => {
                    self.permit.count_sent(count);
                    return Poll::Ready(Ok(count));
                }
                Err(error) => {
                    self.permit.failed(&error);
                    return Poll::Ready(Err(error));
                }
            }
        }
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = match rustix::net::shutdown(&self.socket, Shutdown::Write) {
            // The connection existed. The kernel reports the reason to the reader; this call reports only that it is
            // gone.
            Err(Errno::NOTCONN) => Err(Errno::CONNRESET),
            done => done,
        };
        let done = done.map_err(io::Error::from);
        Poll::Ready(done.inspect_err(|error| self.permit.failed(error)))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}
