//! Files that the command line names: read once, whole.

use std::io::Read;

use super::{Parser, Problem};

/// A file, or standard input for `-`.
pub(crate) fn read(path: &str) -> Result<Vec<u8>, String> {
    if path == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        return match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err(error.to_string()),
        };
    }
    nethost_sdk::files::read(path).map_err(|error| error.to_string())
}

/// The text itself, or what is in a file behind `@`.
pub(crate) fn text_or_file(parser: &Parser, value: &str) -> Result<String, Problem> {
    let Some(path) = value.strip_prefix('@') else {
        return Ok(value.to_owned());
    };
    match read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(reason) => {
            parser.warn(&format!("Failed to open {path}: {reason}"));
            Err(Problem::Unreadable)
        }
    }
}
