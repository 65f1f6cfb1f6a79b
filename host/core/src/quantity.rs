//! Numbers with units: `10/s`, `1 MiB`, `30s`, `2026-12-31T23:59:59Z`.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// A number per length of time. A bucket of this size fills at this rate, so that a burst can use what a pause has
/// saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In how long.
    pub per: Duration,
}

const RATE: &str = "a rate is a number and `/s`, `/min` or `/h`, such as \"10/s\"";
const BYTES: &str =
    "a number of bytes has the unit B, kB, MB, GB, KiB, MiB or GiB, such as \"64 KiB\"";
const TIME: &str = "a length of time has the unit ms, s, min or h, such as \"30s\"";
const MOMENT: &str =
    "a moment has a date, a time and a time zone (RFC 3339), such as \"2030-12-31T23:59:59Z\"";

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (count, unit) = text.split_once('/').ok_or(RATE)?;
        let count = count.trim().parse().map_err(|_| RATE)?;
        let per = match unit.trim() {
            "s" => 1,
            "min" => 60,
            "h" => 3600,
            _ => return Err(RATE.into()),
        };
        if count == 0 {
            return Err("a rate of 0 allows nothing; leave the grant out instead".into());
        }
        let per = Duration::from_secs(per);
        Ok(Self { count, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per.as_secs() {
            60 => "min",
            3600 => "h",
            _ => "s",
        };
        write!(f, "{}/{unit}", self.count)
    }
}

/// Splits `64 KiB` into number and unit.
fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    Some((text[..end].parse().ok()?, text[end..].trim()))
}

/// A number of bytes with its unit.
pub fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text).ok_or(BYTES)?;
    let factor: u64 = match unit {
        "B" => 1,
        "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(BYTES.into()),
    };
    number.checked_mul(factor).ok_or_else(|| BYTES.into())
}

/// A length of time with its unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text).ok_or(TIME)?;
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(TIME.into()),
    };
    let length = number.checked_mul(milliseconds).ok_or(TIME)?;
    if length == 0 {
        return Err("no time at all lets nothing run; leave it out to mean no limit".into());
    }
    Ok(Duration::from_millis(length))
}

/// A moment with its time zone.
pub fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| MOMENT.into())
}

/// Bytes in the largest unit that leaves a whole number.
pub fn shown_bytes(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let fitting = units
        .into_iter()
        .find(|(shift, _)| bytes >= 1 << shift && bytes.trailing_zeros() >= *shift);
    match fitting {
        Some((shift, unit)) => format!("{} {unit}", bytes >> shift),
        None => format!("{bytes} B"),
    }
}

/// A length of time in the largest unit that leaves a whole number.
pub fn shown_duration(length: Duration) -> String {
    let milliseconds = length.as_millis();
    let units = [(3_600_000, "h"), (60_000, "min"), (1000, "s")];
    let fitting = units
        .into_iter()
        .find(|(unit, _)| milliseconds >= *unit && milliseconds.is_multiple_of(*unit));
    match fitting {
        Some((unit, name)) => format!("{} {name}", milliseconds / unit),
        None => format!("{milliseconds} ms"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn units_are_read_and_shown() {
        let rate: Rate = "90/min".parse().unwrap();
        assert_eq!((rate.count, rate.per), (90, Duration::from_secs(60)));
        assert_eq!(rate.to_string(), "90/min");
        for (text, count) in [("64 KiB", 65_536), ("1GiB", 1 << 30), ("10 kB", 10_000)] {
            assert_eq!(bytes(text), Ok(count), "{text}");
        }
        assert_eq!(shown_bytes(3 << 20), "3 MiB");
        assert_eq!(shown_bytes(1001), "1001 B");
        assert_eq!(duration("90 s").map(shown_duration), Ok("90 s".into()));
        assert_eq!(duration("120s").map(shown_duration), Ok("2 min".into()));
        assert!(moment("2030-01-01T00:00:00+01:00").is_ok());
    }

    #[test]
    fn a_number_without_its_unit_is_refused() {
        for text in ["10", "10/d", "0/s", "-1/s", "x/s", "10/"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
        for text in ["10", "10 Mb", "", "MiB", "99999999999 GiB", "1.5 MiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        for text in ["10", "10 m", "0s", "", "99999999999999999 h"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for text in ["2030-01-01", "2030-01-01T00:00:00", "tomorrow"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
