//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use super::service::read;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

#[test]
fn a_denial_does_not_tell_whether_the_variable_is_set() {
    let bed = TestBed::allowing(&["env.read=http_proxy"]);
    for name in ["PATH", "NO_SUCH_VARIABLE"] {
        let denied = read(&bed.gate, name);
        assert!(matches!(denied, Err(ErrorCode::Denied(_))), "{denied:?}");
    }
    assert_eq!(bed.names(), ["denied", "denied"]);
}

#[test]
fn a_variable_is_read_by_its_name_alone() {
    let bed = TestBed::allowing(&["env.read=PATH", "env.read=NO_SUCH_VARIABLE"]);
    let value = read(&bed.gate, "PATH").unwrap();
    assert_eq!(value, std::env::var("PATH").ok());
    assert_eq!(read(&bed.gate, "NO_SUCH_VARIABLE").unwrap(), None);
    assert_eq!(bed.names(), ["open", "close", "open", "close"]);
}

#[test]
fn what_is_no_name_never_reaches_the_gate() {
    let bed = TestBed::allowing(&["env.read"]);
    for name in ["", "A=B", "A B", "1", "A\0", "..", "/etc/passwd"] {
        let refused = read(&bed.gate, name);
        assert!(
            matches!(refused, Err(ErrorCode::InvalidArgument(_))),
            "{name:?}"
        );
    }
    assert!(bed.names().is_empty());
}
