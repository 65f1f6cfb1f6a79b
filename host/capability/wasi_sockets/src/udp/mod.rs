//! `wasi:sockets/udp` and `udp-create-socket`.

mod endpoint;
mod remotes;
mod settings;
mod socket;
mod streams;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::sockets::network::{
    ErrorCode, IpAddressFamily, IpSocketAddress, Network,
};

use super::interface::Interface;
use nethost_kit::Context;
pub(super) use socket::Socket;
pub(super) use streams::{Incoming, Outgoing};

type Handle = Resource<Socket>;

/// Adds the interface that creates sockets.
pub fn add_create_to_linker(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    let mut create = Interface::of(linker, "wasi:sockets/udp-create-socket@0.2.12")?;
    create.function("create-udp-socket", |run, (family,): (IpAddressFamily,)| {
        let ipv6 = family == IpAddressFamily::Ipv6;
        match Socket::make(&run.gate, &run.broker, ipv6) {
            Ok(socket) => run.keep(socket).map(Ok),
            Err(error) => Ok(Err(error)),
        }
    })
}

/// Adds the interface of sockets.
pub fn add_to_linker(linker: &mut Linker<Context>) -> wasmtime::Result<()> {
    let mut udp = Interface::of(linker, "wasi:sockets/udp@0.2.12")?;
    udp.resource::<Socket>("udp-socket", Context::discard)?;
    udp.subscribe::<Socket>("[method]udp-socket.subscribe")?;
    udp.function(
        "[method]udp-socket.start-bind",
        |run, (socket, network, local): (Handle, Resource<Network>, IpSocketAddress)| {
            run.table.get(&network)?;
            Ok(run.table.get_mut(&socket)?.start_bind(local.into()))
        },
    )?;
    udp.ask("[method]udp-socket.finish-bind", Socket::finish_bind)?;
    udp.function(
        "[method]udp-socket.stream",
        |run, (socket, remote): (Handle, Option<IpSocketAddress>)| {
            let streams = run
                .table
                .get_mut(&socket)?
                .streams(remote.map(Into::into))?;
            Ok(match streams {
                Ok((incoming, outgoing)) => Ok::<_, ErrorCode>((
                    run.table.push_child(incoming, &socket)?,
                    run.table.push_child(outgoing, &socket)?,
                )),
                Err(error) => Err(error),
            })
        },
    )?;
    udp.ask("[method]udp-socket.local-address", Socket::local_address)?;
    udp.ask("[method]udp-socket.remote-address", Socket::remote_address)?;
    settings::add_to(&mut udp)?;
    udp.resource::<Incoming>("incoming-datagram-stream", drop_stream)?;
    udp.subscribe::<Incoming>("[method]incoming-datagram-stream.subscribe")?;
    udp.tell(
        "[method]incoming-datagram-stream.receive",
        Incoming::receive,
    )?;
    udp.resource::<Outgoing>("outgoing-datagram-stream", drop_stream)?;
    udp.subscribe::<Outgoing>("[method]outgoing-datagram-stream.subscribe")?;
    udp.ask(
        "[method]outgoing-datagram-stream.check-send",
        Outgoing::check_send,
    )?;
    udp.function(
        "[method]outgoing-datagram-stream.send",
        |run, (stream, datagrams): (Resource<Outgoing>, Vec<_>)| {
            run.table.get_mut(&stream)?.send(datagrams)
        },
    )
}

fn drop_stream<T: Send + 'static>(run: &mut Context, stream: Resource<T>) -> wasmtime::Result<()> {
    run.table.delete(stream)?;
    Ok(())
}
