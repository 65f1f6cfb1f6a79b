//! A network at a time: a sweep of a /16 beside fping over a veth pair whose other end answers for all of it, what is
//! on record of it, and how fast packets to many addresses leave where the other end drops them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::{self, Failure};

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "sweep",
    about: "ping of a /16 beside fping, its records, and packets per second to many addresses; needs root",
    documents: &["docs/performance.md"],
    measure,
};

const STEP: &str = "bench sweep";
const ROUNDS: usize = 7;
const NETWORK: &str = "10.0.0.0/16";
/// A log of a sweep has no more records.
const MOST_RECORDS: usize = 100;
const RAIN: u32 = 2_000_000;

fn measure(executables: &Path) -> Result<String, Failure> {
    let pair = Pair::new()?;
    let folder = Scratch::new(STEP)?;
    let log = folder.file("sweep.jsonl");
    let nethost = executables.join("nethost");
    let quietly = |mut command: Command| {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let mut ours = pair.command(&nethost);
    ours.args(["--audit".as_ref(), log.as_os_str()])
        .args(["ping", "-f", NETWORK]);
    let mut native = pair.command(Path::new("fping"));
    native.args(["-a", "-i", "0", "-g", NETWORK]);
    let (ours, native) = take_turns(ROUNDS, &mut quietly(ours), &mut quietly(native))?;
    let single = folder.file("single.jsonl");
    let mut once = pair.command(&nethost);
    once.args(["--audit".as_ref(), single.as_os_str()])
        .args(["ping", "-f", NETWORK]);
    step::run(STEP, &mut quietly(once), "run it alone")?;
    let records = step::read(STEP, &single)?.lines().count();
    if records > MOST_RECORDS {
        let problem = format!("{records} records of one sweep, more than {MOST_RECORDS}");
        return Err(Failure::new(
            STEP,
            problem,
            "see what they are: nethost audit show",
        ));
    }
    let ratio = median_ratio(&ours, &native);
    let [ours, native] = [ours, native].map(|times| Spread::of(times).median.as_secs_f64());
    let mut table = String::from("| | ours | fping | ratio |\n|---|---|---|---|\n");
    let _ = writeln!(
        table,
        "| `ping -f {NETWORK}`, 65,534 hosts that answer | {ours:.2} s | {native:.2} s | **{ratio:.2}** |"
    );
    let _ = writeln!(table, "| records of it in the log | {records} | | |");
    pair.drop_all()?;
    let rain = rain(&pair, &nethost)?;
    let _ = writeln!(
        table,
        "| packets per second to 65,534 addresses that drop them | {rain:.0} | | |"
    );
    let _ = write!(
        table,
        "\nMedian of {ROUNDS} pairs over veth, taking turns; {RAIN} echo requests of 13 octets. What the gate takes of a packet is \
         in the table of `bench gate`. nethost {}; {}.",
        env!("CARGO_PKG_VERSION"),
        version("fping", "--version")?
    );
    Ok(table)
}

/// Packets per second of a probe that sends as fast as it can.
fn rain(pair: &Pair, nethost: &Path) -> Result<f64, Failure> {
    let root = crate::root();
    let target = root.join("target/wasm-bench");
    let mut build = step::cargo(&root);
    build
        .args([
            "build",
            "--release",
            "--target",
            "wasm32-wasip2",
            "-p",
            "nethost-probes",
        ])
        .args(["--example", "icmp_many", "--target-dir"])
        .arg(&target);
    step::run(STEP, &mut build, "cargo xtask setup")?;
    let probe = target.join("wasm32-wasip2/release/examples/icmp_many.wasm");
    let mut command = pair.command(nethost);
    command
        .args(["--audit", "/dev/null", "--allow", "icmp.echo=10.0.0.0/16"])
        .arg(probe)
        .args([&RAIN.to_string(), "10.0.0.1", "10.0.255.254"]);
    let output = step::output(STEP, &mut command, "run it as root")?;
    microseconds(&output)
        .map(|(sent, took)| sent * 1e6 / took)
        .ok_or_else(|| Failure::new(STEP, format_args!("not understood: {output}"), ""))
}

/// From `sent 2000000 denied 0 in 1234567 us`.
fn microseconds(output: &str) -> Option<(f64, f64)> {
    let line = output.lines().find(|line| line.starts_with("sent "))?;
    let mut words = line.split(' ');
    let sent = words.nth(1)?.parse().ok()?;
    Some((sent, words.nth(3)?.parse().ok()?))
}

/// Two network namespaces with a cable between them, gone afterwards.
struct Pair {
    near: String,
    far: String,
}

impl Pair {
    fn new() -> Result<Self, Failure> {
        let id = std::process::id();
        let pair = Self {
            near: format!("nethost-near-{id}"),
            far: format!("nethost-far-{id}"),
        };
        let (near, far) = (&pair.near, &pair.far);
        for line in [
            format!("netns add {near}"),
            format!("netns add {far}"),
            format!("link add sweep0 netns {near} type veth peer name sweep0 netns {far}"),
            format!("-n {near} addr add 192.168.77.1/24 dev sweep0"),
            format!("-n {far} addr add 192.168.77.2/24 dev sweep0"),
            format!("-n {near} link set sweep0 up"),
            format!("-n {far} link set sweep0 up"),
            format!("-n {near} link set lo up"),
            format!("-n {far} link set lo up"),
            format!("-n {near} route add {NETWORK} via 192.168.77.2"),
            format!("-n {far} route add local {NETWORK} dev lo"),
        ] {
            pair.ip(&line)?;
        }
        Ok(pair)
    }

    fn ip(&self, line: &str) -> Result<(), Failure> {
        let mut command = Command::new("ip");
        step::run(STEP, command.args(line.split(' ')), "run it as root")
    }

    /// From now on the other end answers nothing, and drops before it looks at a packet.
    fn drop_all(&self) -> Result<(), Failure> {
        self.ip(&format!("-n {} route del local {NETWORK} dev lo", self.far))?;
        self.ip(&format!("-n {} route add blackhole {NETWORK}", self.far))
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.near]).arg(program);
        command
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for name in [&self.near, &self.far] {
            let _ = Command::new("ip").args(["netns", "del", name]).status();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_s_line_is_read() {
        let line = "refused x\nsent 2000000 denied 0 in 4000000 us\nwithheld 0\n";
        assert_eq!(microseconds(line), Some((2e6, 4e6)));
        assert_eq!(microseconds(""), None);
    }
}
