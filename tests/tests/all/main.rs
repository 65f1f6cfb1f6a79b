//! The integration tests: nethost driven over networks of the tests' own, beside the native tools.
//!
//! They are one executable with a `main` of its own, because a test whose needs are not met must not
//! count as passed: it is listed as ignored, with the reason, and fails with `REQUIRE_NETNS=1`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arp;
mod asking;
mod audit;
mod bad_input;
mod cache;
mod capability;
mod case;
mod cli;
mod hostile;
mod inspect;
mod ip;
mod limits;
mod mtr;
mod ping;
mod ping_beyond;
mod probes;
mod std_net;
mod test_bed;
mod traceroute;

use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = [
        probes::cases(),
        test_bed::cases(),
        capability::icmp::cases(),
        capability::udp::cases(),
        capability::tcp::cases(),
        capability::tls::cases(),
        capability::raw_ip::cases(),
        capability::resolver::cases(),
        capability::system::cases(),
        capability::terminal::cases(),
        capability::files::cases(),
        ping::cases(),
        ping_beyond::cases(),
        traceroute::cases(),
        mtr::cases(),
        arp::cases(),
        ip::cases(),
        limits::cases(),
        hostile::cases(),
        inspect::cases(),
        asking::cases(),
        bad_input::cases(),
        cli::cases(),
        cache::cases(),
        audit::cases(),
        std_net::cases(),
    ];
    let trials: Vec<Trial> = cases.into_iter().flatten().map(case::Case::trial).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
