//! DNS over a stream: each message behind its length in two octets (RFC 1035 section 4.2.2, RFC 7858).

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::{Error, Timestamp};

use super::{tls, words as error_words};
use crate::lookup::{Lookup, Transport};
use crate::report::Server;

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NoStream {
    /// The gate said no; nothing else is worth trying.
    Denied(Error),
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

/// Bytes in both directions.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Unpin {}

impl<B: AsyncRead + AsyncWrite + Unpin> Bytes for B {}

/// A connection to one server.
pub(crate) struct Stream {
    bytes: Box<dyn Bytes>,
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
        let bytes: Box<dyn Bytes> = match transport {
            Transport::Tls => Box::new(tls::open(tcp, lookup, server, &["dot"], timeout).await?),
            _ => Box::new(tcp),
        };
        Ok(Self {
            bytes,
            server: server.address,
            transport,
            local,
        })
    }

    /// Sends a message; when it was handed over.
    pub(crate) async fn send(&mut self, message: &[u8]) -> Result<Timestamp, &'static str> {
        let mut framed = Vec::with_capacity(message.len() + 2);
        framed.extend_from_slice(&(message.len() as u16).to_be_bytes());
        framed.extend_from_slice(message);
        let sent = now();
        self.bytes.write_all(&framed).await.map_err(words)?;
        self.bytes.flush().await.map_err(words)?;
        Ok(sent)
    }

    /// The next message, unless the deadline is over before.
    pub(crate) async fn receive(&mut self, deadline: Mark) -> Result<Vec<u8>, &'static str> {
        let read = pin!(read(&mut self.bytes));
        match select(read, pin!(clock::wait_until(deadline))).await {
            Either::Left((read, _)) => read.map_err(words),
            Either::Right(((), _)) => Err("timed out"),
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
