//! Attacks by whoever can write the log but not its state, by root, and by nobody: writers that were killed.
//! Each sentence of docs/audit.md on what verification proves has its test here.
#![allow(clippy::unwrap_used)]

use nethost_core::Recorder as _;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::super::chain::{self, Hash};
use super::super::key::SecretKey;
use super::super::secrets::{self, SealKey, Secrets};
use super::super::slot::Slot;
use super::super::tests::{Bed, assert_found, end, run};
use super::super::{Event, Log, Settings, head, journal, read};
use super::tests::trusting;
use super::*;
use crate as audit;

mod continued;
#[path = "../../../../tests/fuzz/audit_edits.rs"]
#[allow(clippy::indexing_slicing, unreachable_pub)]
mod edits;

/// What the whole log's writer knows of it, and the verdict on these bytes in its place.
fn judged(expected: &Expected, files: &[Vec<u8>]) -> Report {
    let mut check = Check::new(expected);
    for file in files {
        check
            .file(Path::new("audit.jsonl"), Cursor::new(file))
            .unwrap();
    }
    check.finish()
}

fn here(bed: &Bed) -> Expected {
    expected_here(&bed.settings.state).unwrap()
}

fn keys_alone(bed: &Bed) -> Expected {
    Expected {
        keys_given: true,
        ..trusting(Trust::of_state(&bed.settings.state).unwrap())
    }
}

/// Records of a few runs, one of which was killed.
fn some_log(name: &str) -> Bed {
    let bed = Bed::new(name);
    bed.write_unsigned(1);
    bed.write(1);
    bed.write_unsigned(2);
    bed.write(1);
    bed
}

fn is_loss(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Truncated | Verdict::Tampered)
}

#[test]
fn every_prefix() {
    let bed = some_log("prefix");
    bed.write_unsigned(1);
    let whole = bed.text();
    let (state, keys) = (here(&bed), keys_alone(&bed));
    for cut in 0..whole.len() {
        let prefix = &whole.as_bytes()[..cut];
        let report = judged(&state, &[prefix.to_vec()]);
        assert_eq!(report.verdict, Verdict::Truncated, "{cut}: {report:#?}");
        let report = judged(&keys, &[prefix.to_vec()]);
        let wanted = if prefix.is_empty() {
            Verdict::Unverifiable
        } else if !prefix.ends_with(b"\n") {
            // Some of it may be signed: that a line is cut shows.
            Verdict::Truncated
        } else if prefix.ends_with(b"\"}\n") && last_line(prefix).contains("\"sig\"") {
            Verdict::LaterUnknown
        } else {
            Verdict::Unsigned
        };
        let found = report.verdict;
        let nothing_yet = report.signatures == 0 && found == Verdict::Truncated;
        assert!(found == wanted || nothing_yet, "{cut}: {report:#?}");
    }
    assert_eq!(bed.verify().verdict, Verdict::Unsigned);
    bed.write(1);
    assert_eq!(bed.verify().verdict, Verdict::Intact);
}

fn last_line(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).unwrap();
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn every_record_removed_doubled_swapped_or_edited() {
    let count = some_log("count").text().lines().count();
    type Change = fn(&mut Vec<String>, usize);
    let changes: [(&str, Change); 5] = [
        ("removed", |lines, at| drop(lines.remove(at))),
        ("doubled", |lines, at| lines.insert(at, lines[at].clone())),
        ("swapped", |lines, at| {
            let other = (at + 1) % lines.len();
            lines.swap(at, other);
        }),
        ("edited", |lines, at| {
            lines[at] = lines[at].replace("\"uid\":1", "\"uid\":2");
        }),
        ("edited and chained anew", |lines, at| {
            lines[at] = lines[at].replace("\"uid\":1", "\"uid\":2");
            chain_from(lines, at);
        }),
    ];
    for (name, change) in changes {
        for at in 0..count {
            let bed = some_log("each");
            let head = head::read(&bed.settings.state).unwrap().unwrap();
            let elsewhere = Expected {
                claims: vec![Claim::Head(Box::new(head))],
                ..keys_alone(&bed)
            };
            bed.edit(|lines| change(lines, at));
            for report in [
                bed.verify(),
                verify(&bed.settings.path, &elsewhere).unwrap(),
            ] {
                assert!(is_loss(report.verdict), "{name} {at}: {report:#?}");
            }
            assert_ne!(bed.verify_elsewhere().verdict, Verdict::Intact);
            // The next writers do not hide it.
            bed.write(1);
            bed.open().checkpoint().unwrap();
            let report = bed.verify();
            assert!(is_loss(report.verdict), "{name} {at}, then: {report:#?}");
        }
    }
}

