//! The conversions of strptime(3) in the C locale.

use super::dates::Broken;
use super::strftime::{DAYS, MONTHS};

struct Input<'a> {
    rest: &'a str,
    time: Broken,
    afternoon: Option<bool>,
    century: Option<i64>,
    yearday: Option<i64>,
}

/// The time that a text gives and what is left of it; `None` if it does not match.
pub(super) fn parse<'a>(text: &'a str, format: &str) -> Option<(Broken, &'a str)> {
    let time = Broken {
        year: 1900,
        ..Broken::default()
    };
    let mut input = Input {
        rest: text,
        time,
        afternoon: None,
        century: None,
        yearday: None,
    };
    input.all(format)?;
    if let Some(afternoon) = input.afternoon {
        input.time.hour = input.time.hour % 12 + if afternoon { 12 } else { 0 };
    }
    if let Some(century) = input.century {
        input.time.year = century * 100 + input.time.year.rem_euclid(100);
    }
    if let Some(yearday) = input.yearday
        && input.time.day == 0
    {
        let first = Broken {
            month: 0,
            day: 1 + yearday,
            ..input.time
        };
        let date = Broken::from_seconds(first.seconds());
        (input.time.month, input.time.day) = (date.month, date.day);
    }
    let rest = input.rest;
    match rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_whitespace()) {
        true => Some((input.time, rest)),
        false => None,
    }
}

impl Input<'_> {
    fn all(&mut self, format: &str) -> Option<()> {
        let mut format = format.chars();
        while let Some(c) = format.next() {
            match c {
                c if c.is_ascii_whitespace() => self.space(),
                '%' => {
                    let mut conversion = format.next()?;
                    while matches!(conversion, 'E' | 'O' | '-' | '_' | '0' | '^' | '#') {
                        conversion = format.next()?;
                    }
                    self.convert(conversion)?;
                }
                c => self.rest = self.rest.strip_prefix(c)?,
            }
        }
        Some(())
    }

    fn space(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace());
    }

    fn number(&mut self, least: i64, most: i64, digits: usize) -> Option<i64> {
        self.space();
        let length = self
            .rest
            .bytes()
            .take(digits)
            .take_while(u8::is_ascii_digit)
            .count();
        let (number, rest) = self.rest.split_at(length);
        let number: i64 = number.parse().ok()?;
        self.rest = rest;
        (least..=most).contains(&number).then_some(number)
    }

    /// A name, or its first three letters.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        for (at, name) in names.iter().enumerate() {
            for name in [*name, &name[..3]] {
                let begins = self.rest.get(..name.len());
                if begins.is_some_and(|begins| begins.eq_ignore_ascii_case(name)) {
                    self.rest = &self.rest[name.len()..];
                    return Some(at as i64);
                }
            }
        }
        None
    }

    fn convert(&mut self, conversion: char) -> Option<()> {
        match conversion {
            'a' | 'A' => {
                self.name(&DAYS)?;
            }
            'b' | 'B' | 'h' => self.time.month = self.name(&MONTHS)?,
            'c' => self.all("%a %b %e %H:%M:%S %Y")?,
            'C' => self.century = Some(self.number(0, 99, 2)?),
            'd' | 'e' => self.time.day = self.number(1, 31, 2)?,
            'D' | 'x' => self.all("%m/%d/%y")?,
            'F' => self.all("%Y-%m-%d")?,
            'H' | 'k' => self.time.hour = self.number(0, 23, 2)?,
            'I' | 'l' => {
                self.time.hour = self.number(1, 12, 2)? % 12;
                self.afternoon.get_or_insert(false);
            }
            'j' => self.yearday = Some(self.number(1, 366, 3)? - 1),
            'm' => self.time.month = self.number(1, 12, 2)? - 1,
            'M' => self.time.minute = self.number(0, 59, 2)?,
            'n' | 't' => self.space(),
            'p' | 'P' => {
                let begins = self.rest.get(..2)?;
                self.afternoon = Some(match begins {
                    _ if begins.eq_ignore_ascii_case("AM") => false,
                    _ if begins.eq_ignore_ascii_case("PM") => true,
                    _ => return None,
                });
                self.rest = &self.rest[2..];
            }
            'r' => self.all("%I:%M:%S %p")?,
            'R' => self.all("%H:%M")?,
            's' => {
                let seconds = self.number(0, i64::MAX, 19)?;
                self.time = Broken::from_seconds(seconds);
            }
            'S' => self.time.second = self.number(0, 61, 2)?,
            'T' | 'X' => self.all("%H:%M:%S")?,
            'u' => {
                self.number(1, 7, 1)?;
            }
            'w' => {
                self.number(0, 6, 1)?;
            }
            'U' | 'V' | 'W' => {
                self.number(0, 53, 2)?;
            }
            'g' | 'y' => {
                let year = self.number(0, 99, 2)?;
                self.time.year = if year >= 69 { 1900 + year } else { 2000 + year };
            }
            'G' | 'Y' => {
                self.space();
                let negative = self.rest.starts_with('-');
                self.rest = self.rest.strip_prefix(['-', '+']).unwrap_or(self.rest);
                let year = self.number(0, 9999, 4)?;
                self.time.year = if negative { -year } else { year };
            }
            'z' => self.zone()?,
            'Z' => {
                let letters = self
                    .rest
                    .bytes()
                    .take_while(u8::is_ascii_alphabetic)
                    .count();
                self.rest = &self.rest[letters..];
            }
            '%' => self.rest = self.rest.strip_prefix('%')?,
            _ => return None,
        }
        Some(())
    }

    fn zone(&mut self) -> Option<()> {
        self.space();
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Some(());
        }
        self.rest = self.rest.strip_prefix(['+', '-'])?;
        let mut digits = 0;
        while digits < 4 {
            match self.rest.bytes().next() {
                Some(b'0'..=b'9') => digits += 1,
                Some(b':') if digits == 2 => {}
                _ => break,
            }
            self.rest = &self.rest[1..];
        }
        (digits == 2 || digits == 4).then_some(())
    }
}
