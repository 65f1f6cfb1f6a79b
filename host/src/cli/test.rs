//! `nethost test`: runs a plugin in the scripted world of a scenario. docs/authors.md describes scenarios.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use nethost_core::{output, text};
use nethost_mock::{Case, Plugin, Report, Scenario};

use super::Options;

/// What `nethost test` is called with.
#[derive(Args)]
pub(super) struct Test {
    /// A .wasm file or the name of a bundled plugin
    plugin: String,
    /// Files with scenarios, in TOML
    #[arg(required = true, value_name = "SCENARIO.toml")]
    scenarios: Vec<PathBuf>,
    /// Only the cases that have this text in their name
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Run each case again for each request that it made, with this request denied: the plugin must end by itself
    #[arg(long)]
    deny_each: bool,
    /// Print JSON: one object for each case
    #[arg(long)]
    json: bool,
}

/// Runs the cases, and prints one line for each. The exit code is 1 if one of them failed.
pub(super) fn test(rules: &Options, options: &Test) -> io::Result<u8> {
    if rules.policy.is_some() || rules.audit.is_some() {
        return Err(io::Error::other(
            "--policy and --audit are not for `nethost test`: nothing is recorded, and each case says what is allowed; \
             --allow and --deny add to that",
        ));
    }
    let failed = |error: nethost_mock::Error| io::Error::other(error.to_string());
    let mut scenarios = Vec::new();
    for path in &options.scenarios {
        let scenario = Scenario::read(path).map_err(|error| failed(error.into()))?;
        scenarios.push(scenario);
    }
    let wanted = |case: &Case| match &options.case {
        Some(part) => case.name.contains(part),
        None => true,
    };
    for scenario in &mut scenarios {
        scenario.case.retain(wanted);
        for case in &mut scenario.case {
            case.allow.extend(rules.allow.iter().cloned());
            case.deny.extend(rules.deny.iter().cloned());
        }
    }
    if scenarios.iter().all(|one| one.case.is_empty()) {
        return Err(io::Error::other("no case has this text in its name"));
    }
    let plugin = Plugin::open(&options.plugin).map_err(failed)?;
    let mut output = output::output();
    let (mut passed, mut count) = (0, 0);
    let mut told = |report: &Report| {
        count += 1;
        passed += usize::from(report.passed);
        match options.json {
            true => {
                serde_json::to_writer(&mut output, report)?;
                writeln!(output)?;
            }
            false => show(&mut output, report)?,
        }
        output.flush()
    };
    for scenario in &scenarios {
        for report in nethost_mock::test(&plugin, scenario) {
            told(&report)?;
        }
        let again = scenario.case.iter().filter(|_| options.deny_each);
        for case in again {
            for report in nethost_mock::test_denials(&plugin, scenario, case) {
                told(&report)?;
            }
        }
    }
    if !options.json {
        writeln!(output, "{passed} of {count} passed")?;
    }
    Ok(u8::from(passed < count))
}

fn show(output: &mut impl Write, report: &Report) -> io::Result<()> {
    let word = if report.passed { "ok  " } else { "FAIL" };
    writeln!(
        output,
        "{word} {} ({:.1} s of virtual time in {:.0} ms)",
        text::line(&report.case),
        report.virtual_seconds,
        report.seconds * 1000.0
    )?;
    for problem in &report.problems {
        for row in problem.lines() {
            writeln!(output, "  {}", text::line(row))?;
        }
    }
    Ok(())
}
