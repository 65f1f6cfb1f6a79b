//! Attacks on a log, and what verification makes of each.
#![allow(clippy::unwrap_used)]

use super::super::tests::{Bed, assert_found, end, run};
use super::super::{CHECKPOINT_EVERY, Hash, Log, head, read};
use super::*;
use nethost_core::Recorder as _;

pub(super) fn trusting(trust: Trust) -> Expected {
    Expected {
        trust,
        ..Expected::default()
    }
}

/// More than one checkpoint's worth.
const MANY: usize = CHECKPOINT_EVERY as usize + 50;

#[test]
fn an_untouched_log_is_intact() {
    let bed = Bed::new("intact");
    bed.write_unsigned(MANY);
    let report = bed.verify();
    assert_found(&report, Verdict::Unsigned, &["a run is not over"]);
    assert_eq!(report.signatures, 2, "at its beginning, and a checkpoint");
    bed.write(3);
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert_eq!(report.signatures, 5, "each end of a run");
    assert_eq!(report.records as usize, 3 + MANY + 2);
    assert!(report.notes.is_empty(), "{report:#?}");
    assert_found(
        &bed.verify_elsewhere(),
        Verdict::LaterUnknown,
        &["no head to compare with"],
    );
}

#[test]
fn content_that_was_changed() {
    let bed = Bed::new("changed");
    bed.write(9);
    bed.edit(|lines| lines[4] = lines[4].replace("\"exit\":0", "\"exit\":1"));
    let report = bed.verify_elsewhere();
    assert_found(&report, Verdict::Tampered, &["does not have the hash"]);
    let finding = &report.findings[0];
    assert_eq!((finding.line, finding.seq), (Some(5), None));
}

#[test]
fn content_that_was_changed_and_hashed_anew() {
    let bed = Bed::new("rehashed");
    bed.write_unsigned(9);
    bed.edit(|lines| {
        let object = lines[4].replace("\"uid\":1", "\"uid\":2");
        let object = object[..object.rfind(",\"hash\"").unwrap()].to_owned() + "}";
        let (line, _) = super::super::chain::seal(object.into_bytes(), |_| None, |_| None);
        lines[4] = String::from_utf8(line).unwrap();
    });
    let report = bed.verify_elsewhere();
    assert_found(
        &report,
        Verdict::Tampered,
        &["does not follow the record before"],
    );
    assert_eq!(
        (report.findings[0].line, report.findings[0].seq),
        (Some(6), Some(6))
    );
}

#[test]
fn records_taken_out_put_in_or_swapped() {
    for (name, change) in [
        (
            "removed",
            (|lines| drop(lines.remove(4))) as fn(&mut Vec<String>),
        ),
        ("doubled", |lines| lines.insert(4, lines[4].clone())),
        ("swapped", |lines| lines.swap(4, 5)),
    ] {
        let bed = Bed::new(name);
        bed.write(9);
        bed.edit(change);
        let report = bed.verify_elsewhere();
        assert_eq!(report.verdict, Verdict::Tampered, "{name}: {report:#?}");
        assert!(
            matches!(report.findings[0].line, Some(5 | 6)),
            "{name}: {report:#?}"
        );
    }
}

#[test]
fn a_tail_that_was_cut_off() {
    let bed = Bed::new("tail");
    bed.write(9);
    let head = head::read(&bed.settings.state).unwrap().unwrap();
    bed.edit(|lines| lines.truncate(6));
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["records 7 to 10 are missing at its end"],
    );
    // Elsewhere, a head or the hash of its last record tell as much.
    for claim in [
        Claim::Head(Box::new(head.clone())),
        Claim::Hash(head.position.hash),
    ] {
        let expected = Expected {
            trust: Trust::of_state(&bed.settings.state).unwrap(),
            claims: vec![claim],
            ..Expected::default()
        };
        let report = verify(&bed.settings.path, &expected).unwrap();
        assert_eq!(report.verdict, Verdict::Truncated, "{report:#?}");
    }
    // The next writer notices too, and goes on.
    bed.write(1);
    let report = bed.verify();
    assert_found(
        &report,
        Verdict::Truncated,
        &["records 7 to 10 are missing: they were cut off"],
    );
    assert_eq!(report.findings.len(), 1, "{report:#?}");
}

