//! A decision about a set that allows less than it did.

use std::collections::HashSet;

use super::{Band, Cell, Exception, MemberVerdict, SetDecision};
use crate::in_force::{Refusal, Terms};

impl SetDecision {
    /// Denies on this ground from now on, for this reason.
    pub fn withdraw(&mut self, ground: u32, refusal: Refusal) {
        self.refusals.push(refusal);
        let denied = MemberVerdict::Denied((self.refusals.len() - 1) as u32);
        for cell in self.columns.iter_mut().flatten() {
            if cell.verdict == MemberVerdict::Allowed(ground) {
                cell.verdict = denied;
            }
        }
    }

    /// Denies of what this ground allows these members.
    pub(in crate::in_force) fn withdraw_within(&mut self, ground: u32, exception: &Exception) {
        // What other grounds allow is kept apart meanwhile.
        let refusal = |rule: &str| Refusal {
            rule: rule.into(),
            remedy: String::new(),
            missing: false,
        };
        let mut own = self.clone();
        for other in (0..self.grounds.len() as u32).filter(|other| *other != ground) {
            own.withdraw(other, refusal(""));
        }
        own.narrow(exception, refusal(""));
        let last = own.refusals.len() - 1;
        let exceptions = own.exceptions().into_iter();
        for withdrawn in exceptions.filter(|exception| exception.refusal as usize == last) {
            self.narrow(&withdrawn, refusal(""));
        }
    }

    /// Denies these members too, for this reason: what another has decided.
    pub fn narrow(&mut self, exception: &Exception, refusal: Refusal) {
        self.refusals.push(refusal);
        let denied = MemberVerdict::Denied((self.refusals.len() - 1) as u32);
        for (first, last) in &exception.ranges {
            let bands = std::mem::take(&mut self.bands);
            for band in bands {
                let (from, to) = (band.first.max(*first), band.last.min(*last));
                if from > to {
                    self.bands.push(band);
                    continue;
                }
                let Some(column) = self.columns.get(band.column as usize) else {
                    continue;
                };
                let narrowed = narrowed(column, &exception.ports, denied);
                if band.first < from {
                    let last = from - 1;
                    self.bands.push(Band { last, ..band });
                }
                self.columns.push(narrowed);
                let column = (self.columns.len() - 1) as u32;
                self.bands.push(Band {
                    first: from,
                    last: to,
                    column,
                });
                if to < band.last {
                    let first = to + 1;
                    self.bands.push(Band { first, ..band });
                }
            }
        }
    }

    /// Why it allows less than another did of the same set, if it does.
    pub fn allows_less(&self, before: &Self) -> Option<String> {
        let mut bands = self.bands.iter().peekable();
        let mut compared = HashSet::new();
        for was in &before.bands {
            while bands.next_if(|band| band.last < was.first).is_some() {}
            let now = bands.clone().take_while(|band| band.first <= was.last);
            for now in now {
                if compared.insert((was.column, now.column)) {
                    let was = before.columns.get(was.column as usize)?;
                    let less = self.column_allows_less(now.column, was, &before.grounds);
                    if less.is_some() {
                        return less;
                    }
                }
            }
        }
        None
    }

    fn column_allows_less(&self, column: u32, was: &[Cell], before: &[Terms]) -> Option<String> {
        let now = self.columns.get(column as usize)?;
        for was in was {
            let MemberVerdict::Allowed(ground) = was.verdict else {
                continue;
            };
            let before = before.get(ground as usize)?;
            for now in now {
                if now.last < was.first || was.last < now.first {
                    continue;
                }
                match now.verdict {
                    MemberVerdict::Denied(refusal) => {
                        let refusal = self.refusals.get(refusal as usize);
                        return Some(refusal.map_or_else(String::new, |known| known.rule.clone()));
                    }
                    MemberVerdict::Allowed(ground) => {
                        let terms = self.grounds.get(ground as usize)?;
                        if terms.narrow(before) {
                            let rule = &terms.rule;
                            return Some(format!(
                                "{rule} allows less of it than when it was opened"
                            ));
                        }
                    }
                }
            }
        }
        None
    }
}

/// A column in which these ports, or all, are denied; those that were stay so for their own reasons.
fn narrowed(column: &[Cell], ports: &[(u16, u16)], denied: MemberVerdict) -> Vec<Cell> {
    let mut narrowed = Vec::new();
    for cell in column {
        if ports.is_empty() || matches!(cell.verdict, MemberVerdict::Denied(_)) {
            let verdict = match cell.verdict {
                MemberVerdict::Allowed(_) => denied,
                own => own,
            };
            narrowed.push(Cell { verdict, ..*cell });
            continue;
        }
        let mut next = u32::from(cell.first);
        for (first, last) in ports {
            let (from, to) = ((*first).max(cell.first), (*last).min(cell.last));
            if from > to {
                continue;
            }
            if next < u32::from(from) {
                let (first, last) = (next as u16, from - 1);
                narrowed.push(Cell {
                    first,
                    last,
                    ..*cell
                });
            }
            narrowed.push(Cell {
                first: from,
                last: to,
                verdict: denied,
            });
            next = u32::from(to) + 1;
        }
        if next <= u32::from(cell.last) {
            let first = next as u16;
            narrowed.push(Cell { first, ..*cell });
        }
    }
    narrowed
}
