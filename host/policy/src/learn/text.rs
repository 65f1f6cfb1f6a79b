//! A lesson as the text of a policy file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ipnet::IpNet;
use jiff::Timestamp;
use nethost_manifest::Ports;

use super::{Evidence, Goal, Lesson, Plugin, Scope, quota, span};
use crate::{Entry, Pattern, quoted};
use nethost_core::text;

impl Lesson {
    /// The policy, with what it rests on as comments.
    pub fn policy(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "# Learned from {}{}.\n# It allows what was seen, for whom it was seen, and nothing else.",
            counted(self.runs.len() as u64, "run"),
            shown_span(self.times)
        );
        text += "version = 1\n";
        let plugins: BTreeSet<_> = self.allowed.keys().chain(self.denied.keys()).collect();
        for plugin in plugins {
            self.plugin(&mut text, plugin);
        }
        text
    }

    fn plugin(&self, text: &mut String, plugin: &Plugin) {
        let _ = writeln!(text, "\n[[plugin]]");
        if plugin.bundled {
            let name = quoted(&plugin.name);
            let _ = writeln!(text, "name = {name} # without the digest: of any nethost");
        } else {
            let _ = writeln!(text, "# run as {}", text::line(&plugin.name));
        }
        let _ = writeln!(text, "digest = {}", quoted(&plugin.digest));
        text.push_str("allow = [\n");
        for group in self.allowed.get(plugin).map(merged).unwrap_or_default() {
            self.entry(text, &group);
        }
        text.push_str("]\n");
        for (what, count) in self.denied.get(plugin).into_iter().flatten() {
            let _ = writeln!(
                text,
                "# denied {}, and not in here: {}",
                counted(*count, "time"),
                text::line(what)
            );
        }
    }

    /// One grant, for scopes that differ in their port only.
    fn entry(&self, text: &mut String, group: &[(&Scope, &Evidence)]) {
        let Some((scope, first)) = group.first() else {
            return;
        };
        let mut times = None;
        for (start, end) in group.iter().filter_map(|(_, evidence)| evidence.times) {
            span(&mut times, start);
            span(&mut times, end);
        }
        let runs: BTreeSet<_> = group
            .iter()
            .flat_map(|(_, evidence)| &evidence.runs)
            .collect();
        let named: Vec<_> = runs.iter().take(3).map(|run| text::line(run)).collect();
        let more = if runs.len() > named.len() { " …" } else { "" };
        let _ = writeln!(
            text,
            "  # {} in {}{}: {}{more}",
            counted(
                group.iter().map(|(_, evidence)| evidence.count).sum(),
                "time"
            ),
            counted(runs.len() as u64, "run"),
            shown_span(times),
            named.join(" ")
        );
        let (to, marks) = self.targets(&first.targets);
        for mark in marks {
            let _ = writeln!(text, "  # {}", text::line(&mark));
        }
        if to.is_empty() {
            return;
        }
        let mut entry = Entry::new(&scope.capability).with("to", &to);
        let ports = group.iter().filter_map(|(scope, _)| scope.port);
        let ports: Vec<_> = ports.map(|(first, last)| Ports(first..=last)).collect();
        if !ports.is_empty() {
            entry = entry.with_ports(&ports);
        }
        if let Some(interface) = &scope.interface {
            entry = entry.with("interfaces", std::slice::from_ref(interface));
        }
        let options: Vec<_> = scope
            .options
            .iter()
            .map(|option| option.name().into())
            .collect();
        if !options.is_empty() {
            entry = entry.with("options", &options);
        }
        entry = entry.with("users", std::slice::from_ref(&scope.user));
        if self.freedom.quotas {
            let mut all = quota::Runs::new();
            for (run, carried) in group.iter().flat_map(|(_, evidence)| &evidence.carried) {
                all.entry(run.clone()).or_default().add(carried);
            }
            let (limited, seen) = quota::limited(entry, &all);
            let _ = writeln!(text, "  # {seen}");
            entry = limited;
        }
        let _ = writeln!(text, "  {entry},");
    }

    /// The patterns for these targets, and what the reader must know about them.
    fn targets(&self, goals: &BTreeSet<Goal>) -> (Vec<String>, Vec<String>) {
        let (mut to, mut marks, mut networks) = (Vec::new(), Vec::new(), Vec::new());
        for goal in goals {
            match goal {
                Goal::Arguments => {
                    marks.push("widened: $args stands for what was typed".into());
                    to.push("$args".into());
                }
                Goal::Network(network) => networks.push(*network),
                Goal::Named(name) if name.parse::<Pattern>().is_ok() => to.push(name.clone()),
                Goal::Named(name) => {
                    marks.push(format!("cannot be written as a target, left out: {name}"));
                }
            }
        }
        networks = self.widened(&networks, &mut marks);
        let exact = IpNet::aggregate(&networks);
        to.extend(exact.into_iter().map(|network| {
            if network.prefix_len() == network.max_prefix_len() {
                network.addr().to_string()
            } else {
                network.to_string()
            }
        }));
        (to, marks)
    }

    /// Networks of the prefix that was asked for, wherever two or more of the given ones lie in one.
    fn widened(&self, networks: &[IpNet], marks: &mut Vec<String>) -> Vec<IpNet> {
        let mut wide: BTreeMap<IpNet, Vec<IpNet>> = BTreeMap::new();
        for network in networks {
            let prefix = match network {
                IpNet::V4(_) => self.freedom.ipv4,
                IpNet::V6(_) => self.freedom.ipv6,
            };
            let prefix = prefix.unwrap_or(u8::MAX).min(network.prefix_len());
            let around = IpNet::new(network.addr(), prefix);
            let around = around.map_or(*network, |around| around.trunc());
            wide.entry(around).or_default().push(*network);
        }
        wide.into_iter()
            .map(|(around, inside)| match inside[..] {
                [alone] => alone,
                _ => {
                    let inside: Vec<_> = inside.iter().map(|one| one.addr().to_string()).collect();
                    marks.push(format!(
                        "widened: {around} stands for {}",
                        inside.join(", ")
                    ));
                    around
                }
            })
            .collect()
    }
}

/// Scopes that differ in their port only and have the same targets, together.
fn merged(rules: &BTreeMap<Scope, Evidence>) -> Vec<Vec<(&Scope, &Evidence)>> {
    let mut groups: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (scope, evidence) in rules {
        let same = (
            (
                &scope.capability,
                &scope.user,
                &scope.interface,
                &scope.options,
            ),
            scope.port.is_some(),
            &evidence.targets,
        );
        groups.entry(same).or_default().push((scope, evidence));
    }
    groups.into_values().collect()
}

fn shown_span(times: Option<(Timestamp, Timestamp)>) -> String {
    match times {
        None => String::new(),
        Some((start, end)) if start == end => format!(", at {start:.0}"),
        Some((start, end)) => format!(", {start:.0} to {end:.0}"),
    }
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
