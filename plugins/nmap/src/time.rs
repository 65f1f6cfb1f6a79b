//! The time of day, in the operator's zone.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use nethost_sdk::clock;

/// Now.
pub(crate) fn now() -> Zoned {
    at(Timestamp::now())
}

/// A moment.
pub(crate) fn at(moment: Timestamp) -> Zoned {
    let nanos = u64::try_from(moment.as_nanosecond()).unwrap_or(0);
    let zone = clock::local_zone(nethost_sdk::Timestamp::from_nanos(nanos));
    let offset = Offset::from_seconds(zone.seconds_east).unwrap_or(Offset::UTC);
    moment.to_zoned(TimeZone::fixed(offset))
}

/// The abbreviation of the zone, such as `UTC`.
pub(crate) fn zone_name(moment: Timestamp) -> String {
    let nanos = u64::try_from(moment.as_nanosecond()).unwrap_or(0);
    clock::local_zone(nethost_sdk::Timestamp::from_nanos(nanos)).abbreviation
}

/// As asctime(3) has it, without its line end.
pub(crate) fn asctime(moment: Timestamp) -> String {
    at(moment).strftime("%a %b %e %H:%M:%S %Y").to_string()
}
