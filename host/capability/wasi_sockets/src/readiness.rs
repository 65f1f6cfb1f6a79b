//! Waiting for a socket that is used by other ways than the runtime's: what it was told of last may be over.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) enum For {
    /// Something to receive or to accept, or an error.
    Receiving,
    /// Room to send, a connection that stands, or an error.
    Sending,
}

/// Whether it is so now.
pub(super) fn is_ready(socket: BorrowedFd<'_>, wanted: For) -> bool {
    let events = match wanted {
        For::Receiving => PollFlags::IN,
        For::Sending => PollFlags::OUT,
    };
    let at_once = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut polled = [PollFd::from_borrowed_fd(socket, events)];
    // What cannot be told is for the next call on it to say.
    !matches!(poll(&mut polled, Some(&at_once)), Ok(0))
}

/// Waits until it is so.
pub(super) async fn until_ready(socket: &AsyncFd<OwnedFd>, wanted: For) {
    let interest = match wanted {
        For::Receiving => Interest::READABLE | Interest::ERROR,
        For::Sending => Interest::WRITABLE | Interest::ERROR,
    };
    while !is_ready(socket.get_ref().as_fd(), wanted) {
        let Ok(mut guard) = socket.ready(interest).await else {
            return;
        };
        if is_ready(socket.get_ref().as_fd(), wanted) {
            return;
        }
        guard.clear_ready();
    }
}
