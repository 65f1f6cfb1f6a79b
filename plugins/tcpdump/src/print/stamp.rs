//! The time of a packet before its line (-t).

use super::printer::Printer;
use super::settings::Time;
use super::time::{self, Civil};

/// What times are told against.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    reference: Option<(i64, u32)>,
}

impl Times {
    /// Prints a time in the form that the settings say, and remembers it where the next one is told against it.
    pub(crate) fn print(&mut self, p: &mut Printer, seconds: i64, fraction: u32) {
        match p.set.time {
            Time::None => {}
            Time::Clock | Time::Date => {
                let local = seconds + i64::from(p.set.zone) * 60;
                let Civil {
                    year, month, day, ..
                } = time::civil(local);
                if seconds < 0 {
                    return p.text("[timestamp overflow] ");
                }
                if p.set.time == Time::Date {
                    write!(p, "{year:04}-{month:02}-{day:02} ");
                }
                clock(p, local, fraction);
                p.text(" ");
            }
            Time::Unix => {
                if seconds < 0 {
                    return p.text("[timestamp overflow] ");
                }
                write!(p, "{seconds}");
                self::fraction(p, fraction);
                p.text(" ");
            }
            Time::SincePrevious | Time::SinceFirst => {
                let now = (seconds, fraction);
                let reference = *self.reference.get_or_insert(now);
                let unit = if p.set.nano { 1_000_000_000 } else { 1_000_000 };
                let (earlier, later) = if now < reference {
                    (now, reference)
                } else {
                    (reference, now)
                };
                p.text(if now < reference { "-" } else { " " });
                let borrow = later.1 < earlier.1;
                let difference = later.0 - earlier.0 - i64::from(borrow);
                let parts = (later.1 + if borrow { unit } else { 0 }).wrapping_sub(earlier.1);
                clock(p, difference, parts);
                p.text(" ");
                if p.set.time == Time::SincePrevious {
                    self.reference = Some(now);
                }
            }
        }
    }
}

fn two(p: &mut Printer, number: u32) {
    if number < 10 {
        p.text("0");
    }
    p.decimal(number);
}

fn clock(p: &mut Printer, seconds: i64, parts: u32) {
    let of_day = seconds.rem_euclid(86_400) as u32;
    two(p, of_day / 3600);
    p.text(":");
    two(p, of_day / 60 % 60);
    p.text(":");
    two(p, of_day % 60);
    fraction(p, parts);
}

fn fraction(p: &mut Printer, parts: u32) {
    let (digits, limit, unit) = match p.set.nano {
        true => (9, 1_000_000_000, "ns"),
        false => (6, 1_000_000, "us"),
    };
    p.text(".");
    let mut least = limit / 10;
    for _ in 1..digits {
        if parts >= least {
            break;
        }
        p.text("0");
        least /= 10;
    }
    p.decimal(parts);
    if parts >= limit {
        write!(p, " (invalid {unit})");
    }
}
