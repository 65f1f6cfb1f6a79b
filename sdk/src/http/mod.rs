//! HTTP/1.1 and HTTP/2 client: a connection to one server ([`Connection`]), or a URL with redirects ([`Client`]).
//! Lookups, connections and sessions pass the gate as usual.
//!
//! Only with the feature `http`.

mod client;
mod connection;
mod io;

use std::fmt;

pub use client::{Client, Fetched};
pub use connection::{Connection, Protocol};
pub use hyper::{Method, StatusCode, Uri, header};

use crate::tls;

/// A request with its whole body.
pub type Request = hyper::Request<Vec<u8>>;
/// A response with its whole body.
pub type Response = hyper::Response<Vec<u8>>;

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The gate, the resolver or the connection.
    Connection(crate::Error),
    /// No session with the server.
    Tls(tls::Failure),
    /// The server violates the protocol, with an explanation.
    Protocol(String),
    /// The body is longer than the limit.
    TooLarge(usize),
    /// Not a URL that can be fetched here, with the reason.
    Url(String, &'static str),
    /// Too many redirects.
    Redirects(usize),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => error.fmt(f),
            Self::Tls(failure) => failure.fmt(f),
            Self::Protocol(text) => write!(f, "HTTP: {}", crate::text::printable(text)),
            Self::TooLarge(limit) => write!(f, "HTTP: the answer is longer than {limit} bytes"),
            Self::Url(url, why) => write!(f, "{}: {why}", crate::text::printable(url)),
            Self::Redirects(limit) => write!(f, "HTTP: more than {limit} redirects"),
        }
    }
}

impl std::error::Error for Error {}

impl From<crate::Error> for Error {
    fn from(error: crate::Error) -> Self {
        Self::Connection(error)
    }
}

impl From<tls::Failure> for Error {
    fn from(failure: tls::Failure) -> Self {
        match failure {
            tls::Failure::Connection(error) => Self::Connection(error),
            failure => Self::Tls(failure),
        }
    }
}

impl From<hyper::Error> for Error {
    fn from(error: hyper::Error) -> Self {
        use std::error::Error as _;
        // The error of the connection is more useful than the library's error.
        let mut cause = error.source();
        while let Some(source) = cause {
            if let Some(error) = source.downcast_ref::<std::io::Error>()
                && let Some(error) = error.get_ref().and_then(|error| error.downcast_ref())
            {
                return Self::Connection(crate::Error::clone(error));
            }
            cause = source.source();
        }
        match error.source() {
            Some(source) => Self::Protocol(format!("{error}: {source}")),
            None => Self::Protocol(error.to_string()),
        }
    }
}
