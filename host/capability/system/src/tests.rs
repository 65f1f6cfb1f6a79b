//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use super::service;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

#[test]
fn a_denied_fact_leaves_one_record() {
    let bed = TestBed::allowing(&[]);
    assert!(
        matches!(service::uname(&bed.gate), Err(ErrorCode::Denied(denial)) if denial.target == "uname")
    );
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn facts_agree_with_the_kernel() {
    let bed = TestBed::allowing(&["system.read"]);
    let facts = service::uname(&bed.gate).unwrap();
    assert_eq!(
        facts.release,
        std::fs::read_to_string("/proc/sys/kernel/osrelease")
            .unwrap()
            .trim()
    );
    assert_eq!(facts.sysname, "Linux");
    assert!(service::uptime(&bed.gate).unwrap() > 0);
    assert_eq!(service::process(&bed.gate).unwrap(), std::process::id());
    assert_eq!(bed.names(), ["open", "close"].repeat(3));
}

#[test]
fn os_release_is_unquoted_as_a_shell_would() {
    let text = "# a comment\nNAME=\"Debian \\\"12\\\"\"\nID=debian\nX='a\\b'\nbroken\nY=\"\n";
    let pairs = service::parse_os_release(text);
    let expected = [
        ("NAME", "Debian \"12\""),
        ("ID", "debian"),
        ("X", "a\\b"),
        ("Y", "\""),
    ];
    assert_eq!(
        pairs,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );
}
