//! Re-judges the accesses of an audit log under another system's policy, and keeps what would change.
//!
//! A log is read line by line, and memory does not grow with it: runs, subjects, verdicts and changes that are kept
//! have limits. What a record lacks is counted, never guessed.

mod before;
mod changes;
mod request;
mod runs;
mod sets;
mod subjects;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

use nethost_audit::decided::{Decided, Line, Touched};
use nethost_audit::record::Decision;
use nethost_audit::{Fault, Kind, ReadError, Reader, TargetKind};
use nethost_core::{Declared, RequestPart, link_field};
use nethost_policy::{Again, Pattern, Policy};

pub use changes::{Change, Changes, MOST_CHANGES, Times, Verdict};

use before::Before;
use runs::Runs;
use subjects::Subjects;

/// So many verdicts are kept for accesses that are alike.
const MOST_KNOWN: usize = 1 << 16;
const MOST_KNOWN_BYTES: usize = 32 << 20;
/// So many lines that are no records are named.
const MOST_NAMED: usize = 5;

/// What the logs have said so far, and what the policy says.
pub struct Replay<'a> {
    policy: &'a Policy,
    declared: fn(&str) -> Option<Declared>,
    /// Whether what the operator typed matters.
    needs_arguments: bool,
    runs: Runs,
    subjects: Subjects,
    known: HashMap<Box<str>, Outcome>,
    known_bytes: usize,
    key: String,
    excepted: sets::Excepted,
    /// What changes.
    pub changes: Changes,
    /// How much was read.
    pub totals: Totals,
}

/// How much was read, and how much of it was judged.
#[derive(Debug, Default)]
pub struct Totals {
    /// Records.
    pub records: u64,
    /// Accesses that were judged.
    pub judged: u64,
    /// Of these, those that get another verdict.
    pub changed: u64,
    /// Accesses that were not, by what is missing.
    pub not_judged: BTreeMap<&'static str, u64>,
    /// Lines that are no records.
    pub no_records: u64,
    /// The first of them.
    pub named: Vec<String>,
    /// Last lines that are not finished.
    pub unfinished: u64,
}

/// What becomes of an access.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    Same,
    Changed(usize),
    NotJudged(&'static str),
}

impl<'a> Replay<'a> {
    /// Nothing read yet. `declared` are the requests that this nethost knows.
    pub fn new(policy: &'a Policy, declared: fn(&str) -> Option<Declared>) -> Self {
        let about = |pattern: &Pattern| matches!(pattern, Pattern::Arguments | Pattern::Series);
        let needs_arguments = policy.rules.iter().any(|rule| rule.to.iter().any(about));
        Self {
            policy,
            declared,
            needs_arguments,
            runs: Runs::default(),
            subjects: Subjects::default(),
            known: HashMap::new(),
            known_bytes: 0,
            key: String::new(),
            excepted: sets::Excepted::default(),
            changes: Changes::default(),
            totals: Totals::default(),
        }
    }

