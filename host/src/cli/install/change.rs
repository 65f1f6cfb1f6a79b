//! From a plugin that could be installed to an installed one: what is refused whatever the operator says, the question,
//! and the change.

use std::io::{self, Write};

use semver::Version as Order;

use super::super::{ask, question};
use super::candidate::Candidate;
use super::record::{Record, of_candidate};
use super::{names, show};
use nethost_core::{User, output, text};
use nethost_manifest::Wanted;
use nethost_policy::{OnMissing, Subject};
use nethost_service::catalog;
use nethost_service::grants::{Grants, Version};
use nethost_service::installed::{self, Installed, Plugin, Release};

/// Answers to the question.
#[derive(Clone, Copy)]
enum Answer {
    /// Install it, and grant what it asks for if the operator may.
    Yes,
    Ungranted,
    No,
}

/// Installs a candidate, or puts it in place of the plugin that is to be updated. False if it is installed already.
pub(super) fn change(
    record: &Record<'_>,
    candidate: Candidate,
    updated: Option<&str>,
    yes: bool,
) -> io::Result<bool> {
    let place = Installed::of_user().ok_or_else(|| io::Error::other(installed::Error::NoPlace))?;
    let about = of_candidate(&candidate);
    let all = match place.all() {
        Ok(all) => all,
        Err(error) => return record.unread(Some(about), io::Error::other(error)),
    };
    let name = &candidate.manifest.name;
    let before = all.iter().find(|plugin| plugin.name == *name);
    let subject = Subject {
        name: name.clone(),
        digest: candidate.found.digest.clone(),
        signer: candidate.signer.clone(),
        user: User::current(),
        ..Subject::default()
    };
    let refuse = |why: String| -> io::Result<bool> {
        let why = format!("{}: {why}", candidate.source);
        Err(record.refused(about.clone(), &why)?)
    };
    if let Some(updated) = updated.filter(|updated| updated != name) {
        return refuse(format!("it calls itself {name} now, and not {updated}"));
    }
    if let Some(why) = names::taken(&candidate.manifest, &all) {
        return refuse(why);
    }
    if let Some(bundled) = catalog::by_digest(&candidate.found.digest) {
        return refuse(format!("it is nethost's own tool {}", bundled.name));
    }
    if let Some(why) = record.policies.unsigned(&subject) {
        return refuse(why);
    }
    if let Err(problem) = ask::as_rules(&candidate.manifest.request, "") {
        return refuse(problem);
    }
    if let Some(before) = before {
        let current = &before.current;
        let same = current.component.digest == candidate.found.digest
            && current.signer == candidate.signer;
        // What is on the disk may have been damaged since; then it is written again.
        if same && place.component(before).is_ok() {
            told(&format!(
                "{} is installed already",
                show::titled(name, current)
            ))?;
            return Ok(false);
        }
        if let Some(why) = no_successor(&candidate, &before.current) {
            return refuse(why);
        }
    }
    let grantable = grantable(record, &candidate, &subject);
    let mut answer = match yes {
        true => Answer::Ungranted,
        false => Answer::No,
    };
    if !yes {
        let shown = show::candidate(&candidate, before);
        if !question::can_be_asked() {
            output::error().write_all(shown.as_bytes())?;
            return refuse(
                "nothing was installed: there is no terminal to ask on; --yes installs it without a question and grants nothing"
                    .into(),
            );
        }
        answer = asked(&shown, name, grantable.as_ref())?;
    }
    if matches!(answer, Answer::No) {
        return refuse("nothing was installed: the operator said no".into());
    }
    let change = place.change().map_err(io::Error::other)?;
    // Between question and answer, another nethost may have changed something.
    let same = change.now(name) == before;
    if !same || names::taken(&candidate.manifest, change.all()).is_some() {
        return refuse(
            "nothing was installed: the installed plugins have changed meanwhile; try again".into(),
        );
    }
    let plugin = Plugin {
        name: name.clone(),
        current: candidate.release(),
        previous: before.and_then(|before| previous(before, &candidate)),
    };
    let stored = candidate.found.stored().map_err(io::Error::other)?;
    record.allowed(about.clone())?;
    change
        .put(plugin.clone(), Some(&stored))
        .map_err(io::Error::other)?;
    let mut said = format!("{} is installed", show::titled(name, &plugin.current));
    match (answer, grantable) {
        (Answer::Yes, Some((grants, requests))) => {
            let version = Version {
                requests,
                ..candidate.version
            };
            grants.add(name, version).map_err(io::Error::other)?;
        }
        (_, Some(_)) => said += "; nothing is granted to it yet, its first run asks",
        (_, None) => {}
    }
    told(&said)?;
    Ok(true)
}

