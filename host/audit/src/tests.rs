//! What a record looks like, and what happens when it cannot be written.
#![allow(clippy::unwrap_used)]

mod events;

use std::collections::BTreeMap;

use super::verify::{Expected, Report, Verdict};
use super::*;
use nethost_core::form;
use nethost_core::text::is_plain;
use nethost_core::{Access, Outcome, Request, Target, Totals};
use std::sync::atomic::AtomicU64;

#[test]
fn the_schema_is_up_to_date() {
    let mut schema = serde_json::to_value(schemars::schema_for!(Record<'static>)).unwrap();
    schema["title"] = "a record of nethost's audit log, version 1".into();
    // What a newer nethost adds is no mistake, and every line is sealed.
    let required = schema["required"].as_array_mut().unwrap();
    required.retain(|field| field != "hash");
    required.push("hash".into());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/audit.schema.json");
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    nethost_core::generated::assert_is(path, &text);
    let known = schema["properties"].as_object().unwrap();
    let bed = Bed::new("schema");
    bed.write(1);
    for line in bed.text().lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        for field in record.as_object().unwrap().keys() {
            assert!(known.contains_key(field), "{field} is not in the schema");
        }
        for field in schema["required"].as_array().unwrap() {
            assert!(record.get(field.as_str().unwrap()).is_some(), "no {field}");
        }
    }
}

/// A folder of a test's own.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Relaxed);
        let own = format!("nethost-{name}-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(own);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A log in a folder of its own, and what a test does with it.
pub(super) struct Bed {
    folder: Folder,
    pub(super) settings: Settings,
}

impl Bed {
    pub(super) fn new(name: &str) -> Self {
        let folder = Folder::new(name);
        let settings = Settings {
            required: true,
            ..Settings::new(folder.0.join("audit.jsonl"), folder.0.join("state"))
        };
        Self { folder, settings }
    }

    pub(super) fn open(&self) -> Log {
        Log::open(&self.settings, run()).unwrap()
    }

    /// A run that writes so many records and is gone.
    pub(super) fn write(&self, records: usize) {
        let log = self.open();
        for _ in 0..records {
            log.record(&end()).unwrap();
        }
    }

    /// A run that writes so many records that are not signed, and is killed.
    pub(super) fn write_unsigned(&self, records: usize) {
        let log = self.open();
        for _ in 0..records {
            log.record(&Event::RunStart {
                args: &[],
                unconfined: &[],
            })
            .unwrap();
        }
    }

    /// The files of the state, to be put there again.
    pub(super) fn state(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = self.settings.state.read_dir().unwrap();
        let paths = files.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }

    pub(super) fn put_state(&self, files: &[(PathBuf, Vec<u8>)]) {
        for (path, text) in files {
            std::fs::write(path, text).unwrap();
        }
    }

    /// Head and seal are gone.
    pub(super) fn lose_state(&self) {
        for name in ["head", "seal"] {
            std::fs::remove_file(self.settings.state.join(name)).unwrap();
        }
    }

    pub(super) fn text(&self) -> String {
        std::fs::read_to_string(&self.settings.path).unwrap()
    }

    pub(super) fn put(&self, text: &str) {
        std::fs::write(&self.settings.path, text).unwrap();
    }

    /// The lines of the log, changed.
    pub(super) fn edit(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut lines: Vec<String> = self
            .text()
            .lines()
            .map(|line| format!("{line}\n"))
            .collect();
        change(&mut lines);
        self.put(&lines.concat());
    }

    /// As this machine verifies it.
    pub(super) fn verify(&self) -> Report {
        let expected = verify::expected_here(&self.settings.state).unwrap();
        verify::verify(&self.settings.path, &expected).unwrap()
    }

    /// As somebody elsewhere verifies it who has the keys alone.
    pub(super) fn verify_elsewhere(&self) -> Report {
        let expected = Expected {
            claims: Vec::new(),
            held: None,
            ..verify::expected_here(&self.settings.state).unwrap()
        };
        verify::verify(&self.settings.path, &expected).unwrap()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder.0
    }

    pub(super) fn records(&self) -> Vec<Record<'static>> {
        let reader = Reader::open(&self.settings.path).unwrap();
        reader.map(|entry| entry.unwrap().record).collect()
    }
}

#[track_caller]
pub(super) fn assert_found(report: &Report, verdict: Verdict, words: &[&str]) {
    assert_eq!(report.verdict, verdict, "{report:#?}");
    let all: String = report
        .findings
        .iter()
        .map(|finding| format!("{}\n", finding.why))
        .collect();
    for word in words {
        assert!(all.contains(word), "no {word:?} in {report:#?}");
    }
}

pub(super) fn end() -> Event<'static> {
    Event::RunEnd {
        exit: 0,
        stopped: None,
        unrecorded_denials: 0,
        claimed: &[],
    }
}

