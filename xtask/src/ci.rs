//! Everything that must hold before a change is merged, quick checks first, each one timed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{deny, docs, setup, tidy, wit};

type Check = fn(&Path) -> Result<(), Failure>;

const CHECKS: &[(&str, Check)] = &[
    ("setup", setup_all),
    ("format", format),
    ("tidy", tidy::check),
    ("contract", wit::check),
    ("generated files", docs::check),
    ("dependencies", deny::check),
    // Tests before lints: the long build should fail early when it does.
    ("tests", tests),
    ("lints", lints),
];

/// Runs every check, also after one has failed, and ends with a table.
pub(crate) fn run(root: &Path) -> Result<(), Failure> {
    let mut results = Vec::new();
    for (name, check) in CHECKS {
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

fn format(root: &Path) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    step::run(
        "format",
        cargo.current_dir(root).args(["fmt", "--all", "--check"]),
        "cargo fmt --all",
    )
}

fn lints(root: &Path) -> Result<(), Failure> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args([
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
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args(["xtask", "test"])
        .env("REQUIRE_NETNS", "1");
    step::run("tests", &mut cargo, "one alone: cargo xtask test NAME")
}

#[cfg(test)]
mod tests {
    use super::*;

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
