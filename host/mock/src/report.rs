//! Compares what a plugin did with what a case expects.

use std::time::Duration;

use serde::Serialize;

use crate::recorder::Requested;
use crate::run::Run;
use crate::scenario::{Case, Expect};

/// The result of one case.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The name of the case.
    pub case: String,
    /// Whether the plugin did what the case expects.
    pub passed: bool,
    /// What differs; empty if it passed.
    pub problems: Vec<String>,
    /// The exit code.
    pub exit: u8,
    /// All requests, in their order.
    pub requests: Vec<Requested>,
    /// How long it took on the virtual clock, in seconds.
    pub virtual_seconds: f64,
    /// How long it took on the real clock, in seconds.
    pub seconds: f64,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Report {
    pub(crate) fn of(case: &Case, run: Run, took: Duration) -> Self {
        let problems = problems(&case.expect, &run);
        Self::with(case, run, took, problems)
    }

    /// Of a run that must only end by itself.
    pub(crate) fn of_denial(case: &Case, run: Run, took: Duration) -> Self {
        let mut problems: Vec<String> = run.broken.iter().chain(&run.crash).cloned().collect();
        if !problems.is_empty() && !run.stderr.is_empty() {
            let shown = String::from_utf8_lossy(&run.stderr);
            problems.push(format!("stderr was:\n{}", crate::diff::quoted(&shown)));
        }
        Self::with(case, run, took, problems)
    }

    fn with(case: &Case, run: Run, took: Duration, problems: Vec<String>) -> Self {
        Self {
            case: case.name.clone(),
            passed: problems.is_empty(),
            problems,
            exit: run.exit,
            virtual_seconds: run.took.as_secs_f64(),
            seconds: took.as_secs_f64(),
            stdout: String::from_utf8_lossy(&run.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&run.stderr).into_owned(),
            requests: run.requests,
        }
    }
}

fn problems(expect: &Expect, run: &Run) -> Vec<String> {
    let mut problems = Vec::new();
    if let Some(why) = &run.broken {
        problems.push(why.clone());
    } else if run.exit != expect.exit {
        problems.push(format!(
            "the exit code was {}, not {}",
            run.exit, expect.exit
        ));
    }
    problems.extend(run.remarks.iter().cloned());
    if let Some(matcher) = &expect.stdout {
        problems.extend(matcher.problems("stdout", &run.stdout));
    }
    match &expect.stderr {
        Some(matcher) => problems.extend(matcher.problems("stderr", &run.stderr)),
        // Without it, the reason of another failure would not be seen.
        None if !problems.is_empty() && !run.stderr.is_empty() => {
            let shown = String::from_utf8_lossy(&run.stderr);
            problems.push(format!("stderr was:\n{}", crate::diff::quoted(&shown)));
        }
        None => {}
    }
    let made: Vec<String> = run.requests.iter().map(Requested::line).collect();
    if let Some(expected) = &expect.requests
        && *expected != made
    {
        let ended = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect();
        let (expected, made): (String, String) = (ended(expected), ended(&made));
        problems.push(format!(
            "the requests differ:\n{}",
            crate::diff::lines(&expected, &made)
        ));
    }
    for request in &expect.requests_include {
        if !made.contains(request) {
            let all = crate::diff::quoted(&made.join("\n"));
            problems.push(format!(
                "it never requested {request}; it requested:\n{all}"
            ));
        }
    }
    if !problems.is_empty() {
        // The usual reason, which the output of a plugin may not show.
        let unasked = run
            .requests
            .iter()
            .filter(|one| one.rule.starts_with("no rule"));
        problems.extend(unasked.map(|one| {
            format!(
                "plugin.toml does not ask for {} to {}",
                one.capability, one.target
            )
        }));
    }
    if let Some(most) = expect.ends_within
        && run.took > most.duration()
    {
        problems.push(format!(
            "it took {:?} on the virtual clock, more than {:?}",
            run.took,
            most.duration()
        ));
    }
    for (path, expected) in &expect.files {
        let found = run.files.as_ref().and_then(|files| files.contents(path));
        match found {
            None => problems.push(format!("there is no file {path} after the run")),
            Some(found) if *found != expected.bytes() => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                problems.push(format!(
                    "the file {path} differs:\n{}",
                    crate::diff::lines(&text(expected.bytes()), &text(&found))
                ));
            }
            Some(_) => {}
        }
    }
    problems
}
