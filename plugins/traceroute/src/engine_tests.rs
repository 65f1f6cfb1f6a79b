//! Traces over made-up networks, in virtual time: what leaves the engine is compared line by line.
//!
//! A network is one word list per hop: `ADDRESS MILLISECONDS`, then `end` for the destination, `!N`
//! for an ICMP unreachable of code N, `unquoted` for an error that does not tell which probe it is
//! about, `skip=N` for a router that drops the first N errors. `-` never answers. Alternatives that
//! probes meet in turn are separated by `|`. The last hop stands for all behind it.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::probe::IcmpVersion;
use crate::report::{Lines, Show};

const MS: u64 = 1_000_000;
const WAIT: Wait = Wait {
    max: 5000 * MS,
    here: 3.0,
    near: 10.0,
};

fn settings() -> Settings {
    Settings {
        first_hop: 1,
        max_hops: 8,
        queries: 3,
        simultaneous: 16,
        wait: WAIT,
        send_interval: 0,
        header_length: 28,
        payload_length: 32,
        discover_mtu: false,
        numbered: true,
        first_id: 1,
    }
}

struct Run {
    text: String,
    /// Virtual time that it took, in milliseconds.
    took: u64,
    sent: usize,
    /// Most probes under way at once.
    most: usize,
}

/// What one alternative of a hop answers to a probe.
fn reply(words: &str, probe: &Probe, met: usize) -> Option<(u64, Answer)> {
    let mut words = words.split_whitespace();
    let from: IpAddr = words.next().filter(|&word| word != "-")?.parse().unwrap();
    let delay = words.next().unwrap().parse::<u64>().unwrap() * MS;
    let mut answer = Answer {
        id: Some(probe.id),
        from: Some(from),
        sent: None,
        received: 0,
        meaning: Meaning::Expired,
        hop_limit: Some(65 - probe.hop),
        extensions: Vec::new(),
    };
    for word in words {
        let unreachable = |code, info| {
            Meaning::Unreachable(Icmp {
                version: IcmpVersion::V4,
                kind: 3,
                code,
                info,
            })
        };
        if word == "end" {
            answer.meaning = Meaning::Reached(None);
        } else if word == "unquoted" {
            answer.id = None;
        } else if let Some(code) = word.strip_prefix('!') {
            answer.meaning = unreachable(code.parse().unwrap(), 0);
        } else if let Some(count) = word.strip_prefix("skip=") {
            if met < count.parse().unwrap() {
                return None;
            }
        } else if let Some(limit) = word.strip_prefix("mtu=") {
            let mtu: usize = limit.parse().unwrap();
            if probe.payload + 28 > mtu {
                answer.meaning = unreachable(4, mtu as u32);
            }
        }
    }
    Some((delay, answer))
}

fn run(network: &[&str], settings: Settings) -> Run {
    let mut engine = Engine::new(settings);
    let mut lines = Lines::new(Show::default());
    let (mut now, mut text, mut sent, mut most) = (1000 * MS, String::new(), 0, 0);
    let began = now;
    let mut met = vec![0; network.len()];
    let mut under_way: Vec<(u64, Answer)> = Vec::new();
    for _ in 0..10_000 {
        let step = engine.step(now);
        for probe in &step.send {
            let hop = usize::from(probe.hop - 1).min(network.len() - 1);
            let ways: Vec<&str> = network[hop].split('|').collect();
            let found = reply(ways[met[hop] % ways.len()], probe, met[hop]);
            met[hop] += 1;
            sent += 1;
            engine.sent(probe.id, Some(now));
            under_way.extend(found.map(|(delay, answer)| {
                (
                    now + delay,
                    Answer {
                        received: now + delay,
                        ..answer
                    },
                )
            }));
        }
        most = most.max(engine.outstanding().count());
        for result in engine.take_printable() {
            text += &lines.add(&result, None);
        }
        if step.finished {
            return Run {
                text: text.trim_start().into(),
                took: (now - began) / MS,
                sent,
                most,
            };
        }
        let next = under_way
            .iter()
            .map(|(when, _)| *when)
            .chain(step.wake)
            .min()
            .unwrap();
        assert!(next > now || step.wake.is_some(), "time must pass");
        now = next.max(now);
        let (ready, later) = under_way.into_iter().partition(|(when, _)| *when <= now);
        under_way = later;
        let ready: Vec<(u64, Answer)> = ready;
        for (_, answer) in ready {
            engine.answer(answer, now);
        }
    }
    unreachable!("the engine does not finish");
}

