//! fork(2) and what a forked process must do by hand.

use std::io;

/// Which of the two processes this is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Side {
    Parent,
    Child,
}

/// Copies this process. Only for a process with a single thread.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: called at start, when there is one thread, so that no lock is held by one that is not copied.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Child),
        _ => Ok(Side::Parent),
    }
}

/// Ignores what is meant for the plugin.
pub(super) fn ignore_signals() {
    for signal in [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
        // Put back the terminal though another process has it by now (termios(3)).
        libc::SIGTTOU,
    ] {
        // SAFETY: SIG_IGN runs no code of ours.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Ends this process without what its copy will do at its own end.
pub(super) fn leave() -> ! {
    // SAFETY: _exit(2) runs nothing of this process any more.
    unsafe { libc::_exit(0) }
}
