//! An open session: its bytes, and the result of the handshake.

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use rustls::server::ParsedCertificate;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::bindings::nethost::cap::tls as wit;
use nethost_core::Capability;
use nethost_gate::Permit;
use nethost_kit::stream::{Connection, Duplex};

/// A session, as the table of a run holds it.
pub struct Session {
    pub(super) connection: Connection,
    pub(super) facts: wit::Facts,
}

/// The plaintext of a session, counted by its permit.
struct Plain<C: Capability> {
    stream: Mutex<TlsStream<Wire>>,
    wire: Arc<dyn Duplex>,
    permit: Permit<C>,
}

/// The underlying connection, for the library.
pub(super) struct Wire(pub(super) Arc<dyn Duplex>);

impl Session {
    pub(super) fn new<C: Capability>(
        stream: TlsStream<Wire>,
        permit: Permit<C>,
        verified: bool,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Self {
        let facts = facts(&stream, verified);
        let plain = Plain {
            wire: Arc::clone(&stream.get_ref().0.0),
            stream: Mutex::new(stream),
            permit,
        };
        Self {
            connection: Connection::new(Arc::new(plain), local, remote),
            facts,
        }
    }
}

fn facts(stream: &TlsStream<Wire>, verified: bool) -> wit::Facts {
    let (_, agreed) = stream.get_ref();
    let certificates = agreed.peer_certificates().unwrap_or_default();
    let public_key = certificates
        .first()
        .and_then(|first| ParsedCertificate::try_from(first).ok())
        .map(|parsed| parsed.subject_public_key_info().to_vec());
    wit::Facts {
        version: match agreed.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_2) => wit::Version::Tls12,
            _ => wit::Version::Tls13,
        },
        // The library uses the names of IANA's registry, except for this one.
        cipher_suite: agreed
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .map(|name| name.replacen("TLS13_", "TLS_", 1))
            .unwrap_or_default(),
        key_exchange: agreed
            .negotiated_key_exchange_group()
            .and_then(|group| group.name().as_str())
            .map(str::to_ascii_lowercase),
        protocol: agreed
            .alpn_protocol()
            .map(|name| String::from_utf8_lossy(name).into_owned()),
        certificates: certificates.iter().map(|der| der.to_vec()).collect(),
        public_key: public_key.unwrap_or_default(),
        verified,
    }
}

impl<C: Capability> Plain<C> {
    fn stream(&self) -> MutexGuard<'_, TlsStream<Wire>> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted<T>(&self, result: io::Result<T>) -> Poll<io::Result<T>> {
        Poll::Ready(result.map_err(|error| {
            let error = match error.kind() {
                // The connection ended without close_notify.
                io::ErrorKind::UnexpectedEof => io::Error::from_raw_os_error(libc::ECONNABORTED),
                _ => error,
            };
            self.permit.failed(&error);
            error
        }))
    }
}

impl<C: Capability> Duplex for Plain<C> {
    fn poll_read(&self, context: &mut Context<'_>, into: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut into = ReadBuf::new(into);
        let result = ready!(Pin::new(&mut *self.stream()).poll_read(context, &mut into));
        let count = into.filled().len();
        if count > 0 {
            self.permit.may_receive(count).map_err(io::Error::other)?;
            self.permit.count_received(count);
        }
        self.noted(result.map(|()| count))
    }

    fn poll_write(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.permit
            .may_send(bytes.len())
            .map_err(io::Error::other)?;
        let result = ready!(Pin::new(&mut *self.stream()).poll_write(context, bytes));
        if let Ok(count) = &result {
            self.permit.count_sent(*count);
        }
        self.noted(result)
    }

    fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut *self.stream()).poll_flush(context));
        self.noted(result)
    }

    fn poll_shutdown(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut *self.stream()).poll_shutdown(context));
        self.noted(result)
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.wire.socket()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let count = ready!(self.0.poll_read(context, into.initialize_unfilled()))?;
        into.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match ready!(self.0.poll_shutdown(context)) {
            // The peer has sent everything and has gone, so it cannot be told the end. What it has sent can still be
            // read, and the reader learns whether the peer ended the session or the connection was cut.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}
