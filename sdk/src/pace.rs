//! When to send the next packet: on an absolute schedule without drift, optionally in bursts, or as fast as replies
//! return. It does no I/O; the caller provides the time in nanoseconds.

use std::time::Duration;

/// The minimum rate of a flood without replies: 100 packets per second.
const FLOOD_WAIT: u64 = 10_000_000;

/// A schedule of packets.
#[derive(Clone, Debug)]
pub struct Pace {
    interval: u64,
    burst: u64,
    /// When the next packet is due. It can be in the past by up to a burst.
    due: Option<u64>,
    last: u64,
}

impl Pace {
    /// One packet every `interval`, of which `burst` can be sent at once at the start or after a delay. An interval
    /// of zero is a flood: the next packet is due when fewer than `burst` are unanswered, or 10 ms after the last
    /// one, whichever is earlier.
    pub fn new(interval: Duration, burst: u32) -> Self {
        let burst = u64::from(burst.max(1));
        Self {
            interval: nanos(interval),
            burst,
            due: None,
            last: 0,
        }
    }

    /// The interval in force.
    pub fn interval(&self) -> Duration {
        Duration::from_nanos(self.interval)
    }

    /// Changes the interval from the next packet on, for adaptive senders.
    pub fn set_interval(&mut self, interval: Duration) {
        let interval = nanos(interval);
        if let Some(due) = &mut self.due {
            *due = due.saturating_sub(self.interval).saturating_add(interval);
        }
        self.interval = interval;
    }

    /// When the next packet can be sent; `now` or earlier means at once.
    pub fn due(&self, now: u64, unanswered: u64) -> u64 {
        match self.due {
            None => now,
            Some(_) if self.interval == 0 && unanswered < self.burst => now,
            Some(_) if self.interval == 0 => self.last.saturating_add(FLOOD_WAIT),
            Some(due) => due,
        }
    }

    /// One has left.
    pub fn sent(&mut self, now: u64) {
        let credit = self.interval.saturating_mul(self.burst - 1);
        let earliest = now.saturating_sub(credit);
        let due = self.due.unwrap_or(earliest);
        // After a delay of more than a burst, the schedule starts again instead of catching up.
        let due = if now.saturating_sub(due) > credit + self.interval {
            earliest
        } else {
            due
        };
        self.due = Some(due.saturating_add(self.interval));
        self.last = now;
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn lateness_does_not_accumulate() {
        let mut pace = Pace::new(Duration::from_millis(10), 1);
        let start = 1_000 * MS;
        let mut now = start;
        for _ in 0..100 {
            now = now.max(pace.due(now, 0)) + MS / 2; // always half a millisecond late
            pace.sent(now);
        }
        assert_eq!(pace.due(now, 0), start + MS / 2 + 100 * 10 * MS);
    }

    #[test]
    fn a_burst_leaves_at_once_and_no_more() {
        let mut pace = Pace::new(Duration::from_millis(10), 3);
        let now = 1_000 * MS;
        for _ in 0..3 {
            assert!(pace.due(now, 0) <= now);
            pace.sent(now);
        }
        assert_eq!(pace.due(now, 0), now + 10 * MS);
    }

    #[test]
    fn a_long_sleep_is_not_caught_up() {
        let mut pace = Pace::new(Duration::from_millis(10), 1);
        pace.sent(1_000 * MS);
        pace.sent(9_000 * MS);
        assert_eq!(pace.due(9_000 * MS, 0), 9_010 * MS);
    }

    #[test]
    fn a_flood_follows_replies_or_a_hundred_a_second() {
        let mut pace = Pace::new(Duration::ZERO, 1);
        pace.sent(MS);
        assert_eq!(pace.due(2 * MS, 0), 2 * MS);
        assert_eq!(pace.due(2 * MS, 1), 11 * MS);
    }
}
