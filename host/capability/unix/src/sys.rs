//! The sockets themselves, which the broker opened: bytes and messages, each under a permit that counts them.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use rustix::net::{RecvFlags, SendFlags, recvfrom, send};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::UnixStream;

use nethost_broker::capabilities::unix::{UnixAddress, local_address};
use nethost_core::Capability;
use nethost_gate::Permit;
use nethost_kit::stream::PermittedStream;
use nethost_net::timer::Timer;

/// A connection, and the permit that counts what it carries.
pub(super) fn connection<C: Capability>(
    socket: OwnedFd,
    permit: Permit<C>,
) -> io::Result<PermittedStream<UnixStream, C>> {
    let stream = UnixStream::from_std(socket.into());
    let stream = stream.inspect_err(|error| permit.failed(error))?;
    Ok(PermittedStream::new(stream, permit))
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
