//! Sockets of this machine (unix(7)): connections that carry bytes, datagrams, and packets in sequence. Requests at the
//! gate: `unix.connect` with the remote's path or abstract name, `unix.listen` with the local one.

use std::fmt;
use std::time::Duration;

use crate::Error;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::bindings::nethost::cap::unix;
use crate::socket::timeout_to_wit;
use crate::stream::{ByteStream, Connection, Ended, Received};
use wit_bindgen::StreamReader;

pub use unix::{Credentials, FileOptions, ListenerKind, MessageKind};

/// Where a socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The path of its file.
    Path(String),
    /// Its abstract name, without the NUL in front of it.
    Abstract(String),
    /// It is not bound. No argument.
    Unnamed,
}

impl Address {
    /// As tools spell it: `@` and an abstract name, or a path.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match text.strip_prefix('@') {
            Some(name) => Self::Abstract(name.into()),
            None => Self::Path(text.into()),
        }
    }

    fn to_wit(&self) -> unix::Address {
        match self.clone() {
            Self::Path(path) => unix::Address::Path(path),
            Self::Abstract(name) => unix::Address::AbstractName(name),
            Self::Unnamed => unix::Address::Unnamed,
        }
    }

    fn from_wit(address: unix::Address) -> Self {
        match address {
            unix::Address::Path(path) => Self::Path(path),
            unix::Address::AbstractName(name) => Self::Abstract(name),
            unix::Address::Unnamed => Self::Unnamed,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Unnamed => Ok(()),
        }
    }
}

/// A connection that carries bytes.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use futures::{AsyncReadExt, AsyncWriteExt};
/// use nethost_sdk::unix::{Address, UnixStream};
/// use std::time::Duration;
///
/// let remote = Address::new("/run/app/http.sock");
/// let mut stream = UnixStream::connect(&remote, Duration::from_secs(5)).await?;
/// stream.write_all(b"GET /status HTTP/1.0\r\n\r\n").await?;
/// let mut answer = Vec::new();
/// stream.read_to_end(&mut answer).await?;
/// println!("user {} answered", stream.peer_credentials().user);
/// # Ok(())
/// # }
/// ```
pub type UnixStream = ByteStream<unix::Connection>;

impl UnixStream {
    /// Connects. Where too many wait to be accepted, it tries again until the time is over.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `NotFound`; `AccessDenied`; `ConnectionRefused`; `Timeout`; `Other`.
    pub async fn connect(remote: &Address, timeout: Duration) -> Result<Self, Error> {
        let connection = unix::Connection::connect(remote.to_wit(), timeout_to_wit(timeout));
        Ok(Self::new(connection.await?))
    }

    /// This end.
    pub fn local_address(&self) -> Address {
        Address::from_wit(self.connection().local_address())
    }

    /// The other end, as it was bound.
    pub fn remote_address(&self) -> Address {
        Address::from_wit(self.connection().remote_address())
    }

    /// Who connected or had the socket listen.
    pub fn peer_credentials(&self) -> Credentials {
        self.connection().peer_credentials()
    }
}

impl Connection for unix::Connection {
    fn receive(&self) -> Result<Received, ErrorCode> {
        unix::Connection::receive(self)
    }

    fn send(&self, bytes: StreamReader<u8>) -> Result<Ended, ErrorCode> {
        unix::Connection::send(self, bytes)
    }

    fn shutdown(&self) -> impl Future<Output = Result<(), ErrorCode>> {
        unix::Connection::shutdown(self)
    }
}

/// A socket that connections come to.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::Error> {
/// use futures::AsyncWriteExt;
/// use nethost_sdk::unix::{Address, FileOptions, ListenerKind, UnixListener};
///
/// let options = FileOptions { mode: Some(0o600), keep: false, replace: false };
/// let local = Address::new("/run/user/1000/app.sock");
/// let listener = UnixListener::listen(ListenerKind::Bytes, &local, 8, options)?;
/// let mut stream = listener.accept().await?;
/// stream.write_all(b"hello\n").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UnixListener(unix::Listener);

