//! Deciding many targets at once: each member gets the verdict that it would get alone.
//!
//! The rules divide a set into ranges that get one verdict each (`cuts.rs`), and the first member of each is
//! decided as a request of its own. So there is one way to decide, whether one asks for a host or for a network.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Band, Cell, MemberVerdict, SetDecision};
use crate::cuts::Cuts;
use crate::in_force::{Decision, InForce, Refusal};
use crate::rule::Rule;
use nethost_core::Request;
use nethost_core::set::address_of;
use nethost_core::{ResolvedName, Target, TargetSet};

/// So many ranges times targets of rules are looked at for one request.
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
        let mut targets = 0;
        for rule in self.all_rules() {
            if rule.capability == "*" || rule.capability == capability {
                targets += 1 + rule.to.len();
                rule.cut(&self.typed, &mut cuts);
            }
        }
        let ports = cuts.port_cells();
        let cells = cuts
            .address_cells()
            .filter(|cells| cells.len() * ports.len() * (targets + 1) <= MOST_STEPS)
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
            if decision.bands.len() > MOST_EXCEPTIONS {
                return Err(too_many("the rules make too many exceptions of this set"));
            }
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

pub(super) fn too_many(rule: &str) -> Refusal {
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
}
