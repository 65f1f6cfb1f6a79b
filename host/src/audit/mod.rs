//! The audit log: one JSON object a line for each run, each thing opened, each denial, each close.
//!
//! The record of an access is written before the access; its totals follow when it is closed. Each
//! record is one append, so runs that share a log do not interleave within a line.

mod record;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

pub use record::{Access, Actor, Event, Plugin, Run, Totals};

/// The log cannot take records.
#[derive(Debug, thiserror::Error)]
#[error("audit log {}: {operation}: {source}", path.display())]
pub struct Error {
    path: PathBuf,
    operation: &'static str,
    source: io::Error,
}

/// The log of one run.
pub struct Log {
    run: Run,
    sink: Option<Sink>,
    required: bool,
    sequence: AtomicU64,
    handles: AtomicU64,
    unrecorded_denials: AtomicU64,
    complained: AtomicBool,
}

struct Sink {
    path: PathBuf,
    file: Mutex<File>,
}

impl Log {
    /// Opens the log for appending. It is created for its owner alone, as its records name hosts.
    ///
    /// Where it cannot be opened and is not required, the run goes on without one, and says so.
    pub fn open(path: &Path, required: bool, run: Run) -> Result<Self, Error> {
        let open = || {
            if let Some(folder) = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder)?;
            }
            OpenOptions::new()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(path)
        };
        match open() {
            Ok(file) => Ok(Self::with(
                Some(Sink {
                    path: path.to_owned(),
                    file: Mutex::new(file),
                }),
                required,
                run,
            )),
            Err(source) => {
                let error = Error {
                    path: path.to_owned(),
                    operation: "open",
                    source,
                };
                if required {
                    return Err(error);
                }
                let log = Self::with(None, false, run);
                log.complain(&error);
                Ok(log)
            }
        }
    }

    /// A log that keeps nothing, for runs whose operator turned it off.
    pub fn off(run: Run) -> Self {
        Self::with(None, false, run)
    }

    fn with(sink: Option<Sink>, required: bool, run: Run) -> Self {
        Self {
            run,
            sink,
            required,
            sequence: AtomicU64::new(0),
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
        let Some(sink) = &self.sink else {
            return Ok(());
        };
        let line = record::line(
            &self.run,
            self.sequence.fetch_add(1, Relaxed),
            event,
            self.unrecorded_denials.load(Relaxed),
        );
        let written = sink
            .file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(&line);
        let Err(source) = written else { return Ok(()) };
        let error = Error {
            path: sink.path.clone(),
            operation: "write",
            source,
        };
        if self.required {
            return Err(error);
        }
        self.complain(&error);
        Ok(())
    }

    /// Counts a denial that is not written out; the run's last record carries the count.
    pub fn count_unrecorded_denial(&self) {
        self.unrecorded_denials.fetch_add(1, Relaxed);
    }

    /// Says once on standard error that the log has a gap.
    pub fn complain(&self, error: &Error) {
        if !self.complained.swap(true, Relaxed) {
            let message = format!("warning: {error}; this run is not fully recorded");
            crate::text::say("nethost", &message);
        }
    }
}

/// Where the log is unless told otherwise: root's in /var/log, another user's in their state folder.
pub fn default_path() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/log/nethost/audit.jsonl"));
    }
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    // Without a home there is no place that nobody else can write to, so the caller must name one.
    let folder = state.or_else(home);
    folder.map(|folder| folder.join("nethost/audit.jsonl"))
}

#[cfg(test)]
mod tests;
