//! The audit log's reader and its verification: any bytes are records, or findings that name a line. Each
//! line is also sealed and chained here, as no fuzzer finds a hash by trying.
#![no_main]

use std::io::Cursor;
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nethost_audit::verify::{Check, Expected, Verdict};
use nethost_audit::{Hash, Reader, export};

fuzz_target!(|bytes: &[u8]| {
    look_at(bytes);
    let mut chained = Vec::new();
    let mut before = Hash::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        let mut line = line.strip_suffix(b"}").unwrap_or(line).to_vec();
        line.extend_from_slice(format!(",\"prev\":\"{before}\"").as_bytes());
        before = Hash::of(&line);
        line.extend_from_slice(format!(",\"hash\":\"{before}\"}}\n").as_bytes());
        chained.extend_from_slice(&line);
    }
    look_at(&chained);
});

fn look_at(log: &[u8]) {
    let name = Path::new("audit.jsonl");
    let expected = Expected::default();
    let mut check = Check::new(&expected);
    // From memory, reading does not fail.
    if check.file(name, Cursor::new(log)).is_err() {
        panic!("reading from memory failed");
    }
    let report = check.finish();
    assert_ne!(report.verdict, Verdict::Intact, "without a key nothing is");
    let mut records = 0;
    for entry in Reader::from_source(name, Cursor::new(log.to_vec())) {
        let Ok(entry) = entry else { continue };
        records += 1;
        let sealed = String::from_utf8_lossy(&entry.text);
        let forms = [
            export::sentence(&entry.record),
            export::cef(&entry.record),
            export::ocsf(&entry.record),
            export::syslog(&entry.record, &sealed),
        ];
        assert!(
            forms.iter().all(|form| !form.contains('\n')),
            "more than one line: {forms:?}"
        );
        let _ = export::journald(&entry.record, &sealed);
    }
    assert!(report.records <= records, "{report:?}");
}
