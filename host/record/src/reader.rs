//! Reads a record. It may come from anybody: sizes are bounded, and a damaged line is an error that names it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use nethost_core::{regular, system_error, text};

use crate::header::FORMAT;
use crate::{End, Event, Header};

/// The size of the largest record.
pub const LARGEST: u64 = 256 << 20;

/// A record that was read.
#[derive(Debug)]
pub struct Record {
    /// The first line.
    pub header: Header,
    /// The lines between the first and the last.
    pub events: Vec<Event>,
    /// The last line. None: the record was cut off, as when nethost is killed.
    pub end: Option<End>,
}

/// A file that is no record, or a damaged one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("{file}: {}", system_error::words(.source))]
    Read {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// It is too large.
    #[error("{file}: larger than {} MiB, and no record is", LARGEST >> 20)]
    TooLarge {
        /// The file.
        file: String,
    },
    /// It does not begin like a record.
    #[error("{file}: not a record of nethost: {why}")]
    Foreign {
        /// The file.
        file: String,
        /// What is wrong with its first line.
        why: String,
    },
    /// It was written by a newer nethost.
    #[error(
        "{file}: format {format} of records, this nethost reads {FORMAT}; install a newer nethost"
    )]
    Newer {
        /// The file.
        file: String,
        /// The version of its format.
        format: u32,
    },
    /// A line of it is damaged.
    #[error("{file}: line {line} is damaged: {why}")]
    Damaged {
        /// The file.
        file: String,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl Record {
    /// Reads a record from a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let file = text::line(&path.display().to_string());
        let opened = regular::open(path);
        let opened = opened.map_err(|source| Error::Read {
            file: file.clone(),
            source,
        })?;
        Self::read(opened, file)
    }

    fn read(opened: File, file: String) -> Result<Self, Error> {
        Self::parse(BufReader::new(opened.take(LARGEST + 1)), file)
    }

    /// Reads a record from anything; `file` is what messages call it.
    pub fn parse(mut lines: impl BufRead, file: String) -> Result<Self, Error> {
        let mut size = 0;
        let mut next = || {
            let mut line = Vec::new();
            let read = lines.read_until(b'\n', &mut line);
            let count = read.map_err(|source| Error::Read {
                file: file.clone(),
                source,
            })?;
            size += count as u64;
            match size > LARGEST {
                true => Err(Error::TooLarge { file: file.clone() }),
                false => Ok((count > 0).then_some(line)),
            }
        };
        let header = header(&next()?.unwrap_or_default(), &file)?;
        let (mut events, mut end) = (Vec::new(), None);
        for number in 2.. {
            let Some(line) = next()? else { break };
            let damaged = |why: String| Error::Damaged {
                file: file.clone(),
                line: number,
                why,
            };
            if end.is_some() {
                return Err(damaged("something follows the end of the run".into()));
            }
            if line.last() != Some(&b'\n') {
                // What was written when the machine stopped.
                break;
            }
            match serde_json::from_slice(&line) {
                Ok(Event::End(told)) => end = Some(told),
                Ok(event) => events.push(event),
                Err(error) => return Err(damaged(text::line(&error.to_string()))),
            }
        }
        Ok(Self {
            header,
            events,
            end,
        })
    }
}

fn header(line: &[u8], file: &str) -> Result<Header, Error> {
    let foreign = |why: String| Error::Foreign {
        file: file.into(),
        why: text::line(&why),
    };
    let value: serde_json::Value =
        serde_json::from_slice(line).map_err(|error| foreign(error.to_string()))?;
    let format = value
        .get("nethost-record")
        .and_then(|format| format.as_u64());
    match format {
        None => Err(foreign("its first line does not say so".into())),
        Some(format) if format != u64::from(FORMAT) => Err(Error::Newer {
            file: file.into(),
            format: u32::try_from(format).unwrap_or(u32::MAX),
        }),
        Some(_) => serde_json::from_value(value).map_err(|error| foreign(error.to_string())),
    }
}
