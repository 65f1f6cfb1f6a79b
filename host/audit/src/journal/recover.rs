//! Recovers if the log and its head differ, because a writer was killed between the two, or because the log was
//! changed. Existing records are kept, missing or added records are reported in the log, and the chain continues from
//! the last record that was written.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Entry, Head, Journal, Result, Secrets, step};
use crate::chain::{self, Hash};
use crate::event::of_log;
use crate::position::{self, Fault, Position};
use crate::record::{Cause, Keys, Kind, LONGEST_LINE, Lost, Record};
use crate::secrets::SealKey;
use crate::torn;
use crate::trust::Trust;
use crate::walk::{self, Fragment, Walk};

impl Journal {
    pub(super) fn recover(&mut self, size: u64) -> Result<()> {
        let head = self.head.value().cloned();
        let found = self.scan(head.as_ref()).map_err(step("read"))?;
        if let Some(Fault::Version(version)) = found.rest.as_ref().map(|rest| &rest.fault) {
            return Err(refused(Fault::Version(*version).to_string()));
        }
        let kept = found.kept.or_else(|| head.as_ref()?.kept);
        let Some(position) = found.position.clone() else {
            let Some(head) = head else {
                let why = "it is not an audit log of nethost; move it away, or name another file";
                return Err(refused(why.into()));
            };
            // Of what was written, nothing is there.
            let lost = missing(found.cause(), head.position.first, &head.position);
            return self.go_on(head.position, true, size, found.rest, lost, kept);
        };
        if let Some(head) = &head
            && position.log != head.position.log
        {
            return Err(refused(format!(
                "it is the log {}, but the head in {} is of the log {}; move one of the two away",
                position.log,
                self.settings.state.display(),
                head.position.log
            )));
        }
        if found.confirmed || head.is_none() {
            let known = Trust::of_state(&self.settings.state).map_err(step("read its keys"))?;
            for (keys, seq, noted, ends) in &found.keys {
                if !known.has(keys, *seq) {
                    self.note_keys(keys, *seq, *noted, *ends)
                        .map_err(step("note its key"))?;
                }
            }
        }
        let lost = match head {
            Some(head) if !found.confirmed => {
                let lost = if position.seq < head.position.seq {
                    missing(
                        found.cause(),
                        position.seq.saturating_add(1),
                        &head.position,
                    )
                } else {
                    missing(Cause::Altered, head.position.seq, &head.position)
                };
                return self.go_on(head.position, false, size, found.rest, lost, kept);
            }
            None if !found.confirmed => Lost::of(Cause::NoHead),
            _ => match &found.rest {
                Some(rest) if rest.torn => Lost::of(Cause::Torn),
                Some(_) => Lost::of(Cause::Added),
                None => {
                    // Complete records whose writer was killed before it updated the head.
                    let head = Head {
                        position,
                        offset: size,
                        kept,
                    };
                    return self.head.write(head).map_err(step("write its head"));
                }
            },
        };
        self.head.reserve().map_err(step("make its head"))?;
        self.go_on(position, false, size, found.rest, lost, kept)
    }

    /// Records the findings after the existing records, and continues after this position.
    fn go_on(
        &mut self,
        position: Position,
        opens: bool,
        size: u64,
        rest: Option<Fragment>,
        mut lost: Lost,
        kept: Option<u64>,
    ) -> Result<()> {
        let mut lead: &[u8] = b"";
        if let Some(rest) = rest {
            if rest.open {
                lead = torn::END;
            }
            // The existing records include some that must not be mistaken for the predecessors of this one.
            if !rest.torn && lost.last.is_none() {
                (lost.last, lost.hash) = (Some(position.seq), Some(position.hash));
            }
            let rest = rest.ended();
            (lost.bytes, lost.sha256) = (Some(rest.bytes), Some(rest.sha256()));
        }
        if opens || position.closed || size == 0 {
            return self.open_file(Some(position), size, lead, Some(lost), kept);
        }
        let mut signing = self.signing_after(Some(&position))?;
        // The record that named the key may be missing.
        signing.noted |= lost.last.is_some();
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::RecordsLost);
        record.lost = Some(lost);
        self.write(Entry {
            before: Some(position),
            offset: size,
            lead,
            record,
            signing: Some(signing),
            kept,
        })
    }

    /// Reads the current file, from the head on if the head is in it.
    fn scan(&self, head: Option<&Head>) -> io::Result<Found> {
        let mut walk = match head {
            Some(head) if ends_at(&self.file, head)? => {
                Walk::from(head.position.clone(), head.offset)
            }
            // The next file was started, or another file is in its place.
            Some(head) if head.position.closed => Walk::from(head.position.clone(), 0),
            _ => Walk::default(),
        };
        let mut found = Found {
            position: walk.position.clone(),
            confirmed: walk.position.is_some(),
            rest: None,
            keys: Vec::new(),
            kept: None,
        };
        let mut own = Own {
            head: head.map(|head| (head.position.seq, head.position.hash)),
            secrets: self.secrets.value(),
            seal: self.secrets.value().map(|secrets| secrets.seal.clone()),
            differs: false,
        };
        let mut source = BufReader::with_capacity(64 << 10, At(&self.file, walk.offset));
        let mut piece = Vec::new();
        loop {
            walk::next_piece(&mut source, &mut piece)?;
            if piece.is_empty() {
                break;
            }
            if let Some(rest) = &mut found.rest {
                rest.add(&piece);
                continue;
            }
            let pending = walk.fragment.clone();
            let (line, offset) = (walk.line + 1, walk.offset);
            let Some(record) = walk.feed(&piece) else {
                continue;
            };
            match own.judge(&record, &piece, found.confirmed) {
                Some(confirmed) => found.take(confirmed, &record, walk.position.as_ref(), head),
                None => {
                    let foreign = || Fragment::new(line, offset, Fault::Foreign);
                    let mut rest = pending.unwrap_or_else(foreign);
                    rest.add(&piece);
                    found.rest = Some(rest);
                }
            }
        }
        found.rest = found.rest.or_else(|| walk.fragment.take());
        Ok(found)
    }
}

