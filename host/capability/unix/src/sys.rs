//! The sockets themselves, which the broker opened: bytes and messages, each under a permit that counts them.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use rustix::net::{RecvFlags, SendFlags, recvfrom, send};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixStream;

use nethost_broker::capabilities::unix::{UnixAddress, local_address};
use nethost_core::Capability;
use nethost_gate::Permit;
use nethost_kit::stream::Duplex;
use nethost_net::timer::Timer;

/// A connection, and the permit that counts what it carries.
pub(super) struct Wire<C: Capability> {
    stream: UnixStream,
    permit: Permit<C>,
}

impl<C: Capability> Wire<C> {
    pub(super) fn new(socket: OwnedFd, permit: Permit<C>) -> io::Result<Self> {
        let stream = UnixStream::from_std(socket.into());
        Ok(Self {
            stream: stream.inspect_err(|error| permit.failed(error))?,
            permit,
        })
    }
}

impl<C: Capability> Duplex for Wire<C> {
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            match self.stream.try_read(into) {
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
            ready!(self.stream.poll_write_ready(context))?;
            match self.stream.try_write(bytes) {
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
        let done = SockRef::from(&self.stream).shutdown(Shutdown::Write);
        Poll::Ready(done.inspect_err(|error| self.permit.failed(error)))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

/// A socket whose other copy the broker may have.
pub(super) struct Copy(AsyncFd<OwnedFd>);

/// A message that came.
pub(super) struct Arrived {
    pub(super) bytes: Vec<u8>,
    pub(super) source: UnixAddress,
    pub(super) truncated: bool,
}

impl Copy {
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        Ok(Self(nethost_net::register(socket, interest)?))
    }

    pub(super) fn local_address(&self) -> io::Result<UnixAddress> {
        local_address(self.0.get_ref().as_fd())
    }

    /// What this returns once it does not say that nothing is there.
    pub(super) async fn when_readable<T>(
        &self,
        mut take: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let mut ready = self.0.readable().await?;
            if let Ok(taken) = ready.try_io(|_| take()) {
                return taken;
            }
        }
    }

    /// Sends one message, once there is room for it.
    pub(super) async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        loop {
            let mut ready = self.0.writable().await?;
            if let Ok(sent) = ready.try_io(|socket| Ok(send(socket.get_ref(), bytes, flags)?)) {
                return sent.map(drop);
            }
        }
    }

    /// The next message that comes before a moment, and no more of it than this.
    pub(super) async fn receive(
        &self,
        most: usize,
        deadline: Option<Instant>,
    ) -> io::Result<Option<Arrived>> {
        let flags = RecvFlags::TRUNC | RecvFlags::DONTWAIT;
        let mut bytes = vec![0; most];
        let received =
            self.when_readable(|| Ok(recvfrom(self.0.get_ref(), &mut bytes[..], flags)?));
        let timer = Timer::default();
        let received = match deadline {
            None => received.await?,
            Some(deadline) => tokio::select! {
                biased;
                received = received => received?,
                () = timer.until(deadline) => return Ok(None),
            },
        };
        let (kept, length, source) = received;
        bytes.truncate(kept);
        Ok(Some(Arrived {
            bytes,
            source: UnixAddress::of(source)?,
            truncated: length > kept,
        }))
    }
}
