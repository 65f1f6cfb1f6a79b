//! Rules that have no effect, because a denial, an earlier rule or the time covers them, or because their plugin does
//! not exist. They are harmless, but their author meant something.

use jiff::Timestamp;

use super::file::nearest;
use super::problem::{Problem, Severity};
use super::rule::{Effect, Rule};
use super::{Names, Pattern, Policy};

/// Everything in a policy that has no effect, in the order of its rules.
pub fn unreachable(policy: &Policy, names: Names<'_>) -> Vec<Problem> {
    let now = Timestamp::now();
    let mut problems = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        let earlier = &policy.rules[..index];
        let why = expired(rule, now)
            .or_else(|| unknown_plugin(rule, names))
            .or_else(|| futile(rule))
            .or_else(|| covered(rule, earlier, &policy.rules));
        if let Some(message) = why {
            problems.push(problem(policy, rule, message));
        }
    }
    problems
}

fn problem(policy: &Policy, rule: &Rule, message: String) -> Problem {
    let place = rule
        .origin
        .strip_prefix(policy.origin.as_str())
        .and_then(|place| {
            let (line, column) = place.strip_prefix(':')?.split_once(':')?;
            Some((line.parse().ok()?, column.parse().ok()?))
        });
    Problem {
        severity: Severity::Warning,
        origin: policy.origin.clone(),
        place,
        message,
    }
}

fn expired(rule: &Rule, now: Timestamp) -> Option<String> {
    let until = rule.scope.until.filter(|until| *until <= now)?;
    Some(format!(
        "has no effect since {until}; remove it, or set `until` anew"
    ))
}

fn unknown_plugin(rule: &Rule, names: Names<'_>) -> Option<String> {
    let name = rule.plugin.name.as_deref().filter(|name| *name != "*")?;
    if rule.plugin.is_of_files() || names.plugins.contains(&name) {
        return None;
    }
    let hint = match nearest(name, names.plugins.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "any other plugin is named by its digest or its signer".into(),
    };
    Some(format!(
        "has no effect: no plugin `{name}` is bundled; {hint}"
    ))
}

fn futile(rule: &Rule) -> Option<String> {
    let why = |pattern: &Pattern| {
        let why = pattern.is_futile(&rule.scope.ports)?;
        Some(format!("`{pattern}` in `to` matches nothing: {why}"))
    };
    rule.to.iter().find_map(why)
}

fn covered(rule: &Rule, earlier: &[Rule], all: &[Rule]) -> Option<String> {
    if rule.effect == Effect::Allow
        && let Some(deny) = all
            .iter()
            .find(|other| other.effect == Effect::Deny && other.contains(rule))
    {
        return Some(format!(
            "has no effect: the denial at {} covers all of it; narrow the one or remove the other",
            deny.origin
        ));
    }
    if rule.effect == Effect::Report
        && let Some(deny) = all
            .iter()
            .find(|other| other.effect == Effect::Deny && other.contains(rule))
    {
        return Some(format!(
            "reports nothing: the denial at {} refuses all of it; remove the one or the other",
            deny.origin
        ));
    }
    // The first rule that covers a request decides, with its quota.
    let wider = earlier
        .iter()
        .find(|other| other.effect == rule.effect && other.contains(rule))?;
    let same = rule.contains(wider);
    let how = if same {
        "says the same"
    } else {
        "covers all of it"
    };
    Some(format!(
        "has no effect: the rule at {} {how}; remove it, or put it first",
        wider.origin
    ))
}

#[cfg(test)]
mod tests;
