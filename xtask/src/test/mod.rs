//! Runs every test of the workspace, documentation tests too, and sums up.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{build, setup};

const STEP: &str = "test";

/// What the test programs reported.
#[derive(Debug, Default, PartialEq, Eq)]
struct Summary {
    /// What the test programs set out to run.
    announced: usize,
    passed: usize,
    failed: Vec<String>,
    ignored: Vec<String>,
    /// Failed among the others, passed alone.
    unsteady: Vec<String>,
}

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

/// Everything; and the tests of the tools again in each way to install nethost (docs/privilege.md).
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

/// Sets up, builds, and runs the tests whose names contain `filter`, or all.
pub(crate) fn run(root: &Path, filter: Option<&str>) -> Result<(), Failure> {
    setup::for_build(root)?;
    setup::for_tests()?;
    build::all(root)?;

    let mut passed = 0;
    let mut problems = Vec::new();
    for round in &ROUNDS {
        step::announce(&format!("test: {}", round.name));
        let (summary, problem) = round.run(root, filter)?;
        passed += summary.passed;
        problems.extend(problem.map(|problem| format!("{}: {problem}", round.name)));
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

impl Round {
    /// Hundreds of tests with namespaces, servers and deadlines share a few processors. One that fails among the
    /// others is run a second time, alone; passing then, it is reported as unsteady instead of failed.
    fn run(&self, root: &Path, filter: Option<&str>) -> Result<(Summary, Option<String>), Failure> {
        let start = Instant::now();
        // A failure in one program does not hide those in the next.
        let mut arguments = vec!["--no-fail-fast", "--"];
        arguments.extend(filter);
        if let Some(count) = self.at_once {
            arguments.extend(["--test-threads", count]);
        }
        let (mut summary, status) = self.cargo_test(root, &arguments)?;
        let unreported = summary.unreported();
        let mut failed = !status.success();
        if failed
            && unreported == 0
            && filter.is_none()
            && (1..=MOST_RUN_AGAIN).contains(&summary.failed.len())
        {
            self.run_again(root, &mut summary)?;
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
    ) -> Result<(Summary, ExitStatus), Failure> {
        let could_not = |error: std::io::Error| Failure::new(STEP, error, "");
        let mut cargo = Command::new("cargo");
        cargo
            .current_dir(root)
            .arg("test")
            .args(self.programs)
            .args(arguments)
            .env("RUST_BACKTRACE", "0")
            .stdout(Stdio::piped());
        if let Some(way) = self.way {
            cargo.env("NETHOST_TEST_AS", way);
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
    fn run_again(&self, root: &Path, summary: &mut Summary) -> Result<(), Failure> {
        for name in std::mem::take(&mut summary.failed) {
            step::announce(&format!("test: {name} once more, alone"));
            let arguments = ["--tests", "--", "--exact", &name];
            let (alone, status) = self.cargo_test(root, &arguments)?;
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

impl Summary {
    /// Tests that were to run and of whose end nothing was heard.
    fn unreported(&self) -> usize {
        let reported = self.passed + self.failed.len() + self.ignored.len();
        self.announced.saturating_sub(reported)
    }

    /// Takes note of a line of libtest's output and tells whether a reader wants to see it.
    fn note(&mut self, line: &str) -> bool {
        if let Some(rest) = line.strip_prefix("running ")
            && let Some((count, _)) = rest.split_once(" test")
        {
            self.announced += count.parse::<usize>().unwrap_or_default();
            return false;
        }
        if let Some(rest) = line.strip_prefix("test ")
            && let Some((name, outcome)) = rest.rsplit_once(" ... ")
        {
            // `ok`, `FAILED`, `ignored`, or `ignored, REASON`.
            match outcome.split(',').next().unwrap_or_default() {
                "ok" => self.passed += 1,
                "ignored" => self.ignored.push(line.to_owned()),
                "FAILED" => {
                    self.failed.push(name.trim_end().to_owned());
                    return true;
                }
                _ => return true,
            }
            return false;
        }
        !(line.is_empty() || line.starts_with("test result: ok"))
    }

    fn report(&self, round: &str, took: Duration) {
        // Not run is not passed: each is named, with its reason where it gives one.
        for line in &self.ignored {
            println!("  {line}");
        }
        for name in &self.unsteady {
            println!("  unsteady: {name} failed among the others and passed alone");
        }
        println!(
            "tests of {round}: {} passed, {} failed, {} ignored, in {:.0} s",
            self.passed,
            self.failed.len(),
            self.ignored.len(),
            took.as_secs_f64()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_passed_and_shows_what_did_not() {
        let output = "\nrunning 4 tests\ntest a::b ... ok\ntest c   ... FAILED\ntest d ... ignored, no netns\n\
            test src/lib.rs - Plugin (line 9) ... ok\n\nfailures:\n\n---- c stdout ----\nassertion failed\n\
            test result: FAILED. 2 passed; 1 failed\n";
        let mut summary = Summary::default();
        let shown: Vec<&str> = output.lines().filter(|line| summary.note(line)).collect();
        assert_eq!(summary.passed, 2);
        assert_eq!(summary.unreported(), 0);
        assert_eq!(summary.failed, ["c"]);
        assert_eq!(summary.ignored, ["test d ... ignored, no netns"]);
        let failure = [
            "failures:",
            "---- c stdout ----",
            "assertion failed",
            "test result: FAILED. 2 passed; 1 failed",
        ];
        assert_eq!(shown[0], "test c   ... FAILED");
        assert_eq!(shown[1..], failure);
    }

    #[test]
    fn notices_a_program_that_dies_among_its_tests() {
        let output = "running 3 tests\ntest a ... ok\ntest b ... FAILED\n";
        let mut summary = Summary::default();
        output.lines().for_each(|line| {
            summary.note(line);
        });
        assert_eq!(summary.unreported(), 1);
    }
}
