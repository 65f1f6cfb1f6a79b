//! Numbers with a point, of so many significant digits, as `%g` of printf(3) writes them.

/// A number with at most this many digits, without zeros at its end.
#[must_use]
pub(crate) fn significant(number: f64, digits: usize) -> String {
    if !number.is_finite() {
        let sign = if number.is_sign_negative() { "-" } else { "" };
        return format!("{sign}{}", if number.is_nan() { "nan" } else { "inf" });
    }
    let digits = digits.max(1);
    let scientific = format!("{number:.0$e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trimmed(mantissa), exponent.abs());
    }
    let places = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(&format!("{number:.places$}"))
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn numbers_are_written_as_printf_does() {
        let cases = [
            (0.0, "0"),
            (1500.0, "1500"),
            (0.1, "0.1"),
            (12_345_678_901.0, "1.23456789e+10"),
            (0.000_012_5, "1.25e-05"),
            (-2.5, "-2.5"),
            (f64::INFINITY, "inf"),
        ];
        for (number, text) in cases {
            assert_eq!(significant(number, 10), text);
        }
    }
}
