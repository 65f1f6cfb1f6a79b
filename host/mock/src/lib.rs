//! Runs a plugin against a scripted world, without a network and without privileges: `nethost test` as a library.
//!
//! The mock host offers the same interfaces as the real one, and the same gate decides about each request, so a denial
//! looks the same. Behind the gate there is a scenario instead of the kernel: hosts with round-trip times, losses and
//! routers, names, UDP and TCP ports with scripted dialogues, files, variables. The clock is virtual: it moves when the
//! plugin waits. So an hour of pinging takes milliseconds, and each run is the same.
//!
//! ```no_run
//! use nethost_mock::{Plugin, Scenario, test};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = Plugin::open("target/wasm32-wasip2/release/hello.wasm")?;
//! let scenario = Scenario::read("tests/hello.toml".as_ref())?;
//! for report in test(&plugin, &scenario) {
//!     assert!(report.passed, "{}: {}", report.case, report.problems.join("\n"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! docs/authors.md describes the format of scenarios, and what the mock host does not offer yet. A plugin that calls
//! such a function fails its case with the name of the function.

mod context;
mod diff;
mod files;
mod interfaces;
mod linker;
mod network;
mod plugin;
mod recorder;
mod report;
mod run;
pub mod scenario;
mod signals;
mod streams;
mod stubs;
mod time;
mod wasi;

use std::time::Instant;

pub use plugin::Plugin;
pub use recorder::Requested;
pub use report::Report;
pub use run::Run;
pub use scenario::{Case, Scenario};

use nethost_runner::plugin::load;

/// Why a plugin cannot be tested.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such plugin, or it does not compile.
    #[error(transparent)]
    Load(#[from] load::Error),
    /// The engine does not start.
    #[error("engine: {0:#}")]
    Engine(wasmtime::Error),
    /// The plugin imports what no nethost offers.
    #[error("{plugin}: {source}")]
    Link {
        /// The plugin.
        plugin: String,
        /// The reason.
        source: nethost_runner::linker::Error,
    },
    /// The manifest in the plugin cannot be used.
    #[error("{plugin}: its manifest cannot be used: {problem}")]
    Manifest {
        /// The plugin.
        plugin: String,
        /// What is wrong.
        problem: String,
    },
    /// The scenario cannot be used.
    #[error(transparent)]
    Scenario(#[from] scenario::Error),
}

/// Runs a plugin in the world of one case, without comparing anything.
pub fn run(plugin: &Plugin, scenario: &Scenario, case: &Case) -> Run {
    run::run(plugin, scenario, case)
}

/// Runs a case again and again, each time with another of its requests denied. A plugin passes if it ends in each of
/// these worlds, without a trap, whatever it says and returns: it may do without.
pub fn test_denials(plugin: &Plugin, scenario: &Scenario, case: &Case) -> Vec<Report> {
    let mut requests: Vec<String> = Vec::new();
    for requested in run::run(plugin, scenario, case).requests {
        // A set of targets has a form that no rule has; then all of the capability is denied.
        let request = match run::is_rule(&requested.line()) {
            true => requested.line(),
            false => requested.capability.clone(),
        };
        // Who waits for connections waits on when a peer is not let in.
        let is_peer = requested.function == "listener.accept";
        if !requested.denied && !is_peer && !requests.contains(&request) {
            requests.push(request);
        }
    }
    let denied = requests.into_iter().take(DENIALS).map(|request| {
        let start = Instant::now();
        let mut other = case.clone();
        other.name = format!("{}, without {request}", case.name);
        other.deny.push(request);
        let run = run::run(plugin, scenario, &other);
        Report::of_denial(&other, run, start.elapsed())
    });
    denied.collect()
}

/// The most requests of a case that are denied one after the other.
const DENIALS: usize = 100;

/// Runs all cases of a scenario, one after the other, as the reports are asked for.
pub fn test(plugin: &Plugin, scenario: &Scenario) -> impl Iterator<Item = Report> {
    scenario.case.iter().map(|case| {
        let start = Instant::now();
        let run = run::run(plugin, scenario, case);
        Report::of(case, run, start.elapsed())
    })
}
