//! What is asked for, judged and opened: addresses in their canonical forms, connections, and who they come from.

use std::fmt::Write as _;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::sys::{self, Copy};
use super::{MessageSocket, UnixConnect, UnixListen};
use crate::bindings::nethost::cap::unix as wit;
use nethost_broker::Broker;
use nethost_broker::capabilities::unix::{
    SocketFile, UnixAddress, UnixCredentials, UnixFacts, UnixKind,
};
use nethost_core::{Capability, ObjectName, Request, Target, home};
use nethost_gate::{Gate, Permit};
use nethost_kit::stream;
use nethost_kit::types::{ErrorCode, invalid};

/// No attempt waits longer.
const LONGEST: Duration = Duration::from_secs(300);
/// Where too many wait to be accepted, connecting does not wait by itself (connect(2), EAGAIN).
const AGAIN_AFTER: Duration = Duration::from_millis(10);

/// A connection that carries bytes, and who is at its other end.
pub struct Connection {
    /// The bytes.
    pub(super) stream: stream::Connection<UnixAddress>,
    /// Who connected or listens.
    pub(super) peer: UnixCredentials,
}

/// The target that an address means: where it really leads, if that may be known.
fn target<C: Capability>(broker: &Broker, address: &wit::Address) -> Result<Target, ErrorCode> {
    match address {
        wit::Address::Path(path) if path.is_empty() || path.contains('\0') => {
            Err(invalid("not a path"))
        }
        wit::Address::Path(path) => {
            let real = broker.real_path(C::NAME, &home::expand(path))?;
            Ok(Target::Path(real))
        }
        wit::Address::AbstractName(name) => {
            let name = ObjectName::abstract_socket(name).map(Target::Object);
            name.ok_or_else(|| {
                invalid("an abstract name is 1 to 107 visible characters of ASCII other than `*`")
            })
        }
        wit::Address::Unnamed => Err(invalid("no address")),
    }
}

/// Asks the gate for a remote.
pub(super) fn permit_to_connect(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    kind: UnixKind,
    remote: &wit::Address,
) -> Result<Permit<UnixConnect>, ErrorCode> {
    let target = target::<UnixConnect>(broker, remote)?;
    Ok(gate.authorize(Request::new(op, target).changing(kind.to_connect()))?)
}

/// Asks the gate for an address of this machine.
pub(super) fn permit_to_listen(
    gate: &Arc<Gate>,
    broker: &Broker,
    op: &'static str,
    kind: UnixKind,
    local: &wit::Address,
    options: wit::FileOptions,
) -> Result<Permit<UnixListen>, ErrorCode> {
    let mode = options.mode.unwrap_or(0o777);
    if mode > 0o777 {
        return Err(invalid("a mode beyond 0o777"));
    }
    let target = target::<UnixListen>(broker, local)?;
    let file = matches!(target, Target::Path(_)).then_some(SocketFile {
        mode,
        keep: options.keep,
        replace: options.replace,
    });
    Ok(gate.authorize(Request::new(op, target).changing(kind.to_listen(file)))?)
}

/// Connects a new socket to the permitted remote.
pub(super) async fn connect(
    permit: &Permit<UnixConnect>,
    broker: &Broker,
    timeout: u64,
) -> Result<(UnixFacts, OwnedFd), ErrorCode> {
    let deadline = Instant::now() + Duration::from_nanos(timeout).min(LONGEST);
    loop {
        let connected = broker.connect_unix(permit, None::<&Permit<UnixListen>>);
        match connected {
            Ok((facts, socket)) => {
                let missing = || io::Error::from_raw_os_error(libc::EPROTO);
                return Ok((facts, socket.ok_or_else(missing)?));
            }
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {
                if Instant::now() >= deadline {
                    let timed_out = io::Error::from_raw_os_error(libc::ETIMEDOUT);
                    permit.failed(&timed_out);
                    return Err(timed_out.into());
                }
                tokio::time::sleep(AGAIN_AFTER).await;
            }
            Err(error) => {
                permit.failed(&error);
                return Err(error.into());
            }
        }
    }
}

