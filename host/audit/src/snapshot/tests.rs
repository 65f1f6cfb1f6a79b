//! Logs that go on while they are read.
#![allow(clippy::unwrap_used)]

use std::io::BufRead;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use super::*;
use crate::tests::{Bed, end};
use crate::verify::{self, Verdict};
use crate::{Log, Reader};
use nethost_core::Recorder as _;

/// The numbers of its lines' records, without their checks.
fn numbers(snapshot: &Snapshot) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for part in snapshot.parts() {
        for line in snapshot.read(part)?.lines() {
            let record: serde_json::Value = serde_json::from_str(&line?)?;
            numbers.push(record["seq"].as_u64().unwrap());
        }
    }
    Ok(numbers)
}

/// Three files and what `keep` leaves of them.
fn kept(name: &str) -> Bed {
    let mut bed = Bed::new(name);
    bed.settings.rotate = 4000;
    bed.settings.keep = Some(2);
    bed.write(40);
    assert_eq!(crate::files(&bed.settings.path).unwrap().len(), 3);
    bed
}

#[test]
fn what_is_written_rotated_and_removed_later_changes_nothing() {
    let bed = kept("moment");
    let (snapshot, last) = Snapshot::take(&bed.settings.path, |_| {
        Ok(crate::head::read(&bed.settings.state)?.unwrap())
    })
    .unwrap();
    let before = bed.records();
    let reader = Reader::open(&bed.settings.path).unwrap();
    bed.write(40);
    assert!(
        bed.records()[0].seq > last.position.seq,
        "all files are others"
    );
    let seen = numbers(&snapshot).unwrap();
    let expected: Vec<_> = before.iter().map(|record| record.seq).collect();
    assert_eq!(seen, expected);
    assert_eq!(seen.last(), Some(&last.position.seq));
    let read = reader.map(|entry| entry.unwrap().record.seq);
    assert!(read.eq(expected), "show and export");
}

#[test]
fn a_log_between_two_files_is_looked_at_again_when_one_was_begun() {
    let bed = kept("between");
    bed.open().rotate().unwrap();
    // As a writer leaves it that was killed before it began the next file.
    std::fs::remove_file(&bed.settings.path).unwrap();
    let mut looks = 0;
    let (snapshot, ()) = Snapshot::take(&bed.settings.path, |_| {
        looks += 1;
        if looks == 1 {
            std::fs::write(&bed.settings.path, "").unwrap();
        }
        Ok(())
    })
    .unwrap();
    assert_eq!((looks, snapshot.parts().len()), (2, 3));
}

#[test]
fn a_file_that_went_before_it_was_opened_is_not_missed_a_second_time() {
    let bed = Bed::new("many");
    bed.write(1);
    let path = &bed.settings.path;
    let complete = |number: u64| journal::file_name(path, number);
    for number in 0..300 {
        std::fs::write(complete(number), number.to_string()).unwrap();
    }
    for replaced in [false, true] {
        let mut attempts = 0;
        let read: io::Result<usize> = whole(
            path,
            |_| Ok(()),
            |snapshot, ()| {
                attempts += 1;
                if attempts == 1 {
                    // One that is open stays readable, one that is not does not.
                    for number in [attempts, 290 + u64::from(replaced)] {
                        std::fs::remove_file(complete(number)).unwrap();
                        if replaced {
                            std::fs::write(complete(number), "other").unwrap();
                        }
                    }
                }
                for part in snapshot.parts() {
                    snapshot.read(part)?;
                }
                Ok(snapshot.parts().len())
            },
        );
        let left = if replaced { 300 } else { 299 };
        assert_eq!((attempts, read.unwrap()), (2, left));
        std::fs::write(complete(1), "1").unwrap();
    }
    // But not for ever.
    let mut attempts = 0;
    let read: io::Result<()> = whole(
        path,
        |_| Ok(()),
        |snapshot, ()| {
            attempts += 1;
            std::fs::write(complete(295), "1").unwrap();
            std::fs::rename(complete(295), complete(296)).unwrap();
            snapshot
                .parts()
                .iter()
                .try_for_each(|part| snapshot.read(part).map(drop))
        },
    );
    let error = read.unwrap_err().to_string();
    assert!(error.contains("was removed meanwhile"), "{error}");
    assert_eq!(attempts, ATTEMPTS);
}

#[test]
fn a_link_in_the_place_of_a_file_is_refused() {
    for (name, at) in [("link", 2), ("complete-link", 0)] {
        let bed = kept(name);
        let files = crate::files(&bed.settings.path).unwrap();
        let away = bed.folder().join("away");
        std::fs::rename(&files[at], &away).unwrap();
        std::os::unix::fs::symlink(&away, &files[at]).unwrap();
        let expected = || verify::expected_here(&bed.settings.state);
        let refused = verify::verify_with(&bed.settings.path, expected, None).unwrap_err();
        let refused = refused.to_string();
        assert!(
            refused.ends_with("it is a symbolic link; name the file itself"),
            "{refused}"
        );
        assert_eq!(refused.contains("audit.jsonl.0"), at == 0, "{refused}");
        assert!(Reader::open(&bed.settings.path).is_err());
    }
}

/// Another one rotates and removes files the while.
#[test]
fn an_honest_log_is_not_called_anything_else_while_it_goes_on() {
    let bed = kept("race");
    let over = AtomicBool::new(false);
    let until = Instant::now() + Duration::from_secs(2);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let log: Log = bed.open();
                while !over.load(Relaxed) {
                    log.record(&end()).unwrap();
                    log.rotate().unwrap();
                    // Somebody else's turn.
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
        }
        let mut verified = 0;
        let mut last = 0;
        let judged = || {
            while Instant::now() < until {
                let expected = || verify::expected_here(&bed.settings.state);
                let report = verify::verify_with(&bed.settings.path, expected, None)
                    .map_err(|error| error.to_string())?;
                if report.verdict != Verdict::Intact {
                    return Err(format!("{report:#?}"));
                }
                let end = report.position.map_or(0, |at| at.seq);
                verified += u64::from(end > last);
                last = end;
            }
            Ok(verified)
        };
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(judged));
        over.store(true, Relaxed);
        let verified = judged.unwrap().unwrap();
        assert!(verified > 3, "{verified} different ones");
    });
}
