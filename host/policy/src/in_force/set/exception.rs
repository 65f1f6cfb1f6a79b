//! What a decision denies of a set, as records, plugins and people are told.

use std::collections::HashMap;

use super::decide::too_many;
use super::{MemberVerdict, SetDecision};
use crate::in_force::Refusal;
use nethost_core::Exception;
use nethost_core::set::shown_range;

impl SetDecision {
    /// What is denied, reason by reason.
    pub fn exceptions(&self) -> Vec<Exception> {
        let mut found: Vec<Exception> = Vec::new();
        let mut places: HashMap<(u32, Vec<(u16, u16)>), usize> = HashMap::new();
        for band in &self.bands {
            let Some(column) = self.columns.get(band.column as usize) else {
                continue;
            };
            let mut ports: Vec<(u32, Vec<(u16, u16)>)> = Vec::new();
            for cell in column {
                let MemberVerdict::Denied(refusal) = cell.verdict else {
                    continue;
                };
                let range = (cell.first, cell.last);
                match ports.iter_mut().find(|(known, _)| *known == refusal) {
                    Some((_, ranges)) => ranges.push(range),
                    None => ports.push((refusal, vec![range])),
                }
            }
            if let [(_, ranges)] = &mut ports[..]
                && ranges.len() == column.len()
            {
                ranges.clear();
            }
            for (refusal, ports) in ports {
                let place = *places.entry((refusal, ports.clone())).or_insert_with(|| {
                    found.push(Exception {
                        ranges: Vec::new(),
                        ports,
                        refusal,
                    });
                    found.len() - 1
                });
                let ranges = &mut found[place].ranges;
                match ranges.last_mut() {
                    Some((_, last)) if last.checked_add(1) == Some(band.first) => *last = band.last,
                    _ => ranges.push((band.first, band.last)),
                }
            }
        }
        found
    }

    /// Why these are denied, in words that are about all of them.
    pub fn refusal(&self, exception: &Exception, capability: &str, ipv6: bool) -> Refusal {
        let refusal = self.refusals.get(exception.refusal as usize).cloned();
        let mut refusal = refusal.unwrap_or_else(|| too_many("it is not in the set"));
        let single = matches!(&exception.ranges[..], [(first, last)] if first == last);
        if refusal.missing && refusal.remedy.starts_with("--allow ") && !single {
            let flag = refusal.remedy.split('=').next().unwrap_or_default();
            refusal.remedy = match networks(exception, ipv6) {
                Some(networks) => format!("{flag}={networks}"),
                None => {
                    let shown = exception.shown(ipv6);
                    format!("a rule that allows {capability} to {shown}")
                }
            };
        }
        refusal
    }
}

/// As a rule's `to`, if that is short.
fn networks(exception: &Exception, ipv6: bool) -> Option<String> {
    let mut shown = Vec::new();
    for (first, last) in &exception.ranges {
        let text = shown_range(ipv6, *first, *last);
        if text.contains('-') || !exception.ports.is_empty() || shown.len() == 4 {
            return None;
        }
        shown.push(text);
    }
    Some(shown.join(","))
}