#[test]
fn an_empty_log_and_none() {
    let bed = Bed::new("empty");
    bed.write(9);
    bed.put("");
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["records 1 to 10 are missing"],
    );
    bed.write(1);
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["records 1 to 10 are missing"],
    );
    std::fs::remove_file(&bed.settings.path).unwrap();
    assert!(verify(&bed.settings.path, &Expected::default()).is_err());
    let missing = ["records 1 to 12 are missing at its end"];
    assert_found(&bed.verify(), Verdict::Truncated, &missing);
    bed.write(1);
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["records 11 to 12 are missing"],
    );
}

#[test]
fn a_log_of_which_nothing_is_left() {
    let bed = Bed::new("nothing");
    let of_state = bed.settings.state.clone();
    let nobody_knows = verify(&bed.settings.path, &expected_here(&of_state).unwrap());
    let error = nobody_knows.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound, "{error}");
    bed.write(9);
    bed.open().rotate().unwrap();
    bed.write(1);
    let head = head::read(&of_state).unwrap().unwrap();
    for file in read::files(&bed.settings.path).unwrap() {
        std::fs::remove_file(file).unwrap();
    }
    let words = ["records 1 to 14 are missing at its end"];
    assert_found(&bed.verify(), Verdict::Truncated, &words);
    // Elsewhere, whoever has a head knows as much, and whoever has keys alone nothing.
    let mut expected = Expected {
        keys_given: true,
        claims: vec![Claim::Head(Box::new(head))],
        ..trusting(Trust::only("0".repeat(64).parse().unwrap()))
    };
    let report = verify(&bed.settings.path, &expected).unwrap();
    assert_found(&report, Verdict::Truncated, &words);
    expected.claims.clear();
    assert!(verify(&bed.settings.path, &expected).is_err());
    // Nor is it forgotten with the head.
    std::fs::remove_file(of_state.join("head")).unwrap();
    let words = ["all its records are missing"];
    assert_found(&bed.verify(), Verdict::Truncated, &words);
    std::fs::remove_file(of_state.join("seal")).unwrap();
    assert_found(&bed.verify(), Verdict::Truncated, &words);
}

#[test]
fn a_write_that_was_cut() {
    let bed = Bed::new("torn");
    bed.write(4);
    let whole = bed.text();
    let torn = whole.clone() + &whole.lines().last().unwrap()[..100];
    bed.put(&torn);
    let report = bed.verify();
    assert_found(
        &report,
        Verdict::Unsigned,
        &["the last line is cut: 100 bytes", "record 6"],
    );
    assert_eq!(
        report.findings.len(),
        1,
        "nothing acknowledged is missing: {report:#?}"
    );
    assert_eq!(bed.verify_elsewhere().verdict, Verdict::Truncated);
    // The next writer keeps what is there and accounts for it.
    bed.write(1);
    assert!(bed.text().starts_with(&torn));
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert!(report.notes[0].contains("102 bytes"), "{report:#?}");
    // Other bytes in its place are noticed.
    bed.put(&bed.text().replace(&torn, &(whole + &"x".repeat(100))));
    assert_found(&bed.verify(), Verdict::Tampered, &["not a record"]);
}

#[test]
fn a_record_that_was_cut_in_its_middle_is_named_as_missing() {
    let bed = Bed::new("cut");
    bed.write(4);
    let text = bed.text();
    bed.put(&text[..text.len() - 10]);
    assert_found(
        &bed.verify(),
        Verdict::Truncated,
        &["the last line is cut", "record 5 is missing at its end"],
    );
    bed.write(1);
    let report = bed.verify();
    assert_found(&report, Verdict::Truncated, &["record 5 is missing"]);
    assert_eq!(report.findings.len(), 1, "{report:#?}");
}

