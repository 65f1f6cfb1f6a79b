//! The system calls of a datagram socket: send(2), sendmsg(2), recvmmsg(2), their control messages (cmsg(3), ip(7),
//! ipv6(7)) and setsockopt(2).

use std::io;
use std::mem::{MaybeUninit, size_of, zeroed};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr;

use libc::{c_int, c_void, cmsghdr, iovec, mmsghdr, msghdr, sock_extended_err, sockaddr_storage};
use rustix::net::SendFlags;

/// The maximum number of datagrams of one receive.
pub(super) const SLOTS: usize = 64;
/// The maximum length of a datagram (the length fields of IP and UDP have 16 bits).
const SLOT_BYTES: usize = 65_536;
const CONTROL_BYTES: usize = 256;

// linux/in.h and linux/in6.h; missing in the libc crate.
const IP_RECVERR_RFC4884: c_int = 26;
const IPV6_RECVERR_RFC4884: c_int = 31;

/// One instruction of a classic BPF program: struct sock_filter (linux/filter.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterInstruction {
    /// Operation.
    pub code: u16,
    /// Offset when true.
    pub jump_true: u8,
    /// Offset when false.
    pub jump_false: u8,
    /// Operand.
    pub operand: u32,
}

/// Sets an integer socket option.
pub fn set(fd: BorrowedFd<'_>, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    set_bytes(fd, level, name, &value)
}

