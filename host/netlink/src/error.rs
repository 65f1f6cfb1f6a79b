//! Why a message cannot be built.

use std::io;

/// Why a message cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field does not fit.
    #[error("{0}")]
    Invalid(String),
    /// A network namespace that it names cannot be opened.
    #[error(transparent)]
    Namespace(#[from] io::Error),
}

/// A field does not fit, for this reason.
pub(crate) fn invalid(reason: impl Into<String>) -> Error {
    Error::Invalid(reason.into())
}
