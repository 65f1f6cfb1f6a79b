//! The system calls of packet(7): socket(2), bind(2), sendto(2) and recvmsg(2) with struct sockaddr_ll.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use super::{Kind, LONGEST_ADDRESS, Lane, Packet};
use crate::datagram::{realtime, set_option};

/// More than the MTU of any interface but the loopback interface, and as much as an IP packet has at most.
const BYTES: usize = 65_536;

/// linux/if_packet.h: TP_STATUS_CSUMNOTREADY.
const CHECKSUM_PENDING: u32 = 1 << 3;

/// Opens a non-blocking socket that receives nothing: it has no protocol yet.
pub fn open() -> io::Result<OwnedFd> {
    let flags = libc::SOCK_DGRAM | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket(2) takes three integers.
    let fd = unsafe { libc::socket(libc::AF_PACKET, flags, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// From now on, the socket receives packets of this protocol, from all interfaces if none is given.
pub fn bind(socket: BorrowedFd<'_>, lane: Lane) -> io::Result<()> {
    let address = address_of(lane, &[]);
    // SAFETY: pointer and length describe `address`, which outlives the call.
    let bound = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as u32,
        )
    };
    if bound < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Has the kernel pass the time and the state of the checksum with each packet.
pub fn pass_notes(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    set_option(socket, libc::SOL_PACKET, libc::PACKET_AUXDATA, 1)
}

fn address_of(lane: Lane, to: &[u8]) -> libc::sockaddr_ll {
    // SAFETY: sockaddr_ll is plain data for which all-zero is valid.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = lane.protocol.to_be();
    address.sll_ifindex = lane.interface.cast_signed();
    for (octet, of) in address.sll_addr.iter_mut().zip(to) {
        *octet = *of;
    }
    address.sll_halen = to.len().min(LONGEST_ADDRESS) as u8;
    address
}

/// sendto(2). Not for the runner, which has no call with an address.
pub fn send_to(socket: BorrowedFd<'_>, bytes: &[u8], lane: Lane, to: &[u8]) -> io::Result<()> {
    let address = address_of(lane, to);
    // SAFETY: both pointers and lengths describe values that outlive the call.
    let sent = unsafe {
        libc::sendto(
            socket.as_raw_fd(),
            bytes.as_ptr().cast(),
            bytes.len(),
            libc::MSG_DONTWAIT,
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as u32,
        )
    };
    if sent < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The buffers of one packet.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    control: [u64; 16],
}

impl Default for Buffer {
    fn default() -> Self {
        Self {
            bytes: vec![0; BYTES],
            control: [0; 16],
        }
    }
}

impl Buffer {
    /// Receives one packet.
    pub(super) fn receive(
        &mut self,
        socket: BorrowedFd<'_>,
        each: &mut impl FnMut(Packet<'_>),
    ) -> io::Result<()> {
        let mut from = address_of(
            Lane {
                interface: 0,
                protocol: 0,
            },
            &[],
        );
        let mut data = libc::iovec {
            iov_base: self.bytes.as_mut_ptr().cast(),
            iov_len: self.bytes.len(),
        };
        // SAFETY: msghdr is plain data for which all-zero is valid.
        let mut message: libc::msghdr = unsafe { zeroed() };
        message.msg_name = (&raw mut from).cast();
        message.msg_namelen = size_of::<libc::sockaddr_ll>() as u32;
        message.msg_iov = &raw mut data;
        message.msg_iovlen = 1;
        message.msg_control = self.control.as_mut_ptr().cast();
        message.msg_controllen = size_of_val(&self.control) as _;
        // SAFETY: the header points to buffers of these lengths, which outlive the call.
        let length =
            unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) };
        let Ok(length) = usize::try_from(length) else {
            return Err(io::Error::last_os_error());
        };
        // SAFETY: the kernel has filled the control buffer to the length that is in the header now.
        let notes = unsafe { Notes::read(&message) };
        let halen = usize::from(from.sll_halen).min(LONGEST_ADDRESS);
        let kind = match from.sll_pkttype {
            libc::PACKET_HOST => Kind::Host,
            libc::PACKET_BROADCAST => Kind::Broadcast,
            _ => Kind::Multicast,
        };
        each(Packet {
            bytes: self.bytes.get(..length).unwrap_or_default(),
            timestamp: notes.timestamp.unwrap_or_else(realtime),
            source: from.sll_addr.get(..halen).unwrap_or_default(),
            kind,
            checksum_pending: notes.status & CHECKSUM_PENDING != 0,
            truncated: message.msg_flags & libc::MSG_TRUNC != 0,
        });
        Ok(())
    }
}

/// The control messages of one packet.
#[derive(Default)]
struct Notes {
    timestamp: Option<u64>,
    /// TP_STATUS_….
    status: u32,
}

impl Notes {
    /// # Safety
    /// The header must come from a successful receive whose control buffer still exists.
    unsafe fn read(message: &libc::msghdr) -> Self {
        let mut notes = Self::default();
        // SAFETY: by the contract above, the CMSG macros stay within the buffer that the kernel filled, and each
        // payload has at least the length of its type. Reads are unaligned.
        unsafe {
            let mut header: *const libc::cmsghdr = libc::CMSG_FIRSTHDR(message);
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
                    // struct tpacket_auxdata begins with tp_status.
                    (libc::SOL_PACKET, libc::PACKET_AUXDATA) if length >= size_of::<u32>() => {
                        notes.status = payload.cast::<u32>().read_unaligned();
                    }
                    _ => {}
                }
                header = libc::CMSG_NXTHDR(message, header);
            }
        }
        notes
    }
}
