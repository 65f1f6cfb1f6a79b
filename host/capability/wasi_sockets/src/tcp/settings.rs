//! The settings of a TCP socket.

use std::os::fd::BorrowedFd;

use wasmtime::component::{ComponentNamedList, Lift, Lower, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

use super::Socket;
use crate::interface::Interface;
use crate::options;

pub(super) fn add_to(tcp: &mut Interface<'_>) -> wasmtime::Result<()> {
    tcp.ask("[method]tcp-socket.address-family", Socket::family)?;
    tcp.tell(
        "[method]tcp-socket.set-listen-backlog-size",
        Socket::set_backlog,
    )?;
    tcp.ask("[method]tcp-socket.hop-limit", |socket: &mut Socket| {
        options::hop_limit(socket.fd()?, socket.ipv6)
    })?;
    tcp.tell(
        "[method]tcp-socket.set-hop-limit",
        |socket: &mut Socket, hops| options::set_hop_limit(socket.fd()?, socket.ipv6, hops),
    )?;
    option(
        tcp,
        "keep-alive-enabled",
        options::keep_alive,
        options::set_keep_alive,
    )?;
    option(
        tcp,
        "keep-alive-idle-time",
        options::keep_alive_idle,
        options::set_keep_alive_idle,
    )?;
    option(
        tcp,
        "keep-alive-interval",
        options::keep_alive_interval,
        options::set_keep_alive_interval,
    )?;
    option(
        tcp,
        "keep-alive-count",
        options::keep_alive_count,
        options::set_keep_alive_count,
    )?;
    option(
        tcp,
        "receive-buffer-size",
        options::receive_buffer,
        options::set_receive_buffer,
    )?;
    option(
        tcp,
        "send-buffer-size",
        options::send_buffer,
        options::set_send_buffer,
    )
}

/// An option of the descriptor, and the method that sets it.
fn option<T>(
    tcp: &mut Interface<'_>,
    name: &str,
    get: fn(BorrowedFd<'_>) -> Result<T, ErrorCode>,
    set: fn(BorrowedFd<'_>, T) -> Result<(), ErrorCode>,
) -> wasmtime::Result<()>
where
    T: Send + 'static,
    (Result<T, ErrorCode>,): ComponentNamedList + Lower,
    (Resource<Socket>, T): ComponentNamedList + Lift,
{
    tcp.function(
        &format!("[method]tcp-socket.{name}"),
        move |run, (socket,): (Resource<Socket>,)| Ok(run.table.get(&socket)?.fd().and_then(get)),
    )?;
    tcp.function::<_, Result<(), ErrorCode>>(
        &format!("[method]tcp-socket.set-{name}"),
        move |run, (socket, value): (Resource<Socket>, T)| {
            let fd = run.table.get(&socket)?.fd();
            Ok(fd.and_then(|fd| set(fd, value)))
        },
    )
}