pub(super) fn run() -> Run {
    Run {
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
        plugin: Some(Plugin {
            name: "ping".into(),
            version: None,
            digest: "sha256:00".into(),
            signer: None,
        }),
        policy: Some("sha256:11".into()),
    }
}
fn access(request: &Request) -> Access<'_> {
    Access {
        handle: 7,
        capability: "icmp.echo",
        request,
        asked: Some("example.test"),
        rule: "--allow icmp.echo",
        grant: Some("flag"),
        parts: &[],
        reports: &[],
    }
}

/// The last record of a log after this event.
fn recorded(event: &Event<'_>) -> (String, serde_json::Value) {
    let bed = Bed::new("record");
    bed.open().record(event).unwrap();
    let line = bed.text().lines().last().unwrap().to_owned();
    let record = serde_json::from_str(&line).unwrap();
    (line, record)
}

#[test]
fn an_open_record_names_what_was_asked_and_what_it_became() {
    let request = Request::new("open", form::host("192.0.2.1", None))
        .on_interface(Some(form::interface("eth0")));
    let (_, record) = recorded(&Event::Open(&access(&request)));
    assert_eq!(record["event"], "open");
    // The first record of a log is about the log.
    assert_eq!(
        (record["seq"].as_u64(), record["run_seq"].as_u64()),
        (Some(2), Some(0))
    );
    assert_eq!(record["target"]["kind"], "address");
    assert_eq!(record["target"]["asked"], "example.test");
    assert_eq!(record["target"]["resolved"], "192.0.2.1");
    assert_eq!(record["interface"], "eth0");
    assert_eq!(record["grant"], "flag");
    assert_eq!(record["policy"]["rule"], "--allow icmp.echo");
    assert_eq!(record["policy"]["digest"], "sha256:11");
    assert_eq!(record["decision"], "allowed");
    assert!(record["plugin"].as_object().unwrap().contains_key("signer"));
}

#[test]
fn a_close_record_has_the_totals_and_what_the_system_said() {
    let request = Request::new("open", Target::Local("eth0"));
    let totals = Totals {
        outcome: Outcome::Failed(111),
        packets_sent: 1,
        packets_received: 2,
        bytes_sent: 3,
        bytes_received: 4,
        duration: std::time::Duration::from_millis(5),
        claimed: &[],
    };
    let (_, record) = recorded(&Event::Close(&access(&request), &totals));
    assert_eq!(record["outcome"], serde_json::json!({"errno": 111}));
    let counters = serde_json::json!({"packets_sent": 1, "packets_received": 2, "bytes_sent": 3, "bytes_received": 4, "ms": 5});
    assert_eq!(record["counters"], counters);
}

#[test]
fn a_write_is_recorded_field_by_field() {
    let request = Request::new("replace", form::network("10.0.0.0/8")).changing(vec![
        ("via", "192.0.2.1".to_owned()),
        ("metric", "100".to_owned()),
        ("next-hop", "oif=2".to_owned()),
        ("next-hop", "oif=3".to_owned()),
    ]);
    let (_, record) = recorded(&Event::Open(&access(&request)));
    assert_eq!(record["target"]["resolved"], "10.0.0.0/8");
    assert_eq!(
        record["changes"],
        serde_json::json!({"via": "192.0.2.1", "metric": "100", "next-hop": "oif=2, oif=3"})
    );
}

#[test]
fn text_from_strangers_is_one_bounded_line_without_control_characters() {
    let args: Vec<_> = ["a\nb", "\x1b[2J\u{9b}\u{202e}", "\u{7f}", "\""]
        .map(str::to_owned)
        .into();
    let (line, record) = recorded(&Event::RunStart {
        args: &args,
        unconfined: &[],
    });
    assert!(line.chars().all(is_plain), "{line}");
    assert_eq!(record["args"], serde_json::json!(args));
    // Each character of these takes six in the file.
    let args = vec!["\u{1}".repeat(100_000); 100];
    let (line, _) = recorded(&Event::RunStart {
        args: &args,
        unconfined: &[],
    });
    assert!(line.len() < record::LONGEST_LINE, "{}", line.len());
    for field in [5, 5000] {
        let changes = (0..3000).map(|_| ("field", "\u{1}".repeat(field)));
        let path = Target::Path(form::path(&"/\u{1}".repeat(2000)));
        let request = Request::new("open", path).changing(changes.collect());
        let (line, record) = recorded(&Event::Denied(&access(&request)));
        assert!(line.len() < record::LONGEST_LINE, "{}", line.len());
        assert!(record["changes"]["…"].is_string(), "{line}");
    }
}

#[test]
fn what_is_written_is_what_a_reader_gets() {
    let bed = Bed::new("reader");
    bed.write(3);
    let records = bed.records();
    let kinds: Vec<_> = records.iter().map(|record| record.event).collect();
    assert_eq!(
        kinds,
        [Kind::LogOpen, Kind::RunEnd, Kind::RunEnd, Kind::RunEnd]
    );
    assert_eq!(records[3].prev, records[2].hash);
    assert_eq!(records[1].plugin.as_ref().unwrap().name, "ping");
    for kind in Kind::ALL {
        let named: Kind = serde_json::from_str(&format!("\"{}\"", kind.name())).unwrap();
        assert_eq!(named, kind);
    }
    assert_eq!(
        serde_json::from_str::<Kind>("\"later\"").unwrap(),
        Kind::Unknown
    );
}

