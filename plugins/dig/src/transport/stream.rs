//! DNS over a connection: each message behind its length in two octets (RFC 1035 section 4.2.2, RFC 7858), or
//! in the body of an HTTP exchange.

use std::borrow::Cow;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::http::{self, Protocol};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Error, Timestamp};

use super::https::Https;
use super::{tls, words as error_words};
use crate::lookup::{Lookup, Transport};
use crate::report::Server;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoStream {
    /// The gate said no; nothing else is worth trying.
    Denied(Error),
    /// A file of the command line cannot be read.
    NoFile(String),
    /// In BIND's words.
    Failed(String),
    /// The certificate is not believed.
    Untrusted(String),
}

impl From<Error> for NoStream {
    fn from(error: Error) -> Self {
        match error {
            denied @ Error::Denied(_) => Self::Denied(denied),
            other => Self::Failed(error_words(&other).to_owned()),
        }
    }
}

impl From<http::Error> for NoStream {
    fn from(error: http::Error) -> Self {
        match error {
            http::Error::Connection(error) => error.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Bytes in both directions.
trait Bytes: AsyncRead + AsyncWrite + Unpin {}

impl<B: AsyncRead + AsyncWrite + Unpin> Bytes for B {}

/// What carries messages.
enum Carrier {
    Framed(Box<dyn Bytes>),
    Http(Box<Https>),
}

/// A connection to one server.
pub(crate) struct Stream {
    carrier: Carrier,
    pub(crate) server: SocketAddr,
    pub(crate) transport: Transport,
    pub(crate) local: SocketAddr,
}

impl Stream {
    /// Connects as the lookup wants.
    pub(crate) async fn connect(
        lookup: &Lookup,
        server: &Server,
        transport: Transport,
        timeout: Duration,
    ) -> Result<Self, NoStream> {
        let options = SocketOptions {
            source: lookup.globals.source,
            ..SocketOptions::default()
        };
        let tcp = TcpStream::connect(server.address, &options, timeout).await?;
        let local = tcp.local_endpoint();
        let carrier = match transport {
            Transport::Tls => {
                let session = tls::open(tcp, lookup, server, &["dot"], timeout).await?;
                Carrier::Framed(Box::new(session))
            }
            Transport::Https => {
                let session = tls::open(tcp, lookup, server, &Protocol::NAMES, timeout).await?;
                Carrier::Http(Box::new(Https::secure(session, lookup, server).await?))
            }
            Transport::HttpPlain => {
                Carrier::Http(Box::new(Https::plain(tcp, lookup, server).await?))
            }
            Transport::Udp | Transport::Tcp => Carrier::Framed(Box::new(tcp)),
        };
        Ok(Self {
            carrier,
            server: server.address,
            transport,
            local,
        })
    }

    /// Whether another message can be sent, as far as is known.
    pub(crate) fn is_open(&self) -> bool {
        match &self.carrier {
            Carrier::Framed(_) => true,
            Carrier::Http(https) => https.is_open(),
        }
    }

    /// Sends a message; when it was handed over.
    pub(crate) async fn send(&mut self, message: &[u8]) -> Result<Timestamp, &'static str> {
        let sent = now();
        match &mut self.carrier {
            Carrier::Framed(bytes) => {
                let mut framed = Vec::with_capacity(message.len() + 2);
                framed.extend_from_slice(&(message.len() as u16).to_be_bytes());
                framed.extend_from_slice(message);
                bytes.write_all(&framed).await.map_err(words)?;
                bytes.flush().await.map_err(words)?;
            }
            Carrier::Http(https) => https.ask(message),
        }
        Ok(sent)
    }

    /// The next message, unless the deadline is over before; or why there is none.
    pub(crate) async fn receive(&mut self, deadline: Mark) -> Result<Vec<u8>, Cow<'static, str>> {
        let message = pin!(self.message());
        match select(message, pin!(clock::wait_until(deadline))).await {
            Either::Left((message, _)) => message,
            Either::Right(((), _)) => Err("timed out".into()),
        }
    }

    async fn message(&mut self) -> Result<Vec<u8>, Cow<'static, str>> {
        match &mut self.carrier {
            Carrier::Framed(bytes) => read(bytes).await.map_err(|error| words(error).into()),
            Carrier::Http(https) => https.exchange().await.map_err(Cow::Owned),
        }
    }
}

async fn read(bytes: &mut Box<dyn Bytes>) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    bytes.read_exact(&mut length).await?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    bytes.read_exact(&mut message).await?;
    Ok(message)
}

/// The wall clock: a stream has no stamps of its messages.
pub(crate) fn now() -> Timestamp {
    let nanos = jiff::Timestamp::now().as_nanosecond();
    Timestamp::from_nanos(u64::try_from(nanos).unwrap_or_default())
}

/// BIND's words.
fn words(error: io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "connection reset",
        io::ErrorKind::TimedOut => "timed out",
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::HostUnreachable => "host unreachable",
        io::ErrorKind::NetworkUnreachable => "network unreachable",
        _ => "end of file",
    }
}
