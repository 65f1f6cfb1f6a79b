//! `nethost doctor`: what this machine allows, what is missing or wrong, and what to do about it. It reads and asks; it
//! changes nothing, and needs no privilege.

mod audit;
mod cache;
mod clock;
mod finding;
mod kernel;
mod network;
mod place;
mod policy;
mod privilege;
mod programs;

use std::io::{self, Write};

use serde_json::json;

use super::Options;
use finding::{Finding, State};
use nethost_core::output;
use nethost_core::text;
use nethost_policy::{Names, Policies, SYSTEM_FILE};
use nethost_runner::capabilities;

/// The exit code if something is wrong.
const WRONG: u8 = 1;

/// Checks of one subject.
struct Group {
    name: &'static str,
    findings: Vec<Finding>,
}

/// Checks everything and prints what was found.
pub(super) fn doctor(options: &Options, as_json: bool) -> io::Result<u8> {
    let groups = examine(options);
    let mut output = output::output();
    if as_json {
        serde_json::to_writer_pretty(&mut output, &object(&groups))?;
        writeln!(output)?;
    } else {
        print(&mut output, &groups)?;
    }
    output.flush()?;
    Ok(if worst(&groups) == State::Wrong {
        WRONG
    } else {
        0
    })
}

fn examine(options: &Options) -> Vec<Group> {
    let group = |name, findings| Group { name, findings };
    let source = privilege::source();
    let requests = capabilities::request_names();
    let plugins: Vec<&str> = nethost_bundle::PLUGINS
        .iter()
        .map(|plugin| plugin.name)
        .collect();
    let names = Names {
        capabilities: &requests,
        plugins: &plugins,
    };
    let system = std::path::Path::new(SYSTEM_FILE);
    let loaded = Policies::load(Some(system), options.policy.as_deref(), names);
    vec![
        group("privilege", privilege::findings(&source)),
        group("programs", programs::findings()),
        group("kernel", kernel::findings()),
        group("network", network::findings()),
        group("policy", policy::findings(&loaded, names, &source)),
        group("audit", audit::findings(options, &loaded, &source)),
        group("cache", cache::findings()),
        group("clock", clock::findings()),
    ]
}

fn worst(groups: &[Group]) -> State {
    let states = groups
        .iter()
        .flat_map(|group| group.findings.iter().map(|finding| finding.state));
    states.max().unwrap_or(State::Ok)
}

fn print(output: &mut impl Write, groups: &[Group]) -> io::Result<()> {
    for group in groups {
        writeln!(output, "{}", group.name)?;
        for finding in &group.findings {
            let state = finding.state.name();
            let found = text::line(&finding.found);
            writeln!(output, "  {state:<8} {}: {found}", finding.name)?;
            if let Some(remedy) = &finding.remedy {
                writeln!(output, "           remedy: {}", text::line(remedy))?;
            }
        }
    }
    let count = |state| {
        let all = groups.iter().flat_map(|group| &group.findings);
        all.filter(|finding| finding.state == state).count()
    };
    writeln!(
        output,
        "{} ok, {} to note, {} missing, {} wrong",
        count(State::Ok),
        count(State::Note),
        count(State::Missing),
        count(State::Wrong)
    )
}

fn object(groups: &[Group]) -> serde_json::Value {
    let checks = groups.iter().flat_map(|group| {
        group.findings.iter().map(|finding| {
            json!({
                "group": group.name,
                "check": finding.name,
                "state": finding.state.name(),
                "finding": finding.found,
                "remedy": finding.remedy,
            })
        })
    });
    json!({
        "version": 1,
        "nethost": env!("CARGO_PKG_VERSION"),
        "state": worst(groups).name(),
        "checks": checks.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups() -> Vec<Group> {
        vec![Group {
            name: "kernel",
            findings: vec![
                Finding::ok("one", "works"),
                Finding::missing("two", "line\nbreak", "install \u{1b}it"),
            ],
        }]
    }

    #[test]
    fn text_is_one_line_for_each_finding_and_each_remedy() {
        let mut text = Vec::new();
        assert!(print(&mut text, &groups()).is_ok());
        let text = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(text.contains("\n  missing  two: line"), "{text}");
        assert!(text.ends_with("\n1 ok, 0 to note, 1 missing, 0 wrong\n"));
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_worst_state_is_that_of_all() {
        assert_eq!(worst(&groups()), State::Missing);
        assert_eq!(worst(&[]), State::Ok);
        let object = object(&groups());
        assert_eq!(object["state"], "missing");
        assert_eq!(object["checks"][1]["remedy"], "install \u{1b}it");
    }
}
