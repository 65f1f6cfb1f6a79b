//! A head that is not this file's: an honest log stays one, and one that is not is not made one.
#![allow(clippy::unwrap_used)]

use crate::chain;
use crate::tests::{Bed, assert_found, end, run};
use crate::verify::{Report, Verdict};
use crate::{Log, Reader};
use nethost_core::Recorder as _;

fn head_file(bed: &Bed) -> std::path::PathBuf {
    bed.settings.state.join("head")
}

/// Puts another file in the place of the log, as one does who has its folder.
fn replace(bed: &Bed, text: &str) {
    std::fs::remove_file(&bed.settings.path).unwrap();
    bed.put(text);
}

/// A record that follows this one, as anybody can make one who does not sign.
fn forged(line: &str, exit: u8) -> String {
    let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
    let before = record["hash"].as_str().unwrap().to_owned();
    let fields = record.as_object_mut().unwrap();
    for field in ["hash", "prev", "sig", "key"] {
        fields.remove(field);
    }
    let seq = fields["seq"].as_u64().unwrap() + 1;
    fields.insert("seq".into(), seq.into());
    fields.insert("exit".into(), exit.into());
    fields.insert("prev".into(), before.into());
    let (line, _) = chain::seal(record.to_string().into_bytes(), |_| None, |_| None);
    String::from_utf8(line).unwrap()
}

#[test]
fn a_head_of_an_earlier_file_does_not_break_a_log_that_went_on() {
    let mut bed = Bed::new("stale");
    bed.write(5);
    let stale = std::fs::read(head_file(&bed)).unwrap();
    bed.settings.rotate = 4000;
    bed.write(20);
    let files = crate::files(&bed.settings.path).unwrap().len();
    bed.settings.rotate = u64::MAX;
    bed.write(10);
    assert!(files > 2, "{files}");
    // Where the old head says that the log ends, this file has something else.
    std::fs::write(head_file(&bed), stale).unwrap();
    bed.write(3);
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert!(report.notes.is_empty(), "{report:#?}");
}

#[test]
fn a_log_has_one_state() {
    let bed = Bed::new("apart");
    bed.write(2);
    let mut other = bed.settings.clone();
    other.state = bed.folder().join("other");
    let log = Log::open(&other, run()).unwrap();
    (0..3).for_each(|_| log.record(&end()).unwrap());
    // The second could not know whether all was there that the first had written, and its key is not known.
    let report = bed.verify_elsewhere();
    assert_found(&report, Verdict::Unverifiable, &["head was gone"]);
    // To the first, the second is one who added records.
    bed.write(2);
    assert_found(
        &bed.verify(),
        Verdict::Tampered,
        &["was not written by the log's writer"],
    );
    // What comes then is trusted again.
    let trusted = bed.verify();
    assert_eq!(trusted.signed, trusted.position.unwrap().seq);
    let of_runs = Reader::open(&bed.settings.path).unwrap();
    let of_runs = of_runs.filter(|entry| entry.as_ref().unwrap().record.run_seq.is_some());
    assert_eq!(of_runs.count(), 7);
}

#[test]
fn a_longer_log_of_another_is_refused() {
    let bed = Bed::new("longer");
    bed.write(2);
    let other = Bed::new("longer-other");
    other.write(9);
    replace(&bed, &other.text());
    let log = bed.open();
    let refused = log.record(&end()).unwrap_err().to_string();
    assert!(refused.contains("move one of the two away"), "{refused}");
    assert_eq!(bed.text(), other.text());
}

#[test]
fn a_log_of_another_that_is_as_long_is_refused() {
    let bed = Bed::new("as-long");
    bed.write(2);
    let other = Bed::new("as-long-other");
    other.write(1);
    // A last line that is as long as needed.
    let other_text = other.text();
    let mine = bed.text();
    let filled = format!(
        "{}{}\n",
        other_text,
        "x".repeat(mine.len() - other_text.len() - 1)
    );
    assert_eq!(filled.len(), mine.len());
    replace(&bed, &filled);
    assert!(bed.open().record(&end()).is_err());
}

#[test]
fn records_that_were_exchanged_are_said_by_the_next_writer() {
    let after = |change: fn(&mut Vec<String>)| -> Report {
        let bed = Bed::new("exchanged");
        bed.write(9);
        bed.edit(change);
        let text = bed.text();
        replace(&bed, &text);
        bed.write(2);
        assert!(bed.text().starts_with(&text), "what is there stays");
        bed.verify()
    };
    // As many, more and fewer bytes than before; the chain of what is there is right each time.
    let report = after(|lines| {
        lines.truncate(7);
        for exit in [7, 8, 9, 1] {
            lines.push(forged(lines.last().unwrap(), exit));
        }
    });
    assert_found(
        &report,
        Verdict::Tampered,
        &["records 8 to 10 are missing: others stood in their place"],
    );
    let report = after(|lines| {
        lines.pop();
        lines.push(forged(lines.last().unwrap(), 7));
    });
    assert_found(&report, Verdict::Tampered, &["others stood in their place"]);
    // In the middle, with another length: the rest does not follow any more.
    let report = after(|lines| lines[4] = lines[4].replace("\"exit\":0", "\"exit\":100"));
    assert_found(
        &report,
        Verdict::Tampered,
        &["records 5 to 10 are missing: others stood in their place"],
    );
    // The first one.
    let report = after(|lines| lines[0] = lines[0].replace("\"host\":\"h\"", "\"host\":\"here\""));
    assert_found(&report, Verdict::Tampered, &["others stood in their place"]);
}

#[test]
fn records_that_were_added_and_do_not_follow_are_said() {
    let bed = Bed::new("added");
    bed.write(4);
    bed.edit(|lines| lines.push(lines[2].clone()));
    bed.write(1);
    assert_found(
        &bed.verify(),
        Verdict::Tampered,
        &["was not written by the log's writer"],
    );
}

#[test]
fn a_record_that_lacks_nothing_but_its_newline_was_never_written() {
    let bed = Bed::new("newline");
    bed.write(3);
    let state = bed.state();
    bed.write(1);
    let text = bed.text();
    // The writer was killed in its write.
    bed.put(text.trim_end());
    bed.put_state(&state);
    bed.write(2);
    let report = bed.verify();
    assert_found(&report, Verdict::Intact, &[]);
    assert_eq!(report.notes.len(), 1, "{report:#?}");
}

#[test]
fn what_a_newer_version_wrote_is_not_written_on() {
    for anew in [true, false] {
        let bed = Bed::new("newer-version");
        bed.write(3);
        bed.edit(|lines| {
            lines[2] = lines[2].replacen("{\"v\":1,", "{\"v\":2,", 1);
            if anew {
                let end = lines[2].find(",\"hash\"").unwrap();
                let object = format!("{}}}", &lines[2][..end]);
                let (line, _) = chain::seal(object.into_bytes(), |_| None, |_| None);
                lines[2] = String::from_utf8(line).unwrap();
            }
        });
        let text = bed.text();
        if anew {
            bed.lose_state();
        }
        let written = bed.open().record(&end());
        if anew {
            let refused = written.unwrap_err().to_string();
            assert!(refused.contains("a newer nethost wrote it"), "{refused}");
            assert_eq!(bed.text(), text);
        } else {
            // Somebody has changed a byte.
            written.unwrap();
            assert!(bed.text().starts_with(&text));
            assert_eq!(bed.verify().verdict, Verdict::Tampered);
        }
    }
}
