//! Everything that must hold before a change is merged, quick checks first, each one timed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{authors, deny, docs, format, fuzz, lab, marker, package, setup, tidy, wit};

type Check = fn(&Path) -> Result<(), Failure>;

/// A check: its name, what it does for each change, and what instead in the full form, where that is more.
type Row = (&'static str, Option<Check>, Option<Check>);

const CHECKS: &[Row] = &[
    ("setup", Some(setup_all), None),
    ("format", Some(format::check), None),
    ("tidy", Some(tidy::check), None),
    ("contract", Some(wit::check), None),
    ("packages", Some(package::check), None),
    ("generated files", Some(docs::check), None),
    ("dependencies", Some(deny::check), None),
    // Tests before lints: the long build should fail early when it does.
    ("tests", Some(tests), Some(all_tests)),
    // In Rust, it builds the SDK from nothing.
    ("authors", Some(authors::languages), Some(authors::check)),
    ("lints", Some(lints), None),
    // It boots another kernel in software emulation.
    ("lab", None, Some(lab::all)),
    // What a change replays of it is among the tests (tests/replay).
    ("fuzzing", None, Some(fuzz::all)),
];
/// Where the last full run is written down, and between which markers.
const RECORD: (&str, &str) = ("docs/testing.md", "last full run");

/// Runs every check, also after one has failed, and ends with a table. The full form writes down that it passed.
pub(crate) fn run(root: &Path, full: bool) -> Result<(), Failure> {
    let start = Instant::now();
    let mut results = Vec::new();
    for (name, short, long) in CHECKS {
        let Some(check) = long.filter(|_| full).or(*short) else {
            continue;
        };
        step::announce(&format!("ci: {name}"));
        let start = Instant::now();
        let result = check(root);
        if let Err(failure) = &result {
            eprintln!("{failure}");
        }
        results.push((*name, start.elapsed(), result.is_ok()));
    }
    eprintln!("\n{}", table(&results));
    let failed: Vec<&str> = results
        .iter()
        .filter(|(_, _, ok)| !ok)
        .map(|(name, _, _)| *name)
        .collect();
    if failed.is_empty() {
        if full {
            write_down(root, start.elapsed())?;
        }
        Ok(())
    } else {
        Err(Failure::new(
            "ci",
            failed.join(", "),
            "each failure is explained above, where it happened",
        ))
    }
}

fn table(results: &[(&str, Duration, bool)]) -> String {
    let mut table = String::new();
    for (name, took, ok) in results {
        table += &format!(
            "{name:<16} {:>6.0} s  {}\n",
            took.as_secs_f64(),
            if *ok { "ok" } else { "FAILED" }
        );
    }
    let total: Duration = results.iter().map(|(_, took, _)| *took).sum();
    table + &format!("{:<16} {:>6.0} s", "total", total.as_secs_f64())
}

fn setup_all(root: &Path) -> Result<(), Failure> {
    setup::for_build(root)?;
    setup::for_ci(root)?;
    setup::for_tests()
}

fn lints(root: &Path) -> Result<(), Failure> {
    let mut cargo = step::cargo(root);
    cargo.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]);
    step::run(
        "lints",
        &mut cargo,
        "each finding above says what to write instead",
    )
}

/// The README's command, exactly; here a test that cannot run is a failure.
fn tests(root: &Path) -> Result<(), Failure> {
    run_tests(root, &["xtask", "test"])
}

fn all_tests(root: &Path) -> Result<(), Failure> {
    run_tests(root, &["xtask", "test", "--full"])
}

fn run_tests(root: &Path, arguments: &[&str]) -> Result<(), Failure> {
    let mut cargo = step::cargo(root);
    cargo.args(arguments).env("REQUIRE_NETNS", "1");
    step::run("tests", &mut cargo, "one alone: cargo xtask test NAME")
}

/// The day, the commit and the time that it took.
fn write_down(root: &Path, took: Duration) -> Result<(), Failure> {
    let (file, name) = RECORD;
    let mut date = Command::new("date");
    let date = step::output("ci", date.args(["-u", "+%F"]), "install coreutils")?;
    let mut git = Command::new("git");
    git.current_dir(root)
        .args(["describe", "--always", "--dirty", "--abbrev=10"]);
    let commit = step::output("ci", &mut git, "a clone of the repository knows its commit")?;
    let line = sentence(date.trim(), commit.trim(), took);
    let path = root.join(file);
    let document = step::read("ci", &path)?;
    let Some(document) = marker::replace(&document, name, &line) else {
        let problem = format!("{file} has no markers for the {name}");
        return Err(Failure::new(
            "ci",
            problem,
            "xtask/src/marker.rs says which",
        ));
    };
    step::write("ci", &path, document)
}

fn sentence(date: &str, commit: &str, took: Duration) -> String {
    let minutes = took.as_secs() / 60;
    format!("The last full run that passed: {date}, at commit {commit}, in {minutes} minutes.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::root;

    #[test]
    fn a_full_run_is_written_down_where_it_stood() {
        let document = step::read("ci", &root().join(RECORD.0)).unwrap();
        let line = sentence("2026-01-02", "0123456789", Duration::from_secs(7300));
        let written = marker::replace(&document, RECORD.1, &line).expect("the markers");
        assert!(written.contains(
            "\nThe last full run that passed: 2026-01-02, at commit 0123456789, in 121 minutes.\n"
        ));
        assert_eq!(written.matches("The last full run that passed").count(), 1);
    }

    #[test]
    fn the_table_shows_each_time_and_the_total() {
        let results = [
            ("format", Duration::from_secs(2), true),
            ("tests", Duration::from_secs(100), false),
        ];
        let expected = "format                2 s  ok\ntests               100 s  FAILED\ntotal               102 s";
        assert_eq!(table(&results), expected);
    }
}
