//! `wasi:sockets/tcp` and `tcp-create-socket`.

mod connection;
mod listener;
mod settings;
mod socket;
mod steps;
mod streams;

use std::sync::Arc;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Network,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::interface::Interface;
use connection::Connection;
use nethost_kit::Context;
pub(super) use socket::Socket;
use streams::{Incoming, Outgoing};

type Handle = Resource<Socket>;
/// Both directions of a connection.
type Streams = (Resource<DynInputStream>, Resource<DynOutputStream>);

/// Adds the interface that creates sockets.
pub fn add_create_to_linker(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    let mut create = Interface::of(linker, "wasi:sockets/tcp-create-socket@0.2.12")?;
    create.function("create-tcp-socket", |run, (family,): (IpAddressFamily,)| {
        let ipv6 = family == IpAddressFamily::Ipv6;
        match Socket::make(&run.gate, &run.broker, ipv6) {
            Ok(socket) => run.keep(socket).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    })
}

/// Adds the interface of sockets.
pub fn add_to_linker(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    let mut tcp = Interface::of(linker, "wasi:sockets/tcp@0.2.12")?;
    tcp.resource::<Socket>("tcp-socket", Context::discard)?;
    tcp.subscribe::<Socket>("[method]tcp-socket.subscribe")?;
    tcp.function(
        "[method]tcp-socket.start-bind",
        |run, (socket, network, local): (Handle, Resource<Network>, IpSocketAddress)| {
            run.table.get(&network)?;
            Ok(run.table.get_mut(&socket)?.start_bind(local.into()))
        },
    )?;
    tcp.ask("[method]tcp-socket.finish-bind", Socket::finish_bind)?;
    tcp.function(
        "[method]tcp-socket.start-connect",
        |run, (socket, network, remote): (Handle, Resource<Network>, IpSocketAddress)| {
            run.table.get(&network)?;
            Ok(run.table.get_mut(&socket)?.start_connect(remote.into()))
        },
    )?;
    tcp.function(
        "[method]tcp-socket.finish-connect",
        |run, (socket,): (Handle,)| match run.table.get_mut(&socket)?.finish_connect() {
            Ok(connection) => streams(run, &connection, &socket).map(Ok),
            Err(error) => Ok(Err(error)),
        },
    )?;
    tcp.ask("[method]tcp-socket.start-listen", Socket::start_listen)?;
    tcp.ask("[method]tcp-socket.finish-listen", Socket::finish_listen)?;
    tcp.function(
        "[method]tcp-socket.accept",
        |run, (socket,): (Handle,)| -> wasmtime::Result<Result<_, ErrorCode>> {
            match run.table.get_mut(&socket)?.accept() {
                Ok((accepted, connection)) => {
                    let accepted = run.keep(accepted)?;
                    let (input, output) = streams(run, &connection, &accepted)?;
                    Ok(Ok((accepted, input, output)))
                }
                Err(error) => Ok(Err(error)),
            }
        },
    )?;
    tcp.ask("[method]tcp-socket.local-address", Socket::local_address)?;
    tcp.ask("[method]tcp-socket.remote-address", Socket::remote_address)?;
    tcp.ask("[method]tcp-socket.is-listening", Socket::is_listening)?;
    tcp.tell("[method]tcp-socket.shutdown", Socket::shutdown)?;
    settings::add_to(&mut tcp)
}

/// The streams of a connection. They must be dropped before its socket.
fn streams(
    run: &mut Context,
    connection: &Arc<Connection>,
    socket: &Handle,
) -> wasmtime::Result<Streams> {
    let input: DynInputStream = Box::new(Incoming(Arc::clone(connection)));
    let output: DynOutputStream = Box::new(Outgoing(Arc::clone(connection)));
    Ok((
        run.table.push_child(input, socket)?,
        run.table.push_child(output, socket)?,
    ))
}
