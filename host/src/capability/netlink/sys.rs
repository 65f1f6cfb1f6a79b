//! send(2) and recv(2) on netlink sockets, and the names of links and namespaces.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use netlink_sys::Socket;

use super::draft::Draft;
use super::{NetnsRead, RouteRead, RouteWrite, tcp_metrics, tun};
use crate::bindings::nethost::cap::netlink::{NamespaceName, TunDevice};
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
    permit.may_send(message.len()).map_err(io::Error::other)?;
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
    permit.may_receive(length).map_err(io::Error::other)?;
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
    permit.may_send(message.len()).map_err(io::Error::other)?;
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

/// A socket that hears of changes in these groups.
pub(super) fn listen(
    _permit: &Permit<RouteRead>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    groups: &[u32],
) -> io::Result<Socket> {
    let socket = broker.open_netlink(namespace)?;
    // A burst of routes should not overflow what a slow reader can hold.
    socket.set_rx_buf_sz(1_u32 << 20)?;
    for group in groups {
        socket.add_membership(*group)?;
    }
    Ok(socket)
}

/// A file of /proc/net of that namespace.
pub(super) fn read_table(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    name: &str,
) -> io::Result<String> {
    let text = broker.read_network_table(permit, namespace, name)?;
    permit.count_received(text.len());
    Ok(text)
}

/// The namespaces below /run/netns with the numbers they are known by.
pub(super) fn namespaces(
    _permit: &Permit<NetnsRead>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
) -> io::Result<Vec<(String, Option<u32>)>> {
    let socket = broker.open_netlink(namespace)?;
    let entries = match std::fs::read_dir(NAMED) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let file = File::open(entry.path())?;
        let id = namespace_id(&socket, file.as_fd());
        found.push((entry.file_name().to_string_lossy().into_owned(), id));
    }
    Ok(found)
}

/// RTM_GETNSID.
fn namespace_id(socket: &Socket, namespace: BorrowedFd<'_>) -> Option<u32> {
    /// RTM_GETNSID, NETNSA_FD and NETNSA_NSID (linux/net_namespace.h).
    const GET: u16 = 90;
    const DESCRIPTOR: u16 = 3;
    const ID: u16 = 1;
    let mut draft = super::draft::Draft::new(GET, 0, &[0; 4]);
    let descriptor = std::os::fd::AsRawFd::as_raw_fd(&namespace);
    draft.raw(DESCRIPTOR, &descriptor.to_ne_bytes());
    let (message, _) = draft.finish().ok()?;
    socket.send(&message, 0).ok()?;
    let mut answer = Vec::with_capacity(4096);
    socket.recv(&mut answer, 0).ok()?;
    let mut messages = super::message::Messages::new(&answer);
    let Some(super::message::Message::Object { payload, .. }) = messages.next() else {
        return None;
    };
    let mut attributes = super::message::Attributes(payload.get(4..)?);
    let (_, value) = attributes.find(|(id, _)| *id == ID)?;
    // -1: it has none.
    super::message::u32_at(value, 0).filter(|id| *id != u32::MAX)
}

/// Asks the generic netlink family of TCP metrics, whose number goes into the question.
pub(super) fn tcp_metrics(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    question: impl FnOnce(u16) -> Draft,
) -> io::Result<(Socket, u16)> {
    let (socket, family) = metrics_socket(broker, namespace)?;
    let message = finished(question(family))?;
    permit.may_send(message.len()).map_err(io::Error::other)?;
    socket.send(&message, 0)?;
    permit.count_sent(message.len());
    Ok((socket, family))
}

/// Has TCP metrics forgotten.
pub(super) fn forget_tcp_metrics(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    order: impl FnOnce(u16) -> Draft,
) -> io::Result<Vec<u8>> {
    let (socket, family) = metrics_socket(broker, namespace)?;
    change(permit, broker, &socket, &finished(order(family))?)
}

fn metrics_socket(broker: &Broker, namespace: Option<BorrowedFd<'_>>) -> io::Result<(Socket, u16)> {
    let socket = broker.open_generic_netlink(namespace)?;
    socket.send(&finished(tcp_metrics::ask_family())?, 0)?;
    let mut answer = Vec::with_capacity(4096);
    socket.recv(&mut answer, 0)?;
    let family = tcp_metrics::family(&answer);
    // This kernel has none.
    let family = family.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?;
    Ok((socket, family))
}

fn finished(draft: Draft) -> io::Result<Vec<u8>> {
    let finished = draft.finish();
    Ok(finished
        .map_err(|_| io::Error::from_raw_os_error(libc::EMSGSIZE))?
        .0)
}

/// Adds a multicast address to a link, or takes it away.
pub(super) fn change_multicast(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    name: &str,
    octets: [u8; 6],
    put: bool,
) -> io::Result<()> {
    broker.change_multicast(permit, namespace, name, octets, put)
}

/// Gives a namespace a name, or takes it away.
pub(super) fn change_name(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    name: &NamespaceName,
    put: bool,
) -> io::Result<()> {
    let path = Path::new(NAMED).join(&name.name);
    if put {
        return broker.name_namespace(permit, &path, name.process);
    }
    broker.unname_namespace(permit, &path)
}

/// Makes a device that stays, or lets it go.
pub(super) fn change_tun(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    namespace: Option<BorrowedFd<'_>>,
    device: &TunDevice,
    put: bool,
) -> io::Result<()> {
    let spec = crate::broker::TunSpec {
        name: &device.name,
        flags: tun::flags(device, put),
        user: device.user,
        group: device.group,
        persist: put,
    };
    broker.change_tun(permit, namespace, &spec)
}
