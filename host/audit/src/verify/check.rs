//! One pass over a log's files, record by record. What is found counts together, and the worst decides.

use std::io;
use std::path::Path;

use super::anchor::Anchor;
use super::report::{Finding, Report, Verdict};
use super::{Expected, claim, keys, lost, sealed};
use crate::journal::{self, CHECKPOINT_EVERY};
use crate::key::PublicKey;
use crate::line;
use crate::position::{self, Fault, Position};
use crate::record::{Kind, Record, VERSION};
use crate::walk::{self, Fragment, Walk};

/// Writers that are killed leave records without the signature that was due; the next one signs.
const OVERDUE: u64 = CHECKPOINT_EVERY + 64;

/// Verification under way.
pub struct Check<'a> {
    expected: &'a Expected,
    walk: Walk,
    report: Report,
    keys: keys::KeyChain,
    overdue: bool,
    /// Without the writer's seal, in a log that has it.
    unsealed: bool,
    anchors: Vec<Box<dyn Anchor + 'a>>,
    /// There are records of another version.
    newer: bool,
    /// The first record is not number 1, and nothing says why so far.
    starts_at: Option<u64>,
}

impl<'a> Check<'a> {
    /// Nothing read yet.
    pub fn new(expected: &'a Expected) -> Self {
        let claims = expected.claims.iter();
        let mut anchors: Vec<Box<dyn Anchor + 'a>> =
            claims.map(|claim| claim.anchor(&expected.trust)).collect();
        let held = expected
            .held
            .iter()
            .map(|key| sealed::Sealed::of(key, true));
        let given = expected
            .seals
            .iter()
            .map(|key| sealed::Sealed::of(key, false));
        for seal in held.chain(given) {
            anchors.push(Box::new(seal));
        }
        if expected.keys_given {
            anchors.push(Box::new(claim::Begun::of(&expected.trust)));
        }
        Self {
            expected,
            walk: Walk::through_any_version(),
            report: Report::default(),
            keys: keys::KeyChain::default(),
            overdue: false,
            unsealed: false,
            anchors,
            newer: false,
            starts_at: None,
        }
    }

