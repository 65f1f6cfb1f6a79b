//! The policy of the system, and the one that `--policy` names: the same check as `nethost policy check`.

use super::finding::Finding;
use super::privilege::Source;
use nethost_policy::{self as policy, Error, Names, Policies, Policy, Problem, SYSTEM_FILE};
use nethost_service::grants::Grants;

pub(super) fn findings(
    loaded: &Result<Policies, Error>,
    names: Names<'_>,
    source: &Source,
) -> Vec<Finding> {
    let policies = match loaded {
        Ok(policies) => policies,
        Err(error) => return vec![mistakes(error.problems())],
    };
    let mut findings = vec![match &policies.ceiling {
        Some(ceiling) => read("system", ceiling, names),
        None if source.is_service() => Finding::note(
            "system",
            format!(
                "there is no {SYSTEM_FILE} to be seen here, and a service does not start without one"
            ),
            "`nethost man 5 policy` has an example",
        ),
        None => Finding::note(
            "system",
            format!("there is no {SYSTEM_FILE}: each plugin gets what it asks for"),
            "`nethost man 5 policy` has an example to begin with",
        ),
    }];
    findings.extend(
        policies
            .chosen
            .iter()
            .map(|chosen| read("--policy", chosen, names)),
    );
    findings.extend(grants());
    findings
}

/// What this user has granted to plugins that are not bundled.
fn grants() -> Option<Finding> {
    const NAME: &str = "grants";
    let grants = Grants::of_user()?;
    let shown = grants.path().display();
    Some(match grants.all() {
        Ok(all) if all.is_empty() => Finding::ok(NAME, "none"),
        Ok(all) => Finding::ok(NAME, format!("{shown}: for {} digests", all.len())),
        Err(error) => Finding::wrong(
            NAME,
            error.to_string(),
            format!(
                "as the words say, or remove {shown}: plugins that are not bundled are asked for again"
            ),
        ),
    })
}

fn read(name: &'static str, found: &Policy, names: Names<'_>) -> Finding {
    let problems = policy::unreachable(found, names);
    let rules = found.rules.len();
    let origin = &found.origin;
    if problems.is_empty() {
        let whose = match name {
            "system" => "root's alone; ",
            _ => "",
        };
        return Finding::ok(name, format!("{origin}: {whose}{rules} rules, no mistakes"));
    }
    Finding::note(
        name,
        format!("{origin}: {rules} rules, of which {}", listed(&problems)),
        format!("`nethost policy check {origin}`"),
    )
}

fn mistakes(problems: &[Problem]) -> Finding {
    let origin = problems.first().map_or("", |problem| &*problem.origin);
    let name = if origin == SYSTEM_FILE {
        "system"
    } else {
        "--policy"
    };
    Finding::wrong(
        name,
        format!("{}; no plugin runs until it is mended", listed(problems)),
        format!("`nethost policy check {origin}` shows all, and how to mend them"),
    )
}

/// The first problem, and how many more there are.
fn listed(problems: &[Problem]) -> String {
    let first = problems
        .first()
        .map_or_else(String::new, ToString::to_string);
    match problems.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more)", count - 1),
    }
}
