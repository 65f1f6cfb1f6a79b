//! The files of a log at one moment, between two records: what is read as a whole (verification, the leaves of
//! the tree, `show` and `export`) is read from here, and so agrees with itself while others write, begin a
//! next file, or remove the oldest ones.

use std::cell::Cell;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek, Take};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use rustix::fs::FlockOperation;

use super::{journal, place};

/// So many complete files are held open, oldest first: those are the ones that `keep` removes next.
const HELD: usize = 256;
/// A reader whose files went away under it begins again so often.
const ATTEMPTS: u32 = 8;

/// The files of a log at one moment.
pub(super) struct Snapshot {
    log: PathBuf,
    parts: Vec<Part>,
    /// A file was removed, or another one put in its place, before it was opened.
    changed: Cell<bool>,
}

/// One of them.
pub(super) struct Part {
    /// The number of its first record, of a complete file.
    pub(super) first: Option<u64>,
    /// Its name at that moment.
    pub(super) path: PathBuf,
    file: Option<File>,
    facts: Metadata,
}

/// Reads a log as it was at one moment; from the beginning again where a file went away before it was opened.
/// `with` is called while nobody can write, for what must be of the same moment.
pub(super) fn whole<S, T, E: From<io::Error>>(
    log: &Path,
    mut with: impl FnMut(&Snapshot) -> io::Result<S>,
    mut read: impl FnMut(&Snapshot, S) -> Result<T, E>,
) -> Result<T, E> {
    let mut attempt = 1;
    loop {
        let (snapshot, taken) = Snapshot::take(log, &mut with)?;
        match read(&snapshot, taken) {
            Err(_) if snapshot.changed.get() && attempt < ATTEMPTS => attempt += 1,
            done => return done,
        }
    }
}

impl Snapshot {
    /// Looks at a log between two records, and calls `with` before anybody can write on.
    pub(super) fn take<T>(
        log: &Path,
        mut with: impl FnMut(&Self) -> io::Result<T>,
    ) -> io::Result<(Self, T)> {
        let give_up = Instant::now() + place::PATIENCE;
        while Instant::now() < give_up {
            let current = current(log)?;
            // A folder that is only read has no writers; some file systems have no locks.
            match current.as_ref().map(lock).transpose() {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                _ => {}
            }
            if !stands_at(log, current.as_ref()) {
                continue;
            }
            let snapshot = match Self::of(log, current) {
                // Without a current file there was nothing to lock.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                listed => listed?,
            };
            let taken = with(&snapshot)?;
            if snapshot.unlock() || snapshot.still_holds()? {
                return Ok((snapshot, taken));
            }
        }
        let why = "its files change all the time; try again";
        Err(io::Error::new(io::ErrorKind::TimedOut, why))
    }

    /// For whoever holds the log's lock.
    pub(super) fn locked(log: &Path) -> io::Result<Self> {
        Self::of(log, current(log)?)
    }

    /// Only one complete file, for whoever holds the log's lock.
    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        let part = Part::of(None, path.to_owned(), Some(place::open_to_read(path)?))?;
        Ok(Self {
            log: path.to_owned(),
            parts: vec![part],
            changed: Cell::new(false),
        })
    }

    fn of(log: &Path, current: Option<File>) -> io::Result<Self> {
        let mut parts = Vec::new();
        for (first, path) in complete_files(log)? {
            let file = match parts.len() < HELD {
                true => Some(place::open_to_read(&path).map_err(|error| named(&path, &error))?),
                false => None,
            };
            parts.push(Part::of(Some(first), path, file)?);
        }
        if current.is_some() {
            parts.push(Part::of(None, log.to_owned(), current)?);
        }
        Ok(Self {
            log: log.to_owned(),
            parts,
            changed: Cell::new(false),
        })
    }

    /// Lets writers go on. False when there was no file to keep them out by.
    fn unlock(&self) -> bool {
        let current = self.parts.last().filter(|last| last.first.is_none());
        let Some(file) = current.and_then(|current| current.file.as_ref()) else {
            return false;
        };
        // The file stays open, and so would the lock stay.
        let _ = rustix::fs::flock(file, FlockOperation::Unlock);
        true
    }

    /// Whether nothing was written since, where there was no file to lock: a writer would have begun one, which
    /// is there now, complete or not.
    fn still_holds(&self) -> io::Result<bool> {
        let there = complete_files(&self.log)?;
        let there = there.iter().map(|(_, path)| path);
        Ok(stands_at(&self.log, None) && there.eq(self.parts.iter().map(|part| &part.path)))
    }

    /// Fails, as opening the log would, when no file of it is there.
    pub(super) fn there(&self) -> io::Result<()> {
        match self.parts.is_empty() {
            true => Err(io::Error::from_raw_os_error(libc::ENOENT)),
            false => Ok(()),
        }
    }

    /// The files, oldest first; the one that is written, if there is one, is the last.
    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What a file held at that moment, whatever its name is by now.
    pub(super) fn read(&self, part: &Part) -> io::Result<BufReader<Take<File>>> {
        let mut file = match &part.file {
            Some(file) => file.try_clone()?,
            None => self.open(part)?,
        };
        file.rewind()?;
        Ok(BufReader::with_capacity(
            256 << 10,
            file.take(part.facts.len()),
        ))
    }

    fn open(&self, part: &Part) -> io::Result<File> {
        match place::open_to_read(&part.path) {
            Ok(file) if same_file(&file.metadata()?, &part.facts) => return Ok(file),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(named(&part.path, &error));
            }
            _ => self.changed.set(true),
        }
        let why = format!("{} was removed meanwhile; try again", part.path.display());
        Err(io::Error::new(io::ErrorKind::NotFound, why))
    }
}

impl Part {
    fn of(first: Option<u64>, path: PathBuf, file: Option<File>) -> io::Result<Self> {
        let facts = match &file {
            Some(file) => file.metadata()?,
            None => path.symlink_metadata()?,
        };
        Ok(Self {
            first,
            path,
            file,
            facts,
        })
    }
}

/// The file that is written; none between two files.
fn current(log: &Path) -> io::Result<Option<File>> {
    match place::open_to_read(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        opened => opened.map(Some),
    }
}

fn lock(file: &File) -> io::Result<()> {
    place::flock(file, FlockOperation::NonBlockingLockShared)
}

/// Whether this file, or none, is at the log's path.
pub(super) fn stands_at(log: &Path, file: Option<&File>) -> bool {
    let there = log.symlink_metadata().ok().map(|facts| inode(&facts));
    let own = file.and_then(|file| file.metadata().ok());
    there == own.map(|facts| inode(&facts))
}

/// As [`journal::complete_files`]; a folder that is gone has none.
fn complete_files(log: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    match journal::complete_files(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        listed => listed,
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Whether a complete file, which nobody writes any more, is the same. An inode alone may be another's by now.
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    let changed = |facts: &Metadata| (facts.ctime(), facts.ctime_nsec(), facts.len());
    inode(one) == inode(other) && changed(one) == changed(other)
}

fn inode(facts: &Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}

#[cfg(test)]
mod tests;
