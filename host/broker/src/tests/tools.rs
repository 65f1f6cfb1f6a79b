//! Tools that a run starts: only what the operator typed, whatever the runner sends.

use super::*;
use crate::launcher::{Order, Report};
use crate::operations::start_tool::CommandPlace;
use operations::{FinishTool, NotStarted, StartTool};

/// The arguments of the run. A command line goes on to the last of them.
const TYPED: [&str; 3] = ["-n1", "dig a.test", "ss -t"];

/// A run that may run these tools.
fn begun(flags: &[&str]) -> Escaped {
    let mut escaped = Escaped::with_args(flags, &TYPED);
    assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
    escaped
}

fn at(first: u32) -> CommandPlace {
    CommandPlace {
        first,
        as_words: false,
    }
}

/// Plays the launcher: starts nothing, and returns the orders that it got.
fn launcher(escaped: &mut Escaped) -> JoinHandle<Vec<String>> {
    let (mut ours, theirs) = Channel::pair().unwrap();
    let socket = Some(theirs.as_fd());
    escaped.channel.send(&Message::Launcher, socket).unwrap();
    std::thread::spawn(move || {
        let mut orders = Vec::new();
        while let Some((order, _)) = ours.receive::<Order>().unwrap() {
            orders.push(format!("{order:?}"));
            let (end, _) = rustix::pipe::pipe().unwrap();
            let (report, descriptor) = match order {
                Order::Start { .. } => (Report::Started, Some(end.as_fd())),
                Order::Finish => (Report::Running, None),
                Order::Stop => (Report::Ended(137), None),
            };
            ours.send(&report, descriptor).unwrap();
        }
        orders
    })
}

fn start(escaped: &mut Escaped, handle: u64, first: u32) -> Result<(), NotStarted> {
    let started = escaped.perform::<StartTool>(handle, &at(first));
    let (reply, descriptor) = started.expect("an answer");
    assert_eq!(reply.is_ok(), descriptor.is_some());
    reply
}

#[test]
fn a_permit_is_for_one_tool_and_for_words_that_were_typed() {
    let mut escaped = begun(&["tool.run=ss"]);
    let orders = launcher(&mut escaped);
    assert!(!escaped.authorize(1, fields("tool.run", object("dig"))));
    escaped.is_refused::<StartTool>(1, &at(1));
    assert!(escaped.authorize(2, fields("tool.run", object("ss"))));
    for first in [0, 1] {
        escaped.is_refused::<StartTool>(2, &at(first));
    }
    for first in [3, u32::MAX] {
        assert!(start(&mut escaped, 2, first).is_err(), "{first}");
    }
    // Not `ss` and `-t`, but a word with a blank.
    let as_words = CommandPlace {
        first: 2,
        as_words: true,
    };
    escaped.is_refused::<StartTool>(2, &as_words);
    escaped.is_refused::<FinishTool>(2, &());
    drop(escaped.channel);
    escaped.broker.join().unwrap();
    assert!(orders.join().unwrap().is_empty());
}

#[test]
fn one_tool_runs_at_a_time_and_ends_with_its_permit() {
    let mut escaped = begun(&["tool.run"]);
    let orders = launcher(&mut escaped);
    for handle in [1, 2] {
        assert!(escaped.authorize(handle, fields("tool.run", object("ss"))));
    }
    assert_eq!(start(&mut escaped, 1, 2), Ok(()));
    assert_eq!(start(&mut escaped, 1, 2), Err(NotStarted::Busy));
    assert_eq!(start(&mut escaped, 2, 2), Err(NotStarted::Busy));
    escaped.is_refused::<FinishTool>(2, &());
    let (exit, _) = escaped.perform::<FinishTool>(1, &()).unwrap();
    assert_eq!(exit, None);
    escaped.channel.send(&over(1), None).unwrap();
    assert_eq!(start(&mut escaped, 2, 2), Ok(()));
    drop(escaped.channel);
    escaped.broker.join().unwrap();
    let start = "Start { first: 2, as_words: false }";
    assert_eq!(orders.join().unwrap(), [start, "Finish", "Stop", start]);
}

#[test]
fn a_launcher_comes_first_or_ends_the_run() {
    // A second one, one behind other messages, one that is no socket, and none.
    for case in 0..4 {
        let mut escaped = begun(&["tool.run"]);
        let (_ours, theirs) = Channel::pair().unwrap();
        let (pipe, _write) = rustix::pipe::pipe().unwrap();
        if case == 0 {
            escaped
                .channel
                .send(&Message::Launcher, Some(theirs.as_fd()))
                .unwrap();
        }
        if case == 1 {
            assert!(escaped.authorize(1, fields("tool.run", object("ss"))));
        }
        let descriptor = match case {
            2 => Some(pipe.as_fd()),
            3 => None,
            _ => Some(theirs.as_fd()),
        };
        escaped
            .channel
            .send(&Message::Launcher, descriptor)
            .unwrap();
        escaped.broker.join().unwrap();
        assert_eq!(
            escaped.bed.names().last().map(String::as_str),
            Some("run-end"),
            "{case}"
        );
    }
}

#[test]
fn a_launcher_that_does_not_answer_delays_little() {
    let mut escaped = begun(&["tool.run"]);
    let (_silent, theirs) = Channel::pair().unwrap();
    let socket = Some(theirs.as_fd());
    escaped.channel.send(&Message::Launcher, socket).unwrap();
    assert!(escaped.authorize(1, fields("tool.run", object("ss"))));
    let begun = std::time::Instant::now();
    for _ in 0..2 {
        let started = escaped.perform::<StartTool>(1, &at(2));
        assert!(matches!(started, Err(Answer::Failed(_))));
    }
    assert!(begun.elapsed() < std::time::Duration::from_secs(4));
}

#[test]
fn without_a_launcher_nothing_is_started() {
    let mut escaped = begun(&["tool.run"]);
    assert!(escaped.authorize(1, fields("tool.run", object("ss"))));
    assert!(matches!(
        start(&mut escaped, 1, 2),
        Err(NotStarted::Because(_))
    ));
    assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
}
