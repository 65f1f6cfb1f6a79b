//! The wall clock as the operator reads it.

use nethost_sdk::{Timestamp, clock};

/// The present, as date(1) writes it.
pub(crate) fn local_time() -> String {
    let now = jiff::Timestamp::now();
    let stamp = Timestamp::from_nanos(u64::try_from(now.as_nanosecond()).unwrap_or_default());
    let zone = clock::local_zone(stamp);
    let shifted = jiff::SignedDuration::from_secs(zone.seconds_east.into());
    let local = now.checked_add(shifted).unwrap_or(now);
    let local = local.to_zoned(jiff::tz::TimeZone::UTC);
    format!(
        "{} {} {}",
        local.strftime("%a %b %d %H:%M:%S"),
        zone.abbreviation,
        local.strftime("%Y")
    )
}