fn set_bytes<T: Copy>(fd: BorrowedFd<'_>, level: c_int, name: c_int, value: &T) -> io::Result<()> {
    // SAFETY: the pointer and the length describe `value`, which outlives the call.
    let result = unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            name,
            ptr::from_ref(value).cast(),
            size_of::<T>() as u32,
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

/// Enables what capabilities need: kernel timestamps, hop limits, the error queue with extensions.
pub fn observe(fd: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
    set(fd, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    // The option for extensions is available since Linux 5.9; older kernels report errors without extensions.
    let extensions = if ipv6 {
        set(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 1)?;
        set(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVHOPLIMIT, 1)?;
        set(fd, libc::IPPROTO_IPV6, IPV6_RECVERR_RFC4884, 1)
    } else {
        set(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 1)?;
        set(fd, libc::IPPROTO_IP, libc::IP_RECVTTL, 1)?;
        set(fd, libc::IPPROTO_IP, IP_RECVERR_RFC4884, 1)
    };
    match extensions {
        Err(error) if error.raw_os_error() != Some(libc::ENOPROTOOPT) => Err(error),
        _ => Ok(()),
    }
}

/// Disables the error queue that [`observe`] has enabled.
pub fn observe_no_errors(fd: BorrowedFd<'_>, ipv6: bool) -> io::Result<()> {
    match ipv6 {
        true => set(fd, libc::IPPROTO_IPV6, libc::IPV6_RECVERR, 0),
        false => set(fd, libc::IPPROTO_IP, libc::IP_RECVERR, 0),
    }
}

/// Enables or disables transmit timestamps in the error queue, with a number instead of the packet
/// (Documentation/networking/timestamping.rst).
pub(super) fn observe_departures(fd: BorrowedFd<'_>, now: bool) -> io::Result<()> {
    /// linux/net_tstamp.h, since Linux 6.12: no timestamps of this kind for received packets, which have
    /// SO_TIMESTAMPNS.
    const OPT_RX_FILTER: u32 = 1 << 17;
    let noted = if now {
        libc::SOF_TIMESTAMPING_TX_SOFTWARE
    } else {
        0
    };
    let flags = noted
        | libc::SOF_TIMESTAMPING_SOFTWARE
        | libc::SOF_TIMESTAMPING_OPT_ID
        | libc::SOF_TIMESTAMPING_OPT_TSONLY;
    let set = |flags: u32| {
        set(
            fd,
            libc::SOL_SOCKET,
            libc::SO_TIMESTAMPING,
            flags.cast_signed(),
        )
    };
    set(flags | OPT_RX_FILTER).or_else(|_| set(flags))
}

/// Makes a raw ICMP socket receive only echo replies, and ICMP errors if they are wanted (raw(7), ICMP_FILTER; RFC 3542
/// section 3.2). The kernel checks this before it copies a packet for the socket, and checks a packet filter after that.
pub fn pass_replies(fd: BorrowedFd<'_>, ipv6: bool, errors: bool) -> io::Result<()> {
    // linux/icmp.h and linux/icmpv6.h; a set bit blocks its type.
    const ICMP_FILTER: c_int = 1;
    const ICMPV6_FILTER: c_int = 1;
    let errors = if errors {
        super::icmp_error::types(ipv6)
    } else {
        &[]
    };
    let mut blocked = [u32::MAX; 8];
    for passed in errors.iter().chain([if ipv6 { &129 } else { &0 }]) {
        if let Some(word) = blocked.get_mut(usize::from(passed / 32)) {
            *word &= !(1 << (passed % 32));
        }
    }
    if ipv6 {
        set_bytes(fd, libc::IPPROTO_ICMPV6, ICMPV6_FILTER, &blocked)
    } else {
        // It has one word; the kernel passes types from 32.
        set_bytes(fd, libc::SOL_RAW, ICMP_FILTER, &blocked[0])
    }
}

/// Attaches a packet filter.
pub fn attach_filter(fd: BorrowedFd<'_>, program: &[FilterInstruction]) -> io::Result<()> {
    let mut instructions: Vec<libc::sock_filter> = program
        .iter()
        .map(|i| libc::sock_filter {
            code: i.code,
            jt: i.jump_true,
            jf: i.jump_false,
            k: i.operand,
        })
        .collect();
    let length = u16::try_from(instructions.len())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let program = libc::sock_fprog {
        len: length,
        filter: instructions.as_mut_ptr(),
    };
    set_bytes(fd, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
}

/// getsockname(2).
pub fn local_address(fd: BorrowedFd<'_>) -> io::Result<SocketAddr> {
    let address = socket2::SockRef::from(&fd).local_addr()?;
    address
        .as_socket()
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// send(2) on a connected socket. Returns the time before the call.
pub(super) fn send(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<u64> {
    let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
    let stamp = realtime();
    rustix::net::send(fd, bytes, flags)?;
    Ok(stamp)
}

/// Sets the hop limit of unicast packets; None sets the default of the system.
pub(super) fn set_hop_limit(fd: BorrowedFd<'_>, hops: Option<u8>) -> io::Result<()> {
    let hops = hops.map_or(-1, c_int::from);
    if local_address(fd)?.is_ipv6() {
        set(fd, libc::IPPROTO_IPV6, libc::IPV6_UNICAST_HOPS, hops)
    } else {
        set(fd, libc::IPPROTO_IP, libc::IP_TTL, hops)
    }
}

/// sendmsg(2) to an address. Returns the time before the call. Not for the runner, which has no such call.
pub(super) fn send_to(
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    to: &socket2::SockAddr,
    hop_limit: Option<u8>,
) -> io::Result<u64> {
    let bytes = [io::IoSlice::new(bytes)];
    let message = socket2::MsgHdr::new().with_addr(to).with_buffers(&bytes);
    let mut control = Control::default();
    let message = match hop_limit {
        Some(hops) => message.with_control(control.hop_limit(to.is_ipv6(), hops.into())),
        None => message,
    };
    let stamp = realtime();
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    socket2::SockRef::from(&fd).sendmsg(&message, flags)?;
    Ok(stamp)
}

/// CLOCK_REALTIME, the clock of the kernel's receive timestamps.
pub fn realtime() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

/// Buffers for a batch. The kernel allocates a page when it is first written to.
pub(super) struct Buffers {
    bytes: Box<[MaybeUninit<u8>]>,
    names: Vec<sockaddr_storage>,
    controls: Vec<[u64; CONTROL_BYTES / 8]>,
}

impl Buffers {
    pub(super) fn new() -> Self {
        // SAFETY: sockaddr_storage is plain data for which all-zero is valid.
        let name: sockaddr_storage = unsafe { zeroed() };
        Self {
            bytes: Box::new_uninit_slice(SLOTS * SLOT_BYTES),
            names: vec![name; SLOTS],
            controls: vec![[0; CONTROL_BYTES / 8]; SLOTS],
        }
    }
}

impl Buffers {
    /// Receives at most `count` messages, and at most `SLOTS`.
    pub(super) fn receive(
        &mut self,
        fd: RawFd,
        count: usize,
        flags: c_int,
        mut each: impl FnMut(&[u8], Option<SocketAddr>, Notes, bool),
    ) -> io::Result<usize> {
        let mut data = [const { MaybeUninit::<iovec>::uninit() }; SLOTS];
        let mut messages = [const { MaybeUninit::<mmsghdr>::uninit() }; SLOTS];
        for slot in 0..count {
            let data = data[slot].write(iovec {
                iov_base: self.bytes[slot * SLOT_BYTES..].as_mut_ptr().cast(),
                iov_len: SLOT_BYTES,
            });
            // A message without a sender must not show the sender of an earlier message.
            self.names[slot].ss_family = 0;
            // SAFETY: it is plain data for which all-zero is valid.
            let header = &mut messages[slot].write(unsafe { zeroed() }).msg_hdr;
            header.msg_name = (&raw mut self.names[slot]).cast();
            header.msg_namelen = size_of::<sockaddr_storage>() as u32;
            header.msg_iov = data;
            header.msg_iovlen = 1;
            header.msg_control = self.controls[slot].as_mut_ptr().cast();
            header.msg_controllen = CONTROL_BYTES as _;
        }
        // SAFETY: `count` headers are set up above. Every buffer belongs to `self` or this frame, has the length in its
        // header, and outlives the call.
        let received = unsafe {
            libc::recvmmsg(
                fd,
                messages.as_mut_ptr().cast(),
                count as u32,
                (flags | libc::MSG_DONTWAIT) as _,
                ptr::null_mut(),
            )
        };
        if received < 0 {
            let error = io::Error::last_os_error();
            return match error.raw_os_error() {
                Some(libc::EAGAIN | libc::EINTR) => Ok(0),
                _ => Err(error),
            };
        }
        let received = received.unsigned_abs() as usize;
        for (slot, message) in messages.iter().enumerate().take(received) {
            // SAFETY: no more were received than were set up.
            let message = unsafe { message.assume_init_ref() };
            let length = (message.msg_len as usize).min(SLOT_BYTES);
            let bytes = &self.bytes[slot * SLOT_BYTES..][..length];
            let truncated = message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0;
            // SAFETY: the kernel wrote this many bytes, and an address and control messages with the lengths that are
            // now in the header.
            let (bytes, name, notes) = unsafe {
                (
                    bytes.assume_init_ref(),
                    address((&raw const self.names[slot]).cast()),
                    Notes::read(&message.msg_hdr),
                )
            };
            each(bytes, name, notes, truncated);
        }
        Ok(received)
    }
}

/// A control message with an int in it (cmsg(3)): CMSG_SPACE(4), aligned.
#[derive(Default)]
#[repr(C, align(8))]
pub(super) struct Control([u8; 24]);

impl Control {
    pub(super) fn hop_limit(&mut self, ipv6: bool, hops: c_int) -> &[u8] {
        let header: *mut cmsghdr = self.0.as_mut_ptr().cast();
        let (level, kind) = if ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT)
        } else {
            (libc::IPPROTO_IP, libc::IP_TTL)
        };
        // SAFETY: a header and an int fit into the 24 bytes, which have the alignment of a header.
        unsafe {
            (*header).cmsg_level = level;
            (*header).cmsg_type = kind;
            (*header).cmsg_len = libc::CMSG_LEN(size_of::<c_int>() as u32) as _;
            libc::CMSG_DATA(header)
                .cast::<c_int>()
                .write_unaligned(hops);
        }
        &self.0
    }
}

/// The contents of the control messages of one datagram.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) timestamp: Option<u64>,
    pub(super) hop_limit: Option<u8>,
    pub(super) error: Option<(sock_extended_err, Option<SocketAddr>)>,
}

impl Notes {
    /// # Safety
    /// The header must come from a successful receive whose control buffer still exists.
    unsafe fn read(message: &msghdr) -> Self {
        let mut notes = Self::default();
        // SAFETY: by the contract above, the CMSG macros stay within the buffer that the kernel filled, and each
        // payload has at least the length of its type. Reads are unaligned.
        unsafe {
            let mut header: *const cmsghdr = libc::CMSG_FIRSTHDR(message);
            while let Some(control) = header.as_ref() {
                let payload = libc::CMSG_DATA(header).cast_const();
                // The type is size_t in one C library and socklen_t in another.
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
/// `name` must point to a socket address that has the length of its family's type.
unsafe fn address(name: *const c_void) -> Option<SocketAddr> {
    // SAFETY: every socket address begins with the family; the contract guarantees the rest.
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
