//! A new plugin in Python.

use super::{Options, Project};

/// Not there yet.
pub(super) fn project(_: &Options) -> Result<Project, String> {
    Err("--lang python is not there yet; rust is there".into())
}
