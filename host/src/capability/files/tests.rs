//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use super::service::read;
use crate::broker::Broker;
use crate::capability::test_bed::TestBed;
use crate::capability::types::ErrorCode;

#[test]
fn a_denial_does_not_tell_whether_the_file_exists() {
    let bed = TestBed::allowing(&[]);
    let there = read(&bed.gate, &Broker::Here, "/etc/passwd");
    let not_there = read(&bed.gate, &Broker::Here, "/etc/no-such-file");
    assert!(
        matches!(there, Err(ErrorCode::Denied(_)))
            && matches!(not_there, Err(ErrorCode::Denied(_)))
    );
    assert_eq!(bed.names(), ["denied", "denied"]);
}

#[test]
fn a_file_is_read_and_its_bytes_counted() {
    let bed = TestBed::allowing(&["file.read"]);
    let bytes = read(&bed.gate, &Broker::Here, "/etc/passwd").unwrap();
    assert_eq!(bytes, std::fs::read("/etc/passwd").unwrap());
    assert_eq!(bed.events()[1]["counters"]["bytes_received"], bytes.len());
}

#[test]
fn devices_folders_and_nonsense_are_refused() {
    let bed = TestBed::allowing(&["file.read"]);
    for path in ["/dev/zero", "/etc", "", "a\0b"] {
        assert!(
            matches!(
                read(&bed.gate, &Broker::Here, path),
                Err(ErrorCode::InvalidArgument(_))
            ),
            "{path:?}"
        );
    }
    assert!(matches!(
        read(&bed.gate, &Broker::Here, "/no/such/file"),
        Err(ErrorCode::NotFound)
    ));
}
