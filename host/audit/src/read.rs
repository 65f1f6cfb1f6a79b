//! Reads a log as a stream of typed records over all its files, in constant memory.

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::journal;
use super::line;
use super::position::Fault;
use super::record::Record;
use super::snapshot::Snapshot;
use super::walk;

/// A record, and where it stands.
#[derive(Debug)]
pub struct Entry {
    /// The file.
    pub file: Arc<Path>,
    /// Its line, from 1.
    pub line: u64,
    /// The line as it stands there.
    pub text: Vec<u8>,
    /// The record. Its content has the hash that it states.
    pub record: Record<'static>,
}

/// A line that is not a record, or a file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("{}: {source}", file.display())]
    File {
        /// Which.
        file: Arc<Path>,
        /// Why.
        source: io::Error,
    },
    /// The line is no record. The lines after it can be read on.
    #[error("{}:{line}: {fault}", file.display())]
    Line {
        /// The file.
        file: Arc<Path>,
        /// Its line, from 1.
        line: u64,
        /// Why.
        fault: Fault,
    },
}

/// The files of a log, oldest first. The last one is being written.
pub fn files(log: &Path) -> io::Result<Vec<PathBuf>> {
    let complete = journal::complete_files(log)?;
    let mut files: Vec<_> = complete.into_iter().map(|(_, path)| path).collect();
    // Between two files, there is none for a moment.
    if log.exists() || files.is_empty() {
        files.push(log.to_owned());
    }
    Ok(files)
}

/// The records of a log in order, as it is at one moment: an iterator that never holds more than one of them.
///
/// ```no_run
/// for entry in nethost_audit::Reader::open("/var/log/nethost/audit.jsonl".as_ref())? {
///     let record = entry?.record;
///     println!("{} {}", record.seq, record.event.name());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It checks each record by itself. Whether records are missing is for [`verify`](super::verify) to say.
pub struct Reader {
    log: Option<Snapshot>,
    /// Which of its files comes next.
    next: usize,
    source: Option<(Arc<Path>, Box<dyn BufRead>)>,
    line: u64,
    piece: Vec<u8>,
    /// Within a line that is too long for a record.
    overlong: bool,
}

impl Reader {
    /// Reads a log with all its files.
    pub fn open(log: &Path) -> io::Result<Self> {
        let (snapshot, ()) = Snapshot::take(log, Snapshot::there)?;
        Ok(Self {
            log: Some(snapshot),
            ..Self::empty()
        })
    }

    fn empty() -> Self {
        Self {
            log: None,
            next: 0,
            source: None,
            line: 0,
            piece: Vec::new(),
            overlong: false,
        }
    }

    /// Reads from another source under this name.
    pub fn from_source(name: &Path, source: impl BufRead + 'static) -> Self {
        Self {
            source: Some((name.into(), Box::new(source))),
            ..Self::empty()
        }
    }

    /// Goes to the next line, which [`text`](Self::text) then has.
    pub(super) fn next_text(&mut self) -> Option<Result<(Arc<Path>, u64), ReadError>> {
        loop {
            let (file, source) = match &mut self.source {
                Some(source) => source,
                None => {
                    let log = self.log.as_ref()?;
                    let part = log.parts().get(self.next)?;
                    let file: Arc<Path> = part.path.as_path().into();
                    (self.line, self.overlong) = (0, false);
                    self.next += 1;
                    match log.read(part) {
                        Ok(source) => self.source.insert((file, Box::new(source))),
                        Err(source) => return Some(Err(ReadError::File { file, source })),
                    }
                }
            };
            let file = Arc::clone(file);
            if let Err(source) = walk::next_piece(source, &mut self.piece) {
                self.source = None;
                return Some(Err(ReadError::File { file, source }));
            }
            if self.piece.is_empty() {
                self.source = None;
                continue;
            }
            let ends = self.piece.ends_with(b"\n");
            let within = std::mem::replace(&mut self.overlong, !ends);
            if within {
                continue;
            }
            self.line += 1;
            return Some(Ok((file, self.line)));
        }
    }

    /// The line without its newline, and whether it has one.
    pub(super) fn text(&self) -> (&[u8], bool) {
        match self.piece.strip_suffix(b"\n") {
            Some(text) => (text, true),
            None => (&self.piece, false),
        }
    }

    fn next_line(&mut self) -> Option<Result<Entry, ReadError>> {
        let (file, line) = match self.next_text()? {
            Ok(place) => place,
            Err(error) => return Some(Err(error)),
        };
        let (text, _) = self.text();
        Some(match line::read(text) {
            Ok((record, _)) => Ok(Entry {
                file,
                line,
                text: text.to_vec(),
                record,
            }),
            Err(fault) => Err(ReadError::Line { file, line, fault }),
        })
    }
}

impl Iterator for Reader {
    type Item = Result<Entry, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line()
    }
}
