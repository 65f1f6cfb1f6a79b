//! Netlink sockets, in this network namespace or another, and the one exchange that a change is.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// The most that the kernel puts into one message of a dump.
const LARGEST: usize = 32 << 10;

/// Opens a socket that speaks rtnetlink(7): with explanations of errors, and strict about filters.
pub(super) fn open(namespace: Option<BorrowedFd<'_>>) -> io::Result<Socket> {
    let mut socket = match namespace {
        None => Socket::new(NETLINK_ROUTE)?,
        Some(namespace) => inside(namespace, || Socket::new(NETLINK_ROUTE))?,
    };
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    socket.set_ext_ack(true)?;
    socket.set_cap_ack(true)?;
    socket.set_netlink_get_strict_chk(true)?;
    Ok(socket)
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
