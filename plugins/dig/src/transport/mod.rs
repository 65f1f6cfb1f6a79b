//! How requests reach servers and messages come back.

mod https;
pub(crate) mod stream;
mod tls;
pub(crate) mod udp;

use nethost_sdk::Error;

/// BIND's words for why something could not be sent or was not received.
pub(crate) fn words(error: &Error) -> &'static str {
    match error {
        Error::ConnectionRefused => "connection refused",
        Error::NetworkUnreachable => "network unreachable",
        Error::RemoteUnreachable => "host unreachable",
        Error::ConnectionReset => "connection reset",
        Error::ConnectionBroken | Error::ConnectionAborted => "end of file",
        Error::Timeout => "timed out",
        Error::AccessDenied => "permission denied",
        Error::AddressNotBindable => "address not available",
        Error::AddressInUse => "address in use",
        Error::NotSupported => "address family not supported",
        Error::DatagramTooLarge => "message too long",
        _ => "unexpected error",
    }
}
