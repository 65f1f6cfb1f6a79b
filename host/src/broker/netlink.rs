//! Netlink sockets, in this network namespace or another, and the one exchange that a change is.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use netlink_sys::{
    Socket, SocketAddr,
    protocols::{NETLINK_GENERIC, NETLINK_ROUTE},
};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::sys;

/// The most that the kernel puts into one message of a dump.
const LARGEST: usize = 32 << 10;

/// Opens a socket that speaks rtnetlink(7): with explanations of errors, and strict about filters.
pub(super) fn open(namespace: Option<BorrowedFd<'_>>) -> io::Result<Socket> {
    let socket = speaking(NETLINK_ROUTE, namespace)?;
    socket.set_netlink_get_strict_chk(true)?;
    Ok(socket)
}

/// Opens a socket that speaks generic netlink.
pub(super) fn open_generic(namespace: Option<BorrowedFd<'_>>) -> io::Result<Socket> {
    speaking(NETLINK_GENERIC, namespace)
}

fn speaking(protocol: isize, namespace: Option<BorrowedFd<'_>>) -> io::Result<Socket> {
    let mut socket = match namespace {
        None => Socket::new(protocol)?,
        Some(namespace) => inside(namespace, || Socket::new(protocol))?,
    };
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    socket.set_ext_ack(true)?;
    socket.set_cap_ack(true)?;
    Ok(socket)
}

/// Has a link listen to one more multicast address, or to one less.
pub(super) fn change_multicast(
    namespace: Option<BorrowedFd<'_>>,
    name: &str,
    octets: [u8; 6],
    add: bool,
) -> io::Result<()> {
    let change = || {
        let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0))?;
        sys::change_multicast(&socket, name, octets, add)
    };
    match namespace {
        None => change(),
        Some(namespace) => inside(namespace, change),
    }
}

/// Does something on a thread of its own in that namespace: a socket stays where it was made.
pub(super) fn inside<T: Send>(
    namespace: BorrowedFd<'_>,
    action: impl FnOnce() -> io::Result<T> + Send,
) -> io::Result<T> {
    let entered = || {
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
        action()
    };
    std::thread::scope(|scope| match scope.spawn(entered).join() {
        Ok(result) => result,
        Err(_) => Err(io::Error::other("the thread in the namespace panicked")),
    })
}

/// Sends one message and returns the answer.
pub(super) fn exchange(socket: &Socket, message: &[u8]) -> io::Result<Vec<u8>> {
    socket.send(message, 0)?;
    let mut answer = Vec::with_capacity(LARGEST);
    socket.recv(&mut answer, 0)?;
    Ok(answer)
}

/// A file of /proc/net, as a thread in that namespace sees it.
pub(super) fn read_table(namespace: Option<BorrowedFd<'_>>, name: &str) -> io::Result<String> {
    let read = || std::fs::read_to_string(format!("/proc/thread-self/net/{name}"));
    match namespace {
        None => read(),
        Some(namespace) => inside(namespace, read),
    }
}

/// A TUN or TAP device.
#[derive(Debug, Clone, Copy)]
pub struct TunSpec<'a> {
    /// Its name.
    pub name: &'a str,
    /// IFF_… of TUNSETIFF.
    pub flags: i16,
    /// Who may attach to it.
    pub user: Option<u32>,
    /// Which group may.
    pub group: Option<u32>,
    /// It stays, or goes.
    pub persist: bool,
}

/// Makes a device that stays without a program, or lets one go.
pub(super) fn change_tun(namespace: Option<BorrowedFd<'_>>, spec: &TunSpec<'_>) -> io::Result<()> {
    const TUNSETPERSIST: u64 = 0x4004_54cb;
    const TUNSETOWNER: u64 = 0x4004_54cc;
    const TUNSETGROUP: u64 = 0x4004_54ce;
    let change = || {
        let file = std::fs::File::options()
            .read(true)
            .write(true)
            .open("/dev/net/tun")?;
        sys::set_interface(&file, spec.name, spec.flags)?;
        if spec.persist {
            if let Some(user) = spec.user {
                sys::ioctl_number(&file, TUNSETOWNER, user)?;
            }
            if let Some(group) = spec.group {
                sys::ioctl_number(&file, TUNSETGROUP, group)?;
            }
        }
        // Last: until here the device goes with this descriptor.
        sys::ioctl_number(&file, TUNSETPERSIST, spec.persist.into())
    };
    match namespace {
        None => change(),
        Some(namespace) => inside(namespace, change),
    }
}
