//! The log and its head differ: a writer was killed between the two, another one kept its head elsewhere, or
//! somebody was at the log. What is there is kept, what is missing is said in the log, and the chain goes on.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Head, Journal, Result, step};
use crate::audit::chain::{self, Hash};
use crate::audit::event::of_log;
use crate::audit::position::{Fault, Position};
use crate::audit::record::{Cause, Kind, LONGEST_LINE, Lost};
use crate::audit::walk::{self, Fragment, Walk};

impl Journal {
    pub(super) fn recover(&mut self, size: u64) -> Result<()> {
        let head = self.head.head().cloned();
        // From another record on, everything would look like one write that was cut.
        let behind = match &head {
            Some(head) if !head.position.closed => {
                ends_at(&self.file, head).map_err(step("read"))?
            }
            _ => false,
        };
        let mut walk = match &head {
            Some(head) if behind => Walk::from(head.position.clone(), head.offset),
            _ => Walk::default(),
        };
        let wanted = head.as_ref().filter(|_| !behind);
        let at_head =
            scan(&self.file, &mut walk, wanted.map(|head| &head.position)).map_err(step("read"))?;
        let fragment = walk.fragment.take();
        if let Some(fault @ Fault::Version(_)) = fragment.as_ref().map(|fragment| &fragment.fault) {
            return Err(refused(format!("line {}: {fault}", walk.line)));
        }
        let lead = match &fragment {
            Some(fragment) if fragment.open => walk::END,
            _ => b"",
        };
        // A write that was cut, and a log that was, leave no whole records that do not follow.
        let altered = fragment
            .as_ref()
            .is_some_and(|fragment| fragment.has_records);
        let cause = |otherwise| {
            if altered { Cause::Altered } else { otherwise }
        };
        let missing = |cause, first, head: &Position| Lost {
            first: Some(first),
            last: Some(head.seq),
            hash: Some(head.hash),
            ..Lost::of(cause)
        };
        let (mut position, lost) = match (walk.position, head.map(|head| head.position)) {
            (None, None) => {
                let why = "it is not an audit log of nethost; move it away, or name another file";
                return Err(refused(why.into()));
            }
            (None, Some(head)) => {
                let lost = with_fragment(missing(cause(Cause::Cut), head.first, &head), fragment);
                return self.open_file(&head.log, size, lead, Some(lost));
            }
            (Some(position), None) => (position, Some(Lost::of(Cause::NoHead))),
            (Some(position), Some(head)) if position.log != head.log => {
                return Err(refused(format!(
                    "it is the log {}, but the head in {} is of the log {}; move one of the two away",
                    position.log,
                    self.settings.state.display(),
                    head.log
                )));
            }
            (Some(position), Some(head)) if position.seq < head.seq => {
                let lost = missing(cause(Cause::Cut), position.seq + 1, &head);
                (position, Some(lost))
            }
            (Some(position), Some(head)) if at_head.is_some_and(|found| found != head.hash) => {
                let lost = missing(Cause::Altered, head.seq, &head);
                (position, Some(lost))
            }
            (Some(position), Some(_)) => {
                let lost = fragment.is_some().then(|| Lost::of(cause(Cause::Torn)));
                (position, lost)
            }
        };
        let Some(lost) = lost.map(|lost| with_fragment(lost, fragment)) else {
            // Whole records that a writer did not live to put into the head.
            let head = Head {
                position,
                offset: size,
            };
            return self.head.write(head).map_err(step("write its head"));
        };
        position.seq = position.seq.max(lost.last.unwrap_or(0));
        if position.closed {
            let id = position.log.clone();
            let head = Head {
                position,
                offset: size,
            };
            self.head.write(head).map_err(step("write its head"))?;
            return self.open_file(&id, size, lead, Some(lost));
        }
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::RecordsLost);
        record.lost = Some(lost);
        self.put_after(Some(position), size, lead, record)
    }
}

/// Whether the record that ends where this head says is the one that it names.
pub(super) fn ends_at(file: &File, head: &Head) -> io::Result<bool> {
    // Most records are short.
    for longest in [4 << 10, LONGEST_LINE as u64 + 2] {
        let length = longest.min(head.offset);
        let mut text = vec![0; length as usize];
        match file.read_exact_at(&mut text, head.offset - length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            read => read?,
        }
        let Some(text) = text.strip_suffix(b"\n") else {
            return Ok(false);
        };
        let line = match text.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => text.get(end + 1..).unwrap_or_default(),
            None if length == head.offset => text,
            None => continue,
        };
        let seal = chain::unseal(line);
        return Ok(seal.is_some_and(|seal| seal.hash == head.position.hash));
    }
    Ok(false)
}

/// Walks to the end. Returns the hash of the record that has this one's number, if it passed by.
fn scan(file: &File, walk: &mut Walk, wanted: Option<&Position>) -> io::Result<Option<Hash>> {
    let mut source = BufReader::with_capacity(64 << 10, At(file, walk.offset));
    let mut piece = Vec::new();
    let mut found = None;
    loop {
        walk::next_piece(&mut source, &mut piece)?;
        if piece.is_empty() {
            return Ok(found);
        }
        let record = walk.feed(&piece);
        if let (Some(record), Some(wanted)) = (record, wanted)
            && record.seq == wanted.seq
        {
            found = Some(record.hash);
        }
    }
}

fn with_fragment(lost: Lost, fragment: Option<Fragment>) -> Lost {
    match fragment.map(Fragment::ended) {
        Some(fragment) => Lost {
            bytes: Some(fragment.bytes),
            sha256: Some(fragment.sha256()),
            ..lost
        },
        None => lost,
    }
}

fn refused(why: String) -> super::Step {
    step("open")(io::Error::new(io::ErrorKind::InvalidData, why))
}

/// Reads a file from an offset, whatever its own offset is.
struct At<'a>(&'a File, u64);

impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.read_at(buffer, self.1)?;
        self.1 += length as u64;
        Ok(length)
    }
}
