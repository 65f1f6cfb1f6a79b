//! A TUN device: packets that the kernel routes into it are read here, and packets written here come
//! out of it. Source: Documentation/networking/tuntap.rst of the kernel.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;

/// Opens a new device of this name in the calling thread's network namespace. Reads do not wait.
///
/// # Errors
/// EACCES or ENOENT where /dev/net/tun cannot be opened, EPERM without CAP_NET_ADMIN.
pub fn open(name: &str) -> io::Result<File> {
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/net/tun")?;
    // SAFETY: ifreq is a name and a union of integers and addresses, for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request
        .ifr_name
        .iter_mut()
        .zip(name.bytes().take(libc::IFNAMSIZ - 1))
    {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: TUNSETIFF takes a pointer to an ifreq, which outlives the call.
    nix::errno::Errno::result(unsafe {
        libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF as _, &request)
    })?;
    Ok(device)
}
