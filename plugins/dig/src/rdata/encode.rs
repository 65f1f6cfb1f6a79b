//! Bytes as text: hexadecimal, base64, base32, character strings, addresses and times.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use data_encoding::{BASE32_DNSSEC, BASE64, HEXUPPER};

use super::Problem;
use crate::name::push_decimal;

/// Upper case hexadecimal, with a break where a word has grown to the width.
pub(crate) fn push_hex(out: &mut String, bytes: &[u8], word: Option<usize>, line_break: &str) {
    let per_word = word.map_or(usize::MAX, |word| word.max(2).div_ceil(2).max(2) - 1);
    push_words(out, bytes, per_word, line_break, |out, chunk| {
        HEXUPPER.encode_append(chunk, out);
    });
}

/// Base64 with a break where a word has grown to the width.
pub(crate) fn push_base64(out: &mut String, bytes: &[u8], word: Option<usize>, line_break: &str) {
    let per_word = word.map_or(usize::MAX, |word| {
        (word.max(4).div_ceil(4).max(2) - 1).saturating_mul(3)
    });
    push_words(out, bytes, per_word, line_break, |out, chunk| {
        BASE64.encode_append(chunk, out);
    });
}

fn push_words(
    out: &mut String,
    bytes: &[u8],
    per_word: usize,
    line_break: &str,
    encode: impl Fn(&mut String, &[u8]),
) {
    for (number, chunk) in bytes.chunks(per_word).enumerate() {
        if number > 0 {
            out.push_str(line_break);
        }
        encode(out, chunk);
    }
}

/// Hexadecimal in one piece.
pub(crate) fn push_whole_hex(out: &mut String, bytes: &[u8]) {
    HEXUPPER.encode_append(bytes, out);
}

/// Base32 with the extended hexadecimal alphabet and without padding, as owner names of NSEC3 have it.
pub(crate) fn push_base32(out: &mut String, bytes: &[u8]) {
    let start = out.len();
    BASE32_DNSSEC.encode_append(bytes, out);
    if let Some(encoded) = out.get_mut(start..) {
        encoded.make_ascii_uppercase();
    }
}

/// A character string in quotes.
pub(crate) fn push_quoted(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=0x7e => out.push(char::from(byte)),
            other => push_decimal(out, other),
        }
    }
    out.push('"');
}

/// A character string without quotes, so that blanks and comments need an escape.
pub(crate) fn push_bare(out: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'"' | b'\\' | b'@' | b';' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b'!'..=0x7e => out.push(char::from(byte)),
            other => push_decimal(out, other),
        }
    }
}

/// An IPv6 address; YAML would take a colon at the end for a key's.
pub(crate) fn push_v6(out: &mut String, octets: [u8; 16], yaml: bool) {
    let _ = write!(out, "{}", Ipv6Addr::from(octets));
    if yaml && out.ends_with(':') {
        out.push('0');
    }
}

/// `YYYYMMDDHHMMSS` of the moment nearest to now that has these 32 bits (RFC 4034 section 3.1.5).
pub(crate) fn push_time(out: &mut String, seconds: u32, now: i64) -> Result<(), Problem> {
    // Serial number arithmetic around now.
    let distance = seconds.wrapping_sub(now as u32).cast_signed();
    let time = jiff::Timestamp::from_second(now + i64::from(distance))
        .map_err(|_| Problem::Malformed)?
        .to_zoned(jiff::tz::TimeZone::UTC);
    let _ = write!(
        out,
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    Ok(())
}

/// The present, in seconds.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// A time to live in words, `1 hour 30 minutes`, or in units, `1h30m`.
pub(crate) fn push_ttl(out: &mut String, seconds: u32, words: bool) {
    let units = [
        ("week", 604_800, u32::MAX),
        ("day", 86_400, 7),
        ("hour", 3_600, 24),
        ("minute", 60, 60),
        ("second", 1, 60),
    ];
    let mut first = true;
    for (unit, length, most) in units {
        let amount = seconds / length % most;
        if amount == 0 && !(unit == "second" && first) {
            continue;
        }
        if words {
            let (space, plural) = (
                if first { "" } else { " " },
                if amount == 1 { "" } else { "s" },
            );
            let _ = write!(out, "{space}{amount} {unit}{plural}");
        } else {
            let _ = write!(out, "{amount}");
            out.extend(unit.chars().next());
        }
        first = false;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        write(&mut out);
        out
    }

    #[test]
    fn words_break_where_binds_do() {
        let bytes = [0xab; 60];
        let hex = text(|out| push_hex(out, &bytes, Some(58), " "));
        assert_eq!(hex.split(' ').next().unwrap().len(), 56);
        let base64 = text(|out| push_base64(out, &bytes, Some(58), " "));
        assert_eq!(base64.split(' ').next().unwrap().len(), 56);
        let base64 = text(|out| push_base64(out, &bytes, Some(46), " "));
        assert_eq!(base64.split(' ').next().unwrap().len(), 44);
        assert_eq!(text(|out| push_hex(out, &bytes, None, " ")).len(), 120);
    }

    #[test]
    fn ttls_in_words_and_units() {
        assert_eq!(text(|out| push_ttl(out, 5400, true)), "1 hour 30 minutes");
        assert_eq!(text(|out| push_ttl(out, 0, true)), "0 seconds");
        assert_eq!(text(|out| push_ttl(out, 694_861, false)), "1w1d1h1m1s");
        assert_eq!(text(|out| push_ttl(out, 3600, false)), "1h");
    }

    #[test]
    fn times_wrap_around_now() {
        let now = 1_790_000_000;
        assert_eq!(
            text(|out| push_time(out, 1_790_000_000, now).unwrap()),
            "20260921141320"
        );
        assert_eq!(
            text(|out| push_time(out, 0, 4_294_967_296).unwrap()),
            "21060207062816"
        );
    }

    #[test]
    fn strings_escape_what_is_special() {
        assert_eq!(
            text(|out| push_quoted(out, b"a\"b\\c \x01\xff")),
            r#""a\"b\\c \001\255""#
        );
        assert_eq!(text(|out| push_bare(out, b"a b;@")), r"a\032b\;\@");
    }
}
