//! Listens: takes one connection, or one after the other with -k; or the datagrams of who sends first.

use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::console::{StandardStreams, standard_streams};
use nethost_sdk::output::complain;
use nethost_sdk::tcp::TcpListener;
use nethost_sdk::udp::BoundSocket;
use nethost_sdk::{Error, Exit};

use crate::options::Options;
use crate::ports::Services;
use crate::{datagrams, fatal, names, relay, report, words};

/// Waiting for the first datagram has no end.
const LONG: Duration = Duration::from_secs(3600);

/// Listens at the port.
pub(crate) async fn listen(options: &Options) -> Result<u8, Exit> {
    let port = options.ports.first().map_or("", String::as_str);
    let port = Services::default().local(port, options.protocol())?;
    let locals = match &options.host {
        Some(host) => {
            let found = names::addresses(host, port, options).await;
            found.map_err(|error| fatal(format_args!("getaddrinfo: {error}")))?
        }
        None => vec![names::anywhere(port, options)],
    };
    let mut standard = standard_streams();
    match options.datagrams {
        true => udp(options, &locals, &mut standard).await,
        false => tcp(options, &locals, &mut standard).await,
    }
}

/// The first of these that can be bound to.
fn first<T>(
    locals: &[SocketAddr],
    bind: impl Fn(SocketAddr) -> Result<T, Error>,
) -> Result<T, Exit> {
    let mut last = Error::AddressNotBindable;
    for local in locals {
        match bind(*local) {
            Ok(bound) => return Ok(bound),
            Err(error @ Error::Denied(_)) => return Err(fatal(error)),
            Err(error) => last = error,
        }
    }
    Err(fatal(words(&last)))
}

async fn tcp(
    options: &Options,
    locals: &[SocketAddr],
    standard: &mut StandardStreams,
) -> Result<u8, Exit> {
    let bind = |local| TcpListener::listen(local, 1, options.of_stream());
    let listener = first(locals, bind)?;
    report::socket(options, "Listening", "listening", listener.local_endpoint()).await;
    loop {
        let mut stream = loop {
            match listener.accept().await {
                Ok(stream) => break stream,
                // This peer may not; the next may.
                Err(denied @ Error::Denied(_)) => complain(format_args!("nc: {denied}")),
                Err(Error::ConnectionAborted) => {}
                Err(error) => return Err(fatal(error)),
            }
        };
        report::socket(
            options,
            "Connection received",
            "accepted",
            stream.remote_endpoint(),
        )
        .await;
        if !options.keep {
            // One connection is all: nobody else waits in vain.
            drop(listener);
            relay::relay(&mut stream, standard, options).await?;
            return Ok(0);
        }
        relay::relay(&mut stream, standard, options).await?;
    }
}

async fn udp(
    options: &Options,
    locals: &[SocketAddr],
    standard: &mut StandardStreams,
) -> Result<u8, Exit> {
    let socket = first(locals, BoundSocket::bind)?;
    report::socket(options, "Bound", "listening", socket.local_endpoint()).await;
    let (bytes, source) = loop {
        match socket.receive(LONG).await {
            Ok(Some(received)) => break received,
            Ok(None) => {}
            Err(error) => return Err(fatal(error)),
        }
    };
    report::socket(options, "Connection received", "accepted", source).await;
    if options.keep {
        return everybody(&socket, bytes, standard).await;
    }
    match socket.connect_to(source) {
        Ok(()) => datagrams::relay(&socket, Some(bytes), standard, options).await?,
        Err(error) => return Err(fatal(format_args!("connect: {error}"))),
    }
    Ok(0)
}

/// With -k, a socket for datagrams is connected to nobody: all that comes is written, and nothing is sent.
async fn everybody(
    socket: &BoundSocket,
    first: Vec<u8>,
    standard: &mut StandardStreams,
) -> Result<u8, Exit> {
    use futures::AsyncWriteExt;
    let mut bytes = first;
    loop {
        let written = standard.write_all(&bytes).await;
        let written = match written {
            Ok(()) => standard.flush().await,
            error => error,
        };
        written.map_err(|error| relay::unwritten(error.into()))?;
        bytes = loop {
            match socket.receive(LONG).await {
                Ok(Some((bytes, _))) => break bytes,
                Ok(None) => {}
                Err(error) => return Err(fatal(error)),
            }
        };
    }
}
