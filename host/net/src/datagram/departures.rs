//! The times at which packets leave, from the kernel's transmit timestamps. A time read in this process is before the
//! system call that looks up the route and builds the packet: it is some microseconds too early, which is visible in a
//! round trip.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

/// Reading a transmit timestamp costs one more system call. If a packet follows the previous one immediately, the rate
/// matters, not the exact round trip, so the timestamp is not read. In nanoseconds.
const PACED: u64 = 500_000;
/// After this many missed timestamps in a row, the driver is not asked any more.
const MISSES: u32 = 4;

/// The state of the transmit timestamps of a socket.
#[derive(Default)]
pub(super) struct Departures {
    /// When the previous packet was sent, in nanoseconds since 1970.
    last: AtomicU64,
    /// The number of the next timestamp.
    next: AtomicU32,
    /// The number of missed timestamps in a row.
    missed: AtomicU32,
}

impl Departures {
    /// Whether the transmit timestamp of a packet that is sent now should be read.
    pub(super) fn are_noted(&self, now: u64) -> bool {
        let last = self.last.swap(now, Relaxed);
        now.saturating_sub(last) >= PACED && self.missed.load(Relaxed) < MISSES
    }

    /// Starts again for a new socket, which counts from 0.
    pub(super) fn begin_again(&self) {
        self.next.store(0, Relaxed);
        self.missed.store(0, Relaxed);
    }

    /// The time, if the latest timestamp belongs to the packet that has just been sent.
    pub(super) fn noted(&self, note: Option<(u32, u64)>) -> Option<u64> {
        let expected = self.next.load(Relaxed);
        // A packet that could not be sent may have used a number.
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
        // The timestamp is late.
        assert_eq!(departures.noted(Some((1, 6))), None);
        assert_eq!(departures.noted(Some((3, 7))), Some(7));
        // A number was used by another packet.
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
