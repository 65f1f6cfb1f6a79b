//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use super::service;
use super::sys;
use crate::bindings::nethost::cap::tools::Finished;
use nethost_broker::Broker;
use nethost_gate::Permit;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

fn run(bed: &TestBed, args: &[&str], first: u32, as_words: bool) -> Result<Finished, ErrorCode> {
    let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
    let broker = Broker::in_process();
    wait(service::run(&bed.gate, &broker, &args, first, as_words))
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_tool_that_is_not_allowed_is_denied_by_its_name() {
    let bed = TestBed::allowing(&["tool.run=ss"]);
    let denied = run(&bed, &["-n1", "dig a.test"], 1, false);
    assert!(matches!(denied, Err(ErrorCode::Denied(_))), "{denied:?}");
    let event = &bed.events()[0];
    assert_eq!(event["event"], "denied");
    assert_eq!(event["target"]["resolved"], "dig");
}

#[test]
fn what_is_no_command_line_never_reaches_the_gate() {
    let bed = TestBed::allowing(&["tool.run"]);
    for (words, first) in [
        ("ss; ss", 0),
        ("ss", 1),
        ("ss", u32::MAX),
        ("", 0),
        ("a/b", 0),
        ("ss 'a", 0),
    ] {
        let refused = run(&bed, &[words], first, false);
        assert!(
            matches!(refused, Err(ErrorCode::InvalidArgument(_))),
            "{words:?}"
        );
    }
    assert!(bed.names().is_empty());
}

#[test]
fn a_run_without_a_launcher_starts_nothing_and_says_so() {
    let bed = TestBed::allowing(&["tool.run"]);
    // The operations in this process have no arguments of a run.
    let refused = run(&bed, &["ss"], 0, false);
    assert!(
        matches!(refused, Err(ErrorCode::Other(Some(_)))),
        "{refused:?}"
    );
    assert_eq!(bed.names(), ["open", "close"]);
}

#[test]
fn output_is_read_to_its_end_and_kept_up_to_a_limit() {
    let bed = TestBed::allowing(&["tool.run"]);
    for (length, cut) in [
        (0, false),
        (1, false),
        (sys::MOST, false),
        (sys::MOST + 1, true),
        (3 * sys::MOST, true),
    ] {
        let name = nethost_core::ObjectName::new("ss").unwrap();
        let request = nethost_core::Request::new("run", nethost_core::Target::Object(name));
        let permit: Permit<super::ToolRun> = bed.gate.authorize(request).unwrap();
        let (read, write) = rustix::pipe::pipe().unwrap();
        rustix::io::ioctl_fionbio(&read, true).unwrap();
        let writer = std::thread::spawn(move || {
            use std::io::Write;
            std::fs::File::from(write)
                .write_all(&vec![7; length])
                .unwrap();
        });
        let (kept, truncated) = wait(sys::read(&permit, read)).unwrap();
        writer.join().unwrap();
        assert_eq!((kept.len(), truncated), (length.min(sys::MOST), cut));
    }
}
