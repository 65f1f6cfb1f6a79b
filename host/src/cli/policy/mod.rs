//! `nethost policy`: what a policy means, before anything runs with it.

mod check;
mod learn;
mod replay;

use std::io::{self, Write};

use clap::Subcommand;

use super::Options;
use nethost_core::output;

/// What to do with policies.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Find mistakes and rules without effect; with --cap, show which rule decides that request and why. Exit code 0:
    /// allowed or no mistake, 1: denied, 2: error
    Check(check::Question),
    /// Print the narrowest policy that would have allowed what the audit logs contain
    Learn(learn::Logs),
    /// Show what a policy, as the system's, would change of what audit logs have on record. Exit code 0: nothing changes,
    /// 1: something does, 2: error
    Replay(replay::Logs),
    /// Print the JSON schema of policy files
    Schema,
}

/// Runs an action.
pub(super) fn policy(options: &Options, action: &Action) -> io::Result<u8> {
    match action {
        Action::Check(question) => check::check(options, question),
        Action::Learn(logs) => learn::learn(logs),
        Action::Replay(logs) => replay::replay(logs),
        Action::Schema => {
            output::output().write_all(include_bytes!("../../../../docs/policy.schema.json"))?;
            Ok(0)
        }
    }
}
