//! Many targets in one run, like fping. It does no I/O; the caller provides the time in nanoseconds.
//!
//! In each round, one packet is sent to every target, with a gap in between. Without a count, a target gets no more
//! packets after it has replied. The sequence number is that of the round. Memory per target is constant.

use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::Timestamp;
use nethost_sdk::stats::RoundTrips;

/// Rounds whose timestamps are kept, which is the maximum delay of a reply.
const KEPT: usize = 4;

/// How the rounds go.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// How many rounds.
    pub(crate) rounds: u64,
    /// Whether one answer is enough.
    pub(crate) until_alive: bool,
    /// From a packet to the next one to the same target.
    pub(crate) period: Duration,
    /// From a packet to the next one to another target.
    pub(crate) gap: Duration,
    /// After the last packet.
    pub(crate) linger: Duration,
}

/// One target's figures.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) label: String,
    pub(crate) address: SocketAddr,
    pub(crate) transmitted: u64,
    pub(crate) received: u64,
    pub(crate) duplicates: u64,
    pub(crate) errors: u64,
    pub(crate) trips: RoundTrips,
    stamps: [Option<Timestamp>; KEPT],
    answered: [bool; KEPT],
}

impl Host {
    pub(crate) fn new(label: String, address: SocketAddr) -> Self {
        Self {
            label,
            address,
            transmitted: 0,
            received: 0,
            duplicates: 0,
            errors: 0,
            trips: RoundTrips::default(),
            stamps: [None; KEPT],
            answered: [false; KEPT],
        }
    }

    /// Share of packets without a reply, in whole percent.
    pub(crate) fn loss(&self) -> u64 {
        let lost = self.transmitted.saturating_sub(self.received);
        (lost * 100).checked_div(self.transmitted).unwrap_or(0)
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send round `round` (from 1) to this host.
    Send {
        host: usize,
        round: u64,
    },
    /// Wait for replies until then.
    Wait(u64),
    Done,
}

/// A reply's place in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) round: u64,
    pub(crate) trip: Duration,
    pub(crate) duplicate: bool,
    /// The host's first.
    pub(crate) first: bool,
}

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Sweep {
    plan: Plan,
    pub(crate) hosts: Vec<Host>,
    started: Option<u64>,
    round: u64,
    next: usize,
    /// When the next packet may leave.
    due: u64,
    last: u64,
    /// Hosts that sent every packet of theirs and wait for none.
    alive: usize,
}

impl Sweep {
    pub(crate) fn new(plan: Plan, hosts: Vec<Host>) -> Self {
        Self {
            plan,
            hosts,
            started: None,
            round: 1,
            next: 0,
            due: 0,
            last: 0,
            alive: 0,
        }
    }

    /// What to do now. A `Send` counts as sent.
    pub(crate) fn step(&mut self, now: u64) -> Step {
        let started = match self.started {
            Some(started) => started,
            None => {
                self.due = now;
                *self.started.insert(now)
            }
        };
        loop {
            if self.hosts.is_empty() || (self.plan.until_alive && self.alive == self.hosts.len()) {
                return Step::Done;
            }
            if self.round > self.plan.rounds {
                let end = self.last + nanos(self.plan.linger);
                let complete = self
                    .hosts
                    .iter()
                    .all(|h| h.received + h.errors >= self.plan.rounds);
                let done = now >= end || (!self.plan.until_alive && complete);
                return if done { Step::Done } else { Step::Wait(end) };
            }
            let Some(host) = self.hosts.get_mut(self.next) else {
                self.next = 0;
                self.round += 1;
                self.due = self
                    .due
                    .max(started + (self.round - 1) * nanos(self.plan.period));
                continue;
            };
            if self.plan.until_alive && host.received > 0 {
                self.next += 1;
                continue;
            }
            if now < self.due {
                return Step::Wait(self.due);
            }
            // Absolute, but a delay is not caught up with a burst.
            let gap = nanos(self.plan.gap);
            self.due = self.due.max(now.saturating_sub(gap)) + gap;
            self.last = now;
            let place = (self.round % KEPT as u64) as usize;
            if let (Some(stamp), Some(answered)) =
                (host.stamps.get_mut(place), host.answered.get_mut(place))
            {
                (*stamp, *answered) = (None, false);
            }
            host.transmitted += 1;
            let step = Step::Send {
                host: self.next,
                round: self.round,
            };
            self.next += 1;
            return step;
        }
    }

    /// The host sent it at `stamp`.
    pub(crate) fn sent(&mut self, host: usize, round: u64, stamp: Timestamp) {
        let slot = self
            .hosts
            .get_mut(host)
            .and_then(|h| h.stamps.get_mut((round % KEPT as u64) as usize));
        if let Some(slot) = slot {
            *slot = Some(stamp);
        }
    }