impl UnixListener {
    /// Binds a socket and listens, with room for so many who wait.
    ///
    /// # Errors
    /// `Denied`; `InvalidArgument`; `AddressInUse`; `NotFound`; `AccessDenied`; `Other`.
    pub fn listen(
        kind: ListenerKind,
        local: &Address,
        backlog: u32,
        options: FileOptions,
    ) -> Result<Self, Error> {
        let local = local.to_wit();
        Ok(Self(unix::Listener::listen(
            kind, &local, backlog, options,
        )?))
    }

    /// Where it listens.
    pub fn local_address(&self) -> Address {
        Address::from_wit(self.0.local_address())
    }

    /// The next connection, of one that carries bytes.
    ///
    /// # Errors
    /// `Denied`; `InvalidState` (of the other kind).
    pub async fn accept(&self) -> Result<UnixStream, Error> {
        Ok(UnixStream::new(self.0.accept().await?))
    }

    /// The next connection, of one that carries packets.
    ///
    /// # Errors
    /// As [`UnixListener::accept`].
    pub async fn accept_sequenced(&self) -> Result<MessageSocket, Error> {
        Ok(MessageSocket(self.0.accept_sequenced().await?))
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who sent it; only datagrams say.
    pub source: Address,
    /// There was more of it, which is gone.
    pub truncated: bool,
}

/// A socket that sends messages to one remote and receives.
#[derive(Debug)]
pub struct MessageSocket(unix::MessageSocket);

impl MessageSocket {
    /// Connects a new socket.
    ///
    /// # Errors
    /// As [`UnixStream::connect`].
    pub async fn connect(
        kind: MessageKind,
        remote: &Address,
        timeout: Duration,
    ) -> Result<Self, Error> {
        let socket = unix::MessageSocket::connect(kind, remote.to_wit(), timeout_to_wit(timeout));
        Ok(Self(socket.await?))
    }

    /// Binds a socket for datagrams.
    ///
    /// # Errors
    /// As [`UnixListener::listen`].
    pub fn bind(local: &Address, options: FileOptions) -> Result<Self, Error> {
        Ok(Self(unix::MessageSocket::bind(&local.to_wit(), options)?))
    }

    /// Connects one that is bound, to send.
    ///
    /// # Errors
    /// As [`UnixStream::connect`]; `InvalidState` (it is not bound).
    pub fn connect_to(&self, remote: &Address) -> Result<(), Error> {
        Ok(self.0.connect_to(&remote.to_wit())?)
    }

    /// This end.
    pub fn local_address(&self) -> Address {
        Address::from_wit(self.0.local_address())
    }

    /// Sends one message, and waits while the remote's queue is full.
    ///
    /// # Errors
    /// `Denied`; `InvalidState` (not connected); `DatagramTooLarge`; `ConnectionRefused`, `ConnectionReset`,
    /// `ConnectionBroken` (the remote is gone).
    pub async fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.0.send(bytes.into()).await?)
    }

    /// The next message, at most `max` bytes of it; none after `timeout`. Where packets come in sequence, an empty one
    /// is also how the end looks.
    ///
    /// # Errors
    /// `Denied`; `ConnectionReset`; `InvalidState`.
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Option<Message>, Error> {
        let message = self.0.receive(max, timeout_to_wit(timeout)).await?;
        Ok(message.map(|message| Message {
            bytes: message.bytes,
            source: Address::from_wit(message.source),
            truncated: message.truncated,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_makes_an_abstract_name() {
        for text in ["/run/app.sock", "app.sock", "@app", "@/tmp/.X11-unix/X0"] {
            assert_eq!(Address::new(text).to_string(), text);
        }
        assert_eq!(Address::new("@a"), Address::Abstract("a".into()));
        assert_eq!(Address::new("./@a"), Address::Path("./@a".into()));
    }
}