/// Makes each line from this one on follow the one before, as anybody can who has no key.
fn chain_from(lines: &mut [String], from: usize) {
    let mut before: Option<String> = from.checked_sub(1).map(|at| hash_of(&lines[at]));
    for line in lines.iter_mut().skip(from) {
        let mut object = line.clone();
        object.truncate(object.rfind(",\"hash\"").unwrap());
        if let Some(before) = &before {
            let at = object.rfind("\"prev\":\"").unwrap() + 8;
            object.replace_range(at..at + 64, before);
        }
        let signature = line.find(",\"sig\"").map(|at| line[at..].to_owned());
        let hash = Hash::of(object.as_bytes()).to_string();
        let rest = signature.unwrap_or_else(|| "}\n".to_owned());
        *line = format!("{object},\"hash\":\"{hash}\"{rest}");
        before = Some(hash);
    }
}

fn hash_of(line: &str) -> String {
    let at = line.rfind("\"hash\":\"").unwrap() + 8;
    line[at..at + 64].to_owned()
}

/// A record behind this line, by somebody with a key of their own.
fn forged(line: &str, fields: &str, signs: bool) -> String {
    let before: serde_json::Value = serde_json::from_str(line).unwrap();
    let mut record = before.clone();
    let object = record.as_object_mut().unwrap();
    for field in ["hash", "prev", "sig", "mac", "key", "lost", "log", "exit"] {
        object.remove(field);
    }
    let seq = before["seq"].as_u64().unwrap().saturating_add(1);
    object.insert("seq".into(), seq.into());
    let own = SecretKey::from_seed(&[9; 32]).unwrap();
    if signs {
        let signed = before["key"].as_object();
        let force = signed.and_then(|keys| keys.get("next").or(keys.get("signer")));
        let key = serde_json::json!({"signer": own.public(), "next": own.public(), "lost": force});
        object.insert("key".into(), key);
    }
    let more: serde_json::Value = serde_json::from_str(fields).unwrap();
    object.extend(more.as_object().unwrap().clone());
    object.insert("prev".into(), before["hash"].clone());
    if let Some(prev) = more.get("prev") {
        object.insert("prev".into(), prev.clone());
    }
    let text = record.to_string().into_bytes();
    let mac = |_: &Hash| Some([7; 16]);
    let sign = |hash: &Hash| signs.then(|| own.sign(hash));
    String::from_utf8(chain::seal(text, mac, sign).0).unwrap()
}

#[test]
fn each_special_record_forged_at_each_place() {
    let count = some_log("count").text().lines().count();
    for at in 0..count {
        for signs in [false, true] {
            for kind in 0..9 {
                let bed = some_log("forged");
                let head = head::read(&bed.settings.state).unwrap().unwrap();
                let (log, last, hash) = (&head.position.log, head.position.seq, head.position.hash);
                let from = at + 2;
                let lost = |cause: &str| {
                    format!(
                        r#"{{"event":"records-lost","seq":{},"prev":"{hash}","lost":{{"cause":"{cause}","first":{from},"last":{last},"hash":"{hash}"}}}}"#,
                        last + 1
                    )
                };
                let fields = match kind {
                    0 => lost("torn"),
                    1 => lost("cut"),
                    2 => lost("unwritten"),
                    3 => format!(
                        r#"{{"event":"records-lost","seq":{},"lost":{{"cause":"torn","first":{from},"last":{last}}}}}"#,
                        last + 1
                    ),
                    4 => r#"{"event":"records-lost","lost":{"cause":"no-head"}}"#.to_owned(),
                    5 => format!(
                        r#"{{"event":"log-open","log":{{"id":"{log}","removed_before":{}}}}}"#,
                        last + 1
                    ),
                    6 => r#"{"event":"log-close"}"#.to_owned(),
                    7 => r#"{"event":"key"}"#.to_owned(),
                    _ => r#"{"event":"checkpoint"}"#.to_owned(),
                };
                bed.edit(|lines| {
                    lines.truncate(at + 1);
                    let line = forged(&lines[at], &fields, signs);
                    lines.push(line);
                });
                let what = format!("{kind} after {at}, signed: {signs}");
                let report = bed.verify();
                assert!(is_loss(report.verdict), "{what}: {report:#?}");
                assert_ne!(bed.verify_elsewhere().verdict, Verdict::Intact, "{what}");
                let keys = verify(&bed.settings.path, &keys_alone(&bed)).unwrap();
                assert!(keys.verdict > Verdict::LaterUnknown, "{what}: {keys:#?}");
                bed.write(1);
                bed.open().checkpoint().unwrap();
                let report = bed.verify();
                assert!(is_loss(report.verdict), "{what}, then: {report:#?}");
            }
        }
    }
}