#[test]
fn scenarios() {
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "straight path",
            &["10.0.0.1 1", "10.0.0.2 2", "10.0.0.3 3 end"],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.0.2  2.000 ms  2.000 ms  2.000 ms
 3  10.0.0.3  3.000 ms  3.000 ms  3.000 ms",
        ),
        (
            "silent hop",
            &["10.0.0.1 1", "-", "10.0.0.3 3 end"],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  * * *
 3  10.0.0.3  3.000 ms  3.000 ms  3.000 ms",
        ),
        (
            "load balanced per packet",
            &["10.0.0.1 1 | 10.0.0.9 2", "10.0.0.3 3 end"],
            "1  10.0.0.1  1.000 ms 10.0.0.9  2.000 ms 10.0.0.1  1.000 ms
 2  10.0.0.3  3.000 ms  3.000 ms  3.000 ms",
        ),
        (
            "host unreachable",
            &["10.0.0.1 1", "10.0.0.1 2 !1"],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.0.1  2.000 ms !H  2.000 ms !H  2.000 ms !H",
        ),
        (
            "administratively prohibited",
            &["10.0.0.1 1", "10.0.0.2 2 !13"],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.0.2  2.000 ms !X  2.000 ms !X  2.000 ms !X",
        ),
        (
            "router that limits its errors",
            &["10.0.0.1 1 | - | -", "10.0.0.3 3 end"],
            "1  10.0.0.1  1.000 ms * *
 2  10.0.0.3  3.000 ms  3.000 ms  3.000 ms",
        ),
        (
            "errors of the last router come for later probes only",
            &["10.0.0.1 1", "10.0.0.1 2 !1 skip=3"],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.0.1  2.000 ms !H  2.000 ms !H  2.000 ms !H",
        ),
        (
            "a late answer is not taken for another's",
            &["10.0.0.1 1 | 10.0.0.1 60 | 10.0.0.1 1", "10.0.0.3 3 end"],
            "1  10.0.0.1  1.000 ms *  1.000 ms
 2  10.0.0.3  3.000 ms  3.000 ms  3.000 ms",
        ),
        (
            "path change in the middle of a hop",
            &[
                "10.0.0.1 1",
                "10.0.0.2 2 | 10.0.0.2 2 | 10.0.0.3 1 end",
                "10.0.0.3 3 end",
            ],
            "1  10.0.0.1  1.000 ms  1.000 ms  1.000 ms
 2  10.0.0.2  2.000 ms  2.000 ms 10.0.0.3  1.000 ms",
        ),
    ];
    for (name, network, expected) in cases {
        assert_eq!(run(network, settings()).text, *expected, "{name}");
    }
}

#[test]
fn nothing_answers_until_the_last_hop() {
    let run = run(&["-"], settings());
    assert_eq!(run.text.lines().count(), 8);
    assert!(run.text.lines().all(|line| line.ends_with("* * *")));
    // Sixteen at a time, each batch for the whole wait.
    assert_eq!(run.took, 10_000);
    assert_eq!((run.sent, run.most), (24, 16));
}

#[test]
fn a_silent_hop_costs_little_once_others_answer() {
    let run = run(&["10.0.0.1 10", "-", "10.0.0.3 30 end"], settings());
    // NEAR: ten times the 30 ms (and the slack) of the next hop that answered.
    assert_eq!(run.took, 310);
}

