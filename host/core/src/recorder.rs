//! What the gate requires from other crates: a destination for its records, and the decision of the broker if there
//! is one.

use std::net::IpAddr;

use crate::{Access, Event, Exception, HostName};

/// Why an event was not recorded, or was denied by the process that records it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The log is required and cannot be written.
    #[error("{0}")]
    NotWritten(String),
    /// The broker, which decides and records, has refused, for this reason.
    #[error("{0}")]
    Refused(String),
}

/// The destination of a run's records.
pub trait Recorder: Send + Sync {
    /// Records an event. An access is recorded before it happens.
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError>;

    /// Whether this process writes the records, so that it needs the complete request.
    fn is_here(&self) -> bool;

    /// The policy has changed; the next record contains the new one.
    fn policy_changed(&self, digest: Option<String>);
}

/// Another process that also decides and records each request, and that holds the privilege: the broker, seen from
/// the runner.
pub trait Authority: Send + Sync {
    /// Requests an access. Returns what is denied of a set, with the rules that deny it.
    fn authorize(&self, access: &Access<'_>) -> Result<Vec<(Exception, String)>, RecordError>;

    /// Reports the addresses of a name that was looked up under the permit with this handle.
    fn resolved(
        &self,
        handle: u64,
        name: &HostName,
        addresses: &[IpAddr],
    ) -> Result<(), RecordError>;
}
