//! What a record looks like, and what happens when it cannot be written.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::gate::Target;

fn run() -> Run {
    Run {
        run: "r1".into(),
        host: "h".into(),
        boot: "b".into(),
        actor: Actor {
            uid: 1,
            user: None,
            session: None,
        },
        plugin: Plugin {
            name: "ping".into(),
            digest: "sha256:00".into(),
        },
    }
}

fn access(target: &Target) -> Access<'_> {
    Access {
        handle: 7,
        capability: "icmp.echo",
        op: "open",
        target,
        interface: None,
        asked: Some("example.test"),
        changes: &[],
        rule: "flag",
    }
}

#[test]
fn an_open_record_names_what_was_asked_and_what_it_became() {
    let target = Target::Address {
        address: "192.0.2.1".parse().unwrap(),
        port: None,
    };
    let line = record::line(&run(), 3, &Event::Open(&access(&target)), 0);
    let record: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(record["event"], "open");
    assert_eq!(record["seq"], 3);
    assert_eq!(record["target"]["asked"], "example.test");
    assert_eq!(record["target"]["resolved"], "192.0.2.1");
    assert_eq!(record["policy"]["rule"], "flag");
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn a_write_is_recorded_field_by_field() {
    let target = Target::Network("10.0.0.0/8".parse().unwrap());
    let changes = [
        ("via", "192.0.2.1".to_owned()),
        ("metric", "100".to_owned()),
    ];
    let access = Access {
        changes: &changes,
        ..access(&target)
    };
    let line = record::line(&run(), 0, &Event::Open(&access), 0);
    let record: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(record["target"]["resolved"], "10.0.0.0/8");
    assert_eq!(
        record["changes"],
        serde_json::json!({"via": "192.0.2.1", "metric": "100"})
    );
}

#[test]
fn a_required_log_that_is_full_refuses_and_another_complains_once() {
    let full = Path::new("/dev/full");
    let event = Event::RunEnd {
        exit: 0,
        stopped: None,
    };
    let required = Log::open(full, true, run()).unwrap();
    assert!(
        required
            .write(&event)
            .unwrap_err()
            .to_string()
            .contains("No space left")
    );
    let optional = Log::open(full, false, run()).unwrap();
    assert!(optional.write(&event).is_ok());
    assert!(optional.complained.load(Relaxed));
}

#[test]
fn a_line_break_in_an_argument_stays_within_its_record() {
    let args = vec!["a\nb".to_owned()];
    let line = record::line(&run(), 0, &Event::RunStart { args: &args }, 0);
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
}