/// What a rollback leads to: the version before, or if that one is written again, the one before it.
fn previous(before: &Plugin, candidate: &Candidate) -> Option<Release> {
    match before.current.component.digest == candidate.found.digest {
        true => before.previous.clone(),
        false => Some(before.current.clone()),
    }
}

/// Why a candidate cannot take the place of an installed plugin of its name: it may be somebody else's, or an old one
/// with known mistakes, which has a valid signature, too.
fn no_successor(candidate: &Candidate, before: &Release) -> Option<String> {
    let name = &candidate.manifest.name;
    let remedy = format!("`nethost uninstall {name}` first if that is meant");
    match (&before.signer, &candidate.signer) {
        (Some(old), new) if new.as_ref() != Some(old) => {
            let new = match new {
                Some(new) => format!("signed by {new}"),
                None => "not signed".to_owned(),
            };
            return Some(format!(
                "the installed {name} is signed by {old}, and this one is {new}; {remedy}"
            ));
        }
        (None, _) if !candidate.source.is_that_of(&before.source) => {
            return Some(format!(
                "another plugin {name} is installed, from {}; {remedy}",
                before.source
            ));
        }
        _ => {}
    }
    let order = |version: &Option<String>| Order::parse(version.as_deref()?).ok();
    let (old, new) = (order(&before.version), order(&candidate.manifest.version));
    match (old, new) {
        (Some(old), Some(new)) if new < old => Some(format!(
            "it is version {new}, older than the installed {old}; `nethost rollback {name}` goes back; {remedy}"
        )),
        (Some(old), None) => Some(format!(
            "it has no version, and the installed {name} is {old}; {remedy}"
        )),
        _ => None,
    }
}

/// What the operator may grant with the answer, as at a first run: what no rule is about, where the policies let somebody
/// be asked.
fn grantable(
    record: &Record<'_>,
    candidate: &Candidate,
    subject: &Subject,
) -> Option<(Grants, Vec<Wanted>)> {
    let policies = &record.policies;
    if policies.settle(subject) || policies.on_missing() != OnMissing::Ask {
        return None;
    }
    let wanted: Vec<Wanted> = candidate
        .manifest
        .request
        .iter()
        .filter(|wanted| !policies.mention(&wanted.cap, subject))
        .cloned()
        .collect();
    let grants = Grants::of_user().filter(|_| !wanted.is_empty())?;
    Some((grants, wanted))
}

fn asked(shown: &str, name: &str, grantable: Option<&(Grants, Vec<Wanted>)>) -> io::Result<Answer> {
    let yes = ("y", "yes", Answer::Yes);
    let no = ("n", "no", Answer::No);
    let Some((_, wanted)) = grantable else {
        let question = format!("{shown}Install {name}? Yes (y), or no (n): ");
        return question::ask(&question, &[yes, no], Answer::No);
    };
    let mut caps: Vec<&str> = wanted.iter().map(|wanted| wanted.cap.as_str()).collect();
    caps.dedup();
    let question = format!(
        "{shown}Install {name} and grant it {}? Yes (y), install without a grant (i), or no (n): ",
        caps.join(", ")
    );
    let ungranted = ("i", "install", Answer::Ungranted);
    question::ask(&question, &[yes, ungranted, no], Answer::No)
}

/// Says what was done.
pub(super) fn told(line: &str) -> io::Result<()> {
    writeln!(output::output(), "{}", text::line(line))
}
