//! The audit log: one JSON object per line for each run, each opened resource, each denial, and each close.
//!
//! The record of an access is written before the access. Its totals follow when it is closed. Each record contains
//! the hash of the previous one, over all runs that share a log, and signatures authenticate the chain. docs/audit.md
//! is the reference.

mod chain;
pub mod decided;
mod event;
pub mod export;
mod filter;
pub mod head;
mod journal;
mod key;
mod line;
mod members;
mod of_log;
mod place;
mod position;
mod read;
pub mod record;
mod renew;
mod secrets;
mod settings;
mod slot;
mod snapshot;
pub mod text;
mod torn;
mod trust;
pub mod verify;
mod walk;
pub mod witness;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

pub use chain::Hash;
pub use event::Run;
pub use filter::{Filter, To};
pub use head::Head;
pub use journal::CHECKPOINT_EVERY;
pub use key::PublicKey;
pub use members::{Exceptions, Members, allowed};
pub use place::open_to_read;
pub use place::{default_path, state_folder, state_of};
pub use position::{Fault, Position, Signed};
pub use read::{Entry, ReadError, Reader, files};
pub use record::{Actor, Kind, Part, Plugin, Record, TargetKind};
pub use renew::{PutAside, renew};
pub use secrets::{BadSealKey, SealKey, seal_key};
pub use settings::{ROTATE, Settings};

use journal::{Destination, Journal};
use nethost_core::{Event, RecordError, Recorder};
use record::{Cause, Lost};

/// The log cannot take records.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The log itself cannot.
    #[error("audit log {}: {operation}: {source}", path.display())]
    Log {
        /// Its file.
        path: PathBuf,
        /// What was tried.
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// Nothing can be stored there: there is no home, or the disk is full or read-only.
    fn is_about_the_place(&self) -> bool {
        let Self::Log { source, .. } = self;
        let Some(errno) = source.raw_os_error() else {
            return false;
        };
        [
            libc::EACCES,
            libc::EPERM,
            libc::ENOENT,
            libc::ENOTDIR,
            libc::EROFS,
            libc::ENOSPC,
            libc::EDQUOT,
            libc::EFBIG,
        ]
        .contains(&errno)
    }

    fn new(path: &Path, operation: &'static str, source: io::Error) -> Self {
        Self::Log {
            path: path.to_owned(),
            operation,
            source,
        }
    }
}

/// The log of one run.
pub struct Log {
    destination: Kept,
    path: PathBuf,
    required: bool,
    by_default: bool,
    complained: AtomicBool,
}

/// Where the records go.
enum Kept {
    /// Nowhere.
    Not,
    /// Here.
    Here(Arc<Run>, Mutex<Sink>),
}

struct Sink {
    destination: Destination,
    /// Number of the next record of this run.
    run_seq: u64,
    /// The number of records that could not be written since the last one that was.
    unwritten: u64,
    /// For a device, which keeps nothing: the records that it was given.
    device: (u64, Hash),
}

impl Log {
    /// Opens the log.
    ///
    /// If it cannot be opened and is not required, the run continues without a log, with a warning.
    pub fn open(settings: &Settings, run: Run) -> Result<Self, Error> {
        let run = Arc::new(run);
        let opened = Journal::open(settings, &run);
        let kept = |destination| Self {
            by_default: settings.by_default,
            ..Self::with(destination, &settings.path, settings.required)
        };
        match opened {
            Ok(destination) => Ok(kept(Kept::Here(run, Mutex::new(Sink::new(destination))))),
            Err(error) if settings.required => Err(error),
            Err(error) => {
                let log = kept(Kept::Not);
                log.complain(&error);
                Ok(log)
            }
        }
    }

    /// A log that stores nothing, for a run whose operator has no place for one.
    pub fn off() -> Self {
        Self::with(Kept::Not, Path::new(""), false)
    }

    fn with(destination: Kept, path: &Path, required: bool) -> Self {
        Self {
            destination,
            path: path.to_owned(),
            required,
            by_default: false,
            complained: AtomicBool::new(false),
        }
    }

    fn append(&self, event: &Event<'_>) -> Result<(), Error> {
        let Kept::Here(run, sink) = &self.destination else {
            return Ok(());
        };
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let record = event::of_run(run, sink.run_seq, event);
        sink.run_seq += 1;
        let written = sink.append(run, record);
        sink.unwritten += u64::from(written.is_err());
        written
    }

    fn complain(&self, error: &Error) {
        let is_expected = self.by_default && error.is_about_the_place();
        if !is_expected && !self.complained.swap(true, Relaxed) {
            let message = format!("warning: {error}; this run is not fully recorded");
            // The broker waits for no terminal.
            nethost_core::output::say_at_once("nethost", &message);
        }
    }

    /// Signs what is not signed yet.
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.with_journal(Journal::checkpoint)
    }

    /// Ends the log's current file.
    pub fn rotate(&self) -> Result<(), Error> {
        self.with_journal(Journal::rotate)
    }

    fn with_journal(
        &self,
        act: impl FnOnce(&mut Journal) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Kept::Here(_, sink) = &self.destination else {
            return Ok(());
        };
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut sink.destination {
            Destination::Journal(journal) => act(journal),
            Destination::Device(path, _) => {
                let why = io::Error::other("a device keeps nothing that could be signed");
                Err(Error::new(path, "open", why))
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Recorder for Log {
    /// If the log is not required, a failure is reported once and then ignored.
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        match self.append(event) {
            Err(error) if self.required => Err(RecordError::NotWritten(error.to_string())),
            Err(error) => {
                self.complain(&error);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn is_here(&self) -> bool {
        matches!(self.destination, Kept::Here(..))
    }

    fn policy_changed(&self, digest: Option<String>) {
        // A device has nothing to store it in.
        let _ = self.with_journal(|journal| {
            journal.policy_changed(digest);
            Ok(())
        });
    }
}

impl Sink {
    fn new(destination: Destination) -> Self {
        Self {
            destination,
            run_seq: 0,
            unwritten: 0,
            device: (0, Hash::default()),
        }
    }

    fn append(&mut self, run: &Run, mut record: Record<'_>) -> Result<(), Error> {
        match &mut self.destination {
            Destination::Journal(journal) => {
                if self.unwritten > 0 {
                    let mut gap = event::of_log(run, Kind::RecordsLost);
                    gap.lost = Some(Lost {
                        count: Some(self.unwritten),
                        ..Lost::of(Cause::Unwritten)
                    });
                    journal.append(gap)?;
                    self.unwritten = 0;
                }
                journal.append(record)
            }
            Destination::Device(path, file) => {
                (record.seq, record.prev) = (self.device.0 + 1, self.device.1);
                let (line, seal) = journal::seal(&mut record, |_| None, |_| None);
                self.device = (record.seq, seal.hash);
                (file as &mut File)
                    .write_all(&line)
                    .map_err(|source| Error::new(path, "write", source))
            }
        }
    }
}

#[cfg(test)]
mod tests;
