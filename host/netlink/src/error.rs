//! Why a message cannot be built.

use std::io;

/// Why a message cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field is invalid.
    #[error("{0}")]
    Invalid(String),
    /// A named network namespace cannot be opened.
    #[error(transparent)]
    Namespace(#[from] io::Error),
}

/// A field is invalid, for this reason.
pub(crate) fn invalid(reason: impl Into<String>) -> Error {
    Error::Invalid(reason.into())
}
