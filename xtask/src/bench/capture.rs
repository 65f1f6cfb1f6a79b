//! Capture files: a million packets to text, filtered, written; and packets as they pass a loopback interface.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 3;
const PACKETS: u32 = 1_000_000;
/// Each job, and whether the flows are few or random.
const JOBS: [(&str, bool); 6] = [
    ("-n", false),
    ("-n", true),
    ("-nv", false),
    ("-n -S", true),
    ("--count tcp port 80", false),
    ("-w /dev/null", false),
];
const STEP: &str = "bench capture";

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "capture",
    about: "a capture file of a million packets: text, filters, writing",
    documents: &["docs/performance.md"],
    measure,
};

/// A file of a million packets of TCP, alternately there and back, of a thousand flows, or of flows at random.
fn write(path: &Path, random: bool) -> std::io::Result<()> {
    let mut file = Vec::with_capacity(80 << 20);
    for number in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend_from_slice(&number.to_le_bytes());
    }
    // xorshift32: the same file each time.
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    for number in 0..PACKETS {
        let flow = if random { next() } else { number % 1000 };
        let turn = number / 1000;
        for field in [
            1_700_000_000 + number / 10_000,
            number % 10_000 * 100,
            54,
            54,
        ] {
            file.extend_from_slice(&field.to_le_bytes());
        }
        file.extend_from_slice(&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0]);
        file.extend_from_slice(&[0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0]);
        let client = (1024 + (flow >> 16)) as u16;
        let ends = (flow as u16).to_be_bytes();
        let (ports, addresses) = match turn % 2 {
            0 => ([client, 80], [&ends[..], &[10, 1, 0, 1]].concat()),
            _ => ([80, client], [&[0, 1], &[10, 0][..], &ends].concat()),
        };
        file.extend_from_slice(&addresses);
        for port in ports {
            file.extend_from_slice(&port.to_be_bytes());
        }
        file.extend_from_slice(&(turn * 100).to_be_bytes());
        file.extend_from_slice(&(turn * 50).to_be_bytes());
        file.extend_from_slice(&[0x50, 0x10, 1, 0, 0, 0, 0, 0]);
    }
    std::fs::write(path, file)
}

fn measure(executables: &Path) -> Result<String, Failure> {
    let scratch = Scratch::new(STEP)?;
    let nethost = executables.join("nethost");
    let mut table =
        String::from("| a million packets | ours | native | ratio |\n|---|---|---|---|\n");
    for random in [false, true] {
        let file = scratch.file(if random { "random.pcap" } else { "flows.pcap" });
        write(&file, random).map_err(|error| Failure::new(STEP, error, "it takes 70 MB"))?;
        for (job, _) in JOBS.iter().filter(|(_, of)| *of == random) {
            let mut ours = Command::new(&nethost);
            ours.arg("tcpdump");
            let mut native = Command::new("tcpdump");
            for command in [&mut ours, &mut native] {
                command
                    .arg("-r")
                    .arg(&file)
                    .args(job.split(' '))
                    .env("TZ", "UTC")
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
            }
            let (our_times, native_times) = take_turns(ROUNDS, &mut ours, &mut native)?;
            let ratio = median_ratio(&our_times, &native_times);
            let [our_time, native_time] = [our_times, native_times]
                .map(|times| format!("{:.2} s", Spread::of(times).median.as_secs_f64()));
            let flows = if random {
                "random flows"
            } else {
                "1,000 flows"
            };
            let _ = writeln!(
                table,
                "| `tcpdump -r FILE {job}`, {flows} | {our_time} | {native_time} | **{ratio:.2}** |"
            );
        }
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns, with TZ=UTC. {}.",
        version("tcpdump", "--version")?
    );
    Ok(table)
}