#[test]
fn records_that_follow_and_were_added() {
    for fields in [r#"{"event":"run-start"}"#, r#"{"event":"key"}"#] {
        for signs in [false, true] {
            let bed = some_log("added");
            bed.edit(|lines| {
                for _ in 0..3 {
                    let line = forged(lines.last().unwrap(), fields, signs);
                    lines.push(line);
                }
            });
            assert_eq!(bed.verify().verdict, Verdict::Tampered);
            bed.write(1);
            let report = bed.verify();
            assert_found(&report, Verdict::Tampered, &[]);
            // What the writer wrote since is trusted nevertheless.
            assert_eq!(report.signed, report.position.unwrap().seq);
            bed.settings_rotated();
            assert_eq!(bed.verify().verdict, Verdict::Tampered);
        }
    }
}

impl Bed {
    fn settings_rotated(&self) {
        self.open().rotate().unwrap();
    }
}

fn rotated(name: &str, files: usize) -> Bed {
    let bed = Bed::new(name);
    for _ in 0..files {
        bed.write(1);
        bed.settings_rotated();
    }
    bed.write(1);
    bed
}

#[test]
fn files_removed_in_each_combination() {
    let count = 4;
    for gone in 1..1_u32 << count {
        let bed = rotated("combination", count - 1);
        let files = read::files(&bed.settings.path).unwrap();
        assert_eq!(files.len(), count);
        for (at, file) in files.iter().enumerate() {
            if gone & (1 << at) != 0 {
                std::fs::remove_file(file).unwrap();
            }
        }
        if let Ok(report) = verify(&bed.settings.path, &here(&bed)) {
            assert_eq!(report.verdict, Verdict::Truncated, "{gone:b}: {report:#?}");
        }
        bed.write(1);
        assert_eq!(bed.verify().verdict, Verdict::Truncated, "{gone:b}, then");
    }
}

#[test]
fn what_the_log_s_folder_says_removes_nothing() {
    let mut bed = rotated("planted", 3);
    bed.settings.keep = Some(5);
    let files = read::files(&bed.settings.path).unwrap();
    // Files that are none of its own are not counted, and one that somebody removed is missed.
    for number in 100..120 {
        std::fs::write(journal::file_name(&bed.settings.path, number), "").unwrap();
    }
    bed.settings_rotated();
    assert!(files.iter().take(3).all(|file| file.exists()));
    for number in 100..120 {
        std::fs::remove_file(journal::file_name(&bed.settings.path, number)).unwrap();
    }
    assert_eq!(bed.verify().verdict, Verdict::Intact);
    std::fs::remove_file(&files[0]).unwrap();
    bed.settings_rotated();
    assert_found(&bed.verify(), Verdict::Truncated, &["records 1 to"]);
}

