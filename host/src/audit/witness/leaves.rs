//! The leaves of a log's tree: each line of its files, oldest first, without its newline. What a killed
//! writer left without an end is no line yet.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use super::tree::LeafHasher;
use crate::audit::chain::Hash;
use crate::audit::place::flock;
use crate::audit::{journal, position, read, walk};

/// The files of a log at one moment.
pub(super) struct Snapshot {
    files: Vec<Part>,
}

struct Part {
    /// The number of its first record, of a complete file.
    first: Option<u64>,
    path: PathBuf,
    inode: (u64, u64),
    length: u64,
}

/// Where a pass over the leaves began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Beginning {
    /// The number of the first record that is there, if that line is a record.
    pub(super) first: Option<u64>,
}

impl Snapshot {
    /// Looks at a log between two records, and calls `with` before anybody can write on.
    pub(super) fn take<T>(
        log: &Path,
        with: impl FnOnce(&Self) -> io::Result<T>,
    ) -> io::Result<(Self, T)> {
        let current = loop {
            let current = match read::open(log) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break None,
                opened => opened?,
            };
            // A folder that is only read has no writers; some file systems have no locks.
            match flock(&current, FlockOperation::NonBlockingLockShared) {
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Err(error),
                _ => {}
            }
            let there = std::fs::metadata(log).map(|facts| inode(&facts));
            if there.is_ok_and(|there| current.metadata().is_ok_and(|own| inode(&own) == there)) {
                break Some(current);
            }
        };
        let mut files = Vec::new();
        for (first, path) in journal::complete_files(log)? {
            let facts = std::fs::metadata(&path)?;
            files.push(Part {
                first: Some(first),
                path,
                inode: inode(&facts),
                length: facts.len(),
            });
        }
        match &current {
            Some(current) => {
                let facts = current.metadata()?;
                files.push(Part {
                    first: None,
                    path: log.to_owned(),
                    inode: inode(&facts),
                    length: facts.len(),
                });
            }
            // As `open` says it.
            None if files.is_empty() => drop(read::open(log)?),
            None => {}
        }
        let snapshot = Self { files };
        let taken = with(&snapshot)?;
        Ok((snapshot, taken))
    }

    /// Only one complete file, for whoever holds the log's lock.
    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        let facts = std::fs::metadata(path)?;
        let part = Part {
            first: None,
            path: path.to_owned(),
            inode: inode(&facts),
            length: facts.len(),
        };
        Ok(Self { files: vec![part] })
    }

    /// The number of the first record, if the first line is one.
    pub(super) fn first(&self) -> io::Result<Option<u64>> {
        let Some(part) = self.files.first() else {
            return Ok(None);
        };
        let mut line = Vec::new();
        walk::next_piece(&mut BufReader::new(self.open(part)?), &mut line)?;
        Ok(seq(line.strip_suffix(b"\n").unwrap_or_default()))
    }

    /// Goes through the leaves from the record with number `from` on, which begins a file. `each` gets a
    /// leaf's hash and its line, or the beginning of one that is longer than any record.
    pub(super) fn each(
        &self,
        from: u64,
        mut each: impl FnMut(Hash, &[u8]),
    ) -> io::Result<Beginning> {
        let mut beginning = None;
        let files = &self.files;
        for part in files
            .iter()
            .filter(|part| part.first.is_none_or(|first| first >= from))
        {
            let file = self.open(part)?;
            let mut source = BufReader::with_capacity(256 << 10, file.take(part.length));
            let mut piece = Vec::new();
            let mut long: Option<LeafHasher> = None;
            loop {
                walk::next_piece(&mut source, &mut piece)?;
                if piece.is_empty() {
                    break;
                }
                let line = piece.strip_suffix(b"\n");
                let mut hasher = long.take().unwrap_or_else(LeafHasher::new);
                hasher.update(line.unwrap_or(&piece));
                let Some(line) = line else {
                    long = Some(hasher);
                    continue;
                };
                beginning.get_or_insert_with(|| Beginning { first: seq(line) });
                each(hasher.finish(), line);
            }
        }
        Ok(beginning.unwrap_or(Beginning { first: None }))
    }

    /// A file as it was, whatever its name is by now.
    fn open(&self, part: &Part) -> io::Result<File> {
        let same = |path: &Path| {
            let file = read::open(path).ok()?;
            (inode(&file.metadata().ok()?) == part.inode).then_some(file)
        };
        if let Some(file) = same(&part.path) {
            return Ok(file);
        }
        // The current file may be complete meanwhile.
        let log = self.files.last().filter(|last| last.inode == part.inode);
        let moved = log.and_then(|log| journal::complete_files(&log.path).ok());
        let moved = moved.into_iter().flatten().rev();
        let mut found = moved.filter_map(|(_, path)| same(&path));
        found.next().ok_or_else(|| {
            let why = format!("{} was removed meanwhile; try again", part.path.display());
            io::Error::new(io::ErrorKind::NotFound, why)
        })
    }
}

/// The number of the record in a line.
pub(super) fn seq(line: &[u8]) -> Option<u64> {
    let (record, _) = position::read(line).ok()?;
    Some(record.seq)
}

fn inode(facts: &std::fs::Metadata) -> (u64, u64) {
    (facts.dev(), facts.ino())
}
