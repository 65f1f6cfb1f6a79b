//! send(2) and recv(2) on netlink sockets, and the names of links and namespaces.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use netlink_sys::Socket;

use super::{NetnsRead, RouteRead, RouteWrite};
use crate::broker::Broker;
use crate::gate::Permit;

/// Where ip-netns(8) keeps the namespaces that have names.
const NAMED: &str = "/run/netns";

/// Opens a namespace by its name.
pub(super) fn open_namespace(
    permit: &Permit<NetnsRead>,
    broker: &Broker,
    name: &str,
) -> io::Result<File> {
    broker.open_file(permit, &Path::new(NAMED).join(name))
}

/// Opens a namespace that a link is moved to.
pub(super) fn open_destination(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    name: &str,
) -> io::Result<File> {
    broker.open_file(permit, &Path::new(NAMED).join(name))
}

/// Asks the kernel; the answers are waiting when this returns.
pub(super) fn ask(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    message: &[u8],
) -> io::Result<Socket> {
    let socket = broker.open_netlink(namespace)?;
    socket.send(message, 0)?;
    permit.count_sent(message.len());
    Ok(socket)
}

/// The next answers, into a buffer of which all but the capacity is given up.
pub(super) fn receive(
    permit: &Permit<RouteRead>,
    socket: &Socket,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    buffer.clear();
    let length = socket.recv(buffer, libc::MSG_DONTWAIT)?;
    permit.count_received(length);
    Ok(())
}

/// A socket for changes.
pub(super) fn writer(broker: &Broker, namespace: Option<BorrowedFd<'_>>) -> io::Result<Socket> {
    broker.open_netlink(namespace)
}

/// Has a change made.
pub(super) fn change(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    socket: &Socket,
    message: &[u8],
) -> io::Result<Vec<u8>> {
    permit.count_sent(message.len());
    let answer = broker.change_network(permit, socket, message)?;
    permit.count_received(answer.len());
    Ok(answer)
}

/// The name of a link in the namespace of this socket.
pub(super) fn link_name(socket: &Socket, index: u32) -> io::Result<String> {
    Ok(rustix::net::netdevice::index_to_name(
        socket.as_fd(),
        index,
    )?)
}
