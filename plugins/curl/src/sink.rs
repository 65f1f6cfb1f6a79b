//! Where what is received goes: standard output, a file, or nowhere.

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;

use nethost_sdk::Error;
use nethost_sdk::files::{self, WriteMode, Writer};

use crate::failure::{Failure, Result};

/// Opens a file to replace what it holds: a new one where there is none, which is a request of its own.
pub(crate) fn open(path: &str, mode: Option<u32>) -> std::result::Result<Writer, Error> {
    Writer::make_or_open(path, WriteMode::Replace, mode)
}

/// Where a body goes.
pub(crate) struct Sink {
    place: Place,
    /// How much went there.
    pub(crate) written: u64,
    pub(crate) flushes: bool,
    /// The file that was opened.
    pub(crate) path: Option<String>,
}

enum Place {
    Stdout,
    Nowhere,
    /// Not opened before something is to be written.
    Waiting(Waiting),
    Open(Writer),
    /// Standard output, where others write too: kept until the end, or until it is much and nobody else writes.
    Held(Vec<u8>, Rc<Cell<bool>>),
    /// Standard output, taken.
    Taken(Rc<Cell<bool>>),
}

/// So much is kept before standard output is taken.
const MUCH: usize = 1 << 20;

/// A file that is to be opened.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) path: String,
    pub(crate) mode: Option<u32>,
    pub(crate) appends: bool,
    pub(crate) no_clobber: bool,
    /// There must be none of this name.
    pub(crate) exclusive: bool,
    pub(crate) create_dirs: bool,
}

impl Sink {
    fn of(place: Place) -> Self {
        Self {
            place,
            written: 0,
            flushes: false,
            path: None,
        }
    }

    pub(crate) fn stdout() -> Self {
        Self::of(Place::Stdout)
    }

    pub(crate) fn nowhere() -> Self {
        Self::of(Place::Nowhere)
    }

    pub(crate) fn file(waiting: Waiting) -> Self {
        Self::of(Place::Waiting(waiting))
    }

    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Opens the file if nothing has been written yet.
    pub(crate) fn create(&mut self) -> Result<()> {
        if let Place::Waiting(waiting) = &self.place {
            let path = waiting.path.clone();
            let opened = waiting.open();
            let (writer, path) = opened.map_err(|error| match error {
                Error::Denied(_) => Failure::new(23, error.to_string()),
                error => {
                    crate::cli::warning(&format!("Failed to open the file {path}: {error}"));
                    Failure::new(23, FAILED)
                }
            })?;
            self.path = Some(path);
            self.place = Place::Open(writer);
        }
        Ok(())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.create()?;
        match &mut self.place {
            Place::Nowhere | Place::Waiting(_) => {}
            Place::Stdout | Place::Taken(_) => to_stdout(bytes)?,
            Place::Held(held, taken) => {
                held.extend_from_slice(bytes);
                if held.len() > MUCH && !taken.get() {
                    let (held, taken) = (std::mem::take(held), Rc::clone(taken));
                    taken.set(true);
                    self.place = Place::Taken(taken);
                    to_stdout(&held)?;
                }
            }
            Place::Open(writer) => writer.write(bytes).map_err(|error| match error {
                Error::Denied(_) => Failure::new(23, error.to_string()),
                _ => failed(),
            })?,
        }
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// Standard output beside other transfers.
    pub(crate) fn held(taken: Rc<Cell<bool>>) -> Self {
        Self::of(Place::Held(Vec::new(), taken))
    }

    /// What is kept is written, and standard output is free for others.
    pub(crate) fn release(&mut self) {
        match &mut self.place {
            Place::Held(held, taken) => {
                let bytes = std::mem::take(held);
                // While another one writes at length, this stands between two of its parts.
                let _ = taken;
                let _ = to_stdout(&bytes);
            }
            Place::Taken(taken) => taken.set(false),
            _ => {}
        }
    }

    /// Whether a file was opened.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.place, Place::Open(_))
    }

    /// Begins again, for another try: what was written is gone.
    pub(crate) fn restart(&mut self, waiting: Option<&Waiting>) {
        if let (Place::Open(_), Some(waiting)) = (&self.place, waiting)
            && self.written > 0
        {
            self.place = Place::Waiting(Waiting {
                exclusive: false,
                no_clobber: false,
                ..waiting.clone()
            });
        }
        self.written = 0;
    }
}

fn to_stdout(bytes: &[u8]) -> Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(bytes).map_err(|_| failed())?;
    stdout.flush().map_err(|_| failed())
}

const FAILED: &str = "Failed writing body";

fn failed() -> Failure {
    Failure::new(23, FAILED)
}

impl Waiting {
    /// Opens the file; what it is called in the end.
    fn open(&self) -> std::result::Result<(Writer, String), Error> {
        let named = |writer| (writer, self.path.clone());
        if self.create_dirs {
            files::make_folders(&self.path)?;
        }
        if self.appends {
            return Writer::open(&self.path, WriteMode::Append, self.mode).map(named);
        }
        if self.exclusive {
            return Writer::open(&self.path, WriteMode::Create, self.mode).map(named);
        }
        if !self.no_clobber {
            return open(&self.path, self.mode).map(named);
        }
        let mut last = Writer::open(&self.path, WriteMode::Create, self.mode).map(named);
        for number in 1..100 {
            match &last {
                Err(error) if error.is_existing_file() => {
                    let path = format!("{}.{number}", self.path);
                    last = Writer::open(&path, WriteMode::Create, self.mode)
                        .map(|writer| (writer, path));
                }
                _ => break,
            }
        }
        last
    }
}
