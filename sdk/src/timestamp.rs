//! Stamps that the host and the kernel took. A tool subtracts them and never reads a clock of its own
//! to measure the network.

use std::time::Duration;

/// Nanoseconds since 1970-01-01T00:00:00Z on the host's CLOCK_REALTIME.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this; none when the clock was set back in between.
    ///
    /// ```
    /// # use nethost_sdk::Timestamp;
    /// # use std::time::Duration;
    /// let sent = Timestamp::from_nanos(1_000);
    /// let received = Timestamp::from_nanos(3_500);
    /// assert_eq!(received.since(sent), Some(Duration::from_nanos(2_500)));
    /// assert_eq!(sent.since(received), None);
    /// ```
    pub fn since(self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0).map(Duration::from_nanos)
    }

    /// This much later, at most the end of time.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(to_nanos(by)))
    }
}

/// A duration as the contract has it; 584 years and more are as good as forever.
pub(crate) fn to_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
