//! The conversions of strftime(3) in the C locale.

use std::fmt::Write as _;

use super::dates::Broken;

pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
pub(super) const MONTHS: [&str; 12] = [
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

fn name(names: &[&'static str], at: i64) -> &'static str {
    usize::try_from(at)
        .ok()
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or("?")
}

/// The year and the week of ISO 8601.
fn iso_week(time: &Broken) -> (i64, i64) {
    let weekday = (time.weekday() + 6) % 7;
    let week = (time.yearday() - weekday + 10) / 7;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let weeks = |year: i64| {
        let first = Broken {
            year,
            month: 0,
            day: 1,
            ..Broken::default()
        }
        .weekday();
        if first == 4 || (first == 3 && leap(year)) {
            53
        } else {
            52
        }
    };
    if week < 1 {
        (time.year - 1, weeks(time.year - 1))
    } else if week > weeks(time.year) {
        (time.year + 1, 1)
    } else {
        (time.year, week)
    }
}

/// How a number is filled up.
fn number(out: &mut String, value: i64, width: usize, fill: Option<char>, usual: char) {
    let _ = match fill.unwrap_or(usual) {
        '-' => write!(out, "{value}"),
        ' ' | '_' => write!(out, "{value:width$}"),
        _ => write!(out, "{value:0width$}"),
    };
}

/// The text for a time.
pub(super) fn format(time: &Broken, format: &str) -> String {
    let mut out = String::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (mut fill, mut upper) = (None, false);
        let conversion = loop {
            match rest.next() {
                Some(flag @ ('-' | '_' | '0')) => fill = Some(flag),
                Some('^') => upper = true,
                Some('E' | 'O') => {}
                other => break other,
            }
        };
        let Some(conversion) = conversion else {
            out.push('%');
            break;
        };
        let start = out.len();
        convert(&mut out, time, conversion, fill);
        if upper {
            let text = out.split_off(start).to_uppercase();
            out.push_str(&text);
        }
    }
    out
}

fn convert(out: &mut String, time: &Broken, conversion: char, fill: Option<char>) {
    let twelve = match time.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let two = |out: &mut String, value: i64| number(out, value, 2, fill, '0');
    match conversion {
        'a' => out.push_str(&name(&DAYS, time.weekday())[..3]),
        'A' => out.push_str(name(&DAYS, time.weekday())),
        'b' | 'h' => out.push_str(&name(&MONTHS, time.month)[..3]),
        'B' => out.push_str(name(&MONTHS, time.month)),
        'c' => out.push_str(&format(time, "%a %b %e %H:%M:%S %Y")),
        'C' => two(out, time.year.div_euclid(100)),
        'd' => two(out, time.day),
        'D' | 'x' => out.push_str(&format(time, "%m/%d/%y")),
        'e' => number(out, time.day, 2, fill, ' '),
        'F' => out.push_str(&format(time, "%Y-%m-%d")),
        'g' => two(out, iso_week(time).0.rem_euclid(100)),
        'G' => {
            let _ = write!(out, "{}", iso_week(time).0);
        }
        'H' => two(out, time.hour),
        'I' => two(out, twelve),
        'j' => number(out, time.yearday() + 1, 3, fill, '0'),
        'k' => number(out, time.hour, 2, fill, ' '),
        'l' => number(out, twelve, 2, fill, ' '),
        'm' => two(out, time.month + 1),
        'M' => two(out, time.minute),
        'n' => out.push('\n'),
        'p' => out.push_str(if time.hour < 12 { "AM" } else { "PM" }),
        'P' => out.push_str(if time.hour < 12 { "am" } else { "pm" }),
        'r' => out.push_str(&format(time, "%I:%M:%S %p")),
        'R' => out.push_str(&format(time, "%H:%M")),
        's' => {
            let _ = write!(out, "{}", time.seconds());
        }
        'S' => two(out, time.second),
        't' => out.push('\t'),
        'T' | 'X' => out.push_str(&format(time, "%H:%M:%S")),
        'u' => {
            let day = match time.weekday() {
                0 => 7,
                day => day,
            };
            let _ = write!(out, "{day}");
        }
        'U' => two(out, (time.yearday() + 7 - time.weekday()) / 7),
        'V' => two(out, iso_week(time).1),
        'w' => {
            let _ = write!(out, "{}", time.weekday());
        }
        'W' => two(out, (time.yearday() + 7 - (time.weekday() + 6) % 7) / 7),
        'y' => two(out, time.year.rem_euclid(100)),
        'Y' => {
            let _ = write!(out, "{}", time.year);
        }
        'z' => out.push_str("+0000"),
        'Z' => out.push_str("UTC"),
        '%' => out.push('%'),
        other => {
            out.push('%');
            out.push(other);
        }
    }
}