#[test]
fn a_required_log_that_is_full_refuses_and_another_complains_once() {
    let folder = Folder::new("full");
    let settings = Settings {
        required: true,
        ..Settings::new("/dev/full".into(), folder.0.clone())
    };
    let required = Log::open(&settings, run()).unwrap();
    let refused = required.record(&end()).unwrap_err().to_string();
    assert!(
        refused.contains("/dev/full: write: No space left"),
        "{refused}"
    );
    let settings = Settings {
        required: false,
        ..settings
    };
    let optional = Log::open(&settings, run()).unwrap();
    assert!(optional.record(&end()).is_ok());
    assert!(optional.complained.load(Relaxed));
    assert!(!folder.0.join("head").exists(), "a device has no head");
}

#[test]
fn what_others_could_have_written_is_refused_by_its_kind() {
    use std::os::unix::fs::PermissionsExt;
    let refused = |bed: &Bed| match Log::open(&bed.settings, run()) {
        Err(error) => error.to_string(),
        Ok(log) => log.record(&end()).unwrap_err().to_string(),
    };
    let bed = Bed::new("kinds");
    let path = bed.settings.path.clone();
    std::fs::create_dir(&path).unwrap();
    assert!(refused(&bed).contains("Is a directory"));
    std::fs::remove_dir(&path).unwrap();
    let there = bed.folder().join("there");
    std::fs::write(&there, "").unwrap();
    std::os::unix::fs::symlink(&there, &path).unwrap();
    assert!(refused(&bed).contains("symbolic link"));
    std::fs::remove_file(&path).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &path, fifo, 0o600.into(), 0).unwrap();
    assert!(refused(&bed).contains("FIFO"));
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "").unwrap();
    let chmod = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    chmod(&path, 0o620);
    assert!(refused(&bed).contains("others can write to it"));
    chmod(&path, 0o600);
    chmod(bed.folder(), 0o777);
    assert!(refused(&bed).contains("others can write to its folder, or to one above it"));
    chmod(bed.folder(), 0o1777);
    assert!(Log::open(&bed.settings, run()).is_ok(), "like /tmp");
    std::fs::write(&path, "export PATH=/bin\n").unwrap();
    assert!(refused(&bed).contains("not an audit log"));
    assert_eq!(
        bed.text(),
        "export PATH=/bin\n",
        "a stranger's file stays as it was"
    );
}

#[test]
fn a_log_that_others_hold_locked_is_not_waited_for_without_end() {
    let bed = Bed::new("locked");
    let log = bed.open();
    log.record(&end()).unwrap();
    let other = File::open(&bed.settings.path).unwrap();
    rustix::fs::flock(&other, rustix::fs::FlockOperation::LockExclusive).unwrap();
    let refused = log.record(&end()).unwrap_err().to_string();
    assert!(
        refused.contains("another process has held the lock"),
        "{refused}"
    );
    drop(other);
    log.record(&end()).unwrap();
}

#[test]
fn a_run_that_could_not_write_says_so_once_it_can() {
    let mut bed = Bed::new("gap");
    bed.settings.required = false;
    let log = bed.open();
    log.record(&end()).unwrap();
    let away = bed.folder().join("away");
    std::fs::rename(&bed.settings.path, &away).unwrap();
    std::fs::create_dir(&bed.settings.path).unwrap();
    log.record(&end()).unwrap();
    log.record(&end()).unwrap();
    std::fs::remove_dir(&bed.settings.path).unwrap();
    std::fs::rename(&away, &bed.settings.path).unwrap();
    log.record(&end()).unwrap();
    let records = bed.records();
    assert_eq!(records[2].lost.as_ref().unwrap().count, Some(2));
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["2 records of run r1 could not be written"],
    );
}

#[test]
fn a_change_of_the_sites_policy_is_on_record_once() {
    let mut bed = Bed::new("policy");
    let seen = |bed: &Bed| {
        let mut seen = BTreeMap::new();
        for record in bed.records() {
            *seen.entry(record.event).or_insert(0) += 1;
        }
        seen.get(&Kind::PolicyChange).copied().unwrap_or(0)
    };
    bed.write(2);
    assert_eq!(seen(&bed), 0);
    bed.settings.site_policy = Some("sha256:22".into());
    bed.write(2);
    bed.write(2);
    assert_eq!(seen(&bed), 1);
    bed.settings.site_policy = None;
    bed.write(1);
    let records = bed.records();
    let change = &records[records.len() - 2].policy.as_ref().unwrap();
    assert_eq!(
        (change.was.as_deref(), change.digest.as_deref()),
        (Some("sha256:22"), None)
    );
    assert_eq!(seen(&bed), 2);
    assert_eq!(bed.verify().verdict, Verdict::Intact);
}
