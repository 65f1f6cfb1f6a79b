//! Errors of capabilities, with the texts of the native tools.

use std::fmt;

use crate::bindings::nethost::cap::types;

/// Why the gate refused a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The request's name, such as `icmp.echo`.
    pub capability: String,
    /// The target, such as `192.0.2.1`.
    pub target: String,
    /// The rule that decided.
    pub rule: String,
    /// The remedy.
    pub remedy: String,
}

/// An error. Each case lists its errno values. `Display` has the text of strerror(3) or gai_strerror(3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Denied by the gate; no system call was made.
    Denied(Box<Denial>),
    /// EACCES, EPERM: the host lacks a privilege, or a firewall rule of this machine dropped the packet.
    AccessDenied,
    /// EOPNOTSUPP, EPROTONOSUPPORT, ENOPROTOOPT, EAFNOSUPPORT.
    NotSupported,
    /// EINVAL, or an argument that the host found malformed; the text names it.
    InvalidArgument(String),
    /// ENOMEM, ENOBUFS.
    OutOfMemory,
    /// ETIMEDOUT.
    Timeout,
    /// ENOTCONN, EISCONN, EALREADY.
    InvalidState,
    /// EADDRNOTAVAIL.
    AddressNotBindable,
    /// EADDRINUSE.
    AddressInUse,
    /// ENODEV, ENXIO.
    NoSuchDevice,
    /// EHOSTUNREACH, EHOSTDOWN.
    RemoteUnreachable,
    /// ENETUNREACH, ENETDOWN.
    NetworkUnreachable,
    /// ECONNREFUSED.
    ConnectionRefused,
    /// EPIPE.
    ConnectionBroken,
    /// ECONNRESET.
    ConnectionReset,
    /// ECONNABORTED.
    ConnectionAborted,
    /// EMSGSIZE.
    DatagramTooLarge,
    /// EAI_NONAME, EAI_NODATA.
    NameUnresolvable,
    /// EAI_AGAIN.
    TemporaryResolverFailure,
    /// EAI_FAIL.
    PermanentResolverFailure,
    /// ENOENT.
    NotFound,
    /// EFBIG.
    TooLarge,
    /// Any other errno, with the text of the system.
    Other(Option<String>),
}

impl Error {
    /// Whether a file that should be new is there already: EEXIST, for which the contract has only a text.
    #[must_use]
    pub fn is_existing_file(&self) -> bool {
        matches!(self, Self::Other(Some(text)) if text.contains("exists"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Denied(denial) => return denial.fmt(f),
            Self::InvalidArgument(what) if !what.is_empty() => {
                return write!(f, "Invalid argument: {what}");
            }
            Self::Other(Some(what)) => return f.write_str(what),
            Self::AccessDenied => "Operation not permitted",
            Self::NotSupported => "Operation not supported",
            Self::InvalidArgument(_) => "Invalid argument",
            Self::OutOfMemory => "No buffer space available",
            Self::Timeout => "Connection timed out",
            Self::InvalidState => "Operation not possible in this state",
            Self::AddressNotBindable => "Cannot assign requested address",
            Self::AddressInUse => "Address already in use",
            Self::NoSuchDevice => "No such device",
            Self::RemoteUnreachable => "No route to host",
            Self::NetworkUnreachable => "Network is unreachable",
            Self::ConnectionRefused => "Connection refused",
            Self::ConnectionBroken => "Broken pipe",
            Self::ConnectionReset => "Connection reset by peer",
            Self::ConnectionAborted => "Software caused connection abort",
            Self::DatagramTooLarge => "Message too long",
            Self::NameUnresolvable => "Name or service not known",
            Self::TemporaryResolverFailure => "Temporary failure in name resolution",
            Self::PermanentResolverFailure => "Non-recoverable failure in name resolution",
            Self::NotFound => "No such file or directory",
            Self::TooLarge => "File too large",
            Self::Other(None) => "Unknown error",
        };
        f.write_str(text)
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            capability,
            target,
            rule,
            remedy,
        } = self;
        write!(
            f,
            "denied: {capability} to {target} ({rule}); to allow it: {remedy}"
        )
    }
}

impl std::error::Error for Error {}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        use std::io::ErrorKind;
        let kind = match &error {
            Error::Denied(_) | Error::AccessDenied => ErrorKind::PermissionDenied,
            Error::Timeout => ErrorKind::TimedOut,
            Error::ConnectionRefused => ErrorKind::ConnectionRefused,
            Error::ConnectionBroken => ErrorKind::BrokenPipe,
            Error::ConnectionReset => ErrorKind::ConnectionReset,
            Error::ConnectionAborted => ErrorKind::ConnectionAborted,
            _ => ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

/// An error is unchanged after it has passed through a stream.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        error
            .downcast::<Self>()
            .unwrap_or_else(|error| Self::Other(Some(error.to_string())))
    }
}

impl From<types::Denial> for Denial {
    fn from(denial: types::Denial) -> Self {
        let types::Denial {
            capability,
            target,
            rule,
            remedy,
        } = denial;
        Self {
            capability,
            target,
            rule,
            remedy,
        }
    }
}

impl From<types::ErrorCode> for Error {
    fn from(code: types::ErrorCode) -> Self {
        use types::ErrorCode as Code;
        match code {
            Code::Denied(denial) => Self::Denied(Box::new(denial.into())),
            Code::AccessDenied => Self::AccessDenied,
            Code::NotSupported => Self::NotSupported,
            Code::InvalidArgument(what) => Self::InvalidArgument(what),
            Code::OutOfMemory => Self::OutOfMemory,
            Code::Timeout => Self::Timeout,
            Code::InvalidState => Self::InvalidState,
            Code::AddressNotBindable => Self::AddressNotBindable,
            Code::AddressInUse => Self::AddressInUse,
            Code::NoSuchDevice => Self::NoSuchDevice,
            Code::RemoteUnreachable => Self::RemoteUnreachable,
            Code::NetworkUnreachable => Self::NetworkUnreachable,
            Code::ConnectionRefused => Self::ConnectionRefused,
            Code::ConnectionBroken => Self::ConnectionBroken,
            Code::ConnectionReset => Self::ConnectionReset,
            Code::ConnectionAborted => Self::ConnectionAborted,
            Code::DatagramTooLarge => Self::DatagramTooLarge,
            Code::NameUnresolvable => Self::NameUnresolvable,
            Code::TemporaryResolverFailure => Self::TemporaryResolverFailure,
            Code::PermanentResolverFailure => Self::PermanentResolverFailure,
            Code::NotFound => Self::NotFound,
            Code::TooLarge => Self::TooLarge,
            Code::Other(what) => Self::Other(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_is_one_line_with_its_remedy() {
        let error = Error::from(types::ErrorCode::Denied(types::Denial {
            capability: "icmp.echo".into(),
            target: "192.0.2.1".into(),
            rule: "no rule allows it".into(),
            remedy: "--allow icmp.echo=192.0.2.1".into(),
        }));
        assert_eq!(
            error.to_string(),
            "denied: icmp.echo to 192.0.2.1 (no rule allows it); to allow it: --allow icmp.echo=192.0.2.1"
        );
    }

    #[test]
    fn texts_are_those_of_strerror() {
        assert_eq!(
            Error::NetworkUnreachable.to_string(),
            "Network is unreachable"
        );
        assert_eq!(Error::RemoteUnreachable.to_string(), "No route to host");
        assert_eq!(
            Error::Other(Some("Host is weird".into())).to_string(),
            "Host is weird"
        );
    }
}
