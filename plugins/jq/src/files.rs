//! Files, which are read only where the policy grants it: those that were typed.

use nethost_sdk::{Error, files};

use crate::lower::Files;
use crate::read;
use crate::value::Val;

/// A file that is read in parts.
///
/// # Errors
/// Why it cannot be opened, in the words of jq.
pub(crate) fn open(path: &str) -> Result<files::Reader, String> {
    files::Reader::open(path, 0).map_err(|error| cannot_open(path, &error))
}

/// The contents of a file.
///
/// # Errors
/// Why it cannot be opened, in the words of jq.
pub(crate) fn contents(path: &str) -> Result<Vec<u8>, String> {
    files::read(path).map_err(|error| cannot_open(path, &error))
}

fn cannot_open(path: &str, error: &Error) -> String {
    match error {
        Error::NotFound => format!("Could not open {path}: No such file or directory"),
        Error::AccessDenied => format!("Could not open {path}: Permission denied"),
        error => format!("Could not open {path}: {error}"),
    }
}

/// A file for `--rawfile` and `--slurpfile`.
///
/// # Errors
/// Why it cannot be read or parsed.
pub(crate) fn load(path: &str, raw: bool) -> Result<Val, String> {
    let contents = contents(path)?;
    match raw {
        true => Ok(Val::text(text(contents))),
        false => Ok(Val::array(read::parse_all(&contents)?)),
    }
}

/// Text with a replacement character for what is no UTF-8.
pub(crate) fn text(octets: Vec<u8>) -> String {
    match String::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    }
}

/// The modules in these folders.
pub(crate) struct Modules(pub(crate) Vec<String>);

impl Files for Modules {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, String> {
        match files::read(path) {
            Ok(contents) => Ok(Some(contents)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(format!("{path}: {error}")),
        }
    }

    fn folders(&self) -> Vec<String> {
        self.0.clone()
    }
}
