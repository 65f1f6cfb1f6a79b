//! Large tables: half a million routes and fifty thousand neighbours listed, time and peak memory.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::{self, Failure};

const ROUNDS: usize = 5;
const ROUTES: u32 = 500_000;
const NEIGHBOURS: u32 = 50_000;
const JOBS: [&str; 4] = [
    "ip route show",
    "ip -j route show",
    "ip neigh show",
    "ip route get 10.3.9.9",
];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "ip",
    about: "500,000 routes and 50,000 neighbours listed; needs root",
    documents: &["docs/performance.md"],
    measure,
};

/// A network namespace that lives as long as this: a child holds it and ends when its pipe closes.
pub(super) struct Namespace(Child);

impl Namespace {
    pub(super) fn new() -> Result<Self, Failure> {
        let mut holder = Command::new("unshare");
        holder.args(["--net", "cat"]).stdin(Stdio::piped());
        let spawned = holder.stdout(Stdio::null()).spawn();
        let child = spawned.map_err(|error| Failure::new("bench ip", error, "run it as root"))?;
        // unshare(1) has become cat once its namespace is another.
        let own = std::fs::read_link("/proc/self/ns/net").ok();
        for _ in 0..1000 {
            if std::fs::read_link(format!("/proc/{}/ns/net", child.id())).ok() != own {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(Self(child))
    }

    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/proc/{}/ns/net", self.0.id()))
            .arg(program)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn measure(executables: &Path) -> Result<String, Failure> {
    let namespace = Namespace::new()?;
    fill(&namespace)?;
    let nethost = executables.join("nethost");
    let mut table = String::from(
        "| 500,000 routes, 50,000 neighbours | ours | native | ratio | peak memory, ours | native |\n\
         |---|---|---|---|---|---|\n",
    );
    for job in JOBS {
        let words: Vec<&str> = job.split(' ').collect();
        let mut ours = namespace.command(&nethost);
        ours.args(&words);
        let mut native = namespace.command(Path::new(words[0]));
        native.args(&words[1..]);
        let (our_times, native_times) = take_turns(ROUNDS, &mut ours, &mut native)?;
        let ratio = median_ratio(&our_times, &native_times);
        let [our_time, native_time] = [our_times, native_times]
            .map(|times| format!("{:.0} ms", Spread::of(times).median.as_secs_f64() * 1e3));
        let (our_peak, native_peak) = (peak(&mut ours)?, peak(&mut native)?);
        let _ = writeln!(
            table,
            "| `{job}` | {our_time} | {native_time} | **{ratio:.2}** | {our_peak} MiB | {native_peak} MiB |"
        );
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns. {}.",
        version("ip", "-V")?
    );
    Ok(table)
}

fn fill(namespace: &Namespace) -> Result<(), Failure> {
    let mut batch = String::from(
        "link set lo up\nlink add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n",
    );
    for number in 0..ROUTES {
        let [_, a, b, c] = number.to_be_bytes();
        let _ = writeln!(batch, "route add 10.{a}.{b}.{c} dev v0");
    }
    for number in 0..NEIGHBOURS {
        let [_, a, b, c] = number.to_be_bytes();
        let _ = writeln!(
            batch,
            "neigh add 11.{a}.{b}.{c} lladdr 02:00:00:{a:02x}:{b:02x}:{c:02x} dev v0"
        );
    }
    let file = std::env::temp_dir().join(format!("nethost-bench-ip-{}", std::process::id()));
    step::write("bench ip", &file, batch)?;
    let mut ip = namespace.command(Path::new("ip"));
    let done = step::run(
        "bench ip: fill",
        ip.arg("-batch").arg(&file),
        "run it as root",
    );
    let _ = std::fs::remove_file(&file);
    done
}

/// The most memory that a run had (VmHWM of proc_pid_status(5)), looked at until it ends.
fn peak(command: &mut Command) -> Result<u64, Failure> {
    let could_not = |error| Failure::new("bench ip", error, "run it alone");
    let mut child = command.spawn().map_err(could_not)?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().map_err(could_not)?.is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(kib.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(most / 1024)
}
