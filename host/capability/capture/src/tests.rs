//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::Session;
use super::service::compile;
use crate::bindings::nethost::cap::capture::{CaptureOptions, CompileOptions, Instruction, Origin};
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

fn options(link: u32, snapshot: u32) -> CaptureOptions {
    CaptureOptions {
        link,
        snapshot,
        promiscuous: true,
        buffer: 0,
        immediate: true,
        filter: vec![Instruction {
            code: 6,
            jump_true: 0,
            jump_false: 0,
            operand: 96,
        }],
    }
}

fn open(
    bed: &TestBed,
    interface: Option<&str>,
    options: &CaptureOptions,
) -> Result<Session, ErrorCode> {
    let broker = Arc::new(Broker::in_process());
    Session::open(&bed.gate, &broker, interface, options)
}

#[test]
fn nothing_is_captured_or_compiled_without_a_grant() {
    let bed = TestBed::allowing(&["icmp.echo"]);
    for (interface, link) in [(Some("lo"), 1), (None, 276)] {
        let denied = open(&bed, interface, &options(link, 100));
        assert!(
            matches!(denied, Err(ErrorCode::Denied(denial)) if denial.capability == "capture.live")
        );
    }
    let wanted = CompileOptions {
        link: 1,
        snapshot: 100,
        optimize: true,
        netmask: 0,
        origin: Origin::File,
    };
    let denied = compile(&bed.gate, &Broker::in_process(), "ip".into(), wanted);
    assert!(
        matches!(denied, Err(ErrorCode::Denied(denial)) if denial.capability == "capture.filter")
    );
    assert_eq!(bed.names(), ["denied", "denied", "denied"]);
}

#[test]
fn a_grant_for_one_interface_is_for_no_other() {
    let bed = TestBed::allowing(&["capture.live=lo"]);
    let denied = open(&bed, None, &options(276, 100));
    assert!(matches!(denied, Err(ErrorCode::Denied(denial)) if denial.target == "any-interface"));
    let bed = TestBed::allowing(&["capture.live=any-interface"]);
    let denied = open(&bed, Some("lo"), &options(1, 100));
    assert!(matches!(denied, Err(ErrorCode::Denied(denial)) if denial.target == "lo"));
}

#[test]
fn what_makes_no_sense_is_refused_before_it_is_asked_for() {
    let bed = TestBed::allowing(&["capture.live"]);
    for snapshot in [0, 262_145] {
        let refused = open(&bed, None, &options(276, snapshot));
        assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    }
    assert!(bed.names().is_empty());
    let absent = open(&bed, Some("no-such-link"), &options(1, 96));
    assert!(matches!(absent, Err(ErrorCode::NoSuchDevice)));
}

#[tokio::test]
async fn an_open_session_is_closed_on_record_with_its_filter() {
    let bed = TestBed::allowing(&["capture.live"]);
    let opened = open(&bed, Some("lo"), &options(1, 96));
    if let Err(error) = &opened {
        assert!(
            matches!(error, ErrorCode::AccessDenied),
            "without CAP_NET_RAW"
        );
    }
    drop(opened);
    assert_eq!(bed.names(), ["open", "close"]);
    assert!(bed.events()[0].to_string().contains("6 0 0 96"));
}
