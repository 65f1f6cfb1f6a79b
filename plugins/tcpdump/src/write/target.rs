//! Where a capture file is written: a file, or standard output.

use std::io::Write as _;

use nethost_sdk::files::{WriteMode, Writer};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};

use crate::failed;

#[derive(Debug)]
pub(super) enum Target {
    Stdout,
    /// /dev/null
    Nowhere,
    File(String, Writer),
}

impl Target {
    /// Opens it: a new file, or one that is replaced, which are different requests.
    pub(super) fn open(file: &str) -> Result<Self, Exit> {
        if file == "-" {
            return Ok(Self::Stdout);
        }
        if file == "/dev/null" {
            return Ok(Self::Nowhere);
        }
        let opened = Writer::make_or_open(file, WriteMode::Replace, None);
        let writer = opened.map_err(|error| Self::failed(file, error))?;
        Ok(Self::File(file.to_owned(), writer))
    }

    pub(super) fn write(&mut self, octets: &[u8]) -> Result<(), Exit> {
        match self {
            Self::Stdout => {
                let mut stdout = std::io::stdout().lock();
                Ok(stdout.write_all(octets).and_then(|()| stdout.flush())?)
            }
            Self::Nowhere => Ok(()),
            Self::File(name, writer) => {
                let written = writer.write(octets);
                written.map_err(|error| Self::failed(name, error))
            }
        }
    }

    fn failed(file: &str, error: Error) -> Exit {
        match error {
            Error::Denied(denial) => failed(denial),
            error => failed(format_args!("{}: {}", printable(file), reason(&error))),
        }
    }
}

/// In the words of strerror(3).
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::NotFound => "No such file or directory".into(),
        Error::AccessDenied => "Permission denied".into(),
        Error::TooLarge => "File too large".into(),
        Error::Other(Some(text)) => match text.split_once(" (os error") {
            Some((text, _)) => text.to_owned(),
            None => text.clone(),
        },
        error => error.to_string(),
    }
}
