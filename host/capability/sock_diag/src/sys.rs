//! The calls to the broker, and read(2) of the tables that it opens.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use super::{SocketsDestroy, SocketsRead};
use nethost_broker::{Broker, SocketBatch};
use nethost_gate::Permit;
use nethost_netlink::sock_diag::{SocketId, SocketQuery};

/// What the kernel fills at once.
const CHUNK: usize = 32 << 10;

/// Begins a list.
pub(super) fn open(
    permit: &Permit<SocketsRead>,
    broker: &Broker,
    query: SocketQuery,
) -> io::Result<()> {
    let bytes = query.filter.len();
    permit.may_send(bytes).map_err(io::Error::other)?;
    broker.open_sockets(permit, query)?;
    permit.count_sent(bytes);
    Ok(())
}

/// Begins to watch sockets as they close.
pub(super) fn watch(permit: &Permit<SocketsRead>, broker: &Broker) -> io::Result<OwnedFd> {
    broker.watch_sockets(permit)
}

/// The next sockets of either.
pub(super) fn next(permit: &Permit<SocketsRead>, broker: &Broker) -> io::Result<SocketBatch> {
    let batch = broker.next_sockets(permit)?;
    let bytes = batch.messages.len();
    permit.may_receive(bytes).map_err(io::Error::other)?;
    permit.count_received(bytes);
    Ok(batch)
}

/// Opens a table.
pub(super) fn open_table(
    permit: &Permit<SocketsRead>,
    broker: &Broker,
    place: u8,
) -> io::Result<File> {
    broker.open_socket_table(permit, place)
}

/// Reads on in a table: the kernel gives whole lines.
pub(super) fn read(permit: &Permit<SocketsRead>, file: &mut File) -> io::Result<Vec<u8>> {
    let mut text = vec![0; CHUNK];
    let length = file.read(&mut text)?;
    text.truncate(length);
    permit.may_receive(length).map_err(io::Error::other)?;
    permit.count_received(length);
    Ok(text)
}

/// Ends a socket.
pub(super) fn destroy(
    permit: &Permit<SocketsDestroy>,
    broker: &Broker,
    socket: &SocketId,
    bytes: usize,
) -> io::Result<()> {
    permit.may_send(bytes).map_err(io::Error::other)?;
    broker.destroy_socket(permit, socket)?;
    permit.count_sent(bytes);
    Ok(())
}