    /// Reads a log to its end. An error if a file of it cannot be read.
    pub fn read(&mut self, mut log: Reader) -> Result<(), ReadError> {
        while let Some(line) = log.next_decided() {
            match line {
                Ok(Line::Record(record)) => self.record(&record),
                Ok(Line::Other) => self.totals.records += 1,
                Ok(Line::Unfinished) => self.totals.unfinished += 1,
                Err(error @ ReadError::Line { .. }) => self.no_record(&error),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn no_record(&mut self, error: &ReadError) {
        // A record of a newer version is one all the same.
        if let ReadError::Line {
            fault: Fault::Version(_),
            ..
        } = error
        {
            self.totals.records += 1;
            self.not_judged("its record is of another version");
            return;
        }
        self.totals.no_records += 1;
        if self.totals.named.len() < MOST_NAMED {
            self.totals.named.push(error.to_string());
        }
    }

    fn record(&mut self, record: &Decided<'_>) {
        self.totals.records += 1;
        match record.event {
            Kind::RunStart if self.needs_arguments => self.runs.start(record),
            Kind::RunEnd if self.needs_arguments => self.runs.end(&record.run),
            Kind::Except => self.excepted.note(record),
            Kind::Open | Kind::Denied => {
                let outcome = self.access(record);
                match outcome {
                    Outcome::NotJudged(why) => self.not_judged(why),
                    Outcome::Same => self.totals.judged += 1,
                    Outcome::Changed(place) => {
                        self.changes.count(place);
                        self.totals.judged += 1;
                        self.totals.changed += 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn not_judged(&mut self, why: &'static str) {
        *self.totals.not_judged.entry(why).or_default() += 1;
    }

    fn access(&mut self, record: &Decided<'_>) -> Outcome {
        match self.try_access(record) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::NotJudged(why),
        }
    }

    fn try_access(&mut self, record: &Decided<'_>) -> Result<Outcome, &'static str> {
        let decided = match record.event {
            Kind::Open => Decision::Allowed,
            _ => Decision::Denied,
        };
        if record.decision != Some(decided) {
            return Err("its record has no decision");
        }
        let cap = record.cap.as_ref().ok_or("its record has no request")?;
        let touched = record.target.as_ref().ok_or("its record has no target")?;
        let args = match self.needs_arguments {
            true => self.runs.arguments(&record.run),
            false => None,
        };
        let args = args.as_deref().map(Vec::as_slice);
        let subject = self
            .subjects
            .of(record, self.policy, args, self.needs_arguments)?;
        if touched.kind == TargetKind::Set {
            return self.set(record, &cap.0, touched, subject);
        }
        let before = before::before(record)?;
        key(&mut self.key, record, touched, subject, before);
        if let Some(outcome) = self.known.get(&*self.key) {
            return Ok(*outcome);
        }
        let outcome = match self.judge(record, &cap.0, touched, subject, before) {
            Ok(outcome) => outcome,
            Err(why) => Outcome::NotJudged(why),
        };
        self.known_bytes += self.key.len();
        if self.known.len() >= MOST_KNOWN || self.known_bytes >= MOST_KNOWN_BYTES {
            self.known.clear();
            self.known_bytes = self.key.len();
        }
        self.known.insert(self.key.as_str().into(), outcome);
        Ok(outcome)
    }

    /// Judges one target.
    fn judge(
        &mut self,
        record: &Decided<'_>,
        cap: &str,
        touched: &Touched<'_>,
        subject: usize,
        before: Before,
    ) -> Result<Outcome, &'static str> {
        let declared = (self.declared)(cap).ok_or("this nethost does not know the request")?;
        let asked = request::asked(record, &declared, touched)?;
        let judge = self
            .subjects
            .judge(subject)
            .ok_or("its plugin is not known")?;
        let mut verdicts = asked
            .candidates
            .iter()
            .map(|request| verdict(judge.decide(cap, request, &asked.names), &declared));
        let first = verdicts.next().ok_or("its target cannot be read")??;
        for other in verdicts {
            if other?.0 != first.0 {
                return Err("its record does not tell what kind of target it has");
            }
        }
        let (to, rule) = first;
        let from = match before {
            Before::Allowed => Verdict::Allowed,
            Before::Reported => Verdict::Reported,
            Before::Denied => Verdict::Denied,
            Before::DeniedBelow => return Ok(Outcome::Same),
        };
        if from == to {
            return Ok(Outcome::Same);
        }
        let asked = (touched.asked != touched.resolved).then(|| touched.asked.to_string());
        let change = change(
            record,
            cap,
            (from, to),
            rule,
            touched.resolved.to_string(),
            asked,
        );
        Ok(Outcome::Changed(self.changes.place(change, record.seq)))
    }
}

/// What a decision comes to, and the rule that made it.
fn verdict(again: Again, declared: &Declared) -> Result<(Verdict, String), &'static str> {
    match again {
        Again::Unknown(why) => Err(why),
        Again::Denied(refusal) => Ok((Verdict::Denied, refusal.rule)),
        // The gate refuses what a rule forces and the request does not know.
        Again::Allowed { terms, .. }
            if !terms.forced.is_empty() && !declared.parts.contains(&RequestPart::Forced) =>
        {
            Ok((Verdict::Denied, terms.rule.to_string()))
        }
        Again::Allowed {
            reported: Some(rule),
            ..
        } => Ok((Verdict::Reported, rule.to_string())),
        Again::Allowed { terms, .. } => Ok((Verdict::Allowed, terms.rule.to_string())),
    }
}

/// The change of an access.
fn change(
    record: &Decided<'_>,
    cap: &str,
    (from, to): (Verdict, Verdict),
    rule: String,
    target: String,
    asked: Option<String>,
) -> Change {
    let plugin = record.plugin.as_ref();
    let user = record.actor.user.as_ref();
    Change {
        from,
        to,
        rule,
        plugin: plugin.map_or_else(String::new, |plugin| plugin.name.to_string()),
        digest: plugin.map_or_else(String::new, |plugin| plugin.digest.to_string()),
        user: user.map_or_else(|| record.actor.uid.to_string(), |user| user.0.to_string()),
        cap: cap.to_owned(),
        target: Some(target),
        asked,
    }
}

/// Writes what makes accesses alike. Each text has its length in front, so that no two accesses have one key.
fn key(
    key: &mut String,
    record: &Decided<'_>,
    touched: &Touched<'_>,
    subject: usize,
    before: Before,
) {
    key.clear();
    let interface = record
        .interface
        .as_ref()
        .map_or("", |interface| &interface.0);
    let cap = record.cap.as_ref().map_or("", |cap| &cap.0);
    let op = record.op.as_ref().map_or("", |op| &op.0);
    let fixed = [cap, op, &touched.asked, &touched.resolved, interface];
    // Writing to a string cannot fail.
    let _ = write!(
        key,
        "{subject} {} {} {}",
        before as u8,
        touched.kind as u8,
        record.options.len()
    );
    let options = record.options.iter().map(|option| &*option.0);
    let links = record.changes.iter();
    let links = links.filter(|(field, _)| link_field(field).is_some());
    let links = links.flat_map(|(field, names)| [field.as_str(), names]);
    for text in fixed.into_iter().chain(options).chain(links) {
        let _ = write!(key, " {} {text}", text.len());
    }
}

#[cfg(test)]
mod tests;
