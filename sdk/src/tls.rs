//! TLS over a TCP connection, as its client. The host holds the keys and checks certificates.
//! Requests at the gate, with the remote's address and port: `tls.client`; `tls.unverified` with
//! [`Trust::Unverified`].

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use wit_bindgen::StreamReader;

use crate::Error;
use crate::address::endpoint_from_wit;
use crate::bindings::nethost::cap::tls;
use crate::bindings::nethost::cap::types::ErrorCode;
use crate::socket::timeout_to_wit;
use crate::stream::{ByteStream, Connection, Ended, Received};
use crate::tcp::TcpStream;

pub use crate::bindings::nethost::cap::tls::{CertificateProblem, Limits, Version};

/// A TLS session.
///
/// ```no_run
/// # async fn example() -> Result<(), nethost_sdk::tls::Failure> {
/// use futures::AsyncWriteExt;
/// use nethost_sdk::{socket::SocketOptions, tcp::TcpStream, tls::{Options, TlsStream}};
/// use std::time::Duration;
///
/// let patience = Duration::from_secs(5);
/// let remote = "192.0.2.1:853".parse().unwrap();
/// let connection = TcpStream::connect(remote, &SocketOptions::default(), patience).await?;
/// let options = Options { protocols: vec!["dot".into()], ..Options::for_server("dns.example") };
/// let mut session = TlsStream::client(connection, &options, patience).await?;
/// println!("{}", session.facts().cipher_suite);
/// # Ok(())
/// # }
/// ```
pub type TlsStream = ByteStream<tls::Session>;

/// What was agreed on.
pub type Facts = tls::Facts;

/// Whose word is enough for the peer's certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// The certificates that the host's system trusts.
    #[default]
    System,
    /// These certificates, as PEM, and no others.
    Certificates(Vec<u8>),
    /// Nobody's: any certificate is taken.
    Unverified,
}

/// A certificate of the client's own, and its key, as PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The client's own first, then those that vouch for it.
    pub certificates: Vec<u8>,
    /// PKCS #8, PKCS #1 or SEC 1.
    pub key: Vec<u8>,
}

/// What a session is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whom the certificate must be for: a host name, which is told to the peer, or an IP address.
    pub server_name: String,
    /// Whose word is enough.
    pub trust: Trust,
    /// Application protocols offered (ALPN), the most wanted first.
    pub protocols: Vec<String>,
    /// No older version than this.
    pub least_version: Version,
    /// The client's own certificate, should the server ask for one.
    pub identity: Option<Identity>,
}

impl Options {
    /// For this server, believed if the system does.
    pub fn for_server(name: impl Into<String>) -> Self {
        Self {
            server_name: name.into(),
            trust: Trust::System,
            protocols: Vec::new(),
            least_version: Version::Tls12,
            identity: None,
        }
    }

    fn to_wit(&self) -> tls::ClientOptions {
        tls::ClientOptions {
            // A name with its final dot is the same host.
            server_name: self.server_name.trim_end_matches('.').to_owned(),
            trust: match &self.trust {
                Trust::System => tls::Trust::System,
                Trust::Certificates(pem) => tls::Trust::Certificates(pem.clone()),
                Trust::Unverified => tls::Trust::Unverified,
            },
            protocols: self.protocols.clone(),
            least_version: self.least_version,
            identity: self.identity.as_ref().map(|identity| tls::Identity {
                certificates: identity.certificates.clone(),
                key: identity.key.clone(),
            }),
        }
    }
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The gate, the arguments or the connection.
    Connection(Error),
    /// The peer's certificate is not believed; the text says more.
    Certificate(CertificateProblem, String),
    /// The peer speaks no TLS that is spoken here, or refused.
    Handshake(String),
}

impl TlsStream {
    /// Shakes hands over a connection on which neither side is waiting for something.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn client(
        connection: TcpStream,
        options: &Options,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let connection = connection.into_connection().await?;
        let session = tls::Session::client(connection, options.to_wit(), timeout_to_wit(timeout));
        Ok(Self::new(session.await?))
    }

    /// As [`TlsStream::client`], with further limits.
    ///
    /// # Errors
    /// As there; `InvalidArgument` also for a cipher suite that is not known.
    pub async fn limited_client(
        connection: TcpStream,
        options: &Options,
        limits: &Limits,
        timeout: Duration,
    ) -> Result<Self, Failure> {
        let connection = connection.into_connection().await?;
        let session = tls::Session::limited_client(
            connection,
            options.to_wit(),
            limits.clone(),
            timeout_to_wit(timeout),
        );
        Ok(Self::new(session.await?))
    }

    /// What was agreed on.
    pub fn facts(&self) -> Facts {
        self.connection().facts()
    }

    /// The local address and port.
    pub fn local_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.connection().local_endpoint())
    }

    /// The peer's address and port.
    pub fn remote_endpoint(&self) -> SocketAddr {
        endpoint_from_wit(self.connection().remote_endpoint())
    }
}

impl Connection for tls::Session {
    fn receive(&self) -> Result<Received, ErrorCode> {
        tls::Session::receive(self)
    }

    fn send(&self, bytes: StreamReader<u8>) -> Result<Ended, ErrorCode> {
        tls::Session::send(self, bytes)
    }

    fn shutdown(&self) -> impl Future<Output = Result<(), ErrorCode>> {
        tls::Session::shutdown(self)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Connection(error)
    }
}

impl From<tls::Failure> for Failure {
    fn from(failure: tls::Failure) -> Self {
        match failure {
            tls::Failure::Connection(code) => Self::Connection(code.into()),
            tls::Failure::Certificate((problem, text)) => Self::Certificate(problem, text),
            tls::Failure::Handshake(text) => Self::Handshake(text),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, text) = match self {
            Self::Connection(error) => return error.fmt(f),
            Self::Handshake(text) => return write!(f, "TLS handshake failed: {text}"),
            Self::Certificate(problem, text) => (problem, text),
        };
        let problem = match problem {
            CertificateProblem::Expired => "has expired",
            CertificateProblem::NotYetValid => "is not valid yet",
            CertificateProblem::WrongName => "is for another name",
            CertificateProblem::UnknownIssuer => "is signed by nobody who is trusted here",
            CertificateProblem::Revoked => "has been revoked",
            CertificateProblem::BadSignature => "has a bad signature",
            CertificateProblem::WrongPurpose => "is for another purpose",
            CertificateProblem::Malformed => "is malformed",
            CertificateProblem::Other => "is not acceptable",
        };
        write!(
            f,
            "the server's certificate {problem}: {}",
            crate::text::printable(text)
        )
    }
}

impl std::error::Error for Failure {}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")
    }
}
