//! send(2) and recv(2) on netlink sockets, and the calls to the broker.

use std::io::{self, Read};
use std::os::fd::OwnedFd;

use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, SendFlags};

use super::{NetnsRead, RouteRead, RouteWrite};
use nethost_broker::{Broker, NamedNamespace};
use nethost_gate::Permit;
use nethost_netlink::MessageBuilder;
use nethost_netlink::change::NetworkChange;
use nethost_netlink::{Entity, RouteLookup};

/// Opens a namespace by its name.
pub(super) fn open_namespace(permit: &Permit<NetnsRead>, broker: &Broker) -> io::Result<()> {
    broker.open_namespace(permit)
}

/// Sends a query to the kernel. When this returns, the answers are ready.
pub(super) fn ask(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    message: &[u8],
) -> io::Result<OwnedFd> {
    permit.may_send(message.len()).map_err(io::Error::other)?;
    let socket = broker.open_netlink(permit, &[])?;
    rustix::net::send(&socket, message, SendFlags::NOSIGNAL)?;
    permit.count_sent(message.len());
    Ok(socket)
}

/// Queries the generic netlink family of TCP metrics. Its number is set in the query.
pub(super) fn ask_tcp_metrics(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    question: impl FnOnce(u16) -> MessageBuilder,
) -> io::Result<(OwnedFd, u16)> {
    let (socket, family) = broker.open_tcp_metrics(permit)?;
    let finished = question(family).finish();
    let (message, _) = finished.map_err(|_| io::Error::from_raw_os_error(libc::EMSGSIZE))?;
    permit.may_send(message.len()).map_err(io::Error::other)?;
    rustix::net::send(&socket, &message, SendFlags::NOSIGNAL)?;
    permit.count_sent(message.len());
    Ok((socket, family))
}

/// Has the broker query everything that the permit allows. Returns also the type of the messages.
pub(super) fn have_asked(
    permit: &Permit<RouteRead>,
    broker: &Broker,
) -> io::Result<(OwnedFd, u16)> {
    broker.list_network(permit)
}

/// Has the broker ask for permitted objects without a record of their own.
pub(super) fn entities(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    query: &Entity,
    all: bool,
) -> io::Result<(OwnedFd, u16)> {
    broker.list_entities(permit, query, all)
}

/// The names of the namespace of a process.
pub(super) fn names_of(
    permit: &Permit<NetnsRead>,
    broker: &Broker,
    process: Option<u32>,
) -> io::Result<Vec<String>> {
    broker.namespace_names(permit, process)
}

/// The processes in a namespace.
pub(super) fn processes(permit: &Permit<NetnsRead>, broker: &Broker) -> io::Result<Vec<u32>> {
    broker.namespace_processes(permit)
}

/// Has the broker look up the route to a destination.
pub(super) fn look_up(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    lookup: &RouteLookup,
    bytes: usize,
) -> io::Result<Vec<u8>> {
    permit.may_send(bytes).map_err(io::Error::other)?;
    permit.count_sent(bytes);
    let answer = broker.look_up_route(permit, lookup)?;
    permit.count_received(answer.len());
    Ok(answer)
}

/// Receives the next answers into a buffer. The old contents of the buffer are discarded; its capacity is reused.
pub(super) fn receive(
    permit: &Permit<RouteRead>,
    socket: &OwnedFd,
    buffer: &mut Vec<u8>,
) -> io::Result<()> {
    buffer.clear();
    let (length, _) = rustix::net::recv(socket, spare_capacity(buffer), RecvFlags::DONTWAIT)?;
    permit.may_receive(length).map_err(io::Error::other)?;
    permit.count_received(length);
    Ok(())
}

/// Has the broker make a change.
pub(super) fn change(
    permit: &Permit<RouteWrite>,
    broker: &Broker,
    change: &NetworkChange,
    bytes: usize,
) -> io::Result<Vec<u8>> {
    permit.may_send(bytes).map_err(io::Error::other)?;
    permit.count_sent(bytes);
    let answer = broker.change_network(permit, change)?;
    permit.count_received(answer.len());
    Ok(answer)
}

/// Opens a socket that receives the events of these groups.
pub(super) fn listen(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    groups: &[u32],
) -> io::Result<OwnedFd> {
    broker.open_netlink(permit, groups)
}

/// Reads a file of /proc/net of this namespace.
pub(super) fn read_table(
    permit: &Permit<RouteRead>,
    broker: &Broker,
    table: u8,
) -> io::Result<String> {
    let mut text = String::new();
    broker
        .open_network_table(permit, table)?
        .read_to_string(&mut text)?;
    permit.count_received(text.len());
    Ok(text)
}

/// The namespaces below /run/netns with their numbers.
pub(super) fn namespaces(
    permit: &Permit<NetnsRead>,
    broker: &Broker,
) -> io::Result<Vec<NamedNamespace>> {
    broker.named_namespaces(permit)
}
