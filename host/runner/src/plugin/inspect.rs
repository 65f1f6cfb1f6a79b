//! Compares what a plugin asks for with what it can reach, and one version of a plugin with another.
//!
//! A manifest is a claim: it lists requests, and grants nothing. Imports are facts: a component gets nothing else. If
//! the two differ, both are shown.

use std::collections::BTreeMap;

use nethost_inspect::{Facts, Kind};
use nethost_manifest::Wanted;
use serde::Serialize;

use crate::capabilities::INTERFACES;
use nethost_service::grants::Version;

/// The requests that a component can make with its imports, each with the interfaces that make it.
pub fn reachable(facts: &Facts) -> BTreeMap<&'static str, Vec<&str>> {
    let mut requests: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for item in &facts.imports {
        let interface = item.name.split('@').next().unwrap_or(&item.name);
        let offered = INTERFACES.iter().find(|offered| {
            interface
                .strip_prefix(offered.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        // An interface with types only makes no request.
        if item.functions.is_empty() {
            continue;
        }
        for request in offered.map_or(&[][..], |offered| offered.requests) {
            requests
                .entry(request.name)
                .or_default()
                .push(item.name.as_str());
        }
    }
    requests
}

/// The requests of the manifest.
pub fn asked(facts: &Facts) -> &[Wanted] {
    facts
        .manifest
        .manifest()
        .map_or(&[], |manifest| &manifest.request)
}

/// The differences between what a plugin asks for and what it can reach, one line each.
pub fn contradictions(facts: &Facts) -> Vec<String> {
    let reachable = reachable(facts);
    let asked = asked(facts);
    let idle = asked
        .iter()
        .filter(|wanted| !reachable.contains_key(wanted.cap.as_str()))
        .map(|wanted| {
            format!(
                "it asks for {}, but none of its imports can use it",
                wanted.cap
            )
        });
    let silent = reachable
        .iter()
        .filter(|(request, _)| !asked.iter().any(|wanted| wanted.cap == **request))
        .map(|(request, interfaces)| {
            format!(
                "it does not ask for {request}, which {} could use",
                interfaces.join(", ")
            )
        });
    idle.chain(silent).collect()
}

/// What this version asks for and reaches.
pub fn version(digest: &str, size: usize, facts: &Facts) -> Version {
    let mut imports: Vec<String> = Vec::new();
    for item in &facts.imports {
        match item.kind {
            Kind::Interface => imports.extend(
                item.functions
                    .iter()
                    .map(|function| format!("{} {function}", item.name)),
            ),
            _ => imports.push(item.name.clone()),
        }
    }
    Version {
        digest: digest.into(),
        size,
        requests: asked(facts).to_vec(),
        imports,
    }
}

/// The differences between two versions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Requests that only the new one makes.
    pub requests_added: Vec<Wanted>,
    /// Requests that only the old one makes.
    pub requests_removed: Vec<Wanted>,
    /// Requests of both versions with different reasons: the old one, then the new one.
    pub reasons_changed: Vec<(Wanted, Wanted)>,
    /// What only the new one imports.
    pub imports_added: Vec<String>,
    /// What only the old one imports.
    pub imports_removed: Vec<String>,
}

impl Difference {
    /// From an old version to a new one.
    pub fn between(old: &Version, new: &Version) -> Self {
        // Everything except the reason.
        let what = |wanted: &Wanted| Wanted {
            reason: String::new(),
            ..wanted.clone()
        };
        let same = |a: &Wanted, b: &Wanted| what(a) == what(b);
        let lacking = |from: &[Wanted], in_other: &[Wanted]| {
            from.iter()
                .filter(|wanted| !in_other.iter().any(|other| same(wanted, other)))
                .cloned()
                .collect()
        };
        let missing = |from: &[String], in_other: &[String]| {
            from.iter()
                .filter(|import| !in_other.contains(import))
                .cloned()
                .collect()
        };
        let both = new.requests.iter().filter_map(|wanted| {
            let before = old.requests.iter().find(|before| same(before, wanted))?;
            (before.reason != wanted.reason).then(|| (before.clone(), wanted.clone()))
        });
        Self {
            requests_added: lacking(&new.requests, &old.requests),
            requests_removed: lacking(&old.requests, &new.requests),
            reasons_changed: both.collect(),
            imports_added: missing(&new.imports, &old.imports),
            imports_removed: missing(&old.imports, &new.imports),
        }
    }

    /// One line each: `+` for what is new, `-` for what is gone, `~` for a changed reason.
    pub fn lines(&self) -> Vec<String> {
        let requests = |sign: &str, wanted: &[Wanted]| {
            wanted
                .iter()
                .map(|wanted| format!("{sign} {}: {}", request(wanted), wanted.reason))
                .collect::<Vec<_>>()
        };
        let imports = |sign: &str, imports: &[String]| {
            imports
                .iter()
                .map(|import| format!("{sign} imports {import}"))
                .collect::<Vec<_>>()
        };
        let reasons = self.reasons_changed.iter().map(|(old, new)| {
            format!("~ {}: {}; before: {}", request(new), new.reason, old.reason)
        });
        [
            requests("+", &self.requests_added),
            requests("-", &self.requests_removed),
            reasons.collect(),
            imports("+", &self.imports_added),
            imports("-", &self.imports_removed),
        ]
        .concat()
    }
}

/// A request on one line, such as `tcp.connect to $args, ports 43 443`.
pub fn request(wanted: &Wanted) -> String {
    let mut line = match &wanted.to {
        Some(to) => format!("{} to {}", wanted.cap, to.join(", ")),
        None => format!("{} to anything", wanted.cap),
    };
    if let Some(ports) = &wanted.ports {
        let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
        let plural = if ports.len() == 1 { "" } else { "s" };
        line += &format!(", port{plural} {}", ports.join(" "));
    }
    if let Some(interfaces) = &wanted.interfaces {
        line += &format!(", through {}", interfaces.join(" "));
    }
    if wanted.attended {
        line += ", at a terminal";
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use nethost_manifest::Ports;

    fn wanted(cap: &str, reason: &str) -> Wanted {
        Wanted {
            attended: false,
            cap: cap.into(),
            to: None,
            ports: None,
            interfaces: None,
            options: None,
            reason: reason.into(),
        }
    }

    fn version(requests: &[Wanted], imports: &[&str]) -> Version {
        Version {
            digest: String::new(),
            size: 0,
            requests: requests.to_vec(),
            imports: imports.iter().map(|name| (*name).into()).collect(),
        }
    }

    #[test]
    fn a_difference_has_every_direction() {
        let narrow = Wanted {
            ports: Some(vec![Ports(43..=43), Ports(80..=90)]),
            interfaces: Some(vec!["eth*".into()]),
            ..wanted("c.d", "why")
        };
        let old = version(&[wanted("a.b", "why"), narrow], &["x f", "x g"]);
        let new = version(
            &[wanted("a.b", "other"), wanted("e.f", "why")],
            &["x g", "y h"],
        );
        let lines = Difference::between(&old, &new).lines();
        assert_eq!(
            lines,
            [
                "+ e.f to anything: why",
                "- c.d to anything, ports 43 80-90, through eth*: why",
                "~ a.b to anything: other; before: why",
                "+ imports y h",
                "- imports x f"
            ]
        );
        assert_eq!(Difference::between(&old, &old), Difference::default());
    }
}
