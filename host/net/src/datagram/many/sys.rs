//! The system call sendmmsg(2).

use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{iovec, mmsghdr, sockaddr_in, sockaddr_in6};

use super::{AT_ONCE, Departure};
use crate::datagram::sys::Control;

/// A socket address of either family.
#[repr(C)]
union Name {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

/// Returns the number of sent datagrams; an error if the first one fails.
pub(super) fn send(fd: BorrowedFd<'_>, packets: &[Departure<'_>]) -> io::Result<usize> {
    let mut names = [const { MaybeUninit::<Name>::uninit() }; AT_ONCE];
    let mut data = [const { MaybeUninit::<iovec>::uninit() }; AT_ONCE];
    let mut headers = [const { MaybeUninit::<mmsghdr>::uninit() }; AT_ONCE];
    let mut controls: [Control; AT_ONCE] = std::array::from_fn(|_| Control::default());
    let count = packets.len().min(AT_ONCE);
    for (slot, packet) in packets.iter().take(count).enumerate() {
        let (name, length) = name(packet.to);
        let name = names[slot].write(name);
        let data = data[slot].write(iovec {
            iov_base: packet.bytes.as_ptr().cast_mut().cast(),
            iov_len: packet.bytes.len(),
        });
        // SAFETY: it is plain data for which all-zero is valid.
        let header = &mut headers[slot].write(unsafe { zeroed() }).msg_hdr;
        header.msg_name = std::ptr::from_mut(name).cast();
        header.msg_namelen = length as u32;
        header.msg_iov = data;
        header.msg_iovlen = 1;
        if let Some(hops) = packet.hop_limit {
            let control = controls[slot].hop_limit(packet.to.is_ipv6(), hops.into());
            header.msg_control = control.as_ptr().cast_mut().cast();
            header.msg_controllen = control.len() as _;
        }
    }
    // SAFETY: `count` headers are set up above. What each points to is borrowed from `packets` or is in this frame, has
    // the length in the header, and is only read.
    let sent = unsafe {
        libc::sendmmsg(
            fd.as_raw_fd(),
            headers.as_mut_ptr().cast(),
            count as u32,
            (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
        )
    };
    if sent < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(sent.unsigned_abs() as usize)
}

fn name(to: SocketAddr) -> (Name, usize) {
    // SAFETY: socket addresses are plain data for which all-zero is valid.
    let mut name: Name = unsafe { zeroed() };
    match to {
        SocketAddr::V4(to) => {
            name.v4 = sockaddr_in {
                sin_family: libc::AF_INET as _,
                sin_port: to.port().to_be(),
                sin_addr: libc::in_addr {
                    s_addr: to.ip().to_bits().to_be(),
                },
                sin_zero: [0; 8],
            };
            (name, size_of::<sockaddr_in>())
        }
        SocketAddr::V6(to) => {
            name.v6 = sockaddr_in6 {
                sin6_family: libc::AF_INET6 as _,
                sin6_port: to.port().to_be(),
                sin6_flowinfo: to.flowinfo(),
                sin6_addr: libc::in6_addr {
                    s6_addr: to.ip().octets(),
                },
                sin6_scope_id: to.scope_id(),
            };
            (name, size_of::<sockaddr_in6>())
        }
    }
}
