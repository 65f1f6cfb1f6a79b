//! What of a set is denied, as records tell it: in as many of them as it takes, up to a bound.

use nethost_core::event::LONGEST_PARTS;
use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Access, Event, Exception, Part, RecordError, TargetSet};
use nethost_policy::SetDecision;

use crate::Gate;

/// In no more records than these, the decision's own included.
const MOST_RECORDS: usize = 32;
/// The addresses of one part, and its ports, are no longer.
const LONGEST_TEXT: usize = 4 << 10;

/// What is denied, in portions that fit a record each. None where that is too much to be told.
pub(super) fn portions(decision: &SetDecision, set: &TargetSet) -> Option<Vec<Vec<Part>>> {
    let mut portions: Vec<Vec<Part>> = vec![Vec::new()];
    let mut room = 0;
    for exception in decision.exceptions() {
        let refusal = decision.refusals.get(exception.refusal as usize);
        let rule = refusal.map(|refusal| refusal.rule.clone());
        for part in parts(&exception, rule.as_deref(), set) {
            if room + part.room() > LONGEST_PARTS {
                portions.push(Vec::new());
                room = 0;
            }
            if portions.len() > MOST_RECORDS {
                return None;
            }
            room += part.room();
            portions.last_mut()?.push(part);
        }
    }
    Some(portions)
}

/// An exception in parts that are not too long.
fn parts(exception: &Exception, rule: Option<&str>, set: &TargetSet) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for (ports, of_each) in port_texts(exception, set) {
        let begin = parts.len();
        for (first, last) in &exception.ranges {
            let shown = shown_range(set.is_ipv6(), *first, *last);
            let count = ((last - first) as u64 + 1) * of_each;
            match parts.get_mut(begin..).and_then(<[Part]>::last_mut) {
                Some(part) if part.addresses.len() + shown.len() < LONGEST_TEXT => {
                    part.addresses.push(',');
                    part.addresses.push_str(&shown);
                    part.count += count;
                }
                _ => parts.push(Part {
                    addresses: shown,
                    ports: ports.clone(),
                    rule: rule.map(Into::into),
                    count,
                }),
            }
        }
    }
    parts
}

/// Its ports as texts that are not too long, with how many are in each; no text where all are meant.
fn port_texts(exception: &Exception, set: &TargetSet) -> Vec<(Option<String>, u64)> {
    if exception.ports.is_empty() {
        return vec![(None, set.width().into())];
    }
    // Two numbers of five digits, a dash and a comma.
    let chunks = exception.ports.chunks(LONGEST_TEXT / 12);
    let count = |ports: &[(u16, u16)]| {
        let counts = ports
            .iter()
            .map(|(first, last)| u64::from(last - first) + 1);
        counts.sum()
    };
    chunks
        .map(|ports| (Some(shown_ports(ports)), count(ports)))
        .collect()
}

/// How much room they take in records.
pub(super) fn room(portions: &[Vec<Part>]) -> u64 {
    let parts = portions.iter().flatten();
    parts.map(|part| part.room() as u64).sum()
}

impl Gate {
    /// Puts what of a set is denied on record before its decision, but for what the record of that tells.
    pub(super) fn record_exceptions<'a>(
        &self,
        access: &Access<'_>,
        portions: &'a [Vec<Part>],
    ) -> Result<&'a [Part], RecordError> {
        let Some((last, before)) = portions.split_last() else {
            return Ok(&[]);
        };
        for parts in before {
            let access = Access { parts, ..*access };
            self.records.record(&Event::Except(&access))?;
        }
        Ok(last)
    }
}
