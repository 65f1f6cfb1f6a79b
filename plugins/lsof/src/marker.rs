//! The line between the lists of -r, with the time in it if the operator wants it.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::{Offset, TimeZone};
use nethost_sdk::clock::local_zone;

/// The local time in the form of strftime(3), or None where the format says nothing or is none.
pub(crate) fn now(format: &str) -> Option<String> {
    let now = Timestamp::now();
    let nanoseconds = u64::try_from(now.as_nanosecond()).unwrap_or_default();
    let zone = local_zone(nethost_sdk::Timestamp::from_nanos(nanoseconds));
    at(format, now, zone.seconds_east, &zone.abbreviation)
}

fn at(format: &str, moment: Timestamp, seconds_east: i32, abbreviation: &str) -> Option<String> {
    let offset = Offset::from_seconds(seconds_east).unwrap_or(Offset::UTC);
    let local = moment.to_zoned(TimeZone::fixed(offset));
    let text = strtime::format(with_zone(format, abbreviation), &local).ok()?;
    let lines: Vec<String> = text.split('\n').map(crate::row::printable_name).collect();
    let text = lines.join("\n");
    (!text.is_empty()).then_some(text)
}

/// A zone of a fixed offset has no abbreviation of its own.
fn with_zone(format: &str, abbreviation: &str) -> String {
    let mut written = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('%', Some('Z')) => {
                written.push_str(&abbreviation.replace('%', "%%"));
                characters.next();
            }
            ('%', Some(next)) => {
                written.extend(['%', next]);
                characters.next();
            }
            (other, _) => written.push(other),
        }
    }
    written
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_marker_is_what_strftime_writes() {
        let moment = Timestamp::from_second(86_400).unwrap();
        let at = |format| at(format, moment, 3600, "CET");
        assert_eq!(
            at("== %F %T %Z %% =="),
            Some("== 1970-01-02 01:00:00 CET % ==".into())
        );
        assert_eq!(at("x\u{1b}[m"), Some("x^[[m".into()));
        assert_eq!(at("a%nb"), Some("a\nb".into()));
        assert_eq!(at(""), None);
        assert_eq!(at("%"), None);
    }
}
