//! Logs that go on: after their writer was killed, under new keys, and from 0.1.0.

use super::*;

#[test]
fn a_writer_that_was_killed_at_any_byte() {
    for (name, act) in [
        ("start", (|bed: &Bed| bed.write_unsigned(1)) as fn(&Bed)),
        ("end", |bed| bed.write(1)),
        ("rotation", |bed| bed.settings_rotated()),
    ] {
        let bed = some_log("killed");
        let (before, state) = (bed.text(), bed.state());
        act(&bed);
        // A rotation leaves what it wrote in the file that is complete.
        let files = read::files(&bed.settings.path).unwrap();
        let after = std::fs::read(&files[0]).unwrap();
        for file in &files {
            std::fs::remove_file(file).unwrap();
        }
        let step = if name == "rotation" { 7 } else { 1 };
        for cut in (before.len()..=after.len()).step_by(step) {
            for file in read::files(&bed.settings.path).unwrap() {
                let _ = std::fs::remove_file(file);
            }
            std::fs::write(&bed.settings.path, &after[..cut]).unwrap();
            bed.put_state(&state);
            let report = bed.verify();
            assert!(
                report.verdict <= Verdict::Unsigned,
                "{name} {cut}: {report:#?}"
            );
            bed.write(1);
            let report = bed.verify();
            assert_found(&report, Verdict::Intact, &[]);
            let elsewhere = bed.verify_with(&keys_alone(&bed));
            assert_found(&elsewhere, Verdict::LaterUnknown, &[]);
        }
    }
}

#[test]
fn a_log_that_was_renewed() {
    let bed = some_log("renewed");
    let old = head::read(&bed.settings.state).unwrap().unwrap();
    bed.settings_rotated();
    let before = bed.text();
    let running = bed.open();
    running
        .record(&Event::RunStart {
            args: &[],
            unconfined: &[],
        })
        .unwrap();
    bed.edit(|lines| lines[0] = lines[0].replace("\"uid\":1", "\"uid\":2"));
    let changed = bed.text();
    let found = bed.verify();
    assert_eq!(found.verdict, Verdict::Tampered);
    let put_aside = audit::renew(&bed.settings, run()).unwrap().unwrap();
    assert_eq!(put_aside.verdict, Verdict::Tampered);
    let evidence = put_aside.evidence;
    assert_eq!(
        std::fs::read_to_string(evidence.join("audit.jsonl")).unwrap(),
        changed
    );
    assert_ne!(changed, before);
    assert!(evidence.join("audit.jsonl.000000000001").exists());
    // Who wrote before writes on in the new log.
    running.record(&end()).unwrap();
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert!(report.notes[0].contains("was tampered"), "{report:#?}");
    let first = &bed.records()[0];
    let renewed = first.log.as_ref().unwrap().renewed.clone().unwrap();
    assert_eq!(renewed.log.as_ref(), Some(&old.position.log));
    assert_ne!(report.log, renewed.log);
    assert!(!changed.contains(&report.log.unwrap()));
}

/// A log that nethost 0.1.0 wrote, with its state.
fn of_0_1_0() -> Bed {
    use std::os::unix::fs::PermissionsExt;
    let bed = Bed::new("fixture");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fixtures/0.1.0");
    std::fs::create_dir(&bed.settings.state).unwrap();
    for (folder, to) in [
        (from.clone(), bed.folder().to_owned()),
        (from.join("state"), bed.settings.state.clone()),
    ] {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let copy: PathBuf = to.join(path.file_name().unwrap());
                std::fs::copy(&path, &copy).unwrap();
                let own = std::fs::Permissions::from_mode(0o600);
                std::fs::set_permissions(&copy, own).unwrap();
            }
        }
    }
    bed
}