#[test]
fn a_router_that_quotes_too_little_is_probed_one_by_one() {
    let network = [
        "10.0.0.1 5",
        "10.0.0.2 5 unquoted",
        "10.0.0.3 5 end unquoted",
    ];
    let run = run(&network, settings());
    assert_eq!(
        run.text,
        "1  10.0.0.1  5.000 ms  5.000 ms  5.000 ms
 2  10.0.0.2  5.000 ms  5.000 ms  5.000 ms
 3  10.0.0.3  5.000 ms  5.000 ms  5.000 ms"
    );
    // All answers to the first round came in at once, so the second began without a wait.
    assert_eq!(run.took, 5 + 6 * 5);
}

#[test]
fn the_unquoted_answer_of_a_lone_probe_needs_no_second_round() {
    let network = ["10.0.0.1 5 unquoted", "10.0.0.3 5 end unquoted"];
    let run = run(
        &network,
        Settings {
            queries: 1,
            simultaneous: 1,
            ..settings()
        },
    );
    assert_eq!(run.sent, 2);
    assert_eq!(run.text, "1  10.0.0.1  5.000 ms\n 2  10.0.0.3  5.000 ms");
}

#[test]
fn probes_without_numbers_go_one_by_one() {
    let network = ["10.0.0.1 5 unquoted", "10.0.0.3 5 end unquoted"];
    let run = run(
        &network,
        Settings {
            numbered: false,
            payload_length: 0,
            ..settings()
        },
    );
    assert_eq!((run.sent, run.most), (6, 1));
}

#[test]
fn what_was_lost_to_ambiguity_is_sent_again_even_if_some_stay_silent() {
    let network = [
        "10.0.0.1 5 unquoted | - | 10.0.0.1 5 unquoted",
        "10.0.0.3 5 end",
    ];
    let run = run(
        &network,
        Settings {
            queries: 2,
            ..settings()
        },
    );
    assert_eq!(
        run.text,
        "1  10.0.0.1  5.000 ms  5.000 ms\n 2  10.0.0.3  5.000 ms  5.000 ms"
    );
}

#[test]
fn the_mtu_is_found_and_told_at_the_first_probe_that_needed_it() {
    let network = [
        "10.0.0.1 1 mtu=1500",
        "10.0.0.1 1 mtu=1400 | 10.0.0.2 2 mtu=1400",
        "10.0.0.3 3 end",
    ];
    let settings = Settings {
        discover_mtu: true,
        simultaneous: 1,
        payload_length: 64_972,
        ..settings()
    };
    let run = run(&network, settings);
    assert_eq!(
        run.text,
        "1  10.0.0.1  1.000 ms F=1500  1.000 ms  1.000 ms
 2  10.0.0.2  2.000 ms F=1400 10.0.0.1  1.000 ms 10.0.0.2  2.000 ms
 3  10.0.0.3  3.000 ms  3.000 ms  3.000 ms"
    );
}

#[test]
fn first_hop_and_interval_are_kept() {
    let network = ["-", "10.0.0.2 2", "10.0.0.3 3 end"];
    let run = run(
        &network,
        Settings {
            first_hop: 2,
            send_interval: 100 * MS,
            ..settings()
        },
    );
    assert!(run.text.starts_with("2  10.0.0.2"));
    // The destination answers each probe before the next one leaves.
    assert_eq!((run.sent, run.took), (6, 503));
}

#[test]
fn a_full_queue_only_delays() {
    let mut engine = Engine::new(Settings {
        queries: 1,
        max_hops: 1,
        ..settings()
    });
    let probe = engine.step(0).send[0];
    engine.not_sent(probe.id, 0);
    let step = engine.step(1);
    assert!(step.send.is_empty() && step.wake == Some(5 * MS));
    assert_eq!(engine.step(5 * MS).send.len(), 1);
}
