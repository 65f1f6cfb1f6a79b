//! The gate: what a decision and a record cost, and whether a handle that sends a million packets, or a
//! start, notices.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns};
use crate::step::{self, Failure};

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "gate",
    about: "what a decision, a record and a policy cost",
    documents: &["docs/performance.md"],
    measure,
};

const STEP: &str = "bench gate";
const PACKETS: u32 = 1_000_000;
const FLOODS: usize = 3;
const STARTS: usize = 100;

/// Everything that a rule can count, set so that nothing is denied.
const POLICY: &str = "version = 1
[[plugin]]
name = \"ping\"
allow = [
  { cap = \"icmp.echo\", to = [\"127.0.0.0/8\", \"$args\"], rate = \"4000000000/s\", packets = 1000000000, bytes = \"900 GiB\", until = 2099-01-01T00:00:00Z },
  { cap = \"*\" },
]
";

fn measure(executables: &Path) -> Result<String, Failure> {
    let mut table = String::from("| one | cost |\n|---|---|\n");
    for line in costs()?.lines() {
        if let Some((name, nanoseconds)) = line.split_once('\t') {
            let _ = writeln!(table, "| {name} | {nanoseconds} ns |");
        }
    }
    let folder = Scratch::new(STEP)?;
    let (policy, log) = (folder.file("policy.toml"), folder.file("audit.jsonl"));
    step::write(STEP, &policy, POLICY)?;
    let ping = |options: &[&Path], arguments: &str| {
        let mut command = Command::new(executables.join("nethost"));
        command.args(options).arg("ping").args(arguments.split(' '));
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    };
    table.push_str("\n| | with | without | ratio |\n|---|---|---|---|\n");
    let flood = format!("-q -f -c {PACKETS} 127.0.0.1");
    let null = Path::new("/dev/null");
    let audit = Path::new("--audit");
    let (with, without) = take_turns(
        FLOODS,
        &mut ping(&[audit, null, Path::new("--policy"), &policy], &flood),
        &mut ping(&[audit, null], &flood),
    )?;
    let what = format!("`ping -f -c {PACKETS}` with every quota, and without a policy");
    table.push_str(&row(&what, &with, &without, 0));
    let once = "-c 1 127.0.0.1";
    let (with, without) = take_turns(
        STARTS,
        &mut ping(&[audit, &log], once),
        &mut ping(&[audit, null], once),
    )?;
    table.push_str(&row(
        "`ping -c 1` with an audit log, and into /dev/null",
        &with,
        &without,
        2,
    ));
    let _ = write!(
        table,
        "\nThe first table is of the development build, so an upper bound; the second of the release form: medians of \
         {FLOODS} and {STARTS} pairs, taking turns. nethost {}.",
        env!("CARGO_PKG_VERSION")
    );
    Ok(table)
}

/// The host's own benchmark, in the profile that is built anyway.
fn costs() -> Result<String, Failure> {
    let mut cargo = step::cargo(&crate::root());
    cargo.args([
        "bench",
        "--profile",
        "dev",
        "-p",
        "nethost-gate",
        "--bench",
        "gate",
    ]);
    step::output(STEP, &mut cargo, "cargo xtask build")
}

fn row(what: &str, with: &[Duration], without: &[Duration], digits: usize) -> String {
    let ratio = median_ratio(with, without);
    let median = |times: &[Duration]| Spread::of(times.to_vec()).median.as_secs_f64() * 1e3;
    let (with, without) = (median(with), median(without));
    format!("| {what} | {with:.digits$} ms | {without:.digits$} ms | **{ratio:.2}** |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_both_and_their_ratio() {
        let times = |count| vec![Duration::from_millis(count); 3];
        let expected = "| x | 30.0 ms | 20.0 ms | **1.50** |\n";
        assert_eq!(row("x", &times(30), &times(20), 1), expected);
    }
}
