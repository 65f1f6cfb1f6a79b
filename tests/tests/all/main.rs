//! The integration tests: nethost driven over networks of the tests' own, beside the native tools.
//!
//! They are one executable with a `main` of its own, because a test whose needs are not met must not
//! count as passed: it is listed as ignored, with the reason, and fails with `REQUIRE_NETNS=1`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

// Every file beside this one, and `cases_below`, which has the cases of all of them (build.rs).
include!(concat!(env!("OUT_DIR"), "/all.rs"));

use case::{Case, must_run, only_marked};
use libtest_mimic::{Arguments, Trial};
use nethost_tests::privilege::{InstallMode, install_mode, is_alone, run_alone, unmet};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mode = install_mode();
    if let Some(reason) = unmet() {
        eprintln!("skipped: all tests as {mode:?}: {reason}");
        return ExitCode::from(u8::from(must_run()));
    }
    if mode == InstallMode::Namespace && !is_alone() {
        return run_alone();
    }
    let mut cases: Vec<Case> = cases_below();
    let is_test = |name: &str| cases.iter().any(|case| case.name == name);
    if let Some(name) = left_out::stale(is_test) {
        eprintln!("left_out.rs: {name} is no test");
        return ExitCode::FAILURE;
    }
    cases.retain(|case| case.rounds.contain(mode, only_marked()));
    let trials: Vec<Trial> = cases.into_iter().map(|case| case.trial(mode)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    nethost_tests::host::remove_what_was_kept();
    case::tell_what_took_longest();
    conclusion.exit_code()
}
