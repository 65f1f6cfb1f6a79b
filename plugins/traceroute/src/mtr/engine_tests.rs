//! Rounds over made-up paths, in virtual time.

#![allow(clippy::unwrap_used)]

use super::*;

const MS: u64 = 1_000_000;

fn settings(cycles: u64) -> Settings {
    Settings {
        first_hop: 1,
        max_hops: 30,
        max_unknown: 5,
        interval: 1000 * MS,
        cycles: Some(cycles),
        grace: 5000 * MS,
        timeout: 10_000 * MS,
        flows: 1,
        payload: 36,
        numbered: true,
    }
}

/// Runs to the end. `hops` says for a round and hop: silent, or last octet, milliseconds, is the end.
fn run(
    settings: Settings,
    hops: impl Fn(u64, u8, u16) -> Option<(u8, u64, bool)>,
) -> (Engine, u64) {
    let mut now = 0;
    let mut engine = Engine::new(settings, now);
    let mut under_way: Vec<(u64, Answer)> = Vec::new();
    for _ in 0..100_000 {
        let step = engine.step(now);
        if let Some(probe) = step.send {
            let round = engine.flights[&probe.id].round;
            engine.sent(probe.id, Some(now));
            if let Some((octet, delay, end)) = hops(round, probe.hop, probe.flow) {
                let received = now + delay * MS;
                let meaning = if end {
                    Meaning::Reached(None)
                } else {
                    Meaning::Expired
                };
                let from = Some(IpAddr::from([10, 0, 0, octet]));
                let (id, extensions) = (Some(probe.id), Vec::new());
                under_way.push((
                    received,
                    Answer {
                        id,
                        from,
                        sent: None,
                        received,
                        meaning,
                        hop_limit: None,
                        extensions,
                    },
                ));
            }
            continue;
        }
        if step.finished {
            engine.settle();
            return (engine, now / MS);
        }
        now = under_way
            .iter()
            .map(|(when, _)| *when)
            .chain(step.wake)
            .min()
            .unwrap();
        let (ready, later): (Vec<_>, Vec<_>) =
            under_way.into_iter().partition(|(when, _)| *when <= now);
        under_way = later;
        for (_, answer) in ready {
            engine.answer(&answer, now);
        }
    }
    unreachable!("the engine does not finish");
}

fn rows(engine: &Engine) -> Vec<(u8, u64, u64, usize)> {
    let shown = engine.flows()[0].shown(1);
    shown
        .map(|(number, hop)| (number, hop.sent, hop.received, hop.responders.len()))
        .collect()
}

#[test]
fn it_ends_with_the_last_answer() {
    let (engine, took) = run(settings(10), |_, hop, _| Some((hop, 20, hop >= 4)));
    assert_eq!(
        rows(&engine),
        [
            (1, 10, 10, 1),
            (2, 10, 10, 1),
            (3, 10, 10, 1),
            (4, 10, 10, 1)
        ]
    );
    assert!((9000..9900).contains(&took), "{took}");
}

#[test]
fn probes_sent_ahead_are_no_loss() {
    // The answers take longer than the first round.
    let (engine, _) = run(settings(3), |_, hop, _| Some((hop.min(4), 1500, hop >= 4)));
    assert!(engine.flows()[0].shown(1).all(|(_, hop)| hop.loss() == 0.0));
    assert_eq!(rows(&engine).len(), 4);
}

#[test]
fn real_loss_is_counted() {
    let (engine, _) = run(settings(10), |round, hop, _| {
        (hop != 2 || round % 2 == 0).then_some((hop, 20, hop >= 3))
    });
    let loss: Vec<f64> = engine.flows()[0]
        .shown(1)
        .map(|(_, hop)| hop.loss())
        .collect();
    assert_eq!(loss, [0.0, 50.0, 0.0]);
}

#[test]
fn a_path_that_changes_its_length_is_no_loss() {
    for (before, after) in [(5, 3), (3, 5)] {
        let (engine, _) = run(settings(10), |round, hop, _| {
            let end = if round < 5 { before } else { after };
            Some((if hop >= end { 99 } else { hop }, 20, hop >= end))
        });
        assert_eq!(rows(&engine).len(), usize::from(after));
        assert!(
            engine.flows()[0].shown(1).all(|(_, hop)| hop.loss() == 0.0),
            "{before} to {after}"
        );
    }
}

#[test]
fn flows_are_kept_apart() {
    let two = Settings {
        flows: 2,
        ..settings(3)
    };
    let (engine, _) = run(two, |_, hop, flow| {
        Some((if hop == 2 { 20 + flow as u8 } else { hop }, 20, hop >= 3))
    });
    let paths: Vec<_> = engine.flows().iter().map(|flow| flow.path(1)).collect();
    assert_ne!(paths[0], paths[1]);
    assert_eq!(paths[0].len(), 3);
}

#[test]
fn a_silent_target_ends_after_the_unknown_hops() {
    let (engine, took) = run(settings(2), |_, hop, _| {
        (hop < 3).then_some((hop, 20, false))
    });
    let silent = rows(&engine)[2];
    assert_eq!(silent, (3, 2, 0, 0));
    assert!((5000..8000).contains(&took), "{took}");
}

#[test]
fn a_slow_target_behind_fast_hops_is_not_lost() {
    for cycles in [1, 5] {
        let fast = Settings {
            interval: 100 * MS,
            ..settings(cycles)
        };
        let (engine, took) = run(fast, |_, hop, _| {
            Some((hop.min(3), if hop < 3 { 1 } else { 600 }, hop >= 3))
        });
        let rows = rows(&engine);
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert!(engine.flows()[0].shown(1).all(|(_, hop)| hop.loss() == 0.0));
        assert!(took < 2000, "{took}");
    }
}

#[test]
fn an_answer_counts_for_as_long_as_the_grace_time() {
    for (delay, lost) in [(4900, 0.0), (6500, 100.0)] {
        let (engine, _) = run(settings(1), |_, hop, _| {
            Some((hop, if hop == 1 { 1 } else { delay }, hop >= 2))
        });
        let loss: Vec<f64> = engine.flows()[0]
            .shown(1)
            .map(|(_, hop)| hop.loss())
            .collect();
        assert_eq!(loss[1], lost, "{delay}");
    }
}
