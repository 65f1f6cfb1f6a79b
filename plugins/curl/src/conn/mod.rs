//! Connections: what carries the bytes, who is at the other end, and which are kept for another request.

pub(crate) mod dial;
mod doh;
pub(crate) mod open;
pub(crate) mod proxy;
pub(crate) mod secure;

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::failure::{Failure, Result};
use futures::io::{AsyncBufRead, AsyncRead, AsyncWrite};
use nethost_sdk::tcp::TcpStream;
use nethost_sdk::tls::{Facts, TlsStream};
use nethost_sdk::unix::UnixStream;

/// What carries the bytes.
pub(crate) enum Wire {
    Tcp(TcpStream),
    Tls(Box<TlsStream>),
    Unix(UnixStream),
    /// It has become something else.
    Gone,
}

/// A connection to a server, perhaps through a proxy.
pub(crate) struct Conn {
    /// None where a session of HTTP/2 has it.
    pub(crate) wire: Option<Wire>,
    pub(crate) session: Option<Box<crate::http::h2::Session>>,
    pub(crate) number: u64,
    /// The host, as it is told.
    pub(crate) shown: String,
    pub(crate) key: Key,
    pub(crate) local: Option<SocketAddr>,
    pub(crate) remote: Option<SocketAddr>,
    pub(crate) facts: Option<Facts>,
    /// Requests go to the proxy with the whole URL.
    pub(crate) via_proxy: bool,
    pub(crate) http2: bool,
    pub(crate) reused: bool,
    /// The status of the answer to CONNECT.
    pub(crate) connect_code: u16,
    /// The server speaks HTTP/1.0.
    pub(crate) ten: bool,
    /// What a session of FTP has come to.
    pub(crate) ftp: Option<crate::ftp::State>,
}

/// What must agree for a connection to serve another request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) scheme: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) proxy: Option<String>,
    pub(crate) socket: Option<String>,
    /// What TLS is asked for.
    pub(crate) tls: String,
    pub(crate) version: String,
    /// Who is logged in, where that belongs to the connection.
    pub(crate) login: Option<String>,
}

impl Conn {
    /// What carries the bytes.
    pub(crate) fn wire(&mut self) -> Result<&mut Wire> {
        let gone = || Failure::new(55, "the connection is gone");
        self.wire.as_mut().ok_or_else(gone)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(context, into),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(context, into),
            Self::Unix(stream) => Pin::new(stream).poll_read(context, into),
            Self::Gone => Poll::Ready(Ok(0)),
        }
    }
}

impl AsyncBufRead for Wire {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_fill_buf(context),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_fill_buf(context),
            Self::Unix(stream) => Pin::new(stream).poll_fill_buf(context),
            Self::Gone => Poll::Ready(Ok(&[])),
        }
    }

    fn consume(self: Pin<&mut Self>, count: usize) {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).consume(count),
            Self::Tls(stream) => Pin::new(&mut **stream).consume(count),
            Self::Unix(stream) => Pin::new(stream).consume(count),
            Self::Gone => {}
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(context, bytes),
            Self::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Gone => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(context),
            Self::Unix(stream) => Pin::new(stream).poll_flush(context),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_close(context),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_close(context),
            Self::Unix(stream) => Pin::new(stream).poll_close(context),
            Self::Gone => Poll::Ready(Ok(())),
        }
    }
}
