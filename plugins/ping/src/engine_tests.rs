//! Scenarios with a fake clock and a fake network.

#![allow(clippy::unwrap_used)]

use super::*;

const MS: u64 = 1_000_000;

fn limits() -> Limits {
    Limits {
        count: None,
        deadline: None,
        linger: Duration::from_secs(10),
        interval: Duration::from_secs(1),
        preload: 1,
        adaptive: false,
    }
}

/// Runs to the end. `network` says when the replies to a packet come, in nanoseconds after it was sent.
fn run(limits: Limits, mut network: impl FnMut(u64) -> Vec<u64>) -> (Engine, u64) {
    let mut engine = Engine::new(limits);
    let mut now = 1_000 * MS;
    let mut coming: Vec<(u64, u16)> = Vec::new();
    for _ in 0..2_000_000 {
        match engine.step(now) {
            Step::Done => return (engine, now - 1_000 * MS),
            Step::Send { number, .. } => {
                engine.sent(number, Timestamp::from_nanos(now));
                coming.extend(
                    network(number)
                        .into_iter()
                        .map(|after| (now + after, number as u16)),
                );
                coming.sort();
            }
            Step::Wait(until) => match coming.first().copied() {
                Some((when, sequence)) if when <= until => {
                    coming.remove(0);
                    now = now.max(when);
                    engine.reply(sequence, Timestamp::from_nanos(when)).unwrap();
                }
                _ => now = until,
            },
        }
    }
    panic!("does not end: {engine:?}");
}

#[test]
fn all_answered() {
    let (engine, took) = run(
        Limits {
            count: Some(3),
            ..limits()
        },
        |_| vec![5 * MS],
    );
    assert_eq!(
        (engine.transmitted, engine.received, engine.pipe),
        (3, 3, 1)
    );
    assert_eq!(took, 2_005 * MS, "ends with the last reply");
    assert!(!engine.failed());
    assert_eq!(engine.elapsed(), Duration::from_secs(2));
}

#[test]
fn none_answered_waits_for_the_linger_time() {
    let limits = Limits {
        count: Some(2),
        linger: Duration::from_secs(3),
        ..limits()
    };
    let (engine, took) = run(limits, |_| vec![]);
    assert_eq!(
        (engine.received, took, engine.loss()),
        (0, 4_000 * MS, 100.0)
    );
    assert!(engine.failed());
}

#[test]
fn the_last_lost_waits_an_interval() {
    let (engine, took) = run(
        Limits {
            count: Some(2),
            ..limits()
        },
        |n| if n == 2 { vec![] } else { vec![MS] },
    );
    assert_eq!(
        (engine.received, took, engine.loss()),
        (1, 2_000 * MS, 50.0)
    );
    assert!(!engine.failed());
}

#[test]
fn duplicates_and_reordering_are_told_apart() {
    let (engine, _) = run(
        Limits {
            count: Some(4),
            ..limits()
        },
        |n| match n {
            1 => vec![1_500 * MS],
            3 => vec![MS, 2 * MS],
            _ => vec![MS],
        },
    );
    assert_eq!(
        (
            engine.received,
            engine.duplicates,
            engine.reordered,
            engine.pipe
        ),
        (4, 1, 1, 2)
    );
    assert_eq!(
        engine.trips.count(),
        5,
        "iputils counts a duplicate's round trip"
    );
}

#[test]
fn sequences_wrap() {
    let limits = Limits {
        count: Some(70_000),
        interval: Duration::from_millis(1),
        ..limits()
    };
    let (engine, _) = run(limits, |n| if n == 65_536 { vec![] } else { vec![MS / 2] });
    assert_eq!(
        (engine.transmitted, engine.received, engine.duplicates),
        (70_000, 69_999, 0)
    );
    assert_eq!(engine.trips.max(), Duration::from_micros(500));
}