    /// A reply from a host; none when it answers nothing that is remembered.
    pub(crate) fn reply(&mut self, host: usize, sequence: u16, stamp: Timestamp) -> Option<Answer> {
        let behind = (self.round as u16).wrapping_sub(sequence);
        let round = self
            .round
            .checked_sub(u64::from(behind))
            .filter(|_| usize::from(behind) < KEPT)?;
        let host = self.hosts.get_mut(host)?;
        let place = (round % KEPT as u64) as usize;
        let sent = (*host.stamps.get(place)?)?;
        let duplicate = std::mem::replace(host.answered.get_mut(place)?, true);
        let trip = stamp.since(sent).unwrap_or_default();
        host.trips.add(trip);
        let first = host.received == 0;
        host.duplicates += u64::from(duplicate);
        host.received += u64::from(!duplicate);
        self.alive += usize::from(first);
        Some(Answer {
            round,
            trip,
            duplicate,
            first,
        })
    }

    /// An ICMP error about a packet to a host.
    pub(crate) fn error(&mut self, host: usize) {
        if let Some(host) = self.hosts.get_mut(host) {
            host.errors += 1;
        }
    }

    /// Whether every host answered.
    pub(crate) fn all_alive(&self) -> bool {
        self.alive == self.hosts.len()
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// Runs to the end; `network` says after how long a packet is answered.
    fn run(
        plan: Plan,
        hosts: usize,
        network: impl Fn(usize, u64) -> Option<u64>,
    ) -> (Sweep, u64, Vec<(usize, u64)>) {
        let host = |n| Host::new(n, "192.0.2.1:0".parse().unwrap());
        let mut sweep = Sweep::new(plan, (0..hosts).map(|n| host(n.to_string())).collect());
        let (mut now, mut coming, mut order) = (MS, Vec::new(), Vec::new());
        for _ in 0..100_000 {
            match sweep.step(now) {
                Step::Done => return (sweep, now - MS, order),
                Step::Send { host, round } => {
                    sweep.sent(host, round, Timestamp::from_nanos(now));
                    order.push((host, round));
                    coming.extend(
                        network(host, round).map(|after| (now + after, host, round as u16)),
                    );
                    coming.sort();
                }
                Step::Wait(until) => match coming.first().copied() {
                    Some((when, host, sequence)) if when <= until => {
                        coming.remove(0);
                        now = now.max(when);
                        sweep
                            .reply(host, sequence, Timestamp::from_nanos(when))
                            .unwrap();
                    }
                    _ => now = until,
                },
            }
        }
        panic!("does not end");
    }

    fn plan() -> Plan {
        let ms = Duration::from_millis;
        Plan {
            rounds: 3,
            until_alive: true,
            period: ms(1_000),
            gap: ms(1),
            linger: ms(500),
        }
    }

    #[test]
    fn who_answered_is_left_alone() {
        let (sweep, took, order) = run(plan(), 3, |host, round| {
            (host != 1 && (host, round) != (2, 1)).then_some(5 * MS)
        });
        assert_eq!(order, [(0, 1), (1, 1), (2, 1), (1, 2), (2, 2), (1, 3)]);
        assert_eq!((took, sweep.all_alive()), (2_500 * MS, false));
        let (sweep, took, _) = run(plan(), 3, |_, _| Some(5 * MS));
        assert_eq!((took, sweep.all_alive()), (7 * MS, true));
    }

    #[test]
    fn counted_rounds_go_to_everyone_on_schedule() {
        let (sweep, took, order) = run(
            Plan {
                until_alive: false,
                ..plan()
            },
            2,
            |_, _| Some(MS),
        );
        assert_eq!(order.len(), 6);
        assert_eq!(took, 2_002 * MS);
        assert!(
            sweep
                .hosts
                .iter()
                .all(|h| (h.transmitted, h.received, h.loss()) == (3, 3, 0))
        );
    }

    #[test]
    fn late_duplicate_and_strange_replies() {
        let mut sweep = Sweep::new(
            Plan {
                until_alive: false,
                ..plan()
            },
            vec![Host::new("a".into(), "192.0.2.1:0".parse().unwrap())],
        );
        assert_eq!(sweep.step(MS), Step::Send { host: 0, round: 1 });
        sweep.sent(0, 1, Timestamp::from_nanos(1));
        assert_eq!(sweep.reply(0, 9, Timestamp::from_nanos(2)), None);
        assert_eq!(sweep.reply(7, 1, Timestamp::from_nanos(2)), None);
        assert!(
            !sweep
                .reply(0, 1, Timestamp::from_nanos(2))
                .unwrap()
                .duplicate
        );
        assert!(
            sweep
                .reply(0, 1, Timestamp::from_nanos(3))
                .unwrap()
                .duplicate
        );
        assert_eq!((sweep.hosts[0].received, sweep.hosts[0].duplicates), (1, 1));
    }
}
