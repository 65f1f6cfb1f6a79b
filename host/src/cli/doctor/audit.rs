//! The audit log that runs of this user write, and what vouches for it: head, keys and seal. Nothing is verified that
//! takes longer for a longer log; `nethost audit verify` does that.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::super::Options;
use super::finding::Finding;
use super::place::{self, Obstacle};
use super::privilege::Source;
use nethost_audit::{self as audit, Head, verify};
use nethost_policy::{Error, Policies};
use nethost_service::log;

const LOG: &str = "log";
const STATE: &str = "head and keys";

pub(super) fn findings(
    options: &Options,
    loaded: &Result<Policies, Error>,
    source: &Source,
) -> Vec<Finding> {
    let Ok(policies) = loaded else {
        let found = "the policy has mistakes, so its log is not known";
        return vec![Finding::fact(LOG, found)];
    };
    if source.is_service() {
        let found =
            "the service keeps the log of this user's runs; as root, `nethost doctor` looks at it";
        return vec![Finding::fact(LOG, found)];
    }
    let required = policies.audit().required || options.audit.is_some();
    let path = match log::path(options.audit.as_deref(), policies) {
        Ok(Some(path)) => path,
        Ok(None) if required => {
            let found = "the policy requires one, and there is no HOME to keep it in";
            return vec![Finding::wrong(LOG, found, "name one with `--audit FILE`")];
        }
        Ok(None) => {
            let found = "none: there is no HOME to keep it in";
            return vec![Finding::note(LOG, found, "name one with `--audit FILE`")];
        }
        Err(error) => {
            return vec![Finding::wrong(LOG, error.to_string(), "leave --audit out")];
        }
    };
    // The head first: a log that grows meanwhile is longer than its head says, which is no fault.
    let state = audit::state_of(&path);
    let (log, length) = of_log(&path, required);
    let mut findings = vec![log];
    match state {
        Ok(state) => findings.push(of_state(&path, &state, length, required)),
        Err(error) => findings.push(Finding::wrong(
            STATE,
            error.to_string(),
            "set NETHOST_STATE_DIR",
        )),
    }
    findings
}

/// The finding, and the length of the current file.
fn of_log(path: &Path, required: bool) -> (Finding, u64) {
    let shown = path.display();
    let folder = path.parent().unwrap_or(Path::new("/"));
    let obstacle = |obstacle: &Obstacle| {
        let consequence = if required {
            "no plugin runs, because a log is required"
        } else {
            "runs are not recorded"
        };
        let found = format!("{shown}: {}; {consequence}", obstacle.found());
        let remedy = match obstacle {
            Obstacle::Owner(_) => format!(
                "as the words say, or name another log with `--audit FILE`; {shown} must be out of reach of others"
            ),
            _ => {
                "make the folder one that this user can write to, or name a log with `--audit FILE`"
                    .to_owned()
            }
        };
        // Where nobody required a log and nobody named its place, a run without one is no mistake.
        match obstacle {
            Obstacle::Owner(_) => Finding::wrong(LOG, found, remedy),
            _ if required => Finding::wrong(LOG, found, remedy),
            _ => Finding::note(LOG, found, remedy),
        }
    };
    let facts = match std::fs::symlink_metadata(path) {
        Ok(facts) => facts,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return match place::writable(folder) {
                Ok(()) => {
                    let found = format!("{shown}: the first run begins it");
                    (Finding::ok(LOG, found), 0)
                }
                Err(why) => (obstacle(&why), 0),
            };
        }
        Err(error) => {
            let found = format!("{shown}: {error}");
            let remedy = "name a log that this user may reach with `--audit FILE`";
            return (Finding::wrong(LOG, found, remedy), 0);
        }
    };
    let length = facts.len();
    if let Err(why) = place::writable(folder) {
        return (obstacle(&why), length);
    }
    let own = rustix::process::geteuid().as_raw();
    let finding = if facts.is_symlink() {
        Finding::wrong(
            LOG,
            format!("{shown} is a symbolic link, which is not followed"),
            "name the file itself",
        )
    } else if !facts.is_file() {
        Finding::fact(LOG, format!("{shown} is no file: it keeps nothing"))
    } else if facts.uid() != own {
        Finding::wrong(
            LOG,
            format!(
                "{shown} belongs to user {}, not to {own} who writes it",
                facts.uid()
            ),
            format!("`chown {own} {shown}`, or name another log with `--audit FILE`"),
        )
    } else if facts.mode() & 0o022 != 0 {
        Finding::wrong(
            LOG,
            format!("others can write to {shown}, so it proves nothing"),
            format!("`chmod go-w {shown}`"),
        )
    } else {
        Finding::ok(LOG, format!("{shown}: {length} bytes"))
    };
    (finding, length)
}

fn of_state(log: &Path, state: &Path, length: u64, required: bool) -> Finding {
    let shown = state.display();
    if let Err(why) = place::writable(state) {
        let found = format!("{shown}: {}; the log cannot be signed", why.found());
        let remedy = match why {
            Obstacle::Owner(_) => {
                "let only root and this user write to it and above, or set NETHOST_STATE_DIR"
            }
            _ => "make it a folder that this user can write to, or set NETHOST_STATE_DIR",
        };
        return match why {
            Obstacle::Owner(_) => Finding::wrong(STATE, found, remedy),
            _ if required => Finding::wrong(STATE, found, remedy),
            _ => Finding::note(STATE, found, remedy),
        };
    }
    let verify = format!("`nethost audit verify {}` says more", log.display());
    let head = match verify::expected_here(state).and_then(|_| audit::head::read(state)) {
        Ok(head) => head,
        Err(error) => return Finding::wrong(STATE, format!("{shown}: {error}"), verify),
    };
    match head {
        None if length == 0 => Finding::ok(STATE, format!("{shown}: the first run makes them")),
        None => Finding::wrong(
            STATE,
            format!("{shown} has no head: nothing says where the log should end"),
            verify,
        ),
        Some(head) => of_head(&head, length, &verify),
    }
}

fn of_head(head: &Head, length: u64, verify: &str) -> Finding {
    let position = &head.position;
    if length < head.offset {
        let found = format!(
            "the log has {length} bytes, its head says {}: records are missing",
            head.offset
        );
        return Finding::wrong(STATE, found, verify);
    }
    let signed = match &position.signed {
        Some(signed) if signed.holds() => format!("signed up to record {}", signed.seq),
        Some(_) => {
            let found = "the last signature is not that of its key";
            return Finding::wrong(STATE, found, verify);
        }
        None => "nothing signed yet".to_owned(),
    };
    Finding::ok(
        STATE,
        format!(
            "record {} with hash {}, {signed}",
            position.seq, position.hash
        ),
    )
}
