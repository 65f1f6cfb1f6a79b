//! Writers that are killed at any moment: nothing that a writer was told is written is ever missing, and
//! what a cut write left is accounted for.
//!
//! The writers are this test executable, started again. `NETHOST_KILLS` sets how many are killed.
#![allow(clippy::unwrap_used)]

use nethost_core::Recorder as _;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::tests::{Bed, assert_found, run};
use crate::verify::{self, Expected, Trust, Verdict};
use crate::{Event, Kind, Log, Reader, Run, Settings};

const LOG: &str = "NETHOST_TEST_LOG";
const RUN: &str = "NETHOST_TEST_RUN";
const AT_ONCE: usize = 4;
/// So many characters, six bytes each: the kernel writes page by page, and may leave a record half written.
const LONG: usize = 3000;

#[test]
#[ignore = "the writer that the test below starts"]
fn writer() {
    let Some(folder) = std::env::var_os(LOG).map(PathBuf::from) else {
        return;
    };
    let settings = Settings {
        required: true,
        rotate: 1 << 20,
        ..Settings::new(folder.join("audit.jsonl"), folder.join("state"))
    };
    let own = std::env::var(RUN).unwrap();
    let log = Log::open(&settings, Run { run: own, ..run() }).unwrap();
    let long = vec!["\u{1}".repeat(1000); LONG / 1000];
    let mut told = std::io::stdout();
    for number in 0_u64.. {
        let args = if number % 3 == 0 { &long[..] } else { &[] };
        log.record(&Event::RunStart {
            args,
            unconfined: &[],
        })
        .unwrap();
        // Acknowledged: what is told from here on must be there.
        writeln!(told, "ack {number}").unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let bed = Bed::new("kill");
    let wanted = std::env::var("NETHOST_KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok());
    let give_up = Instant::now() + Duration::from_secs(4);
    let mut acknowledged = HashMap::new();
    let mut killed = 0_u64;
    while wanted.map_or_else(|| Instant::now() < give_up, |wanted: u64| killed < wanted) {
        let runs = (killed..).take(AT_ONCE);
        let writers: Vec<_> = runs.map(|run| (run, start(&bed, run))).collect();
        // Another moment each time, spread over some hundred records.
        std::thread::sleep(Duration::from_micros(3000 + (killed * 7919) % 6000));
        for (run, mut writer) in writers {
            writer.kill().unwrap();
            if let Some(last) = last_acknowledged(&mut writer) {
                acknowledged.insert(run.to_string(), last);
            }
            writer.wait().unwrap();
            killed += 1;
        }
    }
    bed.write(1);
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    // Nor does anything speak against it elsewhere, where each key must have signed what it is noted to have.
    let keys = Expected {
        trust: Trust::of_state(&bed.settings.state).unwrap(),
        keys_given: true,
        ..Expected::default()
    };
    let elsewhere = verify::verify(&bed.settings.path, &keys).unwrap();
    assert_found(&elsewhere, Verdict::LaterUnknown, &[]);
    let mut found: HashMap<String, u64> = HashMap::new();
    let reader = Reader::open(&bed.settings.path).unwrap();
    // What a cut write left is no record.
    for record in reader.flatten().map(|entry| entry.record) {
        if let Some(number) = record.run_seq.filter(|_| record.event == Kind::RunStart) {
            let next = found.entry(record.run.to_string()).or_default();
            assert_eq!(*next, number, "a record of run {} is missing", record.run);
            *next += 1;
        }
    }
    for (run, last) in &acknowledged {
        assert!(
            found[run] > *last,
            "record {last} of run {run} was acknowledged"
        );
    }
    assert!(!acknowledged.is_empty());
    let told: u64 = acknowledged.values().map(|last| last + 1).sum();
    println!(
        "{killed} writers killed, {told} records acknowledged to {} of them, none missing; {} records, {} cut writes, {} files",
        acknowledged.len(),
        report.records,
        report.notes.len(),
        report.files.len()
    );
}

fn start(bed: &Bed, run: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "journal::kill_tests::writer",
            "--ignored",
            "--nocapture",
        ])
        .env(LOG, bed.folder())
        .env(RUN, run.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn last_acknowledged(writer: &mut Child) -> Option<u64> {
    let lines = BufReader::new(writer.stdout.take().unwrap()).split(b'\n');
    let acknowledged = lines.flatten().filter_map(|line| {
        let line = String::from_utf8(line).ok()?;
        line.strip_prefix("ack ")?.parse().ok()
    });
    acknowledged.last()
}
