//! ioctl(2) on /dev/net/tun.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

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
