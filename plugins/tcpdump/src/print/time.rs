//! Dates and times of day.

/// A time in the calendar of UTC, or of a zone after its minutes were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    /// With the century.
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: u32,
    /// From 1.
    pub(crate) day: u32,
    /// From 0.
    pub(crate) hour: u32,
    /// From 0.
    pub(crate) minute: u32,
    /// From 0.
    pub(crate) second: u32,
    /// Days since Sunday.
    pub(crate) weekday: u32,
    /// Days since the first of January.
    pub(crate) day_of_year: u32,
}

/// What the calendar says at these seconds since 1970.
#[must_use]
pub(crate) fn civil(unix: i64) -> Civil {
    let days = unix.div_euclid(86_400);
    let seconds = unix.rem_euclid(86_400) as u32;
    // Eras of 400 years, each beginning with a first of March.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_march_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_march_year + 2) / 153;
    let day = (day_of_march_year - (153 * march_month + 2) / 5 + 1) as u32;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    } as u32;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let month_start =
        before.get(month as usize - 1).copied().unwrap_or(0) + u32::from(leap && month > 2);
    Civil {
        year,
        month,
        day,
        hour: seconds / 3600,
        minute: seconds / 60 % 60,
        second: seconds % 60,
        weekday: (days + 4).rem_euclid(7) as u32,
        day_of_year: month_start + day - 1,
    }
}

/// `2026-11-29T18:00:00Z`
#[must_use]
pub(crate) fn iso(unix: i64) -> String {
    let Civil {
        year,
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = civil(unix);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Prints `2026-11-29 18:00:00 UTC`.
pub(crate) fn utc(p: &mut super::printer::Printer, unix: u32) {
    let text = iso(unix.into()).replace('T', " ").replace('Z', " UTC");
    p.text(&text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar() {
        assert_eq!(iso(0), "1970-01-01T00:00:00Z");
        assert_eq!(iso(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(iso(-1), "1969-12-31T23:59:59Z");
        assert_eq!(civil(951_782_400).weekday, 2);
        assert_eq!(civil(951_868_800).day_of_year, 60);
    }
}
