//! Time for pacing, accurate to tens of microseconds. Round-trip times are measured with timestamps instead.

use std::time::Duration;

use crate::Timestamp;
use crate::bindings::nethost::cap::clock;
use crate::timestamp::to_nanos;

/// A point on the host's CLOCK_MONOTONIC, in nanoseconds since an unspecified start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u64);

impl Mark {
    /// From nanoseconds since the clock's start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The time from `earlier` to this; zero when this is not later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This much later, or the last representable time.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(to_nanos(by)))
    }
}

/// The present.
pub fn now() -> Mark {
    Mark(clock::now())
}

/// Waits until the mark.
///
/// ```no_run
/// # async fn example() {
/// use nethost_sdk::clock;
/// use std::time::Duration;
///
/// let mut next = clock::now();
/// for _ in 0..3 {
///     next = next.plus(Duration::from_millis(10)); // no drift: from mark to mark
///     clock::wait_until(next).await;
/// }
/// # }
/// ```
pub async fn wait_until(when: Mark) {
    clock::wait_until(when.0).await;
}

/// The local time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalZone {
    /// Seconds to add to UTC.
    pub seconds_east: i32,
    /// Such as `CET`.
    pub abbreviation: String,
}

/// The operator's time zone at a moment. Raises no request.
///
/// ```no_run
/// use nethost_sdk::{Timestamp, clock};
///
/// println!("{}", clock::local_zone(Timestamp::from_nanos(0)).abbreviation);
/// ```
pub fn local_zone(at: Timestamp) -> LocalZone {
    let clock::LocalZone {
        seconds_east,
        abbreviation,
    } = clock::local_zone_at(at.as_nanos());
    LocalZone {
        seconds_east,
        abbreviation,
    }
}

/// Waits this long.
pub async fn wait_for(how_long: Duration) {
    clock::wait_for(to_nanos(how_long)).await;
}
