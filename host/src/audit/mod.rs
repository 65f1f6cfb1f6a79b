//! The audit log: one JSON object a line for each run, each thing opened, each denial, each close.
//!
//! The record of an access is written before the access; its totals follow when it is closed. Each
//! record holds the hash of the one before, over all runs that share a log, and signatures vouch for the
//! chain. docs/audit.md is the reference.

mod chain;
mod event;
pub mod export;
mod filter;
pub mod head;
mod journal;
mod key;
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
pub(crate) mod text;
mod torn;
pub mod verify;
mod walk;
pub mod witness;

use std::fs::File;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

pub use chain::Hash;
pub use event::{Access, Event, Run, Totals};
pub use filter::{Filter, To};
pub use head::Head;
pub use journal::CHECKPOINT_EVERY;
pub use key::PublicKey;
pub use members::{Members, allowed};
pub(crate) use place::open_to_read;
pub use place::{default_path, state_folder, state_of};
pub use position::{Fault, Position, Signed};
pub use read::{Entry, ReadError, Reader, files};
pub use record::{Actor, Kind, LONGEST_PARTS, Part, Plugin, Record, TargetKind};
pub use renew::{PutAside, renew};
pub use secrets::{BadSealKey, SealKey, seal_key};
pub use settings::{ROTATE, Settings, SyncMode};
pub use text::LONGEST_CHANGES;

use crate::broker::Link;
use crate::core::HostName;
use crate::policy::Exception;
use journal::{Destination, Journal};
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
    /// The broker, which keeps the log, says why.
    #[error("{0}")]
    Told(String),
}

impl Error {
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
    handles: AtomicU64,
    unrecorded_denials: AtomicU64,
    complained: AtomicBool,
}

/// Where the records go.
enum Kept {
    /// Nowhere.
    Not,
    /// Here.
    Here(Arc<Run>, Mutex<Sink>),
    /// To the broker, which keeps the log.
    Behind(Arc<Link>),
}

struct Sink {
    destination: Destination,
    /// Number of the next record of this run.
    run_seq: u64,
    /// Records that could not be written since the last one that could.
    unwritten: u64,
    /// For a device, which keeps nothing: what it was given.
    device: (u64, Hash),
}

impl Log {
    /// Opens the log.
    ///
    /// Where it cannot be opened and is not required, the run goes on without one, and says so.
    pub fn open(settings: &Settings, run: Run) -> Result<Self, Error> {
        let run = Arc::new(run);
        match Journal::open(settings, &run) {
            Ok(destination) => Ok(Self::with(
                Kept::Here(run, Mutex::new(Sink::new(destination))),
                &settings.path,
                settings.required,
            )),
            Err(error) if settings.required => Err(error),
            Err(error) => {
                let log = Self::with(Kept::Not, &settings.path, false);
                log.complain(&error);
                Ok(log)
            }
        }
    }

    /// A log that keeps nothing, for runs whose operator has no place for one.
    pub fn off() -> Self {
        Self::with(Kept::Not, Path::new(""), false)
    }

    /// A log that the broker keeps.
    pub fn behind(link: Arc<Link>) -> Self {
        Self::with(Kept::Behind(link), Path::new(""), true)
    }

    fn with(destination: Kept, path: &Path, required: bool) -> Self {
        Self {
            destination,
            path: path.to_owned(),
            required,
            handles: AtomicU64::new(0),
            unrecorded_denials: AtomicU64::new(0),
            complained: AtomicBool::new(false),
        }
    }

    /// A number for the next thing that is opened or denied, unique within the run.
    pub fn next_handle(&self) -> u64 {
        self.handles.fetch_add(1, Relaxed) + 1
    }

    /// Appends one record. When the log is not required, a failure is said once and otherwise ignored.
    pub fn write(&self, event: &Event<'_>) -> Result<(), Error> {
        let count = self.unrecorded_denials.load(Relaxed);
        let (run, sink) = match &self.destination {
            Kept::Not => return Ok(()),
            Kept::Here(run, sink) => (run, sink),
            Kept::Behind(link) => {
                let recorded = link.record(event, count);
                return recorded.map_err(|failure| Error::Told(failure.to_string()));
            }
        };
        let mut sink = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let mut record = event::of_run(run, sink.run_seq, event);
        if record.event == Kind::RunEnd {
            record.unrecorded_denials = (count > 0).then_some(count);
        }
        sink.run_seq += 1;
        let written = sink.append(run, record);
        let Err(source) = written else { return Ok(()) };
        sink.unwritten += 1;
        if self.required {
            return Err(source);
        }
        self.complain(&source);
        Ok(())
    }

    /// Counts a denial that is not written out; the run's last record carries the count.
    pub fn count_unrecorded_denial(&self) {
        self.count_unrecorded_denials(1);
    }

    /// Counts several of them.
    pub(crate) fn count_unrecorded_denials(&self, count: u64) {
        self.unrecorded_denials.fetch_add(count, Relaxed);
    }

    /// Tells the broker, where that keeps the log, of the addresses that a name stands for.
    pub(crate) fn resolved(&self, handle: u64, name: &HostName, addresses: &[IpAddr]) {
        if let Kept::Behind(link) = &self.destination
            && let Err(failure) = link.resolved(handle, name, addresses)
        {
            self.complain(&Error::Told(failure.to_string()));
        }
    }

    /// Whether the records are written by this process.
    pub(crate) fn is_kept_here(&self) -> bool {
        matches!(self.destination, Kept::Here(..))
    }

    /// What the broker, where that keeps the log, denies of a set that it has permitted in part.
    pub(crate) fn exceptions(&self, handle: u64) -> Result<Vec<(Exception, String)>, Error> {
        match &self.destination {
            Kept::Behind(link) => link
                .exceptions(handle)
                .map_err(|failure| Error::Told(failure.to_string())),
            _ => Ok(Vec::new()),
        }
    }

    /// Says once on standard error that the log has a gap.
    pub fn complain(&self, error: &Error) {
        if !self.complained.swap(true, Relaxed) {
            let message = format!("warning: {error}; this run is not fully recorded");
            // The broker waits for no terminal.
            crate::output::say_at_once("nethost", &message);
        }
    }

    /// The site's policy is another by now, which the next record says.
    pub(crate) fn policy_changed(&self, digest: Option<String>) {
        // A device has nothing that it could be noted in.
        let _ = self.with_journal(|journal| {
            journal.policy_changed(digest);
            Ok(())
        });
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