    /// Compares with what this one knows of the log, too. Before anything is read.
    pub fn anchor(&mut self, anchor: Box<dyn Anchor + 'a>) {
        self.anchors.push(anchor);
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
            let before = self.walk.position.as_ref().and_then(|before| before.key);
            if let Some(record) = self.walk.feed(&piece) {
                let line = piece.strip_suffix(b"\n").unwrap_or(&piece);
                for anchor in &mut self.anchors {
                    anchor.see(&record, line);
                }
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
        let (Some(before), Ok((record, seal))) =
            (&self.walk.position, line::read_any_version(text))
        else {
            return;
        };
        if record.event != Kind::LogOpen
            || record.seq <= before.seq.saturating_add(1)
            || position::follow(Some(before), &record, &seal).is_ok()
        {
            return;
        }
        let missing = (before.seq.saturating_add(1), record.seq.saturating_sub(1));
        self.walk.position = Some(Position {
            seq: missing.1,
            hash: record.prev,
            // Keys change from file to file; that of the missing one is not known.
            key: None,
            closed: true,
            closing: false,
            ..before.clone()
        });
        self.keys.trusted = false;
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

    fn record(&mut self, before: Option<PublicKey>, record: &Record<'_>) {
        self.report.records += 1;
        if self.report.first.is_none() {
            self.report.first = Some(record.seq);
            self.starts_at = Some(record.seq).filter(|seq| *seq > 1);
        }
        let place = (Some(self.walk.line), Some(record.seq));
        if record.v != VERSION && !self.newer {
            self.newer = true;
            let why = Fault::Version(record.v).to_string();
            self.finding(Verdict::Unverifiable, place.0, place.1, why);
        }
        if let Some((verdict, why)) = self.keys.see(&self.expected.trust, before, record) {
            self.finding(verdict, place.0, place.1, why);
        }
        if let Some(keys) = &record.key {
            self.report.signatures += 1;
            self.report.key = Some(keys.next.unwrap_or(keys.signer));
            if let Some(lost) = keys.lost {
                let note = format!("key {lost} was gone before record {}", record.seq);
                self.report.note(note);
            }
        }
        if let Some(facts) = &record.log {
            self.report.log.get_or_insert_with(|| facts.id.clone());
            // Without any key, nothing of the log is believed, and that is said.
            let believed = self.keys.trusted || self.expected.trust.is_empty();
            if believed && facts.removed_before >= self.starts_at {
                self.starts_at = None;
            }
            if let Some(renewed) = &facts.renewed {
                self.report.note(format!(
                    "it takes the place of a log that was {}, which is in {}",
                    renewed.verdict, renewed.evidence
                ));
            }
        }
        let accounted = self.walk.accounted.as_ref();
        let lost = record.lost.as_ref();
        match lost.map(|lost| lost::judge(record, lost, accounted)) {
            Some(Ok((verdict, why))) => self.finding(verdict, place.0, place.1, why),
            Some(Err(note)) => self.report.note(note),
            None => {}
        }
        let position = self.walk.position.as_ref();
        let sealed = position.is_some_and(|at| at.sealed);
        let signed = position.and_then(|at| at.signed.as_ref());
        let signed = signed.map_or(0, |signed| signed.seq);
        if sealed && record.mac.is_none() && !self.unsealed {
            self.unsealed = true;
            let why =
                "it does not carry the log's seal: an older nethost wrote it, or somebody else";
            self.finding(Verdict::Unverifiable, place.0, place.1, why.to_owned());
        }
        if !self.overdue
            && self.report.signatures > 0
            && record.seq > signed.saturating_add(OVERDUE)
        {
            self.overdue = true;
            let why =
                format!("nothing is signed after record {signed}, though signatures were due");
            self.finding(Verdict::Unverifiable, place.0, place.1, why);
        }
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
        let next = self
            .walk
            .position
            .as_ref()
            .map_or(1, |at| at.seq.saturating_add(1));
        let (verdict, why) = if at_end && fragment.torn {
            // The head of the machine that writes the log is the newest there is.
            let newest = self.expected.held.is_some() && self.report.complete.is_some();
            let whole = newest || self.report.complete >= Some(next.saturating_sub(1));
            let why = format!(
                "the last line is cut: {} bytes at offset {} of what was to be record {next}",
                fragment.bytes, fragment.offset
            );
            // Nobody was told that it is written, as far as the head knows.
            let verdict = if whole {
                Verdict::Unsigned
            } else {
                Verdict::Truncated
            };
            (verdict, why)
        } else if let Fault::Order { expected, found } = fragment.fault
            && found > expected
        {
            let why = format!(
                "records {expected} to {} are missing before it",
                found.saturating_sub(1)
            );
            (Verdict::Tampered, why)
        } else {
            (Verdict::Tampered, fragment.fault.to_string())
        };
        self.finding(verdict, Some(fragment.line), fragment.seq, why);
    }

    /// What it comes to.
    pub fn finish(mut self) -> Report {
        let position = self.walk.position.clone();
        let rest = self.walk.fragment.take();
        let broken = rest.as_ref().is_some_and(|rest| !rest.torn);
        let mut vouched = 0;
        let mut judged = Vec::new();
        for mut anchor in std::mem::take(&mut self.anchors) {
            let judgement = anchor.judge(position.as_ref());
            self.report.complete = self.report.complete.max(judgement.complete);
            vouched = vouched.max(judgement.vouched.unwrap_or(0));
            for note in judgement.notes {
                self.report.note(note);
            }
            judged.extend(judgement.findings);
        }
        if let Some(rest) = rest {
            self.bytes_without_account(rest, true);
        }
        if let Some(first) = self.starts_at {
            let why = format!(
                "records 1 to {} are missing, with their files",
                first.saturating_sub(1)
            );
            self.finding(Verdict::Truncated, Some(1), Some(first), why);
        }
        // Behind a broken place nothing was looked at.
        judged.retain(|(verdict, _)| !broken || *verdict != Verdict::Truncated);
        for (verdict, why) in judged {
            self.of_all(verdict, why);
        }
        self.vouched(position.as_ref(), vouched);
        self.report.position = position;
        self.report
    }

    /// What it comes to when no file is there; None where nobody knows of one.
    pub(super) fn finish_nothing(self) -> Option<Report> {
        let expected = self.expected;
        let known = expected.held.is_some() || !expected.keys_given && !expected.trust.is_empty();
        let mut report = self.finish();
        if known && report.verdict < Verdict::Truncated {
            report.add(Finding {
                verdict: Verdict::Truncated,
                file: None,
                line: None,
                seq: None,
                why: "all its records are missing: its state knows of some".to_owned(),
            });
        }
        (report.verdict >= Verdict::Truncated).then_some(report)
    }

    /// How far somebody vouches for it, and for its end.
    fn vouched(&mut self, position: Option<&Position>, vouched: u64) {
        let last = position.map_or(0, |at| at.seq);
        let signed = match position.and_then(|at| at.signed.as_ref()) {
            // By whom, is said below.
            Some(signed) if self.expected.trust.is_empty() => signed.seq,
            _ => self.keys.signed,
        };
        self.report.signed = signed.max(vouched);
        if vouched < last || last == 0 {
            let unverifiable = if self.report.signatures == 0 {
                Some((Verdict::Unverifiable, "nothing in it is signed"))
            } else if self.expected.trust.is_empty() {
                let why = "its signatures hold, but by a key that only the log itself names; give the key with --key";
                Some((Verdict::Unverifiable, why))
            } else if !self.keys.was_trusted {
                let why = "none of its signatures is by a key that was given: it is another log, or was signed anew";
                Some((Verdict::Tampered, why))
            } else if !self.keys.trusted {
                let why = "its last signature is by a key that nothing vouches for";
                Some((Verdict::Unverifiable, why))
            } else {
                None
            };
            if let Some((verdict, why)) = unverifiable {
                self.of_all(verdict, why.to_owned());
            }
        }
        let unsigned = last.saturating_sub(self.report.signed);
        if unsigned > 0 {
            let why = format!(
                "the last {unsigned} records, after record {}, are not signed: a run is not over, or was killed",
                self.report.signed
            );
            self.of_all(Verdict::Unsigned, why);
        }
        if self.report.complete.is_none() {
            let why = format!(
                "no head to compare with: records cut off after {last} would not be missed"
            );
            if self.report.verdict == Verdict::Intact {
                self.of_all(Verdict::LaterUnknown, why);
            } else {
                self.report.note(why);
            }
        }
    }

    /// Of no place of its own.
    fn of_all(&mut self, verdict: Verdict, why: String) {
        self.report.add(Finding {
            verdict,
            file: None,
            line: None,
            seq: None,
            why,
        });
    }
}
