//! What the gate needs of others: a place for its records, and the broker's word where a broker decides too.

use std::net::IpAddr;

use crate::{Access, Event, Exception, HostName};

/// Why something is not on record, or not permitted by whoever keeps the records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The log is required and cannot be written.
    #[error("{0}")]
    NotWritten(String),
    /// The broker, which decides and records, has refused. Its words.
    #[error("{0}")]
    Refused(String),
}

/// Where what a run does is put on record.
pub trait Recorder: Send + Sync {
    /// Puts an event on record. An access is recorded before it happens.
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError>;

    /// Whether records are written by this process, so that it has to know what they are about in full.
    fn is_here(&self) -> bool;

    /// The site's policy is another by now, which the next record says.
    fn policy_changed(&self, digest: Option<String>);
}

/// Another process that decides each request too, records it, and holds the privilege: the broker, as the runner
/// sees it.
pub trait Authority: Send + Sync {
    /// Asks for an access. What of a set is denied there, with the rules that deny it.
    fn authorize(&self, access: &Access<'_>) -> Result<Vec<(Exception, String)>, RecordError>;

    /// Tells of the addresses that a name stands for, which was looked up under the permit of this handle.
    fn resolved(
        &self,
        handle: u64,
        name: &HostName,
        addresses: &[IpAddr],
    ) -> Result<(), RecordError>;
}
