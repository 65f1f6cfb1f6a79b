//! Deciding many targets at once: each member gets the verdict that it would get alone.
//!
//! The rules divide a set into ranges that get one verdict each (`policy/cuts.rs`), and the first member of each is
//! decided as a request of its own. So there is one way to decide, whether one asks for a host or for a network.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::{Decision, InForce, Refusal, Terms};
use crate::core::set::{address_of, shown_ports, shown_range};
use crate::core::{ResolvedName, Target, TargetSet};
use crate::gate::Request;
use crate::policy::cuts::Cuts;
use crate::policy::rule::Rule;

/// What may be done to the members of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetDecision {
    /// On what terms the allowed ones are.
    pub grounds: Vec<Terms>,
    /// Why the denied ones are.
    pub refusals: Vec<Refusal>,
    /// Ranges of addresses in their order, each with its column of ports.
    bands: Vec<Band>,
    columns: Vec<Vec<Cell>>,
}

/// Addresses whose ports get the same verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Band {
    first: u128,
    last: u128,
    column: u32,
}

/// Ports that get the same verdict; 0 to 0 where there are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Cell {
    first: u16,
    last: u16,
    verdict: MemberVerdict,
}

/// Which of the grounds, or which of the refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberVerdict {
    /// It is allowed on this ground.
    Allowed(u32),
    /// It is denied for this reason.
    Denied(u32),
}

/// Members that are denied for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// First and last address, as numbers.
    pub ranges: Vec<(u128, u128)>,
    /// First and last port; none where all that were asked for are meant.
    pub ports: Vec<(u16, u16)>,
    /// Which refusal.
    pub refusal: u32,
}

/// Members that are allowed, as whom packets may come from: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderGroup {
    /// First and last address, as numbers.
    pub ranges: Vec<(u128, u128)>,
    /// First and last port; 0 to 0 where there are none.
    pub ports: Vec<(u16, u16)>,
}

/// So many ranges times rules are looked at for one request.
const MOST_STEPS: usize = 1 << 24;
/// So many reasons not to.
const MOST_REASONS: usize = 1 << 10;
/// So many ranges of exceptions a permit has.
const MOST_EXCEPTIONS: usize = 1 << 12;

impl InForce {
    /// Decides every member of a set. `named` are addresses of it that names led to, and `names` tells of an address
    /// which did.
    pub fn decide_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
        named: &[IpAddr],
        names: impl Fn(IpAddr) -> Vec<ResolvedName>,
    ) -> Result<SetDecision, Refusal> {
        let mut cuts = Cuts::new(set);
        named.iter().for_each(|address| cuts.address(*address));
        let mut rules = 0;
        for rule in self.all_rules() {
            if rule.capability == "*" || rule.capability == capability {
                rules += 1;
                rule.cut(&self.typed, &mut cuts);
            }
        }
        let ports = cuts.port_cells();
        let cells = cuts
            .address_cells()
            .filter(|cells| cells.len() * ports.len() * (rules + 1) <= MOST_STEPS)
            .ok_or_else(|| too_many("the rules divide this set into too many parts"))?;
        let mut decision = SetDecision::default();
        let mut one = Request {
            target: Target::Local(""),
            ..request.clone()
        };
        let mut known: HashMap<Vec<Cell>, u32> = HashMap::new();
        for (first, last) in cells {
            let address = address_of(set.is_ipv6(), first);
            let names = names(address);
            let mut column: Vec<Cell> = Vec::with_capacity(ports.len());
            for (port, last_port) in &ports {
                one.target = Target::remote(address, set.has_ports().then_some(*port));
                let verdict = decision.note(self.decide(capability, &one, &names));
                match column.last_mut() {
                    Some(cell)
                        if cell.verdict == verdict && cell.last.checked_add(1) == Some(*port) =>
                    {
                        cell.last = *last_port;
                    }
                    _ => column.push(Cell {
                        first: *port,
                        last: *last_port,
                        verdict,
                    }),
                }
            }
            if decision.refusals.len() > MOST_REASONS {
                return Err(too_many(
                    "the rules refuse parts of this set for too many reasons",
                ));
            }
            let columns = &mut decision.columns;
            let column = *known.entry(column).or_insert_with_key(|column| {
                columns.push(column.clone());
                (columns.len() - 1) as u32
            });
            match decision.bands.last_mut() {
                Some(band) if band.column == column && band.last.checked_add(1) == Some(first) => {
                    band.last = last;
                }
                _ => decision.bands.push(Band {
                    first,
                    last,
                    column,
                }),
            }
        }
        if decision.bands.len() > MOST_EXCEPTIONS {
            return Err(too_many("the rules make too many exceptions of this set"));
        }
        Ok(decision)
    }

    fn all_rules(&self) -> impl Iterator<Item = &Rule> {
        let files = self.ceiling.iter().chain(&self.chosen);
        files
            .chain([&self.flags, &self.manifest, &self.granted])
            .flat_map(|layer| layer.denies.iter().chain(&layer.allows))
    }
}

