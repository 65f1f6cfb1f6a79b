//! Numbers as printf(3) writes them.

/// `%g` with so many significant digits.
pub(crate) fn general(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    // The exponent after rounding.
    let scientific = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let places = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{value:.places$}")).to_owned()
}

/// Without zeroes behind the point.
fn trimmed(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// Bits per second, in units of thousands unless all is in numbers.
pub(crate) fn rate(bits: f64, numeric: bool) -> String {
    if numeric {
        return format!("{bits:.0}");
    }
    for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if bits >= unit {
            return format!("{}{name}", general(bits / unit, 3));
        }
    }
    general(bits, 6)
}

/// A duration in milliseconds as ss has it.
pub(crate) fn timer(milliseconds: u32) -> String {
    let (mut seconds, mut left) = (milliseconds / 1000, milliseconds % 1000);
    let minutes = seconds / 60;
    seconds %= 60;
    let mut text = String::new();
    if minutes > 0 {
        left = 0;
        text = format!("{minutes}min");
        if minutes > 9 {
            seconds = 0;
        }
    }
    if seconds > 0 {
        if seconds > 9 {
            left = 0;
        }
        let end = if left > 0 { "." } else { "sec" };
        text += &format!("{seconds}{end}");
    }
    if left > 0 {
        text += &format!("{left:03}ms");
    }
    text
}

/// A number as strtol(3) reads it with base 0: decimal, `0x` hexadecimal, `0` octal.
pub(crate) fn any_base(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(rest) => (16, rest),
        None if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        None => (10, digits),
    };
    let is_sound = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_alphanumeric());
    let number = i64::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_sound)?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From printf(1).
    #[test]
    fn general_is_as_printf_has_it() {
        for (value, digits, text) in [
            (0.25, 6, "0.25"),
            (201.0, 6, "201"),
            (0.015, 6, "0.015"),
            (1_234_567.0, 6, "1.23457e+06"),
            (999_999.5, 6, "1e+06"),
            (0.000_012, 6, "1.2e-05"),
            (32.768, 3, "32.8"),
            (999.96, 3, "1e+03"),
            (5.0, 3, "5"),
        ] {
            assert_eq!(general(value, digits), text);
        }
        assert_eq!(rate(26_214_400_000.0, false), "26.2G");
        assert_eq!(rate(800.0, false), "800");
    }

    #[test]
    fn timers_lose_what_does_not_matter() {
        for (ms, text) in [
            (0, ""),
            (5, "005ms"),
            (1250, "1.250ms"),
            (3000, "3sec"),
            (12_345, "12sec"),
            (61_500, "1min1sec"),
            (7_200_000, "120min"),
        ] {
            assert_eq!(timer(ms), text);
        }
    }

    #[test]
    fn bases_are_told_by_their_beginnings() {
        for (text, number) in [
            ("22", Some(22)),
            ("0x16", Some(22)),
            ("026", Some(22)),
            ("-1", Some(-1)),
            ("0", Some(0)),
            ("", None),
            ("0x", None),
            ("+-1", None),
            ("1x", None),
        ] {
            assert_eq!(any_base(text), number, "{text}");
        }
    }
}
