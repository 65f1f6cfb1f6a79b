//! Values of DER (X.690), read as far as certificates need it.

use std::fmt::Write;

/// The tag of a value, and what it holds.
pub(super) type Value<'a> = (u8, &'a [u8]);

/// Takes the next value off. None where there is none, or only a part of one.
pub(super) fn value<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let length = match first {
        0..0x80 => usize::from(*first),
        _ => {
            let count = usize::from(first & 0x7f);
            let (digits, after) = rest.split_at_checked(count).filter(|_| count <= 4)?;
            rest = after;
            let digits = digits.iter();
            digits.fold(0, |length, digit| length << 8 | usize::from(*digit))
        }
    };
    let (inner, after) = rest.split_at_checked(length)?;
    *bytes = after;
    Some((*tag, inner))
}

/// `2.5.4.3`.
pub(super) fn identifier(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut number: u64 = 0;
    for octet in octets {
        number = number << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 != 0 {
            continue;
        }
        let _ = match text.is_empty() {
            true => {
                let first = (number / 40).min(2);
                write!(text, "{first}.{}", number - first * 40)
            }
            false => write!(text, ".{number}"),
        };
        number = 0;
    }
    text
}

/// A string, of which BMPString has 16 bits for each character.
pub(super) fn text(tag: u8, octets: &[u8]) -> String {
    if tag != 0x1e {
        return String::from_utf8_lossy(octets).into_owned();
    }
    let (units, _) = octets.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

/// `2026-11-30T10:06:45` of UTCTime or GeneralizedTime (RFC 5280 section 4.1.2.5).
pub(super) fn time((tag, octets): Value<'_>) -> String {
    let digits: String = octets.iter().map(|octet| char::from(*octet)).collect();
    let digits = digits.trim_end_matches('Z');
    let full = match tag {
        // Years from 50 on are of the century before.
        0x17 if digits >= "50" => format!("19{digits}"),
        0x17 => format!("20{digits}"),
        _ => digits.to_owned(),
    };
    if full.len() != 14 || !full.bytes().all(|byte| byte.is_ascii_digit()) {
        return "not a time".to_owned();
    }
    let part = |from: usize, to: usize| full.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}T{}:{}:{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 12),
        part(12, 14)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_and_cut_ones_are_not() {
        let mut bytes: &[u8] = &[4, 2, 7, 8, 5, 0];
        assert_eq!(value(&mut bytes), Some((4, &[7, 8][..])));
        assert_eq!(value(&mut bytes), Some((5, &[][..])));
        assert_eq!(value(&mut bytes), None);
        for mut cut in [
            &[4_u8, 2, 7][..],
            &[4, 0x82, 1],
            &[4, 0x85, 0, 0, 0, 0, 1, 7],
            &[4],
        ] {
            assert_eq!(value(&mut cut), None);
        }
    }

    #[test]
    fn identifiers_and_times_are_shown() {
        assert_eq!(identifier(&[0x55, 4, 3]), "2.5.4.3");
        let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
        assert_eq!(identifier(&rsa), "1.2.840.113549.1.1.11");
        assert_eq!(time((0x17, b"261130100645Z")), "2026-11-30T10:06:45");
        assert_eq!(time((0x17, b"991130100645Z")), "1999-11-30T10:06:45");
        assert_eq!(time((0x18, b"20501130100645Z")), "2050-11-30T10:06:45");
        assert_eq!(time((0x18, b"\x1b[31m")), "not a time");
    }
}
