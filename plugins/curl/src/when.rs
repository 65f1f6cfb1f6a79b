//! Times: dates of HTTP and of `--time-cond`, and the time of the day.

/// Seconds since 1970-01-01 UTC.
pub(crate) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
    })
}

/// `hh:mm:ss.micros ` of the operator's clock.
pub(crate) fn time_of_day() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let nanos = u64::try_from(since.as_nanos()).unwrap_or_default();
    let zone = nethost_sdk::clock::local_zone(nethost_sdk::Timestamp::from_nanos(nanos));
    let local = i64::try_from(since.as_secs()).unwrap_or_default() + i64::from(zone.seconds_east);
    let day = local.rem_euclid(86_400);
    format!(
        "{:02}:{:02}:{:02}.{:06} ",
        day / 3600,
        day / 60 % 60,
        day % 60,
        since.subsec_micros()
    )
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01: year, month, day.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn http_date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let second = seconds.rem_euclid(86_400);
    let (year, month, day) = date_of(days);
    let name = |names: &[&'static str], index: i64| {
        let index = usize::try_from(index).unwrap_or_default();
        names.get(index).copied().unwrap_or_default()
    };
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        name(&DAYS, days.rem_euclid(7)),
        name(&MONTHS, month - 1),
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// `20140512` and the like, six digits of the time behind it: YYYYMMDDhhmmss of FTP.
pub(crate) fn ftp_time(text: &str) -> Option<i64> {
    let digits = text.get(..14)?;
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let days = days_to(part(0..4)?, part(4..6)?, part(6..8)?);
    Some(days * 86_400 + part(8..10)? * 3600 + part(10..12)? * 60 + part(12..14)?)
}

/// Reads a date in one of the ways in which it is usually written.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (mut year, mut month, mut day) = (None, None, None);
    let (mut time, mut zone) = (None, None);
    // Whatever stands between words and numbers tells nothing.
    let between = |letter: char| !letter.is_alphanumeric() && !matches!(letter, ':' | '+' | '-');
    let words = text.split(between);
    let words = words.flat_map(|word| match is_dashed(word) {
        true => word.split('-').collect::<Vec<_>>(),
        false => vec![word],
    });
    for word in words.filter(|word| !word.is_empty()) {
        let number = word.parse::<i64>().ok();
        if word.contains(':') {
            let mut parts = word.split(':').map(|part| part.parse::<i64>().ok());
            let hour = parts.next()??;
            let minute = parts.next()??;
            let second = parts.next().unwrap_or(Some(0))?;
            if hour > 23 || minute > 59 || second > 60 {
                return None;
            }
            time = Some(hour * 3600 + minute * 60 + second);
        } else if let Some(signed) = word.strip_prefix(['+', '-']).filter(|rest| rest.len() == 4) {
            let number = signed.parse::<i64>().ok()?;
            let seconds = (number / 100 * 60 + number % 100) * 60;
            zone = Some(if word.starts_with('-') {
                -seconds
            } else {
                seconds
            });
        } else if let Some(number) = number {
            if word.len() == 8 && year.is_none() {
                year = Some(number / 10_000);
                month = Some(number / 100 % 100);
                day = Some(number % 100);
            } else if day.is_none() && (1..=31).contains(&number) && word.len() <= 2 {
                day = Some(number);
            } else if year.is_none() {
                year = Some(match number {
                    0..70 if word.len() <= 2 => number + 2000,
                    70..100 if word.len() <= 2 => number + 1900,
                    _ => number,
                });
            } else {
                return None;
            }
        } else {
            let lower = word.to_ascii_lowercase();
            let begins = |name: &str| lower.starts_with(&name.to_ascii_lowercase());
            if let Some(index) = MONTHS.iter().position(|name| begins(name)) {
                month = i64::try_from(index + 1).ok();
            } else if ["gmt", "utc", "z"].contains(&lower.as_str()) {
                zone = Some(0);
            } else if !DAYS.iter().any(|name| begins(name)) {
                return None;
            }
        }
    }
    let (year, month, day) = (year?, month?, day?);
    if !(1..=12).contains(&month) || year < 1583 {
        return None;
    }
    Some(days_to(year, month, day) * 86_400 + time.unwrap_or(0) - zone.unwrap_or(0))
}

fn is_dashed(word: &str) -> bool {
    word.matches('-').count() == 2 && !word.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_they_are_written() {
        let when = Some(784_111_777);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "06 Nov 1994 09:49:37 +0100",
        ] {
            assert_eq!(parse(text), when, "{text}");
        }
        assert_eq!(parse("19941106 08:49:37"), when);
        assert_eq!(parse("nonsense"), None);
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(ftp_time("19941106084937"), when);
    }
}
