//! What would become of a whole request of a manifest: not of one target, but of all that it asks for.

use std::sync::Arc;

use super::InForce;
use crate::{Effect, Rule};

/// What the policy in force says to a request, before any target is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of it is allowed.
    Allowed {
        /// By which rule: of several layers, the one nearest to the operator.
        rule: Arc<str>,
    },
    /// Some targets are, some are not.
    InPart {
        /// The rules that come into it.
        rules: Vec<Arc<str>>,
    },
    /// None of it is.
    Denied {
        /// The rule that denies it.
        rule: Arc<str>,
    },
    /// Nothing says so, and what nothing allows is denied.
    Missing {
        /// The file that would have to; none where it is the operator's to say.
        file: Option<String>,
    },
}

impl InForce {
    /// What it says to a request, given as the rule that would allow just that.
    pub fn verdict(&self, wanted: &Rule) -> Verdict {
        let about = |rule: &&Rule| {
            (rule.capability == "*" || rule.capability == wanted.capability) && rule.scope.lasts()
        };
        let layers = self.ceiling.iter().chain(&self.chosen).chain([&self.flags]);
        let denies: Vec<&Rule> = layers
            .flat_map(|layer| &layer.denies)
            .filter(about)
            .collect();
        if let Some(rule) = denies.iter().find(|rule| whole(rule, wanted)) {
            return Verdict::Denied {
                rule: Arc::clone(&rule.origin),
            };
        }
        let mut in_part: Vec<&Rule> = denies;
        let mut allowed = None;
        for row in self.layers().into_iter().flatten() {
            let allows: Vec<&Rule> = row
                .into_iter()
                .flatten()
                .flat_map(|layer| &layer.allows)
                .filter(about)
                .collect();
            if allows.is_empty() {
                let file = row[0].filter(|layer| !layer.origin.is_empty());
                return Verdict::Missing {
                    file: file.map(|layer| layer.origin.clone()),
                };
            }
            match allows.iter().find(|rule| whole(rule, wanted)) {
                Some(rule) => allowed = Some(Arc::clone(&rule.origin)),
                None => in_part.extend(allows),
            }
        }
        match allowed {
            Some(rule) if in_part.is_empty() => Verdict::Allowed { rule },
            _ => Verdict::InPart {
                rules: in_part
                    .into_iter()
                    .map(|rule| Arc::clone(&rule.origin))
                    .collect(),
            },
        }
    }
}

/// Whether a rule that is about this plugin and this user is about all of the request.
fn whole(rule: &Rule, wanted: &Rule) -> bool {
    let mut narrow = wanted.clone();
    narrow.plugin.clone_from(&rule.plugin);
    narrow.scope.users.clone_from(&rule.scope.users);
    narrow.scope.until = rule.scope.until;
    // A quota leaves out what exceeds it.
    rule.contains(&narrow) && (rule.effect == Effect::Deny || rule.scope.quota.is_unlimited())
}