#[test]
fn a_log_of_0_1_0_is_read_verified_and_continued() {
    let bed = of_0_1_0();
    let report = bed.verify();
    assert_found(&report, Verdict::Unsigned, &["the last 9 records"]);
    let read = audit::Reader::open(&bed.settings.path).unwrap().flatten();
    assert_eq!(read.count(), 20, "beside the line that was cut");
    bed.write(2);
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert!(!bed.settings.state.join("key").exists(), "its key is gone");
    bed.settings_rotated();
    bed.write(1);
    assert_found(&bed.verify(), Verdict::Intact, &[]);
    // Nothing that explains itself is believed from here on.
    bed.edit(|lines| {
        let lost =
            r#"{"event":"records-lost","lost":{"cause":"torn","first":30,"last":31},"seq":32}"#;
        let line = forged(lines.last().unwrap(), lost, false);
        lines.push(line);
    });
    assert_eq!(bed.verify().verdict, Verdict::Tampered);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_edit_is_called_intact(choices in proptest::collection::vec(any::<u8>(), 3..24)) {
        use std::sync::OnceLock;
        static WHOLE: OnceLock<(edits::Files, Expected)> = OnceLock::new();
        let (whole, expected) = WHOLE.get_or_init(|| {
            let bed = rotated("model", 2);
            let files = read::files(&bed.settings.path).unwrap();
            let files = files.iter().map(|file| std::fs::read(file).unwrap()).collect();
            (files, here(&bed))
        });
        let files = edits::edited(whole, &choices);
        let report = judged(expected, &files);
        prop_assert!(edits::holds(whole, &files, report.verdict), "{report:#?}");
    }
}

/// A record of this version made one of another, whole or as nobody knows it, and all that follow chained anew.
fn as_another_version(lines: &mut [String], at: usize, unknown: bool, anew: bool) {
    lines[at] = lines[at].replacen("{\"v\":1,", "{\"v\":2,", 1);
    if unknown {
        lines[at] = lines[at].replacen("\"event\":\"", "\"actor\":7,\"event\":\"x-", 1);
        lines[at] = lines[at].replacen(",\"actor\":{", ",\"who\":{", 1);
    }
    if anew {
        chain_from(lines, at);
    }
}

#[test]
fn a_record_made_one_of_another_version_is_tampered_with() {
    let bed = some_log("another-version");
    let whole = bed.text();
    let lines: Vec<String> = whole.lines().map(|line| format!("{line}\n")).collect();
    let (state, keys) = (here(&bed), keys_alone(&bed));
    for at in 0..lines.len() {
        for (unknown, anew) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut changed = lines.clone();
            as_another_version(&mut changed, at, unknown, anew);
            let files = [changed.concat().into_bytes()];
            let report = judged(&state, &files);
            assert_eq!(report.verdict, Verdict::Tampered, "{at}: {report:#?}");
            // Elsewhere the keys show it, as a signature covers every record here.
            let report = judged(&keys, &files);
            assert_eq!(report.verdict, Verdict::Tampered, "{at}: {report:#?}");
        }
    }
}

#[test]
fn what_a_newer_nethost_wrote_is_not_judged() {
    for unknown in [false, true] {
        let bed = some_log("newer-nethost");
        let text = bed.text();
        let key = secrets::seal_key(&bed.settings.state).unwrap().unwrap();
        let by_newer = |key: &SealKey| {
            let shape = match unknown {
                true => "\"who\":[1],\"event\":\"novel\"",
                false => {
                    "\"ts\":\"2026-01-01T00:00:00Z\",\"mono\":1,\"event\":\"run-start\",\"host\":\"h\",\"boot\":\"b\",\"run\":\"r\",\"actor\":{\"uid\":1,\"user\":null,\"session\":null}"
                }
            };
            let prev = hash_of(text.lines().last().unwrap());
            let object = format!(
                "{{\"v\":2,\"seq\":{},{shape},\"prev\":\"{prev}\"}}",
                key.from
            );
            let (line, _) = chain::seal(object.into_bytes(), |body| Some(key.mac(body)), |_| None);
            String::from_utf8(line).unwrap()
        };
        bed.put(&(text.clone() + &by_newer(&key)));
        let report = bed.verify();
        assert_found(&report, Verdict::Unverifiable, &["version 2 is not known"]);
        let line = text.lines().count() as u64 + 1;
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.line == Some(line))
        );
        assert_eq!(bed.verify_elsewhere().verdict, Verdict::Unverifiable);
        // Whoever has not the key that seals it makes none.
        let other = Secrets::new(key.from - 1, Hash::default(), Hash::default()).unwrap();
        bed.put(&(text.clone() + &by_newer(&other.seal)));
        let report = bed.verify();
        assert_found(&report, Verdict::Tampered, &["does not carry the seal"]);
    }
}

