//! When packets leave, by the kernel's own stamps. A stamp of ours is taken before a system call that finds the
//! way and builds the packet: some microseconds too early, which a round trip shows.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Looking for the note of a departure is one more system call. A packet that follows the one before at once is
/// not worth it: how many there are counts then, not how long one takes.
const PACED: u64 = 500_000;
/// A driver that notes departures only later is not asked for ever.
const MISSES: u32 = 4;

/// What one socket's departures are like.
#[derive(Default)]
pub(super) struct Departures {
    /// When the packet before was sent, in nanoseconds since 1970.
    last: AtomicU64,
    /// The number of the next note.
    next: AtomicU32,
    /// So many were missed one after the other.
    missed: AtomicU32,
}

impl Departures {
    /// Whether the departure of a packet that is sent now is to be noted.
    pub(super) fn are_noted(&self, now: u64) -> bool {
        let last = self.last.swap(now, Relaxed);
        now.saturating_sub(last) >= PACED && self.missed.load(Relaxed) < MISSES
    }

    /// Another socket counts from 0.
    pub(super) fn begin_again(&self) {
        self.next.store(0, Relaxed);
        self.missed.store(0, Relaxed);
    }

    /// The moment, if the latest note is about the packet that has just been sent.
    pub(super) fn noted(&self, note: Option<(u32, u64)>) -> Option<u64> {
        let expected = self.next.load(Relaxed);
        // A packet that could not be sent may have used up a number.
        let found = note.filter(|(number, _)| number.wrapping_sub(expected) < u32::MAX / 2);
        self.next.store(
            found.map_or(expected, |(number, _)| number).wrapping_add(1),
            Relaxed,
        );
        match found {
            Some(_) => self.missed.store(0, Relaxed),
            None => _ = self.missed.fetch_add(1, Relaxed),
        }
        found.map(|(_, moment)| moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_at_a_pace_are_noted() {
        let departures = Departures::default();
        assert!(departures.are_noted(1_000_000_000));
        assert!(!departures.are_noted(1_000_000_010));
        assert!(departures.are_noted(1_001_000_000));
    }

    #[test]
    fn a_note_of_an_earlier_packet_is_not_taken() {
        let departures = Departures::default();
        assert_eq!(departures.noted(Some((0, 5))), Some(5));
        assert_eq!(departures.noted(None), None);
        // It comes late.
        assert_eq!(departures.noted(Some((1, 6))), None);
        assert_eq!(departures.noted(Some((3, 7))), Some(7));
        // A number was used up.
        assert_eq!(departures.noted(Some((6, 8))), Some(8));
        assert_eq!(departures.noted(Some((7, 9))), Some(9));
    }

    #[test]
    fn a_driver_that_notes_late_is_left_alone() {
        let departures = Departures::default();
        for _ in 0..MISSES {
            departures.noted(None);
        }
        assert!(!departures.are_noted(u64::MAX));
    }
}
