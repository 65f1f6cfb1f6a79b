//! Sends frames as they are, through a packet socket.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::namespace::Namespace;

/// Sends Ethernet frames on an interface of a namespace.
///
/// # Panics
/// When they cannot be sent.
pub fn send(node: &Namespace, interface: &str, frames: &[Vec<u8>]) {
    node.inside(|| {
        let socket = open().expect("a packet socket");
        let name = std::ffi::CString::new(interface).expect("a name");
        // SAFETY: the name ends in NUL, and is only read.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        assert_ne!(index, 0, "no {interface}");
        for frame in frames {
            // SAFETY: an address of zeros is valid.
            let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_ifindex = index.cast_signed();
            // SAFETY: frame and address live until the end of this call, and these are their lengths.
            let sent = unsafe {
                libc::sendto(
                    socket.as_raw_fd(),
                    frame.as_ptr().cast(),
                    frame.len(),
                    0,
                    (&raw const address).cast(),
                    size_of::<libc::sockaddr_ll>() as u32,
                )
            };
            assert_eq!(
                usize::try_from(sent),
                Ok(frame.len()),
                "{}",
                io::Error::last_os_error()
            );
        }
    });
}

fn open() -> io::Result<OwnedFd> {
    // SAFETY: socket(2) takes plain integers.
    match unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: it was opened just now, and nothing else owns it.
        number => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
    }
}
