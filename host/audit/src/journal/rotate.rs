//! A log continues in a new file when the current one is long enough. The old file is renamed after the number of its
//! first record, and is never written again. Each file begins with a new key.

use nethost_core::SyncMode;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Entry, Journal, Position, Result, Trust, step};
use crate::event::of_log;
use crate::record::{Kind, LogFacts, Lost, Policy};
use crate::{renew, witness};

/// No file is begun to be removed after this time.
const REMOVING: Duration = Duration::from_secs(1);

/// Where a complete file goes whose first record has this number.
pub(crate) fn file_name(log: &Path, first: u64) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(format!(".{first:012}"));
    name.into()
}

/// The complete files of a log, oldest first, with the numbers of their first records.
pub(crate) fn complete_files(log: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let folder = log
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = log.file_name().unwrap_or_default().as_encoded_bytes();
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let found = entry.file_name();
        let number = found
            .as_encoded_bytes()
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix(b"."))
            .filter(|digits| digits.len() >= 12 && digits.iter().all(u8::is_ascii_digit))
            .and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        if let Some(number) = number {
            files.push((number, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

impl Journal {
    /// Ends the current file: the last signature of its key, which announces the next key.
    pub(super) fn close_file(&mut self) -> Result<()> {
        self.name_key()?;
        self.end_file()
    }

    fn name_key(&mut self) -> Result<()> {
        let signing = self.signing_last()?;
        let writer = Arc::clone(&self.writer);
        self.put_last(of_log(&writer, Kind::Key), Some(signing))
    }

    /// Once the next key is named. If the writer that named it was killed, the next writer does this first: it stores
    /// that the key signed this record, and verification with the stored keys relies on that.
    pub(super) fn end_file(&mut self) -> Result<()> {
        let writer = Arc::clone(&self.writer);
        let signing = self.signing_same()?;
        self.put_last(of_log(&writer, Kind::LogClose), Some(signing))?;
        if self.settings.sync >= SyncMode::Checkpoint {
            self.sync()?;
        }
        Ok(())
    }

    /// Gives the closed file its last name, under the lock on it.
    pub(super) fn move_away(&mut self) -> Result<()> {
        let path = &self.settings.path;
        let to = file_name(path, self.position()?.first);
        let flags = rustix::fs::RenameFlags::NOREPLACE;
        rustix::fs::renameat_with(rustix::fs::CWD, path, rustix::fs::CWD, &to, flags)
            .map_err(step("rotate"))
    }

    /// Goes on in an empty file after the one before was closed.
    pub(super) fn next_file(&mut self) -> Result<()> {
        let head = self.head.value();
        let (before, kept) = (
            head.map(|head| head.position.clone()),
            head.and_then(|head| head.kept),
        );
        self.open_file(before, 0, b"", None, kept)
    }

    /// Writes what a file begins with; it stands after `offset` bytes of others, and `lead`.
    pub(super) fn open_file(
        &mut self,
        before: Option<Position>,
        offset: u64,
        lead: &[u8],
        lost: Option<Lost>,
        kept: Option<u64>,
    ) -> Result<()> {
        let seq = before.as_ref().map_or(0, |before| before.seq);
        let seq = seq.saturating_add(1);
        let superfluous = self.superfluous(seq, kept)?;
        let mut signing = self.signing_after(before.as_ref())?;
        signing.noted |= lost.as_ref().is_some_and(|lost| lost.last.is_some());
        let renewed = match before {
            Some(_) => None,
            None => renew::pending(&self.settings.state).map_err(step("read what it renews"))?,
        };
        let writer = Arc::clone(&self.writer);
        let mut record = of_log(&writer, Kind::LogOpen);
        record.policy = self.settings.site_policy.clone().map(|digest| Policy {
            digest: Some(digest.into()),
            ..Policy::default()
        });
        let kept = superfluous.kept;
        record.log = Some(LogFacts {
            id: match &before {
                Some(before) => before.log.clone(),
                None => new_id().map_err(step("getrandom"))?,
            },
            removed_before: kept,
            renewed: renewed.clone(),
        });
        record.lost = lost;
        self.write(Entry {
            before,
            offset,
            lead,
            record,
            signing: Some(signing),
            kept,
        })?;
        if renewed.is_some() {
            renew::done(&self.settings.state).map_err(step("note that it is renewed"))?;
        }
        if self.settings.sync >= SyncMode::Checkpoint {
            self.sync()?;
            let folder = self.settings.path.parent().unwrap_or(Path::new("."));
            let synced = File::open(folder).and_then(|folder| folder.sync_all());
            synced.map_err(step("sync its folder"))?;
        }
        self.remove(&superfluous)
    }

    /// Removes files, oldest first. The removal is recorded. A file that cannot be removed is tried again with the
    /// next file.
    fn remove(&self, superfluous: &Superfluous) -> Result<()> {
        let (state, id) = (&self.settings.state, &self.position()?.log);
        let begun = Instant::now();
        for (at, (first, path)) in superfluous.files.iter().enumerate() {
            let after = superfluous.files.get(at + 1).map(|(first, _)| *first);
            let next = after.or(superfluous.kept).unwrap_or_default();
            // The log stays comparable with what witnesses know, but other writers wait meanwhile.
            let known = witness::before_removal(state, id, path, *first, next);
            if known.is_err() || std::fs::remove_file(path).is_err() || begun.elapsed() > REMOVING {
                break;
            }
        }
        Ok(())
    }

    /// The files to remove. The state decides which files there should be: a user who can write to the folder of the
    /// log could add files, or change their times, so that others are removed.
    fn superfluous(&self, next: u64, kept: Option<u64>) -> Result<Superfluous> {
        let mut superfluous = Superfluous {
            kept,
            files: Vec::new(),
        };
        let (count, age) = (self.settings.keep, self.settings.keep_for);
        if count.is_none() && age.is_none() {
            return Ok(superfluous);
        }
        let path = &self.settings.path;
        let closed = Trust::of_state(&self.settings.state)
            .map_err(step("read its keys"))?
            .closed_files();
        let there = complete_files(path).map_err(step("list its files"))?;
        // nethost 0.1.0 did not note its files, and what it left for later goes now.
        let noted = closed.first().map_or(next, |file| file.first);
        let mut files: Vec<_> = there
            .iter()
            .filter(|(first, path)| *first < noted && Some(*first) >= kept && path.is_file())
            .map(|(first, path)| (*first, written(path)))
            .collect();
        files.extend(closed.iter().map(|file| (file.first, Some(file.at))));
        files.retain(|(first, _)| Some(*first) >= kept && *first < next);
        files.dedup_by_key(|(first, _)| *first);
        let beyond = files.len() - count.unwrap_or(0).min(files.len());
        let now = Timestamp::now();
        let old = |at: Option<Timestamp>| {
            age.is_none_or(|age| {
                at.is_some_and(|at| now.duration_since(at).unsigned_abs() > age && at < now)
            })
        };
        let gone = files
            .iter()
            .take(beyond)
            .take_while(|(_, at)| old(*at))
            .count();
        if gone > 0 {
            superfluous.kept = Some(files.get(gone).map_or(next, |(first, _)| *first));
        }
        superfluous.files = there
            .into_iter()
            .filter(|(first, _)| Some(*first) < superfluous.kept)
            .collect();
        Ok(superfluous)
    }
}

/// What is not kept.
struct Superfluous {
    /// Number of the first record that is.
    kept: Option<u64>,
    /// Each with the number of its first record.
    files: Vec<(u64, PathBuf)>,
}

/// When a file was last written.
fn written(path: &Path) -> Option<Timestamp> {
    Timestamp::try_from(path.metadata().ok()?.modified().ok()?).ok()
}

fn new_id() -> io::Result<String> {
    let mut id = [0; 16];
    rustix::rand::getrandom(&mut id, rustix::rand::GetRandomFlags::empty())?;
    Ok(format!("{:032x}", u128::from_ne_bytes(id)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Destination;
    use super::*;
    use crate::tests::{Bed, assert_found, run};
    use crate::verify::{self, Expected, Report, Verdict};

    fn with_keys(bed: &Bed) -> Report {
        let expected = Expected {
            trust: Trust::of_state(&bed.settings.state).unwrap(),
            keys_given: true,
            ..Expected::default()
        };
        verify::verify(&bed.settings.path, &expected).unwrap()
    }

    #[test]
    fn a_close_that_was_not_finished_is_finished_by_the_next_writer() {
        for head_too in [true, false] {
            let mut bed = Bed::new("unfinished");
            bed.write(2);
            let state = bed.state();
            let writer = Arc::new(run());
            match Journal::open(&bed.settings, &writer) {
                Ok(Destination::Journal(mut journal)) => {
                    assert!(journal.locked(Journal::name_key).is_ok());
                }
                _ => unreachable!(),
            }
            if !head_too {
                // It was killed before it moved the head, and before it noted the key.
                bed.put_state(&state);
            }
            assert_eq!(bed.verify().verdict, Verdict::Intact);
            assert_eq!(with_keys(&bed).verdict, Verdict::LaterUnknown);
            // What the next one has to say of the policy comes behind it, too.
            bed.settings.site_policy = Some("sha256:22".to_owned());
            bed.write_unsigned(2);
            assert_found(&bed.verify(), Verdict::Unsigned, &[]);
            assert_found(&with_keys(&bed), Verdict::Unsigned, &[]);
            bed.write(2);
            assert_found(&bed.verify(), Verdict::Intact, &[]);
            assert_found(&with_keys(&bed), Verdict::LaterUnknown, &[]);
            assert_eq!(bed.verify().files.len(), 2);
        }
    }
}
