//! Numbers as values of options.

use std::ops::RangeInclusive;

/// A decimal integer within bounds, with the messages of the native tools.
///
/// # Errors
/// `invalid argument: 'x'`, with the bounds when it is a number outside of them.
pub fn integer(text: &str, bounds: RangeInclusive<i64>) -> Result<i64, String> {
    match text.trim_start().parse::<i64>() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        Ok(_) => Err(format!(
            "invalid argument: '{text}': out of range: {} <= value <= {}",
            bounds.start(),
            bounds.end()
        )),
        Err(error) => {
            use std::num::IntErrorKind::{NegOverflow, PosOverflow};
            let why = match error.kind() {
                PosOverflow | NegOverflow => ": Numerical result out of range",
                _ => "",
            };
            Err(format!(
                "invalid argument: '{}'{why}",
                crate::text::printable(text)
            ))
        }
    }
}

/// Seconds with a decimal point, as in `-i 0.2`.
///
/// # Errors
/// `option argument contains garbage: x` or `NAME: VALUE`.
pub fn seconds(text: &str, name: &str) -> Result<f64, String> {
    let text = crate::text::printable(text);
    let number: f64 = text
        .parse()
        .map_err(|_| format!("option argument contains garbage: {text}"))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(format!("{name}: {text}"))
    }
}