#[test]
fn a_flood_pushes_nothing_out_that_is_kept_for_a_time() {
    let mut bed = Bed::new("flood");
    bed.write(1);
    bed.settings.rotate = 4000;
    bed.settings.keep = Some(1);
    bed.settings.keep_for = Some(Duration::from_secs(3600));
    for _ in 0..10 {
        bed.write(6);
    }
    assert_eq!(bed.records()[1].seq, 2, "the first records are there");
    assert_eq!(bed.verify().verdict, Verdict::Intact);
    // As old as a file may be made to look: when it was closed is for the state to say.
    for file in read::files(&bed.settings.path).unwrap() {
        let file = std::fs::File::options().append(true).open(file).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    bed.write(12);
    assert_eq!(bed.records()[1].seq, 2);
    // Once the time is over, they go.
    bed.settings.keep_for = Some(Duration::from_nanos(1));
    bed.write(12);
    assert!(bed.records()[0].seq > 2);
    assert_eq!(bed.verify().verdict, Verdict::Intact);
}

#[test]
fn keys_and_heads_of_another_log() {
    let (bed, other) = (some_log("one"), some_log("two"));
    let path = &bed.settings.path;
    let keys = verify(path, &keys_alone(&other)).unwrap();
    assert_eq!(keys.verdict, Verdict::Tampered, "{keys:#?}");
    let head = |bed: &Bed| head::read(&bed.settings.state).unwrap().unwrap();
    let with = |claim: Claim| {
        let expected = Expected {
            claims: vec![claim],
            ..keys_alone(&bed)
        };
        verify(path, &expected).unwrap().verdict
    };
    assert_eq!(with(Claim::Head(Box::new(head(&bed)))), Verdict::Intact);
    assert_eq!(with(Claim::Head(Box::new(head(&other)))), Verdict::Tampered);
    let hash = head(&other).position.hash;
    assert_eq!(with(Claim::Hash(hash)), Verdict::Truncated);
    // A head is compared with all that the log has of it.
    let mut changed = head(&bed);
    changed.position.key = head(&other).position.key;
    assert_eq!(with(Claim::Head(Box::new(changed))), Verdict::Unverifiable);
    let mut changed = head(&bed);
    changed.position.signed = head(&other).position.signed;
    assert!(with(Claim::Head(Box::new(changed))) > Verdict::Unsigned);
    let mut changed = head(&bed);
    changed.position.hash = hash;
    assert_eq!(with(Claim::Head(Box::new(changed))), Verdict::Tampered);
    // Each log in the other's place: nobody writes on.
    for (one, two) in [(&bed, &other), (&other, &bed)] {
        let settings = Settings {
            state: two.settings.state.clone(),
            ..one.settings.clone()
        };
        assert!(Log::open(&settings, run()).unwrap().record(&end()).is_err());
    }
}

#[test]
fn keys_that_were_taken_elsewhere_are_looked_for() {
    let bed = rotated("taken", 2);
    let keys = keys_alone(&bed);
    let files: Vec<_> = read::files(&bed.settings.path)
        .unwrap()
        .iter()
        .map(|file| std::fs::read(file).unwrap())
        .collect();
    assert_eq!(judged(&keys, &files).verdict, Verdict::LaterUnknown);
    // The last key came into force with a record that is not there.
    let report = judged(&keys, &files[..1]);
    assert_found(&report, Verdict::Truncated, &["came into force after them"]);
}

/// What root reads at this moment.
fn secrets_now(bed: &Bed) -> Secrets {
    Slot::peek(&bed.settings.state.join("seal"), 512)
        .unwrap()
        .unwrap()
}

#[test]
fn root_rewrites_nothing_that_was_signed_before() {
    let bed = Bed::new("root");
    bed.write(3);
    let head = head::read(&bed.settings.state).unwrap().unwrap();
    let elsewhere = Expected {
        claims: vec![Claim::Head(Box::new(head))],
        ..keys_alone(&bed)
    };
    bed.write(3);
    // From here on root has all there is, and rewrites a record behind the head that was taken elsewhere.
    let stolen = secrets_now(&bed);
    bed.edit(|lines| {
        lines.truncate(6);
        let line = forged(&lines[4], r#"{"event":"run-end","exit":7}"#, false);
        lines[5] = line;
        resign(&mut lines[5], &stolen);
    });
    let report = verify(&bed.settings.path, &elsewhere).unwrap();
    assert!(report.verdict > Verdict::Unsigned, "{report:#?}");
}

#[test]
fn root_rewrites_nothing_that_was_sealed_before_a_key_left_the_machine() {
    let bed = Bed::new("sealed");
    bed.write(2);
    let taken: SealKey = secrets::seal_key(&bed.settings.state).unwrap().unwrap();
    bed.write_unsigned(4);
    let stolen = secrets_now(&bed);
    let mut expected = Expected {
        seals: vec![taken],
        ..keys_alone(&bed)
    };
    assert_eq!(bed.verify_with(&expected).verdict, Verdict::Unsigned);
    // Nothing since the last signature is signed; root signs what root likes with the key that is there.
    bed.edit(|lines| {
        lines[5] = lines[5].replace("\"uid\":1", "\"uid\":2");
        chain_from(lines, 5);
        let mut last = forged(lines.last().unwrap(), r#"{"event":"checkpoint"}"#, false);
        resign(&mut last, &stolen);
        lines.push(last);
    });
    let report = bed.verify_with(&expected);
    assert_found(&report, Verdict::Tampered, &["does not carry the seal"]);
    // Without that key this is beyond what verification elsewhere can tell, and the documentation says so.
    expected.seals.clear();
    assert_eq!(bed.verify_with(&expected).verdict, Verdict::LaterUnknown);
}

impl Bed {
    fn verify_with(&self, expected: &Expected) -> Report {
        verify(&self.settings.path, expected).unwrap()
    }
}

/// Signs a record with what root has.
fn resign(line: &mut String, stolen: &Secrets) {
    let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
    let object = record.as_object_mut().unwrap();
    let prev = object.remove("prev").unwrap();
    for field in ["hash", "sig", "mac"] {
        object.remove(field);
    }
    let key = SecretKey::from_seed(&stolen.sign.0).unwrap();
    object.insert("key".into(), serde_json::json!({"signer": key.public()}));
    object.insert("prev".into(), prev);
    let mac = |body: &Hash| Some(stolen.seal.mac(body));
    let text = record.to_string().into_bytes();
    *line = String::from_utf8(chain::seal(text, mac, |hash| Some(key.sign(hash))).0).unwrap();
}