#[test]
fn numbers_that_no_log_has() {
    const LAST: u64 = crate::record::LAST_NUMBER;
    let one = "0".repeat(63) + "1";
    for seq in [u64::MAX, u64::MAX - 1, LAST + 1, LAST, LAST - 1] {
        let last = seq - 1;
        for fields in [
            format!(
                r#"{{"event":"records-lost","seq":{seq},"prev":"{one}","lost":{{"cause":"cut","first":3,"last":{last},"hash":"{one}"}}}}"#
            ),
            format!(r#"{{"event":"log-open","seq":{seq},"log":{{"id":"0"}}}}"#),
            format!(r#"{{"event":"run-end","seq":{seq}}}"#),
        ] {
            let bed = some_log("numbers");
            bed.edit(|lines| {
                let line = forged(lines.last().unwrap(), &fields, true);
                lines.push(line.clone());
                lines.push(forged(&line, r#"{"event":"run-end","seq":3}"#, true));
            });
            let what = fields.to_string();
            assert!(is_loss(bed.verify().verdict), "{what}");
            assert_ne!(bed.verify_elsewhere().verdict, Verdict::Intact, "{what}");
            let (text, state) = (bed.text(), bed.state());
            bed.write(1);
            assert!(is_loss(bed.verify().verdict), "{what}, then");
            // A writer whose state is gone believes more, and goes on or says that it cannot.
            bed.put(&text);
            bed.put_state(&state);
            bed.lose_state();
            if let Err(refused) = Log::open(&bed.settings, run()).unwrap().record(&end()) {
                let refused = refused.to_string();
                assert!(refused.contains("no number left"), "{what}: {refused}");
            }
            assert_ne!(
                bed.verify().verdict,
                Verdict::Intact,
                "{what}, without state"
            );
        }
    }
}

#[test]
fn a_lock_that_somebody_holds_is_not_waited_for_without_end() {
    let bed = some_log("held");
    let holder = std::fs::File::open(&bed.settings.path).unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockExclusive).unwrap();
    std::thread::scope(|scope| {
        let renewing = scope.spawn(|| audit::renew(&bed.settings, run()));
        let error = verify(&bed.settings.path, &here(&bed)).unwrap_err();
        assert!(error.to_string().contains("has held the lock"), "{error}");
        let error = renewing.join().unwrap().unwrap_err().to_string();
        assert!(error.contains("has held the lock"), "{error}");
    });
}

#[test]
fn records_far_apart_without_the_seal_cost_one_step() {
    let bed = some_log("far");
    bed.edit(|lines| {
        for _ in 0..100 {
            let line = lines.last().unwrap();
            let before: serde_json::Value = serde_json::from_str(line).unwrap();
            let last = before["seq"].as_u64().unwrap() + 100_000;
            let hash = Hash::of(line.as_bytes());
            let fields = format!(
                r#"{{"event":"records-lost","seq":{},"prev":"{hash}","lost":{{"cause":"cut","first":3,"last":{last},"hash":"{hash}"}}}}"#,
                last + 1
            );
            let line = forged(line, &fields, true);
            lines.push(line);
        }
    });
    let begun = std::time::Instant::now();
    let report = bed.verify();
    assert_found(&report, Verdict::Tampered, &[]);
    // All the steps together would be 500 million.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn notes_beyond_the_hundredth_are_counted() {
    let mut report = Report::default();
    for number in 0..105 {
        report.note(number.to_string());
    }
    assert_eq!((report.notes.len(), report.more_notes), (100, 5));
}

#[test]
fn two_who_renew_put_one_log_aside() {
    let bed = some_log("renewed-twice");
    bed.edit(|lines| lines[0] = lines[0].replace("\"uid\":1", "\"uid\":2"));
    // Both may look, and neither may begin before both have.
    let holder = std::fs::File::open(&bed.settings.path).unwrap();
    rustix::fs::flock(&holder, rustix::fs::FlockOperation::LockShared).unwrap();
    let renewed: Vec<_> = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| audit::renew(&bed.settings, run()).unwrap()));
        std::thread::sleep(Duration::from_millis(500));
        rustix::fs::flock(&holder, rustix::fs::FlockOperation::Unlock).unwrap();
        both.map(|renewing| renewing.join().unwrap()).into()
    });
    let put_aside = renewed.iter().flatten().count();
    assert_eq!(put_aside, 1, "the new log is as it should be: {renewed:?}");
    assert_found(&bed.verify(), Verdict::Intact, &[]);
}
