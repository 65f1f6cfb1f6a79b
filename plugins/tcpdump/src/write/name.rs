//! The names of files that take turns: a number behind the name (-C), the time in it (-G).

use nethost_sdk::Timestamp;
use nethost_sdk::clock::local_zone;

use crate::options::Options;
use crate::print::time::civil;

/// How names are made, and when.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    file: String,
    /// -C, in octets.
    pub(super) size: Option<u64>,
    /// -G
    pub(super) seconds: Option<i64>,
    /// -W
    pub(super) most: Option<u64>,
}

impl Naming {
    pub(super) fn new(options: &Options, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            size: options.file_size,
            seconds: options.file_seconds,
            most: options.files,
        }
    }

    /// The name of the file of this number that begins at this time.
    pub(super) fn name(&self, number: u64, now: i64) -> String {
        if self.file == "-" {
            return self.file.clone();
        }
        let file = match self.seconds {
            Some(_) => formatted(&self.file, now),
            None => self.file.clone(),
        };
        let digits = match (self.size, self.most) {
            (Some(_), Some(most)) => most.saturating_sub(1).to_string().len(),
            _ => 0,
        };
        match (number, digits) {
            (0, 0) => file,
            _ => format!("{file}{number:0digits$}"),
        }
    }
}

const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A time as strftime(3) writes it in the C locale.
fn formatted(format: &str, now: i64) -> String {
    let nanoseconds = now.cast_unsigned().saturating_mul(1_000_000_000);
    let zone = local_zone(Timestamp::from_nanos(nanoseconds));
    let local = now + i64::from(zone.seconds_east);
    strftime(format, now, local, &zone.abbreviation)
}

fn strftime(format: &str, now: i64, local: i64, zone: &str) -> String {
    let at = civil(local);
    let (hour, minute, second) = (at.hour, at.minute, at.second);
    let (weekday, year_day) = (at.weekday, at.day_of_year);
    let twelve = match hour % 12 {
        0 => 12,
        hour => hour,
    };
    let of = |names: &[&'static str], place: u32| {
        usize::try_from(place)
            .ok()
            .and_then(|place| names.get(place).copied())
            .unwrap_or("?")
    };
    let (day_name, month_name) = (of(&DAYS, weekday), of(&MONTHS, at.month.saturating_sub(1)));
    let short = |name: &'static str| name.get(..3).unwrap_or(name);
    let offset = (local - now) / 60;
    let mut text = String::new();
    let mut rest = format.chars();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        let again = |format: &str| strftime(format, now, local, zone);
        text += &match rest.next() {
            Some('a') => short(day_name).to_owned(),
            Some('A') => day_name.to_owned(),
            Some('b' | 'h') => short(month_name).to_owned(),
            Some('B') => month_name.to_owned(),
            Some('c') => again("%a %b %e %H:%M:%S %Y"),
            Some('C') => format!("{:02}", at.year.div_euclid(100)),
            Some('d') => format!("{:02}", at.day),
            Some('D') => again("%m/%d/%y"),
            Some('e') => format!("{:2}", at.day),
            Some('F') => again("%Y-%m-%d"),
            Some('H') => format!("{hour:02}"),
            Some('I') => format!("{twelve:02}"),
            Some('j') => format!("{:03}", year_day + 1),
            Some('k') => format!("{hour:2}"),
            Some('l') => format!("{twelve:2}"),
            Some('m') => format!("{:02}", at.month),
            Some('M') => format!("{minute:02}"),
            Some('n') => "\n".to_owned(),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('P') => if hour < 12 { "am" } else { "pm" }.to_owned(),
            Some('r') => again("%I:%M:%S %p"),
            Some('R') => again("%H:%M"),
            Some('s') => now.to_string(),
            Some('S') => format!("{second:02}"),
            Some('t') => "\t".to_owned(),
            Some('T' | 'X') => again("%H:%M:%S"),
            Some('u') => (if weekday == 0 { 7 } else { weekday }).to_string(),
            Some('U') => format!("{:02}", (year_day + 7 - weekday) / 7),
            Some('w') => weekday.to_string(),
            Some('W') => format!("{:02}", (year_day + 7 - (weekday + 6) % 7) / 7),
            Some('x') => again("%m/%d/%y"),
            Some('y') => format!("{:02}", at.year.rem_euclid(100)),
            Some('Y') => at.year.to_string(),
            Some('z') => format!(
                "{}{:02}{:02}",
                if offset < 0 { '-' } else { '+' },
                offset.abs() / 60,
                offset.abs() % 60
            ),
            Some('Z') => zone.to_owned(),
            Some('%') => "%".to_owned(),
            Some(other) => format!("%{other}"),
            None => "%".to_owned(),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        // 2023-11-14 22:13:20 UTC, a Tuesday, day 318.
        let now = 1_700_000_000;
        for (format, expected) in [
            ("x%Y%m%d-%H%M%S.pcap", "x20231114-221320.pcap"),
            ("%a %j %U %W %u %%", "Tue 318 46 46 2 %"),
            ("%c|%I %p|%s", "Tue Nov 14 22:13:20 2023|10 PM|1700000000"),
        ] {
            assert_eq!(strftime(format, now, now, "UTC"), expected);
        }
    }

    #[test]
    fn numbers_behind_names() {
        let mut naming = Naming {
            file: "x".into(),
            size: Some(1),
            seconds: None,
            most: None,
        };
        assert_eq!(
            (naming.name(0, 0), naming.name(7, 0)),
            ("x".into(), "x7".into())
        );
        naming.most = Some(11);
        assert_eq!(
            (naming.name(0, 0), naming.name(7, 0)),
            ("x00".into(), "x07".into())
        );
    }
}
