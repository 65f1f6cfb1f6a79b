//! Waits for a socket that is not used only through the runtime: its last known state may be outdated.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What to wait for.
#[derive(Debug, Clone, Copy)]
pub(super) enum For {
    /// Data or a connection has arrived, or an error.
    Receiving,
    /// There is room to send, the connection is established, or an error has occurred.
    Sending,
}

/// Whether the socket is ready now.
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
    // If poll fails, the next call on the socket reports the error.
    !matches!(poll(&mut polled, Some(&at_once)), Ok(0))
}

/// Waits until the socket is ready.
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
