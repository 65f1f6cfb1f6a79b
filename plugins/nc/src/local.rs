//! Unix sockets: connections, and datagrams with -u.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use nethost_sdk::console::standard_streams;
use nethost_sdk::output::complain;
use nethost_sdk::text::printable;
use nethost_sdk::unix::{
    Address, FileOptions, ListenerKind, MessageSocket, UnixListener, UnixStream,
};
use nethost_sdk::{Error, Exit};

use crate::options::Options;
use crate::{datagrams, fatal, relay, report, words};

const PATIENCE: Duration = Duration::from_secs(300);
const LONG: Duration = Duration::from_secs(3600);

/// As the native tool leaves it: the file takes the place of another, and stays.
const FILE: FileOptions = FileOptions {
    mode: None,
    keep: true,
    replace: true,
};

fn path(options: &Options) -> (&str, Address) {
    let path = options.host.as_deref().unwrap_or_default();
    (path, Address::new(path))
}

/// Connects to the path.
pub(crate) async fn connect(options: &Options) -> Result<u8, Exit> {
    let (path, remote) = path(options);
    let refused = |error: Error| match error {
        Error::Denied(_) => fatal(error),
        error => fatal(format_args!("{}: {}", printable(path), words(&error))),
    };
    let timeout = options.timeout.unwrap_or(PATIENCE);
    let mut standard = standard_streams();
    if options.datagrams {
        // Who gets the datagrams can answer only to a socket that has an address.
        let own = match &options.source {
            Some(own) => Address::new(own),
            None => Address::Abstract(format!(
                "nc-{:016x}",
                RandomState::new().build_hasher().finish()
            )),
        };
        let socket = MessageSocket::bind(
            &own,
            FileOptions {
                keep: false,
                ..FILE
            },
        )
        .map_err(fatal)?;
        report::path(options, "Bound", "bound", &own.to_string());
        socket.connect_to(&remote).map_err(refused)?;
        if !options.scan {
            datagrams::relay(&socket, None, &mut standard, options).await?;
        }
        return Ok(0);
    }
    let mut stream = UnixStream::connect(&remote, timeout)
        .await
        .map_err(refused)?;
    if !options.scan {
        relay::relay(&mut stream, &mut standard, options).await?;
    }
    Ok(0)
}

/// Listens at the path.
pub(crate) async fn listen(options: &Options) -> Result<u8, Exit> {
    let (path, local) = path(options);
    let refused = |error: Error| fatal(words(&error));
    let mut standard = standard_streams();
    if options.datagrams {
        let socket = MessageSocket::bind(&local, FILE).map_err(refused)?;
        report::path(options, "Bound", "listening", path);
        let first = loop {
            match socket.receive(65_536, LONG).await {
                Ok(Some(message)) => break message,
                Ok(None) => {}
                Err(error) => return Err(fatal(error)),
            }
        };
        report::path(options, "Connection received", "accepted", path);
        if first.source != Address::Unnamed {
            socket
                .connect_to(&first.source)
                .map_err(|error| fatal(format_args!("connect: {error}")))?;
        }
        datagrams::relay(&socket, Some(first.bytes), &mut standard, options).await?;
        return Ok(0);
    }
    let listener = UnixListener::listen(ListenerKind::Bytes, &local, 5, FILE).map_err(refused)?;
    report::say(options, format_args!("Bound on {}", printable(path)));
    report::path(options, "Listening", "listening", path);
    loop {
        let mut stream = match listener.accept().await {
            Ok(stream) => stream,
            Err(denied @ Error::Denied(_)) => {
                complain(format_args!("nc: {denied}"));
                continue;
            }
            Err(error) => return Err(fatal(error)),
        };
        report::path(options, "Connection received", "accepted", path);
        relay::relay(&mut stream, &mut standard, options).await?;
        if !options.keep {
            return Ok(0);
        }
    }
}
