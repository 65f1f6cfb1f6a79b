//! Whether a log is what was written. Every byte of every file is read once, in constant memory.
//!
//! Four things are told apart: content that was changed, records that are missing, a log that nothing
//! vouches for, and one that is intact. See docs/audit.md for what each proves.

mod claim;
mod report;
mod trust;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub use claim::{BadClaim, Claim};
pub use report::{Finding, Report, Verdict};
pub use trust::{BadKeys, Trust};

use super::head::Head;
use super::journal::{self, CHECKPOINT_EVERY};
use super::position::{self, Fault, Position};
use super::read;
use super::record::{Cause, Kind, Record};
use super::walk::{self, Fragment, Walk};

/// Writers that are killed leave records without the signature that was due; the next one signs.
const OVERDUE: u64 = CHECKPOINT_EVERY + 64;

/// What a log is compared with.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The keys that may have signed it.
    pub trust: Trust,
    /// What it is known to contain.
    pub claims: Vec<Claim>,
}

/// Verifies a log with all its files.
pub fn verify(log: &Path, expected: &Expected) -> io::Result<Report> {
    let files = read::files(log)?;
    let mut check = Check::new(expected);
    for path in &files {
        let file = read::open(path)?;
        // Other runs may write on meanwhile; what they add is not looked at.
        let length = length(&file)?;
        check.file(path, BufReader::with_capacity(256 << 10, file.take(length)))?;
    }
    Ok(check.finish())
}

/// The length of a file between two records.
fn length(file: &File) -> io::Result<u64> {
    let locked = rustix::fs::flock(file, rustix::fs::FlockOperation::LockShared);
    let length = file.metadata()?.size();
    if locked.is_ok() {
        let _ = rustix::fs::flock(file, rustix::fs::FlockOperation::Unlock);
    }
    Ok(length)
}

/// Verification under way.
pub struct Check<'a> {
    expected: &'a Expected,
    walk: Walk,
    report: Report,
    trusted: bool,
    was_trusted: bool,
    overdue: bool,
    claims: Vec<claim::Watch<'a>>,
    /// The first record is not number 1, and nothing says why so far.
    starts_at: Option<u64>,
}

impl<'a> Check<'a> {
    /// Nothing read yet.
    pub fn new(expected: &'a Expected) -> Self {
        Self {
            expected,
            walk: Walk::default(),
            report: Report::default(),
            trusted: false,
            was_trusted: false,
            overdue: false,
            claims: expected.claims.iter().map(claim::Watch::new).collect(),
            starts_at: None,
        }
    }

    /// Reads the log's next file.
    pub fn file(&mut self, path: &Path, mut source: impl io::BufRead) -> io::Result<()> {
        if let Some(fragment) = self.walk.fragment.take() {
            self.bytes_without_account(fragment, false);
        }
        self.report.files.push(path.to_owned());
        self.walk.next_file();
        let mut piece = Vec::new();
        walk::next_piece(&mut source, &mut piece)?;
        self.missing_before(&piece);
        while !piece.is_empty() {
            let before = self
                .walk
                .position
                .as_ref()
                .map(|before| (before.seq, before.key));
            if let Some(record) = self.walk.feed(&piece) {
                self.record(before, &record);
            }
            walk::next_piece(&mut source, &mut piece)?;
        }
        self.report.bytes += self.walk.offset;
        Ok(())
    }

    /// A file that does not go on where the one before ended: those between are missing.
    fn missing_before(&mut self, first_line: &[u8]) {
        let text = first_line.strip_suffix(b"\n").unwrap_or(first_line);
        let (Some(before), Ok((record, seal))) = (&self.walk.position, position::read(text)) else {
            return;
        };
        if record.event != Kind::LogOpen
            || record.seq <= before.seq + 1
            || position::follow(Some(before), &record, &seal).is_ok()
        {
            return;
        }
        let missing = (before.seq + 1, record.seq - 1);
        self.walk.position = Some(Position {
            seq: missing.1,
            hash: record.prev,
            // Keys change from file to file; that of the missing one is not known.
            key: None,
            closed: true,
            ..before.clone()
        });
        self.trusted = false;
        self.finding(
            Verdict::Truncated,
            Some(1),
            Some(record.seq),
            format!(
                "records {} to {} are missing: no file {}",
                missing.0,
                missing.1,
                self.name_of(missing.0)
            ),
        );
    }

