//! The log and its head differ: a writer was killed between the two, or somebody was at the log. What is
//! there is kept, what is missing is said in the log, and the chain goes on.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Head, Journal, Result, step};
use crate::audit::event::of_log;
use crate::audit::record::{Cause, Kind, Lost};
use crate::audit::walk::{self, Fragment, Walk};

impl Journal {
    pub(super) fn recover(&mut self, size: u64) -> Result<()> {
        let head = self.head.head().cloned();
        let behind = head
            .as_ref()
            .filter(|head| head.offset <= size && !head.position.closed);
        let mut walk = behind.map_or_else(Walk::default, |head| {
            Walk::from(head.position.clone(), head.offset)
        });
        scan(&self.file, &mut walk).map_err(step("read"))?;
        let fragment = walk.fragment.take();
        // What a cut write left has no end; it gets one, so that the next record has a line to itself.
        let lead: &[u8] = match &fragment {
            Some(fragment) if fragment.open => b"\n",
            _ => b"",
        };
        let with_fragment = |lost: Lost| match fragment.clone().map(Fragment::ended) {
            Some(fragment) => Lost {
                bytes: Some(fragment.bytes),
                sha256: Some(fragment.sha256()),
                ..lost
            },
            None => lost,
        };
        let (mut position, lost) = match (walk.position, head) {
            (None, None) => {
                let why = "it is not an audit log of nethost; move it away, or name another file";
                return Err(step("open")(io::Error::new(
                    io::ErrorKind::InvalidData,
                    why,
                )));
            }
            (None, Some(head)) => {
                let lost = with_fragment(Lost {
                    first: Some(head.position.first),
                    last: Some(head.position.seq),
                    hash: Some(head.position.hash),
                    ..Lost::of(Cause::Cut)
                });
                return self.open_file(&head.position.log, size, lead, Some(lost));
            }
            (Some(position), None) => (position, Some(Lost::of(Cause::NoHead))),
            (Some(position), Some(head)) if position.log != head.position.log => {
                let why = format!(
                    "it is the log {}, but the head in {} is of the log {}; move one of the two away",
                    position.log,
                    self.settings.state.display(),
                    head.position.log
                );
                return Err(step("open")(io::Error::new(
                    io::ErrorKind::InvalidData,
                    why,
                )));
            }
            (Some(position), Some(head)) if position.seq < head.position.seq => {
                let lost = Lost {
                    first: Some(position.seq + 1),
                    last: Some(head.position.seq),
                    hash: Some(head.position.hash),
                    ..Lost::of(Cause::Cut)
                };
                (position, Some(lost))
            }
            (Some(position), Some(_)) => {
                let torn = fragment.is_some().then(|| Lost::of(Cause::Torn));
                (position, torn)
            }
        };
        let Some(lost) = lost.map(with_fragment) else {
            // Whole records that a writer did not live to put into the head.
            let head = Head {
                position,
                offset: size,
            };
            return self.head.write(head).map_err(step("write its head"));
        };
        position.seq = lost.last.unwrap_or(position.seq);
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

fn scan(file: &File, walk: &mut Walk) -> io::Result<()> {
    let mut source = BufReader::with_capacity(64 << 10, At(file, walk.offset));
    let mut piece = Vec::new();
    loop {
        walk::next_piece(&mut source, &mut piece)?;
        if piece.is_empty() {
            return Ok(());
        }
        walk.feed(&piece);
    }
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
