//! fork(2) and what a forked process must do by hand; ioctl(2) on /dev/net/tun.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

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

/// A request with an integer, such as TUNSETPERSIST.
pub(super) fn ioctl_number(file: impl AsFd, request: u64, number: u32) -> io::Result<()> {
    // SAFETY: the requests of linux/if_tun.h that this is called with take an integer, no pointer.
    let done = unsafe {
        libc::ioctl(
            file.as_fd().as_raw_fd(),
            request as _,
            libc::c_ulong::from(number),
        )
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// TUNSETIFF.
pub(super) fn set_interface(file: impl AsFd, name: &str, flags: i16) -> io::Result<()> {
    const TUNSETIFF: u64 = 0x4004_54ca;
    // SAFETY: an ifreq of zeros is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request
        .ifr_name
        .iter_mut()
        .zip(name.bytes().take(libc::IFNAMSIZ - 1))
    {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = flags;
    // SAFETY: TUNSETIFF reads and writes one ifreq, which outlives the call.
    let done = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), TUNSETIFF as _, &mut request) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
