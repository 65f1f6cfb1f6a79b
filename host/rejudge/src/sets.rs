//! Accesses to sets: each member gets a verdict of its own, and a change is about the members that it is about.

use std::collections::HashMap;

use nethost_audit::decided::{Decided, Touched};
use nethost_audit::{Members, Part};
use nethost_core::set::number;
use nethost_core::{Exception, TargetSet};
use nethost_policy::SetAgain;

use super::before::{self, Before};
use super::changes::Verdict;
use super::{Outcome, Replay, change, request};

/// So many accesses may have parts on record whose decision has not come.
const MOST_PENDING: usize = 64;
/// So many parts may an access have.
const MOST_PARTS: usize = 1 << 14;

/// The denied parts of sets that stand before their decisions.
#[derive(Default)]
pub(crate) struct Excepted {
    pending: HashMap<(String, u64), Vec<Part>>,
    /// Some were given up, so an access may have more than is known.
    lost: bool,
}

impl Excepted {
    pub(crate) fn note(&mut self, record: &Decided<'_>) {
        let Some(handle) = record.handle else { return };
        if self.pending.len() >= MOST_PENDING {
            self.pending.clear();
            self.lost = true;
        }
        let parts = self
            .pending
            .entry((record.run.to_string(), handle))
            .or_default();
        match parts.len() + record.except.len() > MOST_PARTS {
            true => self.lost = true,
            false => parts.extend(record.except.iter().cloned()),
        }
    }

    /// All parts of an access.
    fn of(&mut self, record: &Decided<'_>) -> Result<Vec<Part>, &'static str> {
        if self.lost {
            return Err("what was denied of its set stands too far before it");
        }
        let handle = record.handle.ok_or("its record has no handle")?;
        let before = self.pending.remove(&(record.run.to_string(), handle));
        let mut parts = before.unwrap_or_default();
        parts.extend(record.except.iter().cloned());
        Ok(parts)
    }
}

impl Replay<'_> {
    /// Judges each member of a set.
    pub(crate) fn set(
        &mut self,
        record: &Decided<'_>,
        cap: &str,
        touched: &Touched<'_>,
        subject: usize,
    ) -> Result<Outcome, &'static str> {
        let parts = self.excepted.of(record)?;
        let declared = (self.declared)(cap).ok_or("this nethost does not know the request")?;
        let set = request::set(touched).ok_or("its set cannot be read")?;
        let asked = request::asked(record, &declared, touched)?;
        let request = asked.candidates.first().ok_or("its set cannot be read")?;
        let whole = before::before(record);
        let (mut denied, mut kept) = (Vec::new(), Vec::new());
        if parts.is_empty() && whole != Ok(Before::Allowed) && whole != Ok(Before::Reported) {
            match whole? {
                Before::DeniedBelow => return Ok(Outcome::Same),
                _ => denied.push(Exception {
                    ranges: set.ranges().to_vec(),
                    ports: Vec::new(),
                    refusal: 0,
                }),
            }
        }
        let under_policy = record
            .policy
            .as_ref()
            .is_some_and(|policy| policy.digest.is_some());
        for part in &parts {
            let rule = part
                .rule
                .as_deref()
                .ok_or("a part of its set has no rule")?;
            let exception = exception(part)?;
            match before::of_denial(rule, under_policy)? {
                Before::DeniedBelow => kept.push(exception),
                _ => denied.push(exception),
            }
        }
        let judge = self
            .subjects
            .judge(subject)
            .ok_or("its plugin is not known")?;
        let (newly_denied, allowed, reported) =
            match judge.decide_set(cap, request, &set, &denied, &kept) {
                SetAgain::Unknown(why) => return Err(why),
                SetAgain::Changes {
                    denied,
                    allowed,
                    reported,
                } => (denied, allowed, reported),
            };
        let reported = newly_reported(record, reported, &set);
        let kinds = [
            (Verdict::Allowed, Verdict::Denied, newly_denied),
            (Verdict::Denied, Verdict::Allowed, allowed),
            reported,
        ];
        let mut places = Vec::new();
        for (from, to, parts) in kinds {
            for (part, rule) in parts {
                let target = part.shown(set.is_ipv6());
                let change = change(record, cap, (from, to), rule, target, None);
                places.push(self.changes.place(change, record.seq));
            }
        }
        // The caller counts one of them.
        let Some(last) = places.pop() else {
            return Ok(Outcome::Same);
        };
        places
            .into_iter()
            .for_each(|place| self.changes.count(place));
        Ok(Outcome::Changed(last))
    }
}

/// What becomes of reports, if another number of members is reported. The places of rules may be others.
fn newly_reported(
    record: &Decided<'_>,
    now: Vec<(Exception, String)>,
    set: &TargetSet,
) -> (Verdict, Verdict, Vec<(Exception, String)>) {
    let before: Option<u64> = record.report.iter().map(|one| one.count).sum();
    let count: u64 = now.iter().map(|(part, _)| members(part, set)).sum();
    let whole = || Exception {
        ranges: set.ranges().to_vec(),
        ports: Vec::new(),
        refusal: 0,
    };
    match (before, record.report.first()) {
        // What was reported was not counted, or it is as much.
        (None, _) => (Verdict::Allowed, Verdict::Reported, Vec::new()),
        (Some(before), _) if before == count => (Verdict::Allowed, Verdict::Reported, Vec::new()),
        (_, Some(rule)) if now.is_empty() => {
            let rule = rule.rule.to_string();
            (Verdict::Reported, Verdict::Allowed, vec![(whole(), rule)])
        }
        _ => (Verdict::Allowed, Verdict::Reported, now),
    }
}

fn members(part: &Exception, set: &TargetSet) -> u64 {
    let ports = part.ports.iter();
    let width = match part.ports.is_empty() {
        true => set.width().into(),
        false => ports
            .map(|(first, last)| u64::from(last - first) + 1)
            .sum::<u64>(),
    };
    let addresses = part.ranges.iter();
    let addresses: u128 = addresses.map(|(first, last)| last - first + 1).sum();
    u64::try_from(addresses)
        .unwrap_or(u64::MAX)
        .saturating_mul(width)
}

fn exception(part: &Part) -> Result<Exception, &'static str> {
    let members = Members::read(&part.addresses, part.ports.as_deref());
    let members = members.ok_or("a part of its set cannot be read")?;
    let ranges = members.ranges.iter();
    Ok(Exception {
        ranges: ranges
            .map(|(first, last)| (number(*first), number(*last)))
            .collect(),
        ports: members.ports,
        refusal: 0,
    })
}
