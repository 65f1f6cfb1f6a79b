//! A connection to a service, plain or over TLS.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};

use futures::future::{Either, select};
use futures::io::{AsyncRead, AsyncWriteExt};
use nethost_sdk::clock::{self, Mark};
use nethost_sdk::socket::SocketOptions;
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::{Options, TlsStream, Trust};

use super::CONNECT;

/// The connection.
pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream>),
}

/// The connection cannot be made, or is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over;

impl Stream {
    /// Connects.
    pub(crate) async fn open(to: SocketAddr, tls: bool) -> Result<Self, Over> {
        let plain = TcpStream::connect(to, &SocketOptions::default(), CONNECT).await;
        let plain = plain.map_err(|_| Over)?;
        if !tls {
            return Ok(Self::Plain(plain));
        }
        // Whatever the certificate is: it is looked at, not trusted.
        let options = Options {
            trust: Trust::Unverified,
            ..Options::for_server(to.ip().to_string())
        };
        let session = TlsStream::client(plain, &options, CONNECT).await;
        Ok(Self::Tls(Box::new(session.map_err(|_| Over)?)))
    }

    /// The certificate of the server, in DER.
    pub(crate) fn certificate(&self) -> Option<Vec<u8>> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => stream.facts().certificates.into_iter().next(),
        }
    }

    /// Sends everything.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), Over> {
        let written = match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => stream.write_all(bytes).await,
        };
        written.map_err(|_| Over)
    }

    /// The next bytes: empty at the end, none if none came in time.
    pub(crate) async fn read(&mut self, until: Mark) -> Result<Option<Vec<u8>>, Over> {
        let mut bytes = vec![0; 4096];
        let read = poll_fn(|context| match self {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, &mut bytes),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(context, &mut bytes),
        });
        let length = match select(pin!(read), pin!(clock::wait_until(until))).await {
            Either::Left((Ok(length), _)) => length,
            Either::Left((Err(_), _)) => return Err(Over),
            Either::Right(_) => return Ok(None),
        };
        bytes.truncate(length);
        Ok(Some(bytes))
    }
}
