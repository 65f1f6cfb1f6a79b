//! jq: large inputs and many small runs.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::scratch::Scratch;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 3;
const STARTS: usize = 200;
const STEP: &str = "bench jq";
/// About 100 MB.
const RECORDS: u32 = 550_000;
const JOBS: [&[&str]; 6] = [
    &["."],
    &["-c", "."],
    &["length"],
    &["-c", "map({id, name})"],
    &["reduce .[].rtt as $rtt (0; . + $rtt)"],
    &["--stream", "-c", "."],
];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "jq",
    about: "jq: a text of 100 MB, and small runs",
    documents: &["docs/performance.md"],
    measure,
};

/// An array of records with what tools print: numbers, names, addresses, lists. The same one each time.
fn write(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut state = 0x9e37_79b9_u32;
    for id in 0..RECORDS {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let start = if id == 0 { "[" } else { ",\n" };
        let [a, b, c, d] = state.to_be_bytes();
        write!(
            file,
            r#"{start}{{"id": {id}, "name": "host-{state:x}.example", "address": "{a}.{b}.{c}.{d}", "up": {up}, "rtt": {rtt}.{part:03}, "tags": ["edge", "rack {d}"], "peer": {{"as": {state}, "note": null, "text": "say \"{c}\"\n"}}}}"#,
            up = state.is_multiple_of(3),
            rtt = state % 200,
            part = state % 999 + 1,
        )?;
    }
    writeln!(file, "]")?;
    file.flush()
}

fn measure(executables: &Path) -> Result<String, Failure> {
    let scratch = Scratch::new(STEP)?;
    let file = scratch.file("records.json");
    write(&file).map_err(|error| Failure::new(STEP, error, "it takes 100 MB"))?;
    let nethost = executables.join("nethost");
    let run = |words: &[&str], input: Option<&Path>| {
        let mut ours = Command::new(&nethost);
        ours.arg("jq");
        let mut native = Command::new("jq");
        for command in [&mut ours, &mut native] {
            command.args(words).args(input).stdout(Stdio::null());
        }
        (ours, native)
    };
    let mut table = String::from("| `jq` | ours | native | ratio |\n|---|---|---|---|\n");
    let mut row = |words: &[&str], input: Option<&Path>, rounds| {
        let (mut ours, mut native) = run(words, input);
        let (our_times, native_times) = take_turns(rounds, &mut ours, &mut native)?;
        let ratio = median_ratio(&our_times, &native_times);
        let [our_time, native_time] = [our_times, native_times]
            .map(|times| format!("{:.1} ms", Spread::of(times).median.as_secs_f64() * 1e3));
        let job = words.join(" ");
        let of = if input.is_some() { ", 100 MB" } else { "" };
        let _ = writeln!(
            table,
            "| `{job}`{of} | {our_time} | {native_time} | **{ratio:.2}** |"
        );
        Ok::<(), Failure>(())
    };
    row(&["-n", "1"], None, STARTS)?;
    for words in JOBS {
        row(words, Some(&file), ROUNDS)?;
    }
    let _ = write!(
        table,
        "\nMedians of {STARTS} and {ROUNDS} runs of each, taking turns. {}.",
        version("jq", "--version")?
    );
    Ok(table)
}
