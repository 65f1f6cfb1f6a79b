//! Dates. The sandbox knows no time zone but UTC, so local time is UTC.

use super::table;
use crate::value::{Result, Val, fail};

table! {
    "now" 0 |_| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Ok(Val::Num(since.map_or(0.0, |since| since.as_secs_f64())))
    };
    "mktime" 0 |value| {
        let Val::Arr(_) = &value else {
            return fail("mktime requires array inputs");
        };
        match Broken::from_value(&value) {
            Some(broken) => Ok(Val::Num(broken.seconds() as f64)),
            None => fail("mktime requires parsed datetime inputs"),
        }
    };
    "gmtime" 0 |value| broken_down(&value, "gmtime");
    "localtime" 0 |value| broken_down(&value, "localtime");
    "strftime" 1 |value, format| formatted(value, format, "strftime/1");
    "strflocaltime" 1 |value, format| formatted(value, format, "strflocaltime/1");
    "strptime" 1 |value, format| {
        let (Val::Str(text), Val::Str(format)) = (&value, &format) else {
            return fail("strptime/1 requires string inputs and arguments");
        };
        match super::strptime::parse(text, format) {
            Some((broken, rest)) => {
                let mut parts = broken.to_parts(0.0);
                if !rest.is_empty() {
                    parts.push(Val::text(rest));
                }
                Ok(Val::array(parts))
            }
            None => fail(format!("date \"{text}\" does not match format \"{format}\"")),
        }
    };
}

/// A date and a time of day, as struct tm has them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Broken {
    pub(super) year: i64,
    /// From 0.
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
}

const DAY: i64 = 86_400;

/// The days from 1970-01-01 to the first of a month.
fn days_to_month(year: i64, month: i64) -> i64 {
    let year = year + month.div_euclid(12);
    let month = month.rem_euclid(12) + 1;
    // Years that begin in March have their leap day at the end.
    let (year, shifted) = match month {
        1 | 2 => (year - 1, month + 9),
        _ => (year, month - 3),
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * shifted + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

impl Broken {
    pub(super) fn seconds(&self) -> i64 {
        let days = days_to_month(self.year, self.month) + self.day - 1;
        ((days * 24 + self.hour) * 60 + self.minute) * 60 + self.second
    }

    pub(super) fn from_seconds(seconds: i64) -> Self {
        let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 2
        } else {
            shifted_month - 10
        };
        Self {
            year: era * 400 + year_of_era + i64::from(month < 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
        }
    }

    /// The same moment with every part in its range.
    fn normal(&self) -> Self {
        Self::from_seconds(self.seconds())
    }

    fn from_value(value: &Val) -> Option<Self> {
        let Val::Arr(parts) = value else {
            return None;
        };
        let mut numbers = [0i64; 8];
        for (slot, part) in numbers.iter_mut().zip(parts.iter()) {
            let number = part.number().filter(|number| !number.is_nan())?;
            *slot = (number as i64).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        }
        let [year, month, day, hour, minute, second, ..] = numbers;
        Some(Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        })
    }

    /// From Sunday.
    pub(super) fn weekday(&self) -> i64 {
        (self.seconds().div_euclid(DAY) + 4).rem_euclid(7)
    }

    /// From 0.
    pub(super) fn yearday(&self) -> i64 {
        self.seconds().div_euclid(DAY) - days_to_month(self.year, 0)
    }

    fn to_parts(self, fraction: f64) -> Vec<Val> {
        let whole =
            [self.year, self.month, self.day, self.hour, self.minute].map(|part| part as f64);
        let mut parts: Vec<Val> = whole.into_iter().map(Val::Num).collect();
        parts.push(Val::Num(self.second as f64 + fraction));
        parts.push(Val::Num(self.weekday() as f64));
        parts.push(Val::Num(self.yearday() as f64));
        parts
    }
}

/// The years that are told apart.
const MOST_SECONDS: f64 = 67_767_976_233_532_799.0;

fn broken_down(value: &Val, name: &str) -> Result {
    let Some(number) = value.number() else {
        return fail(format!("{name}() requires numeric inputs"));
    };
    if number.is_nan() || number.abs() > MOST_SECONDS {
        return fail("error converting number of seconds since epoch to datetime");
    }
    let broken = Broken::from_seconds(number as i64);
    Ok(Val::array(broken.to_parts(number - number.floor())))
}

fn formatted(value: Val, format: Val, name: &str) -> Result {
    let value = match &value {
        Val::Num(_) | Val::Literal(_) => broken_down(
            &value,
            if name == "strftime/1" {
                "gmtime"
            } else {
                "localtime"
            },
        )?,
        Val::Arr(_) => value,
        _ => return fail(format!("{name} requires parsed datetime inputs")),
    };
    let Val::Str(format) = &format else {
        return fail(format!("{name} requires a string format"));
    };
    match Broken::from_value(&value) {
        Some(broken) => Ok(Val::text(super::strftime::format(&broken.normal(), format))),
        None => fail(format!("{name} requires parsed datetime inputs")),
    }
}