fn too_many(rule: &str) -> Refusal {
    Refusal {
        rule: rule.into(),
        remedy: "ask for a smaller network".into(),
        missing: false,
    }
}

impl SetDecision {
    /// Keeps a decision once, and says where.
    fn note(&mut self, decision: Decision) -> MemberVerdict {
        match decision {
            Decision::Allowed(terms) => {
                let known = self.grounds.iter().position(|known| *known == terms);
                MemberVerdict::Allowed(known.unwrap_or_else(|| {
                    self.grounds.push(terms);
                    self.grounds.len() - 1
                }) as u32)
            }
            Decision::Denied(refusal) => {
                // What would allow it names the member, and is said anew for all of them.
                let same = |known: &Refusal| {
                    (&known.rule, known.missing) == (&refusal.rule, refusal.missing)
                };
                let known = self.refusals.iter().position(same);
                MemberVerdict::Denied(known.unwrap_or_else(|| {
                    self.refusals.push(refusal);
                    self.refusals.len() - 1
                }) as u32)
            }
        }
    }

    /// What was decided of a member; nothing of what is none.
    #[inline]
    pub fn verdict(&self, address: u128, port: u16) -> Option<MemberVerdict> {
        let band = match &self.bands[..] {
            [band] => band,
            bands => bands.get(bands.partition_point(|band| band.last < address))?,
        };
        if !(band.first..=band.last).contains(&address) {
            return None;
        }
        let column = &self.columns.get(band.column as usize)?[..];
        let cell = match column {
            [cell] => cell,
            cells => cells.get(cells.partition_point(|cell| cell.last < port))?,
        };
        (cell.first..=cell.last)
            .contains(&port)
            .then_some(cell.verdict)
    }

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

    /// True when nothing is allowed.
    pub fn denies_all(&self) -> bool {
        let mut cells = self.columns.iter().flatten();
        !cells.any(|cell| matches!(cell.verdict, MemberVerdict::Allowed(_)))
    }

    /// What is allowed: ranges of addresses, each with the same ports.
    pub fn allowed(&self) -> Vec<SenderGroup> {
        let groups = self.columns.iter().enumerate().map(|(index, cells)| {
            let allowed = |cell: &&Cell| matches!(cell.verdict, MemberVerdict::Allowed(_));
            let ports = cells
                .iter()
                .filter(allowed)
                .map(|cell| (cell.first, cell.last));
            let bands = self
                .bands
                .iter()
                .filter(|band| band.column as usize == index);
            SenderGroup {
                ranges: merged(bands.map(|band| (band.first, band.last))),
                ports: merged(ports),
            }
        });
        groups
            .filter(|group| !group.ranges.is_empty() && !group.ports.is_empty())
            .collect()
    }

    /// Ranges of addresses of which at least one port is allowed, with their last.
    pub fn allowed_ranges(&self) -> Vec<(u128, u128)> {
        let allowed = |cell: &Cell| matches!(cell.verdict, MemberVerdict::Allowed(_));
        let bands = self.bands.iter().filter(|band| {
            let column = self.columns.get(band.column as usize);
            column.is_some_and(|column| column.iter().any(allowed))
        });
        merged(bands.map(|band| (band.first, band.last)))
    }

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

/// Ascending ranges, those that touch as one.
fn merged<T: Copy + Into<u128>>(ranges: impl Iterator<Item = (T, T)>) -> Vec<(T, T)> {
    let mut merged: Vec<(T, T)> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some((_, end)) if (*end).into().checked_add(1) == Some(first.into()) => *end = last,
            _ => merged.push((first, last)),
        }
    }
    merged
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

impl Exception {
    /// Its addresses, and its ports where they are not all.
    pub fn shown(&self, ipv6: bool) -> String {
        let ranges = self.ranges.iter();
        let shown = ranges.map(|(first, last)| shown_range(ipv6, *first, *last));
        let mut text = shown.collect::<Vec<_>>().join(",");
        if !self.ports.is_empty() {
            text += " port ";
            text += &shown_ports(&self.ports);
        }
        text
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
