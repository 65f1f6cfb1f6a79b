//! The logic of a run with one target: the next step, given the time and the events. It does no I/O. It counts like
//! iputils. Packets are numbered from 1; the sequence number is the low 16 bits.

use std::time::Duration;

use nethost_sdk::Timestamp;
use nethost_sdk::pace::Pace;
use nethost_sdk::stats::RoundTrips;

/// How many send timestamps are kept: one for each sequence number.
const WINDOW: u64 = 65_536;

/// The limits of a run.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) count: Option<u64>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) linger: Duration,
    pub(crate) interval: Duration,
    pub(crate) preload: u32,
    pub(crate) adaptive: bool,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send this number; the one before is unanswered if `outstanding`.
    Send {
        number: u64,
        outstanding: bool,
    },
    /// Wait for replies until then, in the clock's nanoseconds.
    Wait(u64),
    Done,
}

/// The kind of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// None if the timestamp of its request is unknown.
    pub(crate) trip: Option<Duration>,
    pub(crate) duplicate: bool,
    /// A later request was answered before.
    pub(crate) reordered: bool,
    /// The clock was set back between send and receive, by this much. The round trip then counts as zero.
    pub(crate) went_back: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    stamp: Option<Timestamp>,
    answered: bool,
}

/// The state of a run.
#[derive(Debug)]
pub(crate) struct Engine {
    limits: Limits,
    pace: Pace,
    slots: Vec<Slot>,
    acknowledged: u64,
    highest: u64,
    started: Option<u64>,
    last_sent: u64,
    hold_until: u64,
    held: Duration,
    addend_us: u64,
    exit_at: Option<u64>,
    pub(crate) transmitted: u64,
    pub(crate) received: u64,
    pub(crate) duplicates: u64,
    pub(crate) reordered: u64,
    pub(crate) corrupted: u64,
    pub(crate) errors: u64,
    pub(crate) pipe: u64,
    pub(crate) trips: RoundTrips,
}

impl Engine {
    pub(crate) fn new(limits: Limits) -> Self {
        let pace = Pace::new(limits.interval, limits.preload);
        Self {
            limits,
            pace,
            slots: Vec::new(),
            acknowledged: 0,
            highest: 0,
            started: None,
            last_sent: 0,
            hold_until: 0,
            held: Duration::ZERO,
            addend_us: 0,
            exit_at: None,
            transmitted: 0,
            received: 0,
            duplicates: 0,
            reordered: 0,
            corrupted: 0,
            errors: 0,
            pipe: 0,
            trips: RoundTrips::default(),
        }
    }

    /// The next step. A `Send` counts as sent.
    pub(crate) fn step(&mut self, now: u64) -> Step {
        let end = self
            .started
            .zip(self.limits.deadline)
            .map(|(start, length)| start + nanos(length));
        if self.has_enough() || end.is_some_and(|end| now >= end || self.errors > 0) {
            return Step::Done;
        }
        if end.is_none()
            && self
                .limits
                .count
                .is_some_and(|count| self.transmitted >= count)
        {
            let wait = self.last_wait();
            let exit_at = *self.exit_at.get_or_insert(now + wait);
            return if now >= exit_at {
                Step::Done
            } else {
                Step::Wait(exit_at)
            };
        }
        let due = self.pace.due(now, self.in_flight()).max(self.hold_until);
        if due > now {
            return Step::Wait(end.map_or(due, |end| end.min(due)));
        }
        let outstanding = self
            .slot(self.transmitted)
            .is_some_and(|slot| !slot.answered);
        self.started.get_or_insert(now);
        self.pace.sent(now);
        self.last_sent = now;
        self.transmitted += 1;
        let place = ((self.transmitted - 1) % WINDOW) as usize;
        match self.slots.get_mut(place) {
            Some(slot) => *slot = Slot::default(),
            None => self.slots.push(Slot::default()),
        }
        Step::Send {
            number: self.transmitted,
            outstanding,
        }
    }

    /// Whether there are as many replies and errors as `-c` asks for.
    pub(crate) fn has_enough(&self) -> bool {
        let answered = self.received + self.errors;
        self.limits.count.is_some_and(|count| answered >= count)
    }

    /// After the last packet, iputils waits for twice the longest round trip, at least one interval, or for `-W` if
    /// there was no reply.
    fn last_wait(&self) -> u64 {
        if self.received > 0 {
            nanos(self.trips.max() * 2).max(nanos(self.pace.interval()))
        } else {
            nanos(self.limits.linger)
        }
    }