    fn name_of(&self, first: u64) -> String {
        let current = self.report.files.last().map(|path| path.as_os_str());
        let name = current.unwrap_or_default().to_string_lossy();
        // A complete file's name ends in a dot and the number of its first record.
        let log = match name.rsplit_once('.') {
            Some((log, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => log,
            _ => &name,
        };
        journal::file_name(Path::new(log), first)
            .display()
            .to_string()
    }

    fn record(&mut self, before: Option<(u64, Option<super::PublicKey>)>, record: &Record<'_>) {
        self.report.records += 1;
        if self.report.first.is_none() {
            self.report.first = Some(record.seq);
            self.starts_at = Some(record.seq).filter(|seq| *seq > 1);
        }
        for claim in &mut self.claims {
            claim.see(record);
        }
        if let Some(facts) = &record.log {
            self.report.log.get_or_insert_with(|| facts.id.clone());
            if facts.removed_before >= self.starts_at {
                self.starts_at = None;
            }
        }
        self.key(before.and_then(|(_, key)| key), record);
        if let Some(lost) = &record.lost {
            self.lost(record, lost);
        }
        let signed = self
            .walk
            .position
            .as_ref()
            .and_then(|at| at.signed.as_ref());
        let signed = signed.map_or(0, |signed| signed.seq);
        if !self.overdue && self.report.signatures > 0 && record.seq > signed + OVERDUE {
            self.overdue = true;
            self.finding(
                Verdict::Unverifiable,
                Some(self.walk.line),
                Some(record.seq),
                format!("nothing is signed after record {signed}, though signatures were due"),
            );
        }
    }

    /// Follows the keys, from those that are trusted to those that they introduce.
    fn key(&mut self, before: Option<super::PublicKey>, record: &Record<'_>) {
        let Some(keys) = &record.key else { return };
        self.report.signatures += 1;
        match self.expected.trust.knows(&keys.signer, record.seq) {
            trust::Known::At => self.trusted = true,
            trust::Known::Elsewhere => self.finding(
                Verdict::Tampered,
                Some(self.walk.line),
                Some(record.seq),
                format!("key {} signed it, which was not in force then", keys.signer),
            ),
            trust::Known::No if before == Some(keys.signer) => {}
            // It vouches for itself alone.
            trust::Known::No => self.trusted = false,
        }
        if let Some(lost) = keys.lost {
            let note = format!("key {lost} was gone before record {}", record.seq);
            self.report.notes.push(note);
        }
        if let Some(lost) = keys.lost
            && self.was_trusted
            && !self.trusted
        {
            self.finding(
                Verdict::Unverifiable,
                Some(self.walk.line),
                Some(record.seq),
                format!(
                    "from here on key {} signs, which key {lost} did not introduce",
                    keys.signer
                ),
            );
        }
        self.was_trusted |= self.trusted;
        self.report.key = Some(keys.next.unwrap_or(keys.signer));
    }

    fn lost(&mut self, record: &Record<'_>, lost: &super::record::Lost) {
        let range = match (lost.first, lost.last) {
            (Some(first), Some(last)) => missing(first, last),
            _ => "records are missing".to_owned(),
        };
        let (verdict, why) = match lost.cause {
            Cause::Torn => {
                self.report.notes.push(format!(
                    "a write was cut before record {}: {} bytes, of which nobody was told that they were written",
                    record.seq,
                    lost.bytes.unwrap_or(0)
                ));
                return;
            }
            Cause::Cut => (
                Verdict::Truncated,
                format!("{range}: they were cut off before it was written"),
            ),
            Cause::Altered => (
                Verdict::Tampered,
                match lost.last {
                    Some(_) => format!("{range}: others stood in their place when it was written"),
                    None => {
                        "records that do not follow stood before it when it was written".to_owned()
                    }
                },
            ),
            Cause::Unwritten => (
                Verdict::Truncated,
                format!(
                    "{} records of run {} could not be written",
                    lost.count.unwrap_or(0),
                    record.run
                ),
            ),
            Cause::NoHead => (
                Verdict::Unverifiable,
                "the log's head was gone, so records may have been cut off before this one".into(),
            ),
            Cause::Unknown => (Verdict::Truncated, range),
        };
        self.finding(verdict, Some(self.walk.line), Some(record.seq), why);
    }

    fn finding(&mut self, verdict: Verdict, line: Option<u64>, seq: Option<u64>, why: String) {
        self.report.add(Finding {
            verdict,
            file: self.report.files.last().cloned(),
            line,
            seq,
            why,
        });
    }

    fn bytes_without_account(&mut self, fragment: Fragment, at_end: bool) {
        let (verdict, why) = if at_end && fragment.is_torn_line() {
            let next = self
                .walk
                .position
                .as_ref()
                .map_or(1, |position| position.seq + 1);
            let why = format!(
                "the last line is cut: {} bytes at offset {} of what was to be record {next}",
                fragment.bytes, fragment.offset
            );
            (Verdict::Truncated, why)
        } else if let Fault::Version(_) = fragment.fault {
            (Verdict::Unverifiable, fragment.fault.to_string())
        } else if let Fault::Order { expected, found } = fragment.fault
            && found > expected
        {
            let why = format!("records {expected} to {} are missing before it", found - 1);
            (Verdict::Tampered, why)
        } else {
            (Verdict::Tampered, fragment.fault.to_string())
        };
        self.finding(verdict, Some(fragment.line), fragment.seq, why);
    }

    /// What it comes to.
    pub fn finish(mut self) -> Report {
        let broken = self
            .walk
            .fragment
            .as_ref()
            .is_some_and(|fragment| !fragment.is_torn_line());
        if let Some(fragment) = self.walk.fragment.take() {
            self.bytes_without_account(fragment, true);
        }
        if let Some(first) = self.starts_at {
            let why = format!("records 1 to {} are missing, with their files", first - 1);
            self.finding(Verdict::Truncated, Some(1), Some(first), why);
        }
        let position = self.walk.position.take();
        for claim in std::mem::take(&mut self.claims) {
            // Behind a broken place nothing was looked at.
            if let Some((verdict, why)) = claim.judge(position.as_ref(), &self.expected.trust)
                && !(broken && verdict == Verdict::Truncated)
            {
                self.report.add(Finding {
                    verdict,
                    file: None,
                    line: None,
                    seq: None,
                    why,
                });
            }
        }
        if self.expected.claims.is_empty()
            && let Some(position) = &position
        {
            self.report.notes.push(format!(
                "no head to compare with: records cut off after {} would not be missed",
                position.seq
            ));
        }
        self.vouched();
        self.report.position = position;
        self.report
    }

    fn vouched(&mut self) {
        let signatures = self.report.signatures;
        let (verdict, why) = if signatures == 0 {
            (Verdict::Unverifiable, "nothing in it is signed".to_owned())
        } else if self.expected.trust.is_empty() {
            let why = "its signatures hold, but by a key that only the log itself names; give the key with --key";
            (Verdict::Unverifiable, why.to_owned())
        } else if !self.was_trusted {
            let why = "none of its signatures is by a key that was given: it is another log, or was signed anew";
            (Verdict::Tampered, why.to_owned())
        } else if !self.trusted && self.report.verdict == Verdict::Intact {
            (
                Verdict::Unverifiable,
                "its last signature is by a key that nothing vouches for".to_owned(),
            )
        } else {
            return;
        };
        self.report.add(Finding {
            verdict,
            file: None,
            line: None,
            seq: None,
            why,
        });
    }
}

/// Names the records that are missing.
fn missing(first: u64, last: u64) -> String {
    if first == last {
        format!("record {first} is missing")
    } else {
        format!("records {first} to {last} are missing")
    }
}

/// What this machine knows of a log that it writes: its keys and its head.
pub fn expected_here(state: &Path) -> io::Result<Expected> {
    let head: Option<Head> = super::head::read(state)?;
    Ok(Expected {
        trust: Trust::of_state(state)?,
        claims: head.map(Box::new).map(Claim::Head).into_iter().collect(),
    })
}

#[cfg(test)]
mod tests;
