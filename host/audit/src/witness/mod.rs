//! Witnesses: other machines that remember how far a log was written, so that not even root of its own machine
//! can write it anew unnoticed. The log's lines are the leaves of a Merkle tree (RFC 6962); the log signs
//! checkpoints of the tree, and a witness cosigns one only after a proof that it goes on from the last. The
//! forms are those of C2SP: signed-note, tlog-checkpoint, tlog-cosignature, tlog-witness, tlog-policy. No
//! network is used: requests and answers are text. docs/audit.md is the reference.

mod checkpoint;
mod cosigner;
mod judge;
mod leaves;
mod note;
mod origin;
mod policy;
mod prove;
mod store;
mod tree;
mod vkey;

use std::io;

pub use checkpoint::{BadCheckpoint, Checkpoint, Request};
pub use cosigner::{Known, Refusal, SetupError, Witness};
pub use judge::{Cosigned, Judgement, Witnessed, Witnesses};
pub use note::{BadNote, Note};
pub use origin::Origin;
pub use policy::{BadPolicy, Policy, Problem};
pub use prove::{Start, request};
pub use vkey::{BadKey, BadSignature, Purpose, VerifierKey};

pub(super) use origin::before_removal;
pub use store::given;

/// The longest policy that is read.
pub const LONGEST_POLICY: usize = policy::LONGEST;
/// The longest checkpoint that is read.
pub const LONGEST_NOTE: usize = note::LONGEST;
/// The longest request that is read.
pub const LONGEST_REQUEST: usize = checkpoint::LONGEST_REQUEST;

/// A log's tree cannot be signed, or nothing be proved of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read, or its state not be written.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The name cannot be one.
    #[error(transparent)]
    Name(#[from] BadKey),
    /// It has a name.
    #[error("witnesses know this log as {0}; a log has one origin for all time")]
    Named(String),
    /// Lines are gone that nobody accounts for.
    #[error(
        "records {0} to {1} are missing at the beginning, and it was not nethost that removed them"
    )]
    Missing(u64, u64),
    /// The log was rewritten.
    #[error(
        "the first {0} lines of the log are not those of the checkpoint of that size: they were rewritten, or the checkpoint is of another log; see `nethost audit verify`"
    )]
    Changed(u64),
    /// The log was cut.
    #[error(
        "the checkpoint is of {0} lines, but the log has only {1}: its end is missing; see `nethost audit verify`"
    )]
    Cut(u64, u64),
    /// The leaves are gone.
    #[error(
        "nothing can be proved of less than the log's first {0} lines: they were removed with their files (`keep`)"
    )]
    Removed(u64),
    /// Not a continuation.
    #[error("a proof goes from a smaller tree to a larger one, not from {0} lines to {1}")]
    Backwards(u64, u64),
    /// Not of one log.
    #[error("the two checkpoints are of two logs, {0} and {1}")]
    TwoOrigins(String, String),
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::File(error.into())
    }
}

#[cfg(test)]
mod tests;
