//! `--dump-header`: where heads are written beside the output.

use nethost_sdk::files;

use crate::cli::warning;
use crate::failure::{Failure, Result};
use crate::settings::Operation;
use crate::transfer::HeadsTo;

/// Opens it.
pub(crate) fn open(op: &Operation) -> Result<Option<HeadsTo>> {
    Ok(match op.dump_header.as_deref() {
        None => None,
        Some("-") => Some(HeadsTo::Stdout),
        Some("%") => Some(HeadsTo::Stderr),
        Some(path) => {
            let opened = match op.create_dirs {
                true => files::make_folders(path),
                false => Ok(()),
            };
            let opened = opened.and_then(|()| crate::sink::open(path, None));
            let opened = opened.map_err(|error| match error {
                nethost_sdk::Error::Denied(_) => Failure::new(23, error.to_string()),
                _ => {
                    warning(&format!("Failed to open {path}"));
                    Failure::new(23, "Failed writing received data to disk/application")
                }
            })?;
            Some(HeadsTo::File(opened))
        }
    })
}
