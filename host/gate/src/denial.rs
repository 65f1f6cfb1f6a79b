//! Denials: in the words of this gate, and recorded.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use nethost_core::{Access, Declared, Event, RecordError, Request, Target};
use nethost_policy::{Decision, Refusal, Terms};

use super::Gate;

/// After this many denials of a run, further ones are only counted, so that a flood cannot fill the disk.
const DENIALS_RECORDED: u64 = 1000;
/// A denial with a longer record counts as several.
const DENIAL: u64 = 2 << 10;

/// Why a request was refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{capability} {target}: denied ({rule}); to allow it: {remedy}")]
pub struct Denial {
    /// Name of the request.
    pub capability: String,
    /// What was asked for.
    pub target: String,
    /// The rule that decided.
    pub rule: String,
    /// What would allow it.
    pub remedy: String,
}

impl Gate {
    /// Records a denial that another process decided, in the words of this gate: either that the permit has reached
    /// its `end`, or what its own decision says about the request. The other's text, `claimed`, is not recorded. It
    /// only selects which of this gate's own texts is meant, for quotas that this gate does not count.
    pub fn note_denial(
        &self,
        declared: Declared,
        request: &Request,
        end: Option<String>,
        claimed: &str,
    ) {
        let capability = declared.name;
        let names = self.names_of(&request.target);
        let asked = names.last().map(|led| led.name.as_str());
        if let Target::Set(set) = &request.target
            && declared.has(request)
        {
            let (denied, rule) = match self.judge_set(capability, request, set) {
                Ok(decision) => {
                    let rule = end.unwrap_or_else(|| self.end_of(&decision.grounds, claimed));
                    return self.record_denial(capability, request, asked, &rule);
                }
                Err(denied) => {
                    let rule = end.unwrap_or_else(|| denied.refusal.rule.clone());
                    (denied, rule)
                }
            };
            return self.record_set_denial(capability, request, set, &denied, &rule);
        }
        let decided = || {
            if !declared.has(request) {
                return malformed().rule;
            }
            match self.judge(capability, request, &names) {
                Decision::Denied(refusal) => refusal.rule,
                Decision::Allowed(terms) => self.end_of(&[terms], claimed),
            }
        };
        let rule = end.unwrap_or_else(decided);
        self.record_denial(capability, request, asked, &rule);
    }

    /// Records that a request was refused for its form, whatever the policy says.
    pub fn note_refusal(&self, declared: Declared, request: &Request, rule: &'static str) {
        let names = self.names_of(&request.target);
        let asked = names.last().map(|led| led.name.as_str());
        self.record_denial(declared.name, request, asked, rule);
    }

    /// Why a request that this gate allows may have been refused by the other process.
    fn end_of(&self, grounds: &[Terms], claimed: &str) -> String {
        let opens = self.pace.limit().map(told_opens);
        if let Some(opens) = opens.as_ref().filter(|_| self.pace.is_used_up()) {
            return opens.clone();
        }
        let all: Vec<_> = grounds
            .iter()
            .filter_map(|terms| self.permit_terms(terms))
            .collect();
        if let Some(end) = all.iter().find_map(|terms| terms.ended()) {
            return end.denial().0;
        }
        let counted = all.iter().flat_map(|terms| terms.possible_ends());
        let mut possible = counted.map(|end| end.denial().0).chain(opens);
        match possible.find(|own| own == claimed) {
            Some(own) => format!("{own}, as the runner counts"),
            None => "refused by the runner; the policy allows it".into(),
        }
    }

    pub(super) fn refused(
        &self,
        capability: &'static str,
        request: &Request,
        asked: Option<&Arc<str>>,
        refusal: Refusal,
    ) -> Denial {
        let asked = asked.map(|name| &**name);
        self.record_denial(capability, request, asked, &refusal.rule);
        Denial {
            capability: capability.into(),
            target: request.target.to_string(),
            rule: refusal.rule,
            remedy: refusal.remedy,
        }
    }

    pub(super) fn record_denial(
        &self,
        capability: &'static str,
        request: &Request,
        asked: Option<&str>,
        rule: &str,
    ) {
        let length = match &request.target {
            Target::Set(set) => 2 * set.to_string().len() as u64,
            // The estimated size of its changes.
            _ => request.size() as u64,
        };
        if !self.counts_as_recorded(1 + length / DENIAL) {
            return;
        }
        let access = self.denied_access(capability, request, asked, rule);
        // A denial has no effect that could be prevented, so a failure of the log does not let anything through.
        self.records.note(&Event::Denied(&access));
    }

    /// Whether a denial of this size is recorded. Otherwise it is only counted.
    pub(super) fn counts_as_recorded(&self, count: u64) -> bool {
        let recorded = self.denied.fetch_add(count, Relaxed) < DENIALS_RECORDED;
        if !recorded {
            self.records.count_unrecorded_denials(1);
        }
        recorded
    }

    pub(super) fn denied_access<'a>(
        &self,
        capability: &'static str,
        request: &'a Request,
        asked: Option<&'a str>,
        rule: &'a str,
    ) -> Access<'a> {
        Access {
            handle: self.records.next_handle(),
            capability,
            request,
            asked,
            rule,
            grant: None,
            parts: &[],
            reports: &[],
        }
    }

    pub(super) fn unrecorded(
        &self,
        capability: &str,
        request: &Request,
        error: RecordError,
    ) -> Denial {
        Denial {
            capability: capability.into(),
            target: request.target.to_string(),
            rule: match error {
                RecordError::Refused(rule) => rule,
                RecordError::NotWritten(why) => {
                    format!("the audit log is required and cannot be written: {why}")
                }
            },
            remedy: "make the audit log writable".into(),
        }
    }
}

/// A request without a required part, such as the port, is not decided.
pub(super) fn malformed() -> Refusal {
    Refusal {
        rule: "it is malformed: another kind of target, or another operation, than this capability has".into(),
        remedy: "ask for a whole target of the capability's kind, by one of its functions".into(),
        missing: false,
    }
}

pub(super) fn suspended(why: &str) -> Refusal {
    Refusal {
        rule: why.into(),
        remedy: "put that right".into(),
        missing: false,
    }
}

/// What would allow more.
pub(super) const OPENS_REMEDY: &str = "raise `opens` in [limits] of the system's policy";

pub(super) fn told_opens(opens: u64) -> String {
    format!("opens = {opens} of an hour are used up")
}
