//! Dates and times of the operator's clocks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nethost_sdk::{Timestamp, clock};

/// A moment, field by field.
pub(crate) struct Local {
    pub(crate) year: u64,
    /// 1 is January.
    pub(crate) month: u64,
    pub(crate) day: u64,
    /// 0 is Sunday.
    pub(crate) weekday: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
    pub(crate) micros: u32,
}

/// Now, or some time ago.
pub(crate) fn local(ago: Duration) -> Local {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    local_at(since.saturating_sub(ago))
}

/// So long after 1970 began.
pub(crate) fn local_at(since: Duration) -> Local {
    let nanos = u64::try_from(since.as_nanos()).unwrap_or_default();
    let zone = clock::local_zone(Timestamp::from_nanos(nanos));
    let seconds = since
        .as_secs()
        .saturating_add_signed(zone.seconds_east.into());
    let days = seconds / 86_400;
    let (year, month, day) = date(days);
    Local {
        year,
        month,
        day,
        // 1970 began on a Thursday.
        weekday: (days + 4) % 7,
        hour: seconds / 3600 % 24,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        micros: since.subsec_micros(),
    }
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar, counting years from
/// March so that the leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_781), (2026, 11, 24));
    }
}
