//! Values that are numbers, sizes, times and ports.

use std::time::Duration;

use super::{Parser, Problem};
use crate::settings::Resume;

/// A number that is not negative.
pub(crate) fn unsigned(text: &str) -> Result<u64, Problem> {
    match text.trim_start().strip_prefix('-') {
        Some(rest) if rest.parse::<u64>().is_ok() => Err(Problem::NegativeNumber),
        _ => text.trim_start().parse().map_err(|_| Problem::BadNumber),
    }
}

/// A number, of which -1 is without limit.
pub(crate) fn signed(text: &str) -> Result<i64, Problem> {
    match text.trim_start().parse::<i64>() {
        Ok(number) if number >= -1 => Ok(number),
        Ok(_) => Err(Problem::NegativeNumber),
        Err(_) => Err(Problem::BadNumber),
    }
}

/// Octal permission bits.
pub(crate) fn octal(text: &str) -> Result<u32, Problem> {
    match u32::from_str_radix(text, 8) {
        Ok(bits) if bits <= 0o777 => Ok(bits),
        _ => Err(Problem::BadNumber),
    }
}

/// Seconds with a fraction.
pub(crate) fn seconds(text: &str) -> Result<Duration, Problem> {
    let seconds: f64 = text.parse().map_err(|_| Problem::BadNumber)?;
    if seconds < 0.0 {
        return Err(Problem::NegativeNumber);
    }
    let whole = Duration::try_from_secs_f64(seconds).map_err(|_| Problem::BadNumber)?;
    match seconds > 2_147_483.0 {
        true => Err(Problem::BadNumber),
        false => Ok(whole),
    }
}

/// A size or rate, with B, K, M, G, T or P behind it.
pub(crate) fn size(parser: &Parser, text: &str) -> Result<u64, Problem> {
    let digits = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| Problem::BadUse)?;
    let shift = match unit {
        "" | "b" | "B" => 0,
        "k" | "K" => 10,
        "m" | "M" => 20,
        "g" | "G" => 30,
        "t" | "T" => 40,
        "p" | "P" => 50,
        _ => {
            parser.warn("unsupported rate unit. Use G, M, K or B!");
            return Err(Problem::BadUse);
        }
    };
    number.checked_mul(1 << shift).ok_or(Problem::TooLarge)
}

/// `--rate`: so many in a second, minute, hour or day, as the time between two.
pub(crate) fn rate(parser: &Parser, text: &str) -> Result<Duration, Problem> {
    let (number, unit) = text.split_once('/').unwrap_or((text, "h"));
    let number = match number.parse::<u64>() {
        Ok(number) if number > 0 => number,
        _ => {
            parser.warn("invalid number specified for --rate");
            return Err(Problem::BadUse);
        }
    };
    let digits = unit
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(unit.len());
    let (many, unit) = unit.split_at(digits);
    let many: u64 = if many.is_empty() {
        1
    } else {
        many.parse().map_err(|_| Problem::BadUse)?
    };
    let unit = match unit {
        "s" => 1000,
        "m" | "" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => {
            parser.warn("unsupported --rate unit");
            return Err(Problem::BadUse);
        }
    };
    let milliseconds = many.checked_mul(unit).ok_or(Problem::TooLarge)? / number;
    Ok(Duration::from_millis(milliseconds))
}

/// A port, or the first and the last of several.
pub(crate) fn ports(text: &str) -> Result<(u16, u16), Problem> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (first, last),
        None => (text, text),
    };
    let port = |text: &str| text.trim().parse::<u16>().map_err(|_| Problem::BadUse);
    let (first, last) = (port(first)?, port(last)?);
    match first <= last && first > 0 {
        true => Ok((first, last)),
        false => Err(Problem::BadUse),
    }
}

/// Where a transfer goes on.
pub(crate) fn resume(text: &str) -> Result<Resume, Problem> {
    match text {
        "-" => Ok(Resume::Auto),
        _ => unsigned(text).map(Resume::At),
    }
}

/// The newest TLS.
pub(crate) fn tls(text: &str) -> Result<Option<u8>, Problem> {
    match text {
        "default" => Ok(None),
        "1.0" => Ok(Some(0)),
        "1.1" => Ok(Some(1)),
        "1.2" => Ok(Some(2)),
        "1.3" => Ok(Some(3)),
        _ => Err(Problem::BadUse),
    }
}

/// How many transfers at the same time.
pub(crate) fn parallel(text: &str) -> Result<usize, Problem> {
    let many = unsigned(text)?;
    Ok(match many {
        1..=300 => usize::try_from(many).unwrap_or(50),
        _ => 50,
    })
}

/// The one type of certificates and keys that is read.
pub(crate) fn pem(text: &str) -> Result<(), Problem> {
    match text.eq_ignore_ascii_case("pem") {
        true => Ok(()),
        false => Err(Problem::Absent),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_apart_from_what_is_none() {
        assert_eq!(unsigned("12"), Ok(12));
        assert_eq!(unsigned("-1"), Err(Problem::NegativeNumber));
        assert_eq!(unsigned("1x"), Err(Problem::BadNumber));
        assert_eq!(seconds("1.5").unwrap(), Duration::from_millis(1500));
        assert_eq!(seconds("x"), Err(Problem::BadNumber));
        assert_eq!(ports("100-200"), Ok((100, 200)));
        assert_eq!(ports("200-100"), Err(Problem::BadUse));
        assert_eq!(resume("-"), Ok(Resume::Auto));
    }
}
