//! Verification of a log that somebody edited: no edit is called intact, and none that took something away is
//! called less than truncated.
#![no_main]

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use nethost_audit as audit;
use nethost_audit::verify::{self, Check, Expected};
use nethost_audit::{Actor, Log, Run, Settings};
use nethost_core::{Event, Recorder as _};

#[path = "../audit_edits.rs"]
mod edits;

struct Whole {
    names: Vec<PathBuf>,
    files: edits::Files,
    expected: Expected,
}

fuzz_target!(|choices: &[u8]| {
    static WHOLE: OnceLock<Whole> = OnceLock::new();
    let whole = WHOLE.get_or_init(|| written().unwrap_or_else(|error| panic!("{error}")));
    let files = edits::edited(&whole.files, choices);
    let mut check = Check::new(&whole.expected);
    for (name, file) in whole.names.iter().zip(&files) {
        if check.file(name, Cursor::new(file)).is_err() {
            panic!("reading from memory failed");
        }
    }
    let report = check.finish();
    assert!(
        edits::holds(&whole.files, &files, report.verdict),
        "{report:#?}"
    );
});

/// A log of three files, as it was written.
fn written() -> Result<Whole, Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("nethost-edits-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let settings = Settings {
        required: true,
        ..Settings::new(folder.join("audit.jsonl"), folder.join("state"))
    };
    let run = Run {
        run: "r1".into(),
        host: "h".into(),
        boot: "b".into(),
        actor: Actor {
            uid: 1,
            user: None,
            session: None,
            gid: None,
            pid: None,
        },
        plugin: None,
        policy: None,
    };
    let log = Log::open(&settings, run)?;
    for _ in 0..3 {
        for _ in 0..3 {
            log.record(&Event::RunStart {
                args: &[],
                unconfined: &[],
            })?;
            log.record(&Event::RunEnd {
                claimed: &[],
                exit: 0,
                stopped: None,
                unrecorded_denials: 0,
            })?;
        }
        log.rotate()?;
    }
    let names = audit::files(&settings.path)?;
    let files = names.iter().map(std::fs::read).collect::<Result<_, _>>()?;
    let expected = verify::expected_here(&settings.state)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(Whole {
        names,
        files,
        expected,
    })
}
