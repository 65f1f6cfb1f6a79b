//! Numbers: doubles in the notation of jq, and decimal literals that are printed as they were written as long as nobody
//! calculates with them.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::Val;

/// A number as it was written.
#[derive(Debug)]
pub(crate) struct Literal {
    pub(crate) double: f64,
    pub(crate) negative: bool,
    /// The significant digits; `0` for zero.
    digits: String,
    /// The power of ten of the last digit.
    exponent: i64,
}

/// The exponents that a decimal may have.
const LARGEST: i64 = 999_999_999;

/// The value of a number literal; `None` if it is none. The sign may only be a minus, or a plus if `plus`.
pub(crate) fn parse_literal(text: &[u8]) -> Option<Val> {
    let (negative, rest) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    if rest.len() <= 15 && !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) {
        let whole = rest
            .iter()
            .fold(0u64, |whole, digit| whole * 10 + u64::from(digit - b'0'));
        let double = whole as f64;
        return Some(Val::Num(if negative { -double } else { double }));
    }
    let mut at = 0;
    let mut digits = 0usize;
    let mut significant = 0usize;
    let mut fraction = 0usize;
    let mut point = false;
    while let Some(&octet) = rest.get(at) {
        match octet {
            b'0'..=b'9' => {
                digits += 1;
                if significant > 0 || octet != b'0' {
                    significant += 1;
                }
                fraction += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => break,
        }
        at += 1;
    }
    if digits == 0 {
        return special(rest, negative);
    }
    let mantissa = &rest[..at];
    let exponent = match rest.get(at) {
        None => None,
        Some(b'e' | b'E') => Some(exponent(&rest[at + 1..])?),
        Some(_) => return None,
    };
    let text = std::str::from_utf8(text).ok()?;
    let double: f64 = text.parse().ok()?;
    // What a double prints in the same way needs nothing else.
    let simple = exponent.is_none()
        && significant <= 15
        && point
        && fraction > 0
        && fraction < 5
        && mantissa.last() != Some(&b'0')
        && mantissa.first() != Some(&b'.');
    if simple {
        return Some(Val::Num(double));
    }
    let kept: String = mantissa
        .iter()
        .filter(|octet| octet.is_ascii_digit())
        .map(|octet| char::from(*octet))
        .collect();
    let kept = kept.trim_start_matches('0');
    let exponent = exponent.unwrap_or(0).saturating_sub(fraction as i64);
    let literal = Literal {
        double: double.clamp(-f64::MAX, f64::MAX),
        negative,
        digits: if kept.is_empty() {
            "0".into()
        } else {
            kept.to_owned()
        },
        exponent,
    };
    if literal.digits != "0" && literal.adjusted().abs() > LARGEST {
        return Some(Val::Num(literal.double));
    }
    Some(Val::Literal(literal.into()))
}

fn special(text: &[u8], negative: bool) -> Option<Val> {
    let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
    if is("nan") {
        return Some(Val::Num(f64::NAN));
    }
    if is("infinity") || is("inf") {
        let double = f64::INFINITY;
        return Some(Val::Num(if negative { -double } else { double }));
    }
    None
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', digits) => (true, digits),
        (b'+', digits) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0i64, |value, digit| {
        value
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    let value = value.min(1 << 40);
    Some(if negative { -value } else { value })
}

impl Literal {
    /// The power of ten of the first digit.
    fn adjusted(&self) -> i64 {
        self.exponent + self.digits.len() as i64 - 1
    }

    /// The same number with the other sign.
    pub(crate) fn negated(&self) -> Self {
        Self {
            double: -self.double,
            negative: !self.negative && self.digits != "0",
            digits: self.digits.clone(),
            exponent: self.exponent,
        }
    }

    /// Compares as decimals.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let sign = |literal: &Self| match (literal.digits == "0", literal.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal || sign(self) == 0 {
            return by_sign;
        }
        let significant = |literal: &'_ Self| literal.digits.trim_end_matches('0').to_owned();
        let size = self.adjusted().cmp(&other.adjusted());
        let size = size.then_with(|| significant(self).cmp(&significant(other)));
        if self.negative { size.reverse() } else { size }
    }

    /// The notation of the General Decimal Arithmetic specification.
    pub(crate) fn write(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        let adjusted = self.adjusted();
        if self.exponent <= 0 && adjusted >= -6 {
            let point = self.digits.len() as i64 + self.exponent;
            if self.exponent == 0 {
                out.push_str(&self.digits);
            } else if point > 0 {
                let (whole, fraction) = self.digits.split_at(point as usize);
                let _ = write!(out, "{whole}.{fraction}");
            } else {
                out.push_str("0.");
                out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
                out.push_str(&self.digits);
            }
            return;
        }
        let (first, rest) = self.digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            let _ = write!(out, ".{rest}");
        }
        let _ = write!(out, "E{adjusted:+}");
    }
}

/// A double in as few digits as tell it from its neighbours.
pub(crate) fn format_double(out: &mut String, double: f64) {
    if double.is_nan() {
        out.push_str("null");
        return;
    }
    let double = double.clamp(-f64::MAX, f64::MAX);
    if double == double.trunc() && double.abs() < 1e15 {
        if double == 0.0 && double.is_sign_negative() {
            out.push_str("-0");
            return;
        }
        write_whole(out, double as i64);
        return;
    }
    let mut text = String::with_capacity(32);
    let _ = write!(text, "{double:e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    out.push_str(sign);
    let point = power + 1;
    let count = digits.len() as i32;
    if point <= -5 || point > count.max(1) + 15 || point > 17 {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            let _ = write!(out, ".{rest}");
        }
        let sign = if power < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:02}", power.abs());
    } else if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', point.unsigned_abs() as usize));
        out.push_str(&digits);
    } else if count <= point {
        out.push_str(&digits);
        out.extend(std::iter::repeat_n('0', (point - count) as usize));
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        let _ = write!(out, "{whole}.{fraction}");
    }
}

fn write_whole(out: &mut String, whole: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = whole.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if whole < 0 {
        out.push('-');
    }
    out.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
}