#[test]
fn a_log_signed_anew_with_another_key() {
    let bed = Bed::new("anew");
    bed.write(MANY);
    let trust = Trust::of_state(&bed.settings.state).unwrap();
    // The attacker writes a log of their own, from the first record on.
    std::fs::remove_file(&bed.settings.path).unwrap();
    std::fs::remove_dir_all(&bed.settings.state).unwrap();
    bed.write(MANY);
    let expected = trusting(trust);
    let report = verify(&bed.settings.path, &expected).unwrap();
    assert_found(&report, Verdict::Tampered, &["was signed anew"]);
    // Without any key, nobody can tell.
    let report = verify(&bed.settings.path, &Expected::default()).unwrap();
    assert_found(&report, Verdict::Unverifiable, &["--key"]);
}

#[test]
fn a_newer_key_signs_nothing_of_before() {
    let mut bed = Bed::new("newer");
    bed.settings.rotate = 4000;
    bed.write(30);
    let trust = Trust::of_state(&bed.settings.state).unwrap();
    let files = read::files(&bed.settings.path).unwrap();
    assert!(files.len() > 3, "{files:?}");
    // Who has the newest key cuts the log back to its first file and goes on with that key.
    let first = std::fs::read_to_string(&files[0]).unwrap();
    for file in &files {
        std::fs::remove_file(file).unwrap();
    }
    let mut lines: Vec<_> = first.lines().collect();
    lines.truncate(3);
    bed.put(&(lines.join("\n") + "\n"));
    bed.lose_state();
    bed.settings.rotate = u64::MAX;
    bed.write(MANY);
    let first_key = Trust::parse(&trust.lines().next().unwrap()).unwrap();
    let expected = trusting(first_key);
    let report = verify(&bed.settings.path, &expected).unwrap();
    assert_found(
        &report,
        Verdict::Unverifiable,
        &["did not introduce", "head was gone"],
    );
}

#[test]
fn an_unsigned_log_does_not_pass_for_a_signed_one() {
    let bed = Bed::new("unsigned");
    bed.write(3);
    let trust = Trust::of_state(&bed.settings.state).unwrap();
    // The chain is right, but there is no signature.
    let mut prev = Hash::default();
    let mut forged = String::new();
    for line in bed.text().lines() {
        let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
        let fields = record.as_object_mut().unwrap();
        for field in ["key", "mac", "hash", "sig"] {
            fields.remove(field);
        }
        fields.remove("prev");
        fields.insert("prev".into(), prev.to_string().into());
        let (line, seal) =
            super::super::chain::seal(record.to_string().into_bytes(), |_| None, |_| None);
        prev = seal.hash;
        forged += std::str::from_utf8(&line).unwrap();
    }
    bed.put(&forged);
    let expected = trusting(trust);
    let report = verify(&bed.settings.path, &expected).unwrap();
    assert_found(&report, Verdict::Unverifiable, &["nothing in it is signed"]);
    // Nor does one whose signature was taken off.
    bed.put("");
    bed.write(3);
    bed.edit(|lines| {
        let at = lines[0].find(",\"sig\"").unwrap();
        lines[0].truncate(at);
        lines[0] += "}\n";
    });
    assert_found(&bed.verify(), Verdict::Tampered, &["signature is missing"]);
}

#[test]
fn a_log_that_is_no_longer_signed_is_noticed() {
    let bed = Bed::new("overdue");
    bed.write(1);
    let mut settings = bed.settings.clone();
    // An attacker who has the log's folder, but not the key.
    settings.state = bed.folder().join("other");
    let log = Log::open(&settings, run()).unwrap();
    for _ in 0..2 * MANY {
        log.record(&end()).unwrap();
    }
    let report = bed.verify_elsewhere();
    assert_found(&report, Verdict::Unverifiable, &["did not introduce"]);
}

#[test]
fn rotation_keeps_the_chain() {
    let mut bed = Bed::new("rotation");
    bed.settings.rotate = 8000;
    for _ in 0..10 {
        bed.write(6);
    }
    let files = read::files(&bed.settings.path).unwrap();
    assert!(files.len() >= 4, "{files:?}");
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert_eq!(report.files, files);
    assert_eq!(bed.records().len() as u64, report.records);
    // The first key alone vouches for all of it: each introduced the next.
    let trust = Trust::of_state(&bed.settings.state).unwrap();
    let expected = trusting(Trust::parse(&trust.lines().next().unwrap()).unwrap());
    assert_eq!(
        verify(&bed.settings.path, &expected).unwrap().verdict,
        Verdict::LaterUnknown
    );
    // A file in between is missing.
    let gone = std::fs::read_to_string(&files[1]).unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    let report = bed.verify();
    assert_found(
        &report,
        Verdict::Truncated,
        &["are missing: no file", files[1].to_str().unwrap()],
    );
    assert_eq!(report.findings.len(), 1, "{report:#?}");
    std::fs::write(&files[1], gone).unwrap();
    // The first ones are missing.
    std::fs::remove_file(&files[0]).unwrap();
    assert_found(&bed.verify(), Verdict::Truncated, &["records 1 to"]);
}

