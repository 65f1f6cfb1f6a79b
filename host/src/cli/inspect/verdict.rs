//! How the policy in force decides the requests of a manifest.

use std::{fmt, io};

use nethost_inspect::Facts;
use nethost_manifest::Wanted;

use crate::cli::{Options, ask, run};
use nethost_core::User;
use nethost_policy as policy;
use nethost_policy::{OnMissing, Subject};
use nethost_runner::capabilities;
use nethost_runner::plugin::inspect;
use nethost_runner::plugin::load::Found;
use nethost_service::catalog;

/// The decision about a request.
pub(super) enum Verdict {
    Policy(policy::Verdict),
    /// No rule mentions it: on a terminal, the operator would be asked.
    Asked,
    /// The request is malformed, so no policy can decide it.
    Meaningless(String),
}

/// The decision of the policy in force about each request, as if the plugin ran now.
pub(super) fn verdicts(
    options: &Options,
    found: &Found,
    facts: &Facts,
) -> io::Result<Vec<Verdict>> {
    let mut policies = run::policies(options, found).map_err(io::Error::other)?;
    if !found.bundled {
        ask::remember(found, &mut policies).map_err(io::Error::other)?;
    }
    let subject = Subject {
        name: found.name.clone(),
        digest: found.digest.clone(),
        bundled: found.bundled,
        signer: found.signer().ok().flatten(),
        args: Vec::new(),
        user: User::current(),
    };
    let in_force = policies.in_force(&subject);
    let would_ask = !found.bundled
        && policies.on_missing() == OnMissing::Ask
        && policies.granted.is_empty()
        && !policies.settle(&subject);
    let known = capabilities::request_names();
    let verdict = |wanted: &Wanted| {
        if let Err(unknown) = policy::known_capability(&wanted.cap, &known) {
            return Verdict::Meaningless(unknown);
        }
        match catalog::rules(std::slice::from_ref(wanted), "").as_deref() {
            Ok([rule]) => match in_force.verdict(rule) {
                policy::Verdict::Missing { .. }
                    if would_ask && !policies.mention(&wanted.cap, &subject) =>
                {
                    Verdict::Asked
                }
                verdict => Verdict::Policy(verdict),
            },
            Ok(_) => Verdict::Meaningless(String::new()),
            Err(bad) => Verdict::Meaningless(bad.to_string()),
        }
    };
    Ok(inspect::asked(facts).iter().map(verdict).collect())
}

impl Verdict {
    /// The verdict as a word for programs, and the rules that decided.
    pub(super) fn parts(&self) -> (&'static str, Vec<&str>) {
        match self {
            Verdict::Policy(policy::Verdict::Allowed { rule }) => ("allowed", vec![rule]),
            Verdict::Policy(policy::Verdict::InPart { rules }) => {
                ("in-part", rules.iter().map(AsRef::as_ref).collect())
            }
            Verdict::Policy(policy::Verdict::Denied { rule }) => ("denied", vec![rule]),
            Verdict::Policy(policy::Verdict::Missing { .. }) => ("missing", Vec::new()),
            Verdict::Asked => ("asked", Vec::new()),
            Verdict::Meaningless(_) => ("meaningless", Vec::new()),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Policy(policy::Verdict::Missing { file: Some(file) }) => {
                write!(f, "denied: no rule of {file} allows it")
            }
            Verdict::Policy(policy::Verdict::Missing { file: None }) => {
                f.write_str("denied: no rule allows it")
            }
            Verdict::Policy(policy::Verdict::InPart { .. }) => {
                write!(f, "allowed in part: {}", self.parts().1.join(", "))
            }
            Verdict::Policy(_) => write!(f, "{}: {}", self.parts().0, self.parts().1.join(", ")),
            Verdict::Asked => f.write_str("not decided: the operator is asked"),
            Verdict::Meaningless(why) => write!(f, "denied: {why}"),
        }
    }
}
