//! The integration tests: nethost driven over networks of the tests' own, beside the native tools.
//!
//! They are one executable with a `main` of its own, because a test whose needs are not met must not
//! count as passed: it is listed as ignored, with the reason, and fails with `REQUIRE_NETNS=1`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arp;
mod asking;
mod audit;
mod audit_command;
mod audit_faults;
mod audit_witness;
mod bad_input;
mod cache;
mod capability;
mod case;
mod cli;
mod dig;
mod dig_encrypted;
mod dig_hostile;
mod dig_resolvers;
mod dig_signed;
mod dig_validate;
mod held_terminal;
mod hostile;
mod inspect;
mod ip;
mod ip_changes;
mod ip_events;
mod ip_shows;
mod learn;
mod left_out;
mod limits;
mod mtr;
mod narrowing;
mod of_0_1_0;
mod owners;
mod ping;
mod ping_beyond;
mod policy;
mod policy_audit;
mod policy_check;
mod privilege;
mod probes;
mod rdap;
mod revocation;
mod service;
mod signals;
mod std_net;
mod surroundings;
mod terminal_safety;
mod test_bed;
mod traceroute;
mod whois;

use case::{Case, must_run};
use libtest_mimic::{Arguments, Trial};
use nethost_tests::privilege::{Way, is_alone, run_alone, unmet, way};
use std::process::ExitCode;

/// What a tool does and may: the same in whichever way it has its privilege.
fn of_tools() -> Vec<Vec<Case>> {
    vec![
        capability::icmp::cases(),
        capability::udp::cases(),
        capability::tcp::cases(),
        capability::tls::cases(),
        capability::raw_ip::cases(),
        capability::resolver::cases(),
        capability::system::cases(),
        capability::terminal::cases(),
        capability::files::cases(),
        capability::netlink::cases(),
        capability::unix::cases(),
        ping::cases(),
        ping_beyond::cases(),
        traceroute::cases(),
        dig::cases(),
        dig_encrypted::cases(),
        dig_hostile::cases(),
        dig_resolvers::cases(),
        dig_signed::cases(),
        dig_validate::cases(),
        whois::cases(),
        rdap::cases(),
        mtr::cases(),
        arp::cases(),
        ip::cases(),
        ip_changes::cases(),
        ip_events::cases(),
        ip_shows::cases(),
        limits::cases(),
        policy::cases(),
        held_terminal::cases(),
        terminal_safety::cases(),
        hostile::cases(),
        bad_input::cases(),
        cli::cases(),
        std_net::cases(),
    ]
}

/// What has a way of its own, or needs no privilege.
fn of_the_rest() -> Vec<Vec<Case>> {
    vec![
        probes::cases(),
        test_bed::cases(),
        policy_audit::cases(),
        policy_check::cases(),
        inspect::cases(),
        learn::cases(),
        asking::cases(),
        cache::cases(),
        audit::cases(),
        privilege::cases(),
        service::cases(),
        narrowing::cases(),
        of_0_1_0::cases(),
        owners::cases(),
        revocation::cases(),
        signals::cases(),
        surroundings::cases(),
        audit_command::cases(),
        audit_faults::cases(),
        audit_witness::cases(),
    ]
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let way = way();
    if let Some(reason) = unmet() {
        eprintln!("skipped: all tests as {way:?}: {reason}");
        return ExitCode::from(u8::from(must_run()));
    }
    if way == Way::Namespace && !is_alone() {
        return run_alone();
    }
    let mut cases = of_tools();
    if matches!(way, Way::Root | Way::Namespace) {
        cases.extend(of_the_rest());
    }
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    let is_test = |name: &str| cases.iter().any(|case| case.name == name);
    if let Some(name) = left_out::stale(is_test) {
        eprintln!("left_out.rs: {name} is no test");
        return ExitCode::FAILURE;
    }
    let trials: Vec<Trial> = cases.into_iter().map(|case| case.trial(way)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    nethost_tests::host::remove_what_was_kept();
    conclusion.exit_code()
}