#[test]
fn a_deadline_ends_it_and_count_is_then_replies() {
    let limits = Limits {
        count: Some(9),
        deadline: Some(Duration::from_secs(3)),
        ..limits()
    };
    let (engine, took) = run(limits.clone(), |_| vec![MS]);
    assert_eq!(
        (engine.transmitted, took, engine.failed()),
        (3, 3_000 * MS, true)
    );
    let (engine, _) = run(
        Limits {
            count: Some(2),
            ..limits
        },
        |n| if n == 1 { vec![] } else { vec![MS] },
    );
    assert_eq!(
        (engine.transmitted, engine.received, engine.failed()),
        (3, 2, false)
    );
}

#[test]
fn a_deadline_ends_at_the_first_error() {
    let mut engine = Engine::new(Limits {
        deadline: Some(Duration::from_secs(3)),
        ..limits()
    });
    assert!(matches!(engine.step(0), Step::Send { number: 1, .. }));
    engine.error(Some(1));
    assert_eq!(engine.step(MS), Step::Done);
}

#[test]
fn a_flood_is_as_fast_as_replies_or_a_hundred_a_second() {
    let flood = Limits {
        interval: Duration::ZERO,
        count: Some(100),
        ..limits()
    };
    assert_eq!(run(flood.clone(), |_| vec![MS]).1, 100 * MS);
    let (engine, _) = run(flood, |_| vec![]);
    assert_eq!(
        (engine.received, engine.elapsed()),
        (0, Duration::from_millis(990))
    );
}

#[test]
fn adaptive_follows_the_round_trip() {
    let (_, took) = run(
        Limits {
            adaptive: true,
            count: Some(101),
            ..limits()
        },
        |_| vec![20 * MS],
    );
    assert!(
        (1_900 * MS..2_300 * MS + 1_000 * MS).contains(&took),
        "{took}"
    );
}

#[test]
fn preload_sends_at_once() {
    let mut engine = Engine::new(Limits {
        preload: 3,
        ..limits()
    });
    let sent = (0..5)
        .filter(|_| matches!(engine.step(5_000 * MS), Step::Send { .. }))
        .count();
    assert_eq!(sent, 3);
}

#[test]
fn an_unanswered_one_is_outstanding_at_the_next() {
    let mut engine = Engine::new(limits());
    assert_eq!(
        engine.step(MS),
        Step::Send {
            number: 1,
            outstanding: false
        }
    );
    assert_eq!(
        engine.step(1_001 * MS),
        Step::Send {
            number: 2,
            outstanding: true
        }
    );
    engine.reply(2, Timestamp::from_nanos(1));
    assert_eq!(
        engine.step(2_001 * MS),
        Step::Send {
            number: 3,
            outstanding: false
        }
    );
}

#[test]
fn a_clock_set_back_counts_as_zero() {
    let mut engine = Engine::new(limits());
    engine.step(MS);
    engine.sent(1, Timestamp::from_nanos(5_000_000));
    let answer = engine.reply(1, Timestamp::from_nanos(2_000_000)).unwrap();
    assert_eq!(answer.went_back, Some(Duration::from_millis(3)));
    assert_eq!(answer.trip, Some(Duration::ZERO));
}

#[test]
fn a_full_queue_is_tried_again_and_not_counted() {
    let mut engine = Engine::new(Limits {
        count: Some(1),
        ..limits()
    });
    engine.step(MS);
    assert!(engine.queue_full(MS));
    assert_eq!(engine.transmitted, 0);
    assert_eq!(engine.step(MS), Step::Wait(1_001 * MS));
    assert!(matches!(
        engine.step(1_001 * MS),
        Step::Send { number: 1, .. }
    ));
    assert!(
        (0..30).any(|_| !engine.queue_full(2_000 * MS)),
        "gives up some day"
    );
}

#[test]
fn strangers_numbers_are_no_replies() {
    let mut engine = Engine::new(limits());
    engine.step(MS);
    assert_eq!(engine.reply(7, Timestamp::from_nanos(1)), None);
    assert_eq!(engine.reply(0, Timestamp::from_nanos(1)), None);
}