    /// The host sent it at this time.
    pub(crate) fn sent(&mut self, number: u64, stamp: Timestamp) {
        self.held = Duration::ZERO;
        if let Some(slot) = self.slot_mut(number) {
            slot.stamp = Some(stamp);
        }
    }

    /// It could not be sent because the device's queue is full. False if that has lasted so long that it counts as
    /// transmitted.
    pub(crate) fn queue_full(&mut self, now: u64) -> bool {
        let pause =
            (self.pace.interval() / 2).clamp(Duration::from_millis(10), Duration::from_millis(500));
        let smooth = self.trips.ewma().as_micros() as u64;
        self.addend_us += smooth.min(50_000);
        self.adapt();
        self.hold_until = now + nanos(pause);
        self.held += pause;
        let patient = self.held < self.limits.linger;
        if patient {
            self.transmitted = self.transmitted.saturating_sub(1);
            if self.transmitted < WINDOW {
                self.slots.truncate(self.transmitted as usize);
            }
        }
        patient
    }

    /// A reply with its kernel timestamp. None if the sequence number was never sent.
    pub(crate) fn reply(&mut self, sequence: u16, stamp: Timestamp) -> Option<Answer> {
        let number = self.number(sequence)?;
        let slot = self.slot_mut(number)?;
        let duplicate = std::mem::replace(&mut slot.answered, true);
        let sent = slot.stamp;
        self.acknowledge(number);
        let trip = sent.map(|sent| stamp.since(sent).unwrap_or_default());
        let went_back = sent
            .and_then(|sent| sent.since(stamp))
            .filter(|back| !back.is_zero());
        if let Some(trip) = trip {
            self.trips.add(trip);
            self.adapt();
        }
        let reordered = !duplicate && number < self.highest;
        self.highest = self.highest.max(number);
        self.duplicates += u64::from(duplicate);
        self.received += u64::from(!duplicate);
        self.reordered += u64::from(reordered);
        Some(Answer {
            trip,
            duplicate,
            reordered,
            went_back,
        })
    }

    /// An ICMP error about a request, or a local error without one.
    pub(crate) fn error(&mut self, sequence: Option<u16>) {
        self.errors += 1;
        if let Some(number) = sequence.and_then(|sequence| self.number(sequence)) {
            self.acknowledge(number);
        }
    }

    /// From the first packet to the last.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_nanos(
            self.last_sent
                .saturating_sub(self.started.unwrap_or(self.last_sent)),
        )
    }

    /// Whether iputils' exit code is 1.
    pub(crate) fn failed(&self) -> bool {
        let short = self.limits.count.is_some_and(|count| self.received < count);
        self.received == 0 || (self.limits.deadline.is_some() && short)
    }

    /// The percentage of packets without a reply.
    pub(crate) fn loss(&self) -> f64 {
        let lost = self.transmitted.saturating_sub(self.received);
        if self.transmitted == 0 {
            0.0
        } else {
            lost as f64 * 100.0 / self.transmitted as f64
        }
    }

    fn in_flight(&self) -> u64 {
        match self.transmitted - self.acknowledged {
            few if few <= 0x7fff => few,
            _ => self.transmitted.saturating_sub(self.received + self.errors),
        }
    }

    fn acknowledge(&mut self, number: u64) {
        let behind = self.transmitted - number;
        if behind <= 0x7fff {
            self.pipe = self.pipe.max(behind + 1);
            self.acknowledged = self.acknowledged.max(number);
        }
    }

    /// The latest packet with this sequence number.
    fn number(&self, sequence: u16) -> Option<u64> {
        let behind = (self.transmitted as u16).wrapping_sub(sequence);
        self.transmitted
            .checked_sub(u64::from(behind))
            .filter(|&number| number > 0)
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get((number.checked_sub(1)? % WINDOW) as usize)
    }

    fn slot_mut(&mut self, number: u64) -> Option<&mut Slot> {
        self.slots
            .get_mut((number.checked_sub(1)? % WINDOW) as usize)
    }

    /// `-A`: the interval follows the round trip, in whole milliseconds. Below half a millisecond, it is a flood.
    fn adapt(&mut self) {
        if self.limits.adaptive {
            let interval = self.trips.ewma().as_micros() as u64 + self.addend_us;
            self.pace
                .set_interval(Duration::from_millis((interval + 500) / 1_000));
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
