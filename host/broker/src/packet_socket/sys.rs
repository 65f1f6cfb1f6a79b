//! The system calls of packet(7) and netdevice(7).

use std::ffi::{CString, c_int};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use nethost_net::datagram::set_option;

/// linux/if_packet.h
const PACKET_STATISTICS: c_int = 6;
const TPACKET_V3: c_int = 2;
/// asm-generic/socket.h
const SO_LOCK_FILTER: c_int = 44;
/// The smallest part of a ring's block that a packet can take, a multiple of TPACKET_ALIGNMENT.
const FRAME: u32 = 2048;

/// A socket that receives nothing yet: it has no protocol before it is bound.
pub(super) fn packet_socket(cooked: bool) -> io::Result<OwnedFd> {
    let kind = if cooked {
        libc::SOCK_DGRAM
    } else {
        libc::SOCK_RAW
    };
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: socket(2) takes plain integers.
    match unsafe { libc::socket(libc::AF_PACKET, kind, 0) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: it was opened just now, and nothing else owns it.
        number => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
    }
}

/// Its filter can be neither replaced nor detached any more.
pub(super) fn lock_filter(socket: BorrowedFd<'_>) -> io::Result<()> {
    set_option(socket, libc::SOL_SOCKET, SO_LOCK_FILTER, 1)
}

/// Makes the ring. A block is passed on when it is full, or after this many milliseconds.
pub(super) fn prepare(
    socket: BorrowedFd<'_>,
    block: u32,
    blocks: u32,
    patience: u32,
) -> io::Result<()> {
    set_option(socket, libc::SOL_PACKET, libc::PACKET_VERSION, TPACKET_V3)?;
    let ring = libc::tpacket_req3 {
        tp_block_size: block,
        tp_block_nr: blocks,
        tp_frame_size: FRAME,
        tp_frame_nr: block / FRAME * blocks,
        tp_retire_blk_tov: patience,
        tp_sizeof_priv: 0,
        tp_feature_req_word: 0,
    };
    set(socket, libc::PACKET_RX_RING, &ring)
}

/// Frees the ring, if nobody has mapped it.
pub(super) fn free_ring(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: a request of zeros is valid: a ring without blocks.
    let none: libc::tpacket_req3 = unsafe { zeroed() };
    set(socket, libc::PACKET_RX_RING, &none)
}

/// Receives what passes any interface from now on.
pub(super) fn bind_to_all(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: an address of zeros is valid.
    let mut address: libc::sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as u16;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    // SAFETY: the address is in this frame, and this is its length.
    let done = unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_ll>() as u32,
        )
    };
    done_or_error(done)
}

/// The interface receives packets for others, as long as the socket is open.
pub(super) fn promiscuous(socket: BorrowedFd<'_>, index: u32) -> io::Result<()> {
    let request = libc::packet_mreq {
        mr_ifindex: index.cast_signed(),
        mr_type: libc::PACKET_MR_PROMISC as u16,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    set(socket, libc::PACKET_ADD_MEMBERSHIP, &request)
}

/// How many packets the filter has passed, and how many of them were dropped, since the last call.
pub(super) fn statistics(socket: BorrowedFd<'_>) -> io::Result<(u32, u32)> {
    // struct tpacket_stats_v3: packets, drops, and how often the ring was full.
    let mut counts = [0_u32; 3];
    let mut length = size_of::<[u32; 3]>() as u32;
    // SAFETY: the counts are in this frame, and this is their length.
    let done = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            PACKET_STATISTICS,
            counts.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    done_or_error(done)?;
    let [received, dropped, _] = counts;
    Ok((received, dropped))
}

/// The index of an interface.
pub(super) fn index_of(name: &str) -> io::Result<u32> {
    let name = CString::new(name)?;
    // SAFETY: the name ends in NUL, and is only read.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// The indexes of all interfaces.
pub(super) fn indexes() -> io::Result<Vec<u32>> {
    // SAFETY: it allocates a list, which is freed below.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(io::Error::last_os_error());
    }
    let mut indexes = Vec::new();
    for place in 0.. {
        // SAFETY: the list ends with an entry of index 0, at which this ends.
        match unsafe { (*list.add(place)).if_index } {
            0 => break,
            index => indexes.push(index),
        }
    }
    // SAFETY: the list is from if_nameindex, and no longer used.
    unsafe { libc::if_freenameindex(list) };
    Ok(indexes)
}

/// The kind of hardware of an interface: ARPHRD_ of linux/if_arp.h.
pub(super) fn hardware(name: &str) -> io::Result<u16> {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::DGRAM, None)?;
    // SAFETY: a request of zeros is valid.
    let mut request: libc::ifreq = unsafe { zeroed() };
    let name = name.bytes().take(libc::IFNAMSIZ - 1);
    for (to, from) in request.ifr_name.iter_mut().zip(name) {
        *to = from as libc::c_char;
    }
    // SAFETY: the request is in this frame; the kernel writes no further than it.
    let done = unsafe {
        libc::ioctl(
            socket.as_fd().as_raw_fd(),
            libc::SIOCGIFHWADDR as _,
            &raw mut request,
        )
    };
    done_or_error(done)?;
    // SAFETY: the kernel has written this member.
    Ok(unsafe { request.ifr_ifru.ifru_hwaddr.sa_family })
}

fn set<T>(socket: BorrowedFd<'_>, name: c_int, value: &T) -> io::Result<()> {
    // SAFETY: the value lives until the end of this call, and this is its length.
    let done = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            name,
            std::ptr::from_ref(value).cast(),
            size_of::<T>() as u32,
        )
    };
    done_or_error(done)
}

fn done_or_error(done: c_int) -> io::Result<()> {
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