impl Connection {
    /// Asks the gate and connects.
    pub(super) async fn connect(
        gate: &Arc<Gate>,
        broker: &Broker,
        remote: &wit::Address,
        timeout: u64,
    ) -> Result<Self, ErrorCode> {
        let kind = UnixKind::Stream;
        let permit = permit_to_connect(gate, broker, "connection.connect", kind, remote)?;
        let (facts, socket) = connect(&permit, broker, timeout).await?;
        let peer = facts.peer.ok_or(ErrorCode::NotSupported)?;
        let stream = Arc::new(sys::connection(socket, permit)?);
        Ok(Self {
            stream: stream::Connection::new(stream, facts.local, facts.remote),
            peer,
        })
    }
}

/// A socket that connections come to.
pub struct Listener {
    gate: Arc<Gate>,
    broker: Arc<Broker>,
    permit: Permit<UnixListen>,
    kind: UnixKind,
    local: UnixAddress,
    copy: Copy,
}

impl Listener {
    /// Asks the gate, binds and listens.
    pub(super) fn listen(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        kind: wit::ListenerKind,
        local: &wit::Address,
        backlog: u32,
        options: wit::FileOptions,
    ) -> Result<Self, ErrorCode> {
        let kind = match kind {
            wit::ListenerKind::Bytes => UnixKind::Stream,
            wit::ListenerKind::Sequenced => UnixKind::Sequenced,
        };
        let permit = permit_to_listen(gate, broker, "listener.listen", kind, local, options)?;
        let bound = broker.listen_unix(&permit, backlog).and_then(Copy::new);
        let copy = bound.inspect_err(|error| permit.failed(error))?;
        Ok(Self {
            gate: Arc::clone(gate),
            broker: Arc::clone(broker),
            kind,
            local: copy.local_address()?,
            permit,
            copy,
        })
    }

    pub(super) fn local(&self) -> &UnixAddress {
        &self.local
    }

    /// The next connection, with a permit of its own.
    async fn next(
        &self,
    ) -> Result<(OwnedFd, UnixAddress, UnixCredentials, Permit<UnixListen>), ErrorCode> {
        let accept = || self.broker.accept_unix(&self.permit);
        let (remote, peer) = match self.copy.when_readable(accept).await {
            Ok(came) => came,
            Err(error) => {
                // Where the permit is over, that is why.
                self.permit.ticket().check_terms()?;
                return Err(error.into());
            }
        };
        let said = self.kind.to_accept(peer);
        let request = Request::new("listener.accept", self.permit.request().target.clone());
        let permit = self.gate.authorize(request.changing(said))?;
        let taken = self.broker.take_unix(&permit, &self.permit);
        let socket = taken.inspect_err(|error| permit.failed(error))?;
        Ok((socket, remote, peer, permit))
    }

    /// The next connection that carries bytes.
    pub(super) async fn accept(&self) -> Result<Connection, ErrorCode> {
        if self.kind != UnixKind::Stream {
            return Err(ErrorCode::InvalidState);
        }
        let (socket, remote, peer, permit) = self.next().await?;
        let stream = Arc::new(sys::connection(socket, permit)?);
        Ok(Connection {
            stream: stream::Connection::new(stream, self.local.clone(), remote),
            peer,
        })
    }

    /// The next connection that carries packets.
    pub(super) async fn accept_sequenced(&self) -> Result<MessageSocket, ErrorCode> {
        if self.kind != UnixKind::Sequenced {
            return Err(ErrorCode::InvalidState);
        }
        let (socket, _, _, permit) = self.next().await?;
        MessageSocket::accepted(&self.gate, &self.broker, socket, permit)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.broker.close_unix(&self.permit);
    }
}

/// In the contract's form.
pub(super) fn address_to(address: &UnixAddress) -> wit::Address {
    match address {
        UnixAddress::Path(path) => wit::Address::Path(String::from_utf8_lossy(path).into_owned()),
        UnixAddress::Abstract(name) => {
            let mut text = String::with_capacity(name.len());
            for byte in name {
                match byte.is_ascii_graphic() {
                    true => text.push(char::from(*byte)),
                    false => {
                        // Into a string, it does not fail.
                        let _ = write!(text, "\\x{byte:02x}");
                    }
                }
            }
            wit::Address::AbstractName(text)
        }
        UnixAddress::Unnamed => wit::Address::Unnamed,
    }
}

/// The same of credentials.
pub(super) fn credentials_to(peer: UnixCredentials) -> wit::Credentials {
    let UnixCredentials {
        process,
        user,
        group,
    } = peer;
    wit::Credentials {
        process,
        user,
        group,
    }
}
