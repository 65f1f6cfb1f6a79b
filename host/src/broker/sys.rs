//! ioctl(2) on /dev/net/tun and on links, and a network namespace of a thread's own.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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

/// An ifreq with this name and nothing else.
fn named(name: &str) -> libc::ifreq {
    // SAFETY: an ifreq of zeros is a valid one.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request
        .ifr_name
        .iter_mut()
        .zip(name.bytes().take(libc::IFNAMSIZ - 1))
    {
        *to = from as libc::c_char;
    }
    request
}

/// SIOCADDMULTI, SIOCDELMULTI.
pub(super) fn change_multicast(
    socket: impl AsFd,
    name: &str,
    octets: [u8; 6],
    add: bool,
) -> io::Result<()> {
    const SIOCADDMULTI: u64 = 0x8931;
    const SIOCDELMULTI: u64 = 0x8932;
    let mut request = named(name);
    let mut address = libc::sockaddr {
        sa_family: libc::AF_UNSPEC as libc::sa_family_t,
        sa_data: [0; 14],
    };
    for (to, from) in address.sa_data.iter_mut().zip(octets) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_hwaddr = address;
    let act = if add { SIOCADDMULTI } else { SIOCDELMULTI };
    // SAFETY: both read one ifreq, which outlives the call.
    let done = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), act as _, &mut request) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Puts the calling thread, and it alone, into a new network namespace.
pub(super) fn enter_new_namespace() -> io::Result<()> {
    // SAFETY: a new network namespace invalidates no memory and no descriptor.
    if unsafe { libc::unshare(libc::CLONE_NEWNET) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// mount(2), of a place upon a place.
pub(super) fn mount(from: &Path, to: &Path, flags: libc::c_ulong) -> io::Result<()> {
    let (from, to) = (path(from)?, path(to)?);
    // SAFETY: the paths end in NUL and outlive the call; there are no type and no data.
    let done = unsafe {
        libc::mount(
            from.as_ptr(),
            to.as_ptr(),
            std::ptr::null(),
            flags,
            std::ptr::null(),
        )
    };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// umount2(2): gone from the tree at once, whoever still uses it.
pub(super) fn unmount(from: &Path) -> io::Result<()> {
    let from = path(from)?;
    // SAFETY: the path ends in NUL and outlives the call.
    let done = unsafe { libc::umount2(from.as_ptr(), libc::MNT_DETACH | libc::UMOUNT_NOFOLLOW) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}

/// TUNSETIFF.
pub(super) fn set_interface(file: impl AsFd, name: &str, flags: i16) -> io::Result<()> {
    const TUNSETIFF: u64 = 0x4004_54ca;
    let mut request = named(name);
    request.ifr_ifru.ifru_flags = flags;
    // SAFETY: TUNSETIFF reads and writes one ifreq, which outlives the call.
    let done = unsafe { libc::ioctl(file.as_fd().as_raw_fd(), TUNSETIFF as _, &mut request) };
    if done < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
