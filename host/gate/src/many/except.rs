//! The denied parts of a set in records: in as many records as needed, up to a limit.

use nethost_core::event::LONGEST_PARTS;
use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Access, Event, Exception, Part, RecordError, TargetSet};
use nethost_policy::SetDecision;

use crate::Gate;

/// The maximum number of records, including the record of the decision.
const MOST_RECORDS: usize = 32;
/// The maximum length of the addresses of one part, and of its ports.
const LONGEST_TEXT: usize = 4 << 10;

/// The denied parts, divided so that each portion fits into a record. None if there are too many.
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

/// An exception, in parts of limited length.
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

/// The ports as texts of limited length, with the number of ports in each. No text if all ports are meant.
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

/// Their size in records.
pub(super) fn room(portions: &[Vec<Part>]) -> u64 {
    let parts = portions.iter().flatten();
    parts.map(|part| part.room() as u64).sum()
}

impl Gate {
    /// Records the denied parts of a set before its decision, except those in the record of the decision.
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
