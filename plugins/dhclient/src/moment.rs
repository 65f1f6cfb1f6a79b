//! Times as dhclient.leases(5) writes them: the day of the week, then date and time in UTC.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `0 2026/11/29 21:48:14`, or `never`.
pub fn text(seconds: i64) -> String {
    let Ok(moment) = jiff::Timestamp::from_second(seconds) else {
        return "never".into();
    };
    let at = moment.to_zoned(TimeZone::UTC).datetime();
    format!(
        "{} {}/{:02}/{:02} {:02}:{:02}:{:02}",
        at.weekday().to_sunday_zero_offset(),
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// The seconds since 1970 of such a text: its words after the name of the statement.
pub fn parse(words: &[&str]) -> Option<i64> {
    match words {
        ["never"] => Some(i64::MAX),
        ["epoch", seconds] => seconds.parse().ok(),
        [_, day, time] => {
            let mut parts = day.splitn(3, '/');
            let mut number = || parts.next()?.parse::<i16>().ok();
            let (year, month, day) = (number()?, number()?, number()?);
            let mut parts = time.splitn(3, ':');
            let mut number = || parts.next()?.parse::<i8>().ok();
            let (hour, minute, second) = (number()?, number()?, number()?);
            let small = |number: i16| i8::try_from(number).ok();
            let day = jiff::civil::Date::new(year, small(month)?, small(day)?).ok()?;
            let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
            let at = DateTime::from_parts(day, time)
                .to_zoned(TimeZone::UTC)
                .ok()?;
            Some(at.timestamp().as_second())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_it_was_written() {
        for (seconds, shown) in [
            (0, "4 1970/01/01 00:00:00"),
            (1_795_988_894, "0 2026/11/29 21:48:14"),
            (i64::MAX, "never"),
        ] {
            assert_eq!(text(seconds), shown);
            let words: Vec<&str> = shown.split(' ').collect();
            assert_eq!(parse(&words), Some(seconds));
        }
        assert_eq!(parse(&["epoch", "77;"]), None);
        assert_eq!(parse(&["epoch", "77"]), Some(77));
        assert_eq!(parse(&["4", "1970/13/01", "00:00:00"]), None);
        assert_eq!(parse(&[]), None);
    }
}
