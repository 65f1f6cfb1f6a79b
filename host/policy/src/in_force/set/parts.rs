//! A decision over a set told part by part, as people ask for it: what is allowed and what is not, and by which rule.

use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Request, ResolvedName, TargetSet};

use super::{SenderGroup, SetDecision};
use crate::in_force::{Decision, InForce, Refusal};

/// Members of a set that get one decision: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPart {
    /// Ranges of addresses, with commas between them.
    pub addresses: String,
    /// Ranges of ports; none where there are none, or all that were asked for are meant.
    pub ports: Option<String>,
    /// What was decided.
    pub decision: Decision,
}

impl InForce {
    /// What it says to each part of a set whose members were resolved from these names: what is allowed first.
    pub fn decide_parts(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
        names: &[ResolvedName],
    ) -> Result<Vec<SetPart>, Refusal> {
        let decision = self.decide_set(capability, request, set, &[], |_| names.to_vec())?;
        Ok(decision.parts(capability, set))
    }
}

impl SetDecision {
    fn parts(&self, capability: &str, set: &TargetSet) -> Vec<SetPart> {
        let part = |ranges: &[(u128, u128)], ports: &[(u16, u16)], decision| {
            let shown = ranges
                .iter()
                .map(|(first, last)| shown_range(set.is_ipv6(), *first, *last));
            let all = ports.is_empty() || ports == set.ports() || !set.has_ports();
            SetPart {
                addresses: shown.collect::<Vec<_>>().join(","),
                ports: (!all).then(|| shown_ports(ports)),
                decision,
            }
        };
        let mut parts = Vec::new();
        for (ground, terms) in self.grounds.iter().enumerate() {
            for SenderGroup { ranges, ports } in self.allowed_on(|other| other as usize == ground) {
                let ports = within(&ports, set);
                parts.push(part(&ranges, &ports, Decision::Allowed(terms.clone())));
            }
        }
        for exception in self.exceptions() {
            let refusal = self.refusal(&exception, capability, set.is_ipv6());
            let ports = within(&exception.ports, set);
            parts.push(part(&exception.ranges, &ports, Decision::Denied(refusal)));
        }
        parts
    }
}

/// Of ranges of ports, what is in the set's.
fn within(ports: &[(u16, u16)], set: &TargetSet) -> Vec<(u16, u16)> {
    let own = set.ports().iter();
    own.flat_map(|(low, high)| {
        let cut = |(first, last): &(u16, u16)| {
            let (first, last) = ((*first).max(*low), (*last).min(*high));
            (first <= last).then_some((first, last))
        };
        ports.iter().filter_map(cut)
    })
    .collect()
}
