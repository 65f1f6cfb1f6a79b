//! Goes through a log line by line, in constant memory, and tells records from what is none.
//!
//! Bytes that are no record are not the end: a write that was cut leaves some, and the next writer says
//! so in a record that names their length and hash. Bytes that no record accounts for stay pending.

use std::io::{self, BufRead};

use sha2::{Digest, Sha256};

use super::chain::Hash;
use super::line;
use super::position::{self, Fault, Position};
use super::record::{LONGEST_LINE, Record};
use super::torn::{self, END};

/// Bytes that no record accounts for so far.
#[derive(Clone)]
pub(super) struct Fragment {
    /// Line of the file where it begins, from 1.
    pub(super) line: u64,
    /// Where it begins in the file.
    pub(super) offset: u64,
    pub(super) bytes: u64,
    /// Why the first line of it is not the next record.
    pub(super) fault: Fault,
    /// It ends without a newline.
    pub(super) open: bool,
    /// The record in its first line, when it is one that does not follow.
    pub(super) seq: Option<u64>,
    /// It is what writes that were cut leave.
    pub(super) torn: bool,
    lines: u32,
    digest: Sha256,
}

impl Fragment {
    pub(super) fn new(line: u64, offset: u64, fault: Fault) -> Self {
        Self {
            line,
            offset,
            bytes: 0,
            fault,
            open: false,
            seq: None,
            torn: true,
            lines: 0,
            digest: Sha256::new(),
        }
    }

    pub(super) fn add(&mut self, piece: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        // What goes on with a line is of a line that is longer than any.
        self.torn &= !self.open;
        if self.torn {
            self.torn = torn::may_be(piece, self.lines, (self.bytes, self.sha256()));
        }
        self.bytes += piece.len() as u64;
        self.open = !piece.ends_with(b"\n");
        self.digest.update(piece);
    }

    pub(super) fn sha256(&self) -> Hash {
        Hash(self.digest.clone().finalize().into())
    }

    /// What it is once [`END`] ends it.
    pub(super) fn ended(mut self) -> Self {
        if self.open {
            self.digest.update(END);
            self.bytes += END.len() as u64;
            self.open = false;
        }
        self
    }
}

/// Where a walk is.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) position: Option<Position>,
    pub(super) fragment: Option<Fragment>,
    /// What the last record accounts for.
    pub(super) accounted: Option<Fragment>,
    /// Lines and bytes of this file so far.
    pub(super) line: u64,
    pub(super) offset: u64,
    /// End of the last record.
    pub(super) end: u64,
    /// Records of other versions are records too.
    any_version: bool,
}

impl Walk {
    /// A walk that goes on from a known position.
    pub(super) fn from(position: Position, offset: u64) -> Self {
        Self {
            position: Some(position),
            offset,
            end: offset,
            ..Self::default()
        }
    }

    /// One that goes on where records are of another version, as far as every version is alike.
    pub(super) fn through_any_version() -> Self {
        Self {
            any_version: true,
            ..Self::default()
        }
    }

    /// The same log's next file.
    pub(super) fn next_file(&mut self) {
        (self.line, self.offset, self.end) = (0, 0, 0);
    }

    /// Takes the next piece of the file as [`next_piece`] cuts it. Returns the record, if it is the next one.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Option<Record<'static>> {
        let (line, offset) = (self.line + 1, self.offset);
        self.offset += piece.len() as u64;
        self.line += u64::from(piece.ends_with(b"\n"));
        let next = match piece.strip_suffix(b"\n") {
            Some(text) if self.any_version => line::read_any_version(text),
            Some(text) => line::read(text),
            None => Err(Fault::NotARecord("the line has no end".into())),
        };
        let mut seq = None;
        let fault = match next {
            Ok((record, seal)) => {
                seq = Some(record.seq);
                match position::follow(self.position.as_ref(), &record, &seal) {
                    Ok(position) if self.accounts_for_fragment(&record) => {
                        self.position = Some(position);
                        self.accounted = self.fragment.take();
                        self.end = self.offset;
                        return Some(record);
                    }
                    Ok(_) => Fault::NotARecord("nothing accounts for the bytes before it".into()),
                    Err(fault) => fault,
                }
            }
            Err(fault) => fault,
        };
        let fragment = self.fragment.get_or_insert_with(|| Fragment {
            seq,
            ..Fragment::new(line, offset, fault)
        });
        fragment.add(piece);
        None
    }

    fn accounts_for_fragment(&self, record: &Record<'_>) -> bool {
        let Some(fragment) = &self.fragment else {
            return true;
        };
        if position::goes_on_elsewhere(record) {
            return true;
        }
        record.lost.as_ref().is_some_and(|lost| {
            lost.bytes == Some(fragment.bytes) && lost.sha256 == Some(fragment.sha256())
        })
    }
}

/// The next line with its newline, or as much of it as a line may have. Empty at the end.
pub(super) fn next_piece(source: &mut impl BufRead, piece: &mut Vec<u8>) -> io::Result<()> {
    piece.clear();
    while piece.len() <= LONGEST_LINE {
        let available = match source.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            break;
        }
        let room = &available[..available.len().min(LONGEST_LINE + 1 - piece.len())];
        let end = room.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(room.len(), |end| end + 1);
        piece.extend_from_slice(&room[..taken]);
        source.consume(taken);
        if end.is_some() {
            break;
        }
    }
    Ok(())
}