/// What a walk found.
struct Found {
    /// After the last record that is this writer's, or may be.
    position: Option<Position>,
    /// It is this writer's.
    confirmed: bool,
    /// What stands behind it.
    rest: Option<Fragment>,
    /// Keys that a killed writer may not have stored: see [`Journal::note_keys`].
    keys: Vec<(Keys, u64, bool, Option<u64>)>,
    /// Number of the first record that is kept.
    kept: Option<u64>,
}

impl Found {
    fn take(
        &mut self,
        confirmed: bool,
        record: &Record<'_>,
        position: Option<&Position>,
        head: Option<&Head>,
    ) {
        self.confirmed = confirmed;
        self.position = position.cloned();
        if head.is_some_and(|head| record.seq <= head.position.seq) {
            return;
        }
        if let Some(removed) = record.log.as_ref().and_then(|facts| facts.removed_before) {
            self.kept = Some(removed);
        }
        let Some(keys) = &record.key else { return };
        let noted = record.seq == 1 || keys.lost.is_some() || position::goes_on_elsewhere(record);
        let ends = position
            .filter(|_| record.event == Kind::Key && keys.lost.is_none())
            .map(|position| position.first);
        if noted || ends.is_some() {
            self.keys.push((keys.clone(), record.seq, noted, ends));
        }
    }

    /// A truncated write or log does not leave complete lines that do not follow.
    fn cause(&self) -> Cause {
        match &self.rest {
            Some(rest) if !rest.torn => Cause::Altered,
            _ => Cause::Cut,
        }
    }
}

/// Distinguishes records of this log's writers from others that follow, too.
struct Own<'a> {
    head: Option<(u64, Hash)>,
    secrets: Option<&'a Secrets>,
    seal: Option<SealKey>,
    /// The head names another record.
    differs: bool,
}

impl Own<'_> {
    /// Whether all records up to this one are theirs, as far as is known. None if this one is not.
    fn judge(&mut self, record: &Record<'_>, piece: &[u8], before: bool) -> Option<bool> {
        if let Some((seq, hash)) = self.head
            && record.seq <= seq
        {
            let same = record.seq == seq && record.hash == hash;
            self.differs |= record.seq == seq && !same;
            return Some(same);
        }
        let Some(secrets) = self.secrets else {
            // nethost 0.1.0 has no seal to check.
            return Some(before || (self.head.is_some() && !self.differs));
        };
        let sealed = secrets.seal.from;
        if record.seq < sealed.saturating_sub(1) {
            return Some(false);
        }
        if record.seq.saturating_add(1) == sealed {
            return (record.hash == secrets.prev).then_some(true);
        }
        let seal = self.seal.as_ref()?.at(record.seq)?;
        let line = piece.strip_suffix(b"\n")?;
        let (body, mac) = chain::body(line)?;
        let own = seal.mac(&body) == mac;
        self.seal = Some(seal);
        own.then_some(true)
    }
}

fn missing(cause: Cause, first: u64, head: &Position) -> Lost {
    Lost {
        first: Some(first),
        last: Some(head.seq),
        hash: Some(head.hash),
        ..Lost::of(cause)
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
