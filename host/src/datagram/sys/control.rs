//! Control messages (cmsg(3)): those that go with a packet, and those that came with one.

use std::mem::size_of;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{c_int, c_void, cmsghdr, msghdr, sock_extended_err};

/// Each takes this, with an int in it: CMSG_SPACE(4).
const SPACE: usize = 24;

/// Room for two control messages of an int each, aligned as cmsg(3) wants.
#[repr(C, align(8))]
pub(super) struct Control {
    bytes: [u8; 2 * SPACE],
    used: usize,
}

impl Control {
    pub(super) fn new() -> Self {
        Self {
            bytes: [0; 2 * SPACE],
            used: 0,
        }
    }

    /// Adds one, if there is room.
    pub(super) fn put_int(&mut self, level: c_int, kind: c_int, value: c_int) {
        let Some(room) = self.bytes.get_mut(self.used..self.used + SPACE) else {
            return;
        };
        let header: *mut cmsghdr = room.as_mut_ptr().cast();
        // SAFETY: a header and an int are within the 24 bytes, which are aligned as the first ones are.
        unsafe {
            (*header).cmsg_level = level;
            (*header).cmsg_type = kind;
            (*header).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as _;
            libc::CMSG_DATA(header)
                .cast::<c_int>()
                .write_unaligned(value);
        }
        self.used += SPACE;
    }

    /// Has them go with a message.
    pub(super) fn go_with(&mut self, message: &mut msghdr) {
        if self.used > 0 {
            message.msg_control = self.bytes.as_mut_ptr().cast();
            message.msg_controllen = self.used as _;
        }
    }
}

/// What the control messages of one datagram say.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) timestamp: Option<u64>,
    pub(super) hop_limit: Option<u8>,
    pub(super) error: Option<(sock_extended_err, Option<SocketAddr>)>,
}

impl Notes {
    /// # Safety
    /// The header must come from a successful receive whose control buffer is still there.
    pub(super) unsafe fn read(message: &msghdr) -> Self {
        let mut notes = Self::default();
        // SAFETY: by the contract above the CMSG macros walk within the buffer that the kernel filled,
        // and each payload is at least as long as its kind says; reads are unaligned.
        unsafe {
            let mut header: *const cmsghdr = libc::CMSG_FIRSTHDR(message);
            while let Some(control) = header.as_ref() {
                let payload = libc::CMSG_DATA(header).cast_const();
                // A size_t in one C library, a socklen_t in another.
                #[allow(clippy::unnecessary_cast)]
                let length = control.cmsg_len as usize - (payload as usize - header as usize);
                match (control.cmsg_level, control.cmsg_type) {
                    (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS)
                        if length >= size_of::<libc::timespec>() =>
                    {
                        let time = payload.cast::<libc::timespec>().read_unaligned();
                        notes.timestamp = Some(
                            time.tv_sec.cast_unsigned() * 1_000_000_000
                                + time.tv_nsec.cast_unsigned(),
                        );
                    }
                    (libc::IPPROTO_IP, libc::IP_TTL)
                    | (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)
                        if length >= size_of::<c_int>() =>
                    {
                        notes.hop_limit =
                            u8::try_from(payload.cast::<c_int>().read_unaligned()).ok();
                    }
                    (libc::IPPROTO_IP, libc::IP_RECVERR)
                    | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
                        if length >= size_of::<sock_extended_err>() =>
                    {
                        let error = payload.cast::<sock_extended_err>().read_unaligned();
                        let rest = length - size_of::<sock_extended_err>();
                        let offender = (rest >= size_of::<libc::sockaddr_in>())
                            .then(|| address(payload.add(size_of::<sock_extended_err>()).cast()));
                        notes.error = Some((error, offender.flatten()));
                    }
                    _ => {}
                }
                header = libc::CMSG_NXTHDR(message, header);
            }
        }
        notes
    }
}

/// # Safety
/// `name` must point to a socket address that is as long as its family's type.
pub(super) unsafe fn address(name: *const c_void) -> Option<SocketAddr> {
    // SAFETY: the family comes first in every socket address; the rest is there by the contract.
    unsafe {
        match i32::from(name.cast::<libc::sa_family_t>().read_unaligned()) {
            libc::AF_INET => {
                let name = name.cast::<libc::sockaddr_in>().read_unaligned();
                let ip = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
                Some(SocketAddrV4::new(ip, u16::from_be(name.sin_port)).into())
            }
            libc::AF_INET6 => {
                let name = name.cast::<libc::sockaddr_in6>().read_unaligned();
                let ip = Ipv6Addr::from(name.sin6_addr.s6_addr);
                Some(
                    SocketAddrV6::new(ip, u16::from_be(name.sin6_port), 0, name.sin6_scope_id)
                        .into(),
                )
            }
            _ => None,
        }
    }
}
