//! Standard input and standard output as the two directions of a byte stream, at the speed of the kernel. Nothing here
//! blocks the process: each is waited for until poll(2) says that it is ready, and a pipe gets no more at a time than it
//! takes completely. Regular files are always ready.

use std::io::{self, Stdin};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::console::{AT_ONCE, Console};
use crate::stream::{Connection, Duplex};

/// The two standard streams of a run.
pub type StandardStreams = Connection<()>;

/// The streams of this process, on this console.
pub fn streams(console: &Console) -> StandardStreams {
    let standard = Standard {
        console: console.clone(),
        input: OnceLock::new(),
        output: OnceLock::new(),
    };
    Connection::new(Arc::new(standard), (), ())
}

struct Standard {
    console: Console,
    input: OnceLock<Watched>,
    output: OnceLock<Watched>,
}

/// A descriptor that can be waited for, or none for a file, which epoll(7) does not take.
struct Watched(Option<AsyncFd<OwnedFd>>);

impl Watched {
    fn new(stream: impl AsFd, interest: Interest) -> Self {
        let copy = stream.as_fd().try_clone_to_owned();
        Self(copy.and_then(|fd| nethost_net::register(fd, interest)).ok())
    }

    /// Waits until the stream is ready, as poll(2) has it, for the events of this direction.
    fn poll_ready(
        &self,
        context: &mut Context<'_>,
        stream: BorrowedFd<'_>,
        events: PollFlags,
    ) -> Poll<io::Result<()>> {
        let Some(watched) = &self.0 else {
            return Poll::Ready(Ok(()));
        };
        loop {
            let mut ready = match events {
                PollFlags::IN => ready!(watched.poll_read_ready(context))?,
                _ => ready!(watched.poll_write_ready(context))?,
            };
            if is_ready(stream, events) {
                return Poll::Ready(Ok(()));
            }
            ready.clear_ready();
        }
    }
}

fn is_ready(stream: BorrowedFd<'_>, events: PollFlags) -> bool {
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    !matches!(
        poll(&mut [PollFd::new(&stream, events)], Some(&at_once)),
        Ok(0)
    )
}

fn stdin() -> Stdin {
    io::stdin()
}

impl Duplex for Standard {
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let stdin = stdin();
        let input = self
            .input
            .get_or_init(|| Watched::new(&stdin, Interest::READABLE));
        loop {
            ready!(input.poll_ready(context, stdin.as_fd(), PollFlags::IN))?;
            match rustix::io::read(&stdin, &mut *into) {
                Ok(count) => {
                    self.console.is_active();
                    return Poll::Ready(Ok(count));
                }
                // Somebody else has read it, where the stream is shared.
                Err(Errno::INTR | Errno::AGAIN) => {}
                // A terminal whose other end is gone.
                Err(Errno::IO) => return Poll::Ready(Ok(0)),
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
    }

    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stdout = self.console.as_fd();
        let output = self
            .output
            .get_or_init(|| Watched::new(stdout, Interest::WRITABLE));
        ready!(output.poll_ready(context, stdout, PollFlags::OUT))?;
        if self.console.is_screen() {
            let count = bytes.len().min(AT_ONCE);
            let piece = bytes.get(..count).unwrap_or_default();
            return Poll::Ready(self.console.put(piece).map(|()| count));
        }
        if output.0.is_none() {
            return Poll::Ready(self.console.pass(bytes));
        }
        let mut written = 0;
        for piece in bytes.chunks(AT_ONCE) {
            if written > 0 && !is_ready(stdout, PollFlags::OUT) {
                break;
            }
            match self.console.pass(piece) {
                Ok(count) => written += count,
                Err(_) if written > 0 => break,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.console.as_fd()
    }
}
