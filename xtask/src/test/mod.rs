//! Runs every test of the workspace, documentation tests too, and sums up.

mod summary;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Instant;

use summary::Summary;

use crate::step::{self, Failure};
use crate::{build, setup};

const STEP: &str = "test";

/// More failures than this are no accident of timing, and none is run again.
const MOST_RUN_AGAIN: usize = 5;

/// Tests that are run together.
struct Round {
    name: &'static str,
    /// Which test programs, in cargo's words.
    programs: &'static [&'static str],
    /// As whom they run nethost (tests/src/privilege.rs).
    way: Option<&'static str>,
    /// How many tests run at once; one on each processor unless told.
    at_once: Option<&'static str>,
}

/// How much of the rounds after the first is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// The tests that depend on where nethost has its privilege from: those marked `in each way`.
    Marked,
    /// All that mean something there.
    All,
}

/// Everything; and what depends on it again in each way to install nethost (docs/testing.md).
const ROUNDS: [Round; 4] = [
    Round {
        name: "the workspace",
        programs: &["--workspace"],
        way: None,
        at_once: None,
    },
    again("nethost with file capabilities", "capabilities"),
    again("nethost with a service", "service"),
    again("a user namespace", "namespace"),
];

const fn again(name: &'static str, way: &'static str) -> Round {
    Round {
        name,
        programs: &["--workspace", "--test", "all"],
        way: Some(way),
        // These mostly wait for each other's packets.
        at_once: Some("4"),
    }
}

/// The tests that are named at the end, of all rounds.
const LONGEST: usize = 15;

/// Sets up, builds, and runs the tests whose names contain `filter`, or all.
pub(crate) fn run(root: &Path, filter: Option<&str>, extent: Extent) -> Result<(), Failure> {
    setup::for_build(root)?;
    setup::for_tests()?;
    build::all(root)?;

    let mut passed = 0;
    let mut problems = Vec::new();
    let (mut rounds, mut took) = (Vec::new(), Vec::new());
    for round in &ROUNDS {
        step::announce(&format!("test: {}", round.name));
        let start = Instant::now();
        let (summary, problem) = round.run(root, filter, extent)?;
        rounds.push((start.elapsed().as_secs_f64(), round.name.to_owned()));
        passed += summary.passed;
        problems.extend(problem.map(|problem| format!("{}: {problem}", round.name)));
        let of_round = |(time, test)| match round.way {
            Some(way) => (time, format!("{test}, as {way}")),
            None => (time, test),
        };
        took.extend(summary.took.into_iter().map(of_round));
    }
    println!("{}", listing("the rounds took", rounds));
    took.sort_by(|one, other| other.0.total_cmp(&one.0));
    took.truncate(LONGEST);
    if !took.is_empty() {
        println!("{}", listing("the longest tests took", took));
    }
    if !problems.is_empty() {
        return Err(Failure::new(
            STEP,
            problems.join("; "),
            "one alone: cargo xtask test NAME",
        ));
    }
    if passed == 0 {
        return Err(Failure::new(
            STEP,
            "no test has that name",
            "cargo xtask test, without a filter, runs all",
        ));
    }
    Ok(())
}

fn listing(title: &str, times: Vec<(f64, String)>) -> String {
    let lines = times
        .iter()
        .map(|(time, what)| format!("\n{time:>8.1} s  {what}"));
    title.to_owned() + &lines.collect::<String>()
}

impl Round {
    /// Hundreds of tests with namespaces, servers and deadlines share a few processors. One that fails among the
    /// others is run a second time, alone; passing then, it is reported as unsteady instead of failed.
    fn run(
        &self,
        root: &Path,
        filter: Option<&str>,
        extent: Extent,
    ) -> Result<(Summary, Option<String>), Failure> {
        let start = Instant::now();
        // A failure in one program does not hide those in the next.
        let mut arguments = vec!["--no-fail-fast", "--"];
        arguments.extend(filter);
        if let Some(count) = self.at_once {
            arguments.extend(["--test-threads", count]);
        }
        let (mut summary, status) = self.cargo_test(root, &arguments, extent)?;
        let unreported = summary.unreported();
        let mut failed = !status.success();
        if failed
            && unreported == 0
            && filter.is_none()
            && (1..=MOST_RUN_AGAIN).contains(&summary.failed.len())
        {
            self.run_again(root, &mut summary, extent)?;
            failed = !summary.failed.is_empty();
        }
        summary.report(self.name, start.elapsed());
        let problem = failed.then(|| match summary.failed.len() {
            _ if unreported > 0 => {
                format!("{unreported} tests reported nothing: their program was killed")
            }
            0 => format!("cargo test ended with {status}"),
            count => format!("{count} failed: {}", summary.failed.join(", ")),
        });
        Ok((summary, problem))
    }

    /// Runs `cargo test` and prints what deserves a look.
    fn cargo_test(
        &self,
        root: &Path,
        arguments: &[&str],
        extent: Extent,
    ) -> Result<(Summary, ExitStatus), Failure> {
        let could_not = |error: std::io::Error| Failure::new(STEP, error, "");
        let mut cargo = step::cargo(root);
        cargo
            .arg("test")
            .args(self.programs)
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped());
        if let Some(way) = self.way {
            cargo.env("NETHOST_TEST_AS", way);
            if extent == Extent::Marked {
                cargo.env("NETHOST_TEST_MARKED", "1");
            }
        }
        let mut child = cargo.spawn().map_err(could_not)?;
        let mut summary = Summary::default();
        if let Some(output) = child.stdout.take() {
            for line in BufReader::new(output).split(b'\n') {
                let line = line.map_err(could_not)?;
                let line = String::from_utf8_lossy(&line);
                if summary.note(&line) {
                    println!("{line}");
                }
            }
        }
        Ok((summary, child.wait().map_err(could_not)?))
    }

    /// Runs each that failed alone.
    fn run_again(&self, root: &Path, summary: &mut Summary, extent: Extent) -> Result<(), Failure> {
        for name in std::mem::take(&mut summary.failed) {
            step::announce(&format!("test: {name} once more, alone"));
            let arguments = ["--tests", "--", "--exact", &name];
            let (alone, status) = self.cargo_test(root, &arguments, extent)?;
            if status.success() && alone.passed > 0 {
                summary.passed += 1;
                summary.unsteady.push(name);
            } else {
                summary.failed.push(name);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::listing;

    #[test]
    fn a_listing_has_a_line_for_each() {
        let times = vec![(125.04, "a".to_owned()), (3.0, "b".to_owned())];
        assert_eq!(listing("took", times), "took\n   125.0 s  a\n     3.0 s  b");
    }
}