#[test]
fn files_that_the_policy_does_not_keep_are_not_missed() {
    let mut bed = Bed::new("keep");
    bed.settings.rotate = 4000;
    bed.settings.keep = Some(2);
    for _ in 0..10 {
        bed.write(6);
    }
    let files = read::files(&bed.settings.path).unwrap();
    assert_eq!(files.len(), 3, "{files:?}");
    assert_found(&bed.verify(), Verdict::Intact, &[]);
    assert!(bed.verify().first > Some(1));
    // One more than that is.
    std::fs::remove_file(&files[0]).unwrap();
    assert_found(&bed.verify(), Verdict::Truncated, &["records 1 to"]);
}

#[test]
fn a_key_whose_note_was_cut_short_is_noted_again() {
    for cut in [1, 40] {
        let bed = Bed::new("cut-note");
        bed.write(3);
        let keys = bed.settings.state.join("keys");
        let whole = std::fs::read_to_string(&keys).unwrap();
        std::fs::write(&keys, format!("{whole}{}", &whole[..cut])).unwrap();
        assert_eq!(bed.verify().verdict, Verdict::Intact, "{cut}");
        // Another key comes into force, and is noted behind what is left of that line.
        std::fs::remove_file(bed.settings.state.join("seal")).unwrap();
        bed.write(2);
        assert_eq!(bed.verify().verdict, Verdict::Intact, "{cut}");
        let trust = Trust::of_state(&bed.settings.state).unwrap();
        assert_eq!(trust.lines().count(), 2, "{cut}");
    }
}

#[test]
fn a_key_that_is_gone_is_replaced_and_said() {
    let bed = Bed::new("lost-key");
    bed.write(3);
    let first = Trust::of_state(&bed.settings.state).unwrap();
    std::fs::remove_file(bed.settings.state.join("seal")).unwrap();
    bed.write(2);
    assert_eq!(bed.verify().verdict, Verdict::Intact);
    assert!(bed.verify().notes[0].contains("was gone"));
    let expected = trusting(first);
    let report = verify(&bed.settings.path, &expected).unwrap();
    assert_found(&report, Verdict::Unverifiable, &["did not introduce"]);
}

#[test]
fn a_head_that_is_gone_and_a_log_of_another() {
    let bed = Bed::new("no-head");
    bed.write(3);
    // The seal knows as well where the log ends.
    std::fs::remove_file(bed.settings.state.join("head")).unwrap();
    bed.write(1);
    assert_found(&bed.verify(), Verdict::Intact, &[]);
    bed.lose_state();
    bed.write(1);
    assert_found(&bed.verify(), Verdict::Unverifiable, &["head was gone"]);
    let other = Bed::new("other");
    other.write(3);
    std::fs::copy(&other.settings.path, &bed.settings.path).unwrap();
    assert_found(&bed.verify(), Verdict::Tampered, &["not the log"]);
    let log = Log::open(&bed.settings, run()).unwrap();
    let refused = log.record(&end()).unwrap_err().to_string();
    assert!(refused.contains("move one of the two away"), "{refused}");
}

#[test]
fn two_runs_at_once_fork_nothing() {
    let mut bed = Bed::new("two");
    bed.settings.rotate = 20_000;
    let (one, two) = (bed.open(), bed.open());
    std::thread::scope(|scope| {
        for log in [&one, &two] {
            scope.spawn(move || (0..200).for_each(|_| log.record(&end()).unwrap()));
        }
    });
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    let written = bed
        .records()
        .iter()
        .filter(|record| record.run_seq.is_some())
        .count();
    assert_eq!(written, 400);
}
