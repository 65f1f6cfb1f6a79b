//! Asks the operator before a plugin runs that is not part of this build and that no rule or grant mentions. Shows what
//! the plugin asks for, why, and what has changed since another version was granted. The question ends with the requests
//! in this program's words, so that nothing important can have scrolled away.

use std::fmt::Write as _;
use std::io;

use nethost_inspect::{Facts, Stated};
use nethost_manifest::Wanted;

use super::question::{self, marked};
use nethost_core::text;
use nethost_policy::{Entry, OnMissing, Policies, Rule, Subject, quoted};
use nethost_runner::capabilities;
use nethost_runner::plugin::inspect::{self, Difference};
use nethost_runner::plugin::load::{self, Found};
use nethost_service::catalog;
use nethost_service::grants::{self, Granted, Grants, Version};

/// Why a plugin does not run.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Load(#[from] load::Error),
    #[error(transparent)]
    Grants(#[from] grants::Error),
    #[error("{plugin}: its manifest cannot be used: {problem}; --allow says what it may do")]
    Manifest { plugin: String, problem: String },
    #[error("{plugin} was not run: what it asks for was not granted")]
    Refused { plugin: String },
    /// There is no terminal to ask on.
    #[error("{plugin} was not run: nothing allows what it asks for; {remedy}:")]
    Missing {
        plugin: String,
        remedy: String,
        /// The policy that would allow the plugin.
        policy: String,
    },
    #[error("asking: {0}")]
    Terminal(#[from] io::Error),
}

impl Error {
    /// The reason for the audit log: the first line of the message is sufficient.
    pub(super) fn reason(&self) -> String {
        match self {
            Error::Missing { .. } => "nothing allows what it asks for".into(),
            other => other.to_string(),
        }
    }
}

/// As the origin of what was granted for this run.
const ONCE: &str = "granted at the terminal, once";

/// What the operator has granted, now or before.
pub(super) struct Given {
    /// Where and when, for the records.
    pub(super) origin: String,
    pub(super) requests: Vec<Wanted>,
    /// Until it is taken back; otherwise for this run.
    pub(super) for_good: bool,
}

/// Answers to the question.
#[derive(Clone, Copy)]
enum Answer {
    Once,
    Always,
    No,
}

/// Adds earlier grants of the operator, or the answer to the question, to the policies.
pub(super) fn settle(
    found: &Found,
    subject: &Subject,
    policies: &mut Policies,
) -> Result<Option<Given>, Error> {
    if found.bundled || policies.settle(subject) {
        return Ok(None);
    }
    let known = remember(found, policies)?;
    let own = known
        .iter()
        .find(|known| known.version.digest == found.digest);
    if let Some(granted) = own {
        return Ok(Some(Given {
            origin: origin_of(granted),
            requests: granted.version.requests.clone(),
            for_good: true,
        }));
    }
    let may_ask = policies.on_missing() == OnMissing::Ask;
    let grants = Grants::of_user();
    let terminal = question::can_be_asked();
    let facts = found.facts()?;
    let wanted: Vec<Wanted> = requests(found, &facts, may_ask && terminal)?
        .into_iter()
        .filter(|wanted| !policies.mention(&wanted.cap, subject))
        .collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let granted = rules(found, &wanted, ONCE)?;
    if !(may_ask && terminal) {
        let (remedy, policy) = remedy(policies, found, &wanted);
        return Err(Error::Missing {
            plugin: found.typed.clone(),
            remedy,
            policy,
        });
    }
    let version = inspect::version(&found.digest, found.size(), &facts);
    let before = known.iter().rev().find(|known| known.name == found.name);
    let text = question(found, &facts, &wanted, before, &version, grants.is_some());
    let answers = [
        ("o", "once", Answer::Once),
        ("a", "always", Answer::Always),
        ("n", "no", Answer::No),
    ];
    match question::ask(&text, &answers, Answer::No)? {
        Answer::No => {
            return Err(Error::Refused {
                plugin: found.typed.clone(),
            });
        }
        Answer::Once => {}
        Answer::Always => {
            if let Some(grants) = grants {
                let version = Version {
                    requests: wanted.clone(),
                    ..version
                };
                grants.add(&found.name, version)?;
            }
        }
    }
    policies.granted.extend(granted);
    Ok(Some(Given {
        origin: ONCE.into(),
        requests: wanted,
        for_good: false,
    }))
}

/// Where a grant comes from, for the records.
fn origin_of(granted: &Granted) -> String {
    format!("granted on {}", text::line(&granted.granted))
}

/// Adds earlier grants to the policies, if grants apply. Returns all grants.
pub(super) fn remember(found: &Found, policies: &mut Policies) -> Result<Vec<Granted>, Error> {
    let place = Grants::of_user().filter(|_| policies.on_missing() == OnMissing::Ask);
    let known = match place {
        Some(place) => place.all()?,
        None => return Ok(Vec::new()),
    };
    let own = known
        .iter()
        .find(|known| known.version.digest == found.digest);
    if let Some(granted) = own {
        let origin = origin_of(granted);
        let rules = rules(found, &granted.version.requests, &origin)?;
        policies.granted.extend(rules);
    }
    Ok(known)
}

/// The grants file with a grant for this plugin, if there is one.
pub(super) fn granted_for_good(found: &Found) -> Option<Grants> {
    if found.bundled {
        return None;
    }
    let grants = Grants::of_user()?;
    let all = grants.all().ok()?;
    let own = all.iter().any(|known| known.version.digest == found.digest);
    own.then_some(grants)
}

/// The requests of a plugin. For a plugin without a manifest, they are derived from its imports if the operator can be
/// asked. Otherwise such a plugin runs without grants, and its requests are denied.
fn requests(found: &Found, facts: &Facts, derive: bool) -> Result<Vec<Wanted>, Error> {
    match &facts.manifest {
        Stated::Manifest(manifest) => Ok(manifest.request.clone()),
        Stated::Unusable(problem) => Err(Error::Manifest {
            plugin: found.typed.clone(),
            problem: problem.clone(),
        }),
        Stated::Absent if derive => Ok(inspect::reachable(facts)
            .into_keys()
            .map(|request| Wanted {
                attended: false,
                cap: request.into(),
                to: None,
                ports: None,
                interfaces: None,
                options: None,
                reason: "(it gives no reason)".into(),
            })
            .collect()),
        Stated::Absent => Ok(Vec::new()),
    }
}

/// The requests as rules.
fn rules(found: &Found, wanted: &[Wanted], origin: &str) -> Result<Vec<Rule>, Error> {
    as_rules(wanted, origin).map_err(|problem| Error::Manifest {
        plugin: found.typed.clone(),
        problem,
    })
}

/// The requests as rules, or what is wrong with them. A request that this nethost does not know can be neither granted
/// nor used.
pub(super) fn as_rules(wanted: &[Wanted], origin: &str) -> Result<Vec<Rule>, String> {
    let known = capabilities::request_names();
    let unknown = wanted
        .iter()
        .find(|wanted| !known.contains(&wanted.cap.as_str()));
    match unknown {
        Some(unknown) => Err(format!(
            "it asks for {}, which this nethost does not know; known are {}",
            unknown.cap,
            known.join(", ")
        )),
        None => catalog::rules(wanted, origin).map_err(|bad| bad.to_string()),
    }
}

/// Where to put a policy that allows the requests, and the text of that policy.
fn remedy(policies: &Policies, found: &Found, wanted: &[Wanted]) -> (String, String) {
    let files: Vec<&str> = [&policies.ceiling, &policies.chosen]
        .into_iter()
        .flatten()
        .map(|policy| policy.origin.as_str())
        .collect();
    let (remedy, head) = if files.is_empty() {
        let remedy = "this policy does, in a file named with --policy";
        (remedy.to_owned(), "version = 1\n\n")
    } else {
        let remedy = format!("these lines do, added to {}", files.join(" and to "));
        (remedy, "")
    };
    let mut text = format!(
        "{head}[[plugin]] # {}\ndigest = {}\nallow = [\n",
        text::line(&found.name),
        quoted(&found.digest)
    );
    for wanted in wanted {
        let mut entry = Entry::new(&wanted.cap);
        if let Some(to) = &wanted.to {
            entry = entry.with("to", to);
        }
        if let Some(ports) = &wanted.ports {
            entry = entry.with_ports(ports);
        }
        if let Some(interfaces) = &wanted.interfaces {
            entry = entry.with("interfaces", interfaces);
        }
        if let Some(options) = &wanted.options {
            entry = entry.with("options", options);
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {entry}, # {}", text::line(&wanted.reason));
    }
    (remedy, text + "]\n")
}

fn question(
    found: &Found,
    facts: &Facts,
    wanted: &[Wanted],
    before: Option<&Granted>,
    version: &Version,
    can_keep: bool,
) -> String {
    let columns = question::columns();
    let mut text = format!(
        "nethost: {} is not part of nethost, and nothing says what it may do.\n{}\n",
        text::line(&found.typed),
        found.digest
    );
    let mut quote = |line: &str| marked(&mut text, line, columns);
    if let Some(manifest) = facts.manifest.manifest() {
        quote(&manifest.summary);
    }
    for wanted in wanted {
        quote(&inspect::request(wanted));
        quote(&format!("    {}", wanted.reason));
    }
    if let Some(before) = before {
        let _ = writeln!(
            text,
            "Another version of {} was granted on {}. What is new, gone, or explained otherwise:",
            text::line(&before.name),
            text::line(&before.granted)
        );
        let lines = Difference::between(&before.version, version).lines();
        for line in &lines {
            marked(&mut text, &text::line(line), columns);
        }
        if lines.is_empty() {
            text += "Nothing that can be seen from outside.\n";
        }
    }
    let mut caps: Vec<&str> = wanted.iter().map(|wanted| wanted.cap.as_str()).collect();
    caps.dedup();
    let always = if can_keep {
        ", always for this digest (a)"
    } else {
        ""
    };
    let _ = write!(
        text,
        "Grant it {}? Once (o){always}, or no (n): ",
        caps.join(", ")
    );
    text
}
