//! What report-only rules would deny of what is allowed, for the record of an access. It never changes what is allowed.

use std::sync::Arc;

use nethost_core::event::LONGEST_REPORTS;
use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Exception, Reported, Request, ResolvedName, TargetSet};
use nethost_policy::SetDecision;

use super::Gate;

/// The size of a report in a record without its texts.
const REST_OF_REPORT: usize = 64;
/// The maximum number of rules of one record that are named with the number of their members alone.
const MOST_RULES: usize = 8;
/// What stands for the rules beyond it.
const FURTHER: &str = "further report-only rules";

impl Gate {
    /// The report about one target. Only the process that writes the records has one.
    pub(super) fn reports(
        &self,
        capability: &str,
        request: &Request,
        names: &[ResolvedName],
    ) -> Vec<Reported> {
        if !self.records.are_here() {
            return Vec::new();
        }
        let policy = self.standing().in_force;
        let rule = policy.reported(capability, request, names);
        rule.map(|rule| whole(rule)).into_iter().collect()
    }

    /// The report about the allowed members of a set.
    pub(crate) fn reports_of_set(
        &self,
        capability: &str,
        request: &Request,
        set: &Arc<TargetSet>,
        decision: &SetDecision,
    ) -> Vec<Reported> {
        if !self.records.are_here() {
            return Vec::new();
        }
        let policy = self.standing().in_force;
        let named = self.resolved.within(set);
        let names = |address| self.resolved.names(address);
        match policy.reported_of_set(capability, request, set, &named, names, decision) {
            Ok(reported) => shortened(&reported, set),
            Err(refusal) => vec![whole(&format!("report-only rules: {}", refusal.rule))],
        }
    }
}

fn whole(rule: &str) -> Reported {
    Reported {
        rule: rule.into(),
        addresses: None,
        ports: None,
        count: None,
    }
}

/// Rule by rule, with the members as long as they fit into a record, and with their number alone where they do not.
fn shortened(reported: &[(Exception, String)], set: &TargetSet) -> Vec<Reported> {
    let mut room = LONGEST_REPORTS / 2;
    let mut shown: Vec<Reported> = Vec::new();
    for (exception, rule) in reported {
        let of_each = match exception.ports.is_empty() {
            true => set.width().into(),
            false => ports(exception),
        };
        let addresses: u128 = exception.ranges.iter().map(|(a, b)| b - a + 1).sum();
        let count = u64::try_from(addresses).map_or(u64::MAX, |all| all.saturating_mul(of_each));
        let text = members(exception, set, room);
        let size = REST_OF_REPORT
            + rule.len()
            + text.as_ref().map_or(0, |(one, two)| {
                one.len() + two.as_ref().map_or(0, String::len)
            });
        if let Some((addresses, ports)) = text.filter(|_| size <= room) {
            room -= size;
            shown.push(Reported {
                rule: rule.clone(),
                addresses: Some(addresses),
                ports,
                count: Some(count),
            });
            continue;
        }
        let numbered = |known: &&mut Reported| known.addresses.is_none();
        let rules = shown.iter_mut().filter(numbered).count();
        let is_known = |known: &Reported| known.rule == *rule;
        let rule = match shown
            .iter_mut()
            .filter(numbered)
            .any(|known| is_known(known))
        {
            false if rules >= MOST_RULES => FURTHER,
            _ => rule,
        };
        match shown
            .iter_mut()
            .filter(numbered)
            .find(|known| known.rule == rule)
        {
            Some(known) => known.count = known.count.map(|all| all.saturating_add(count)),
            None => shown.push(Reported {
                count: Some(count),
                ..whole(rule)
            }),
        }
    }
    shown
}

fn ports(exception: &Exception) -> u64 {
    let ports = exception.ports.iter();
    ports.map(|(first, last)| u64::from(last - first) + 1).sum()
}

/// The addresses and ports as texts, if they are not longer than this together.
fn members(
    exception: &Exception,
    set: &TargetSet,
    longest: usize,
) -> Option<(String, Option<String>)> {
    let mut text = String::new();
    for (first, last) in &exception.ranges {
        if !text.is_empty() {
            text.push(',');
        }
        text += &shown_range(set.is_ipv6(), *first, *last);
        if text.len() > longest {
            return None;
        }
    }
    // Two numbers of five digits, a dash and a comma.
    if exception.ports.len() > longest / 12 {
        return None;
    }
    let ports = (!exception.ports.is_empty()).then(|| shown_ports(&exception.ports));
    Some((text, ports))
}
