//! The values of -T: the names of the code points (RFC 2474, RFC 2597, RFC 3246) and of the older types of service
//! (RFC 1349, RFC 791), or a number.

use nethost_sdk::Exit;

use crate::fatal;

const NAMES: &[(&str, u8)] = &[
    ("af11", 0x28),
    ("af12", 0x30),
    ("af13", 0x38),
    ("af21", 0x48),
    ("af22", 0x50),
    ("af23", 0x58),
    ("af31", 0x68),
    ("af32", 0x70),
    ("af33", 0x78),
    ("af41", 0x88),
    ("af42", 0x90),
    ("af43", 0x98),
    ("critical", 0xa0),
    ("cs0", 0x00),
    ("cs1", 0x20),
    ("cs2", 0x40),
    ("cs3", 0x60),
    ("cs4", 0x80),
    ("cs5", 0xa0),
    ("cs6", 0xc0),
    ("cs7", 0xe0),
    ("ef", 0xb8),
    ("inetcontrol", 0xc0),
    ("lowdelay", 0x10),
    ("netcontrol", 0xe0),
    ("reliability", 0x04),
    ("throughput", 0x08),
];

/// A name, or a number in the notations of strtoll(3).
pub(crate) fn parse(text: &str) -> Result<u8, Exit> {
    if let Some((_, value)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Ok(*value);
    }
    let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None if text.len() > 1 && text.starts_with('0') => (text, 8),
        None => (text, 10),
    };
    u8::from_str_radix(digits, radix).map_err(|_| fatal(format!("illegal tos value {text}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_understood() {
        for (text, value) in [
            ("ef", 0xb8),
            ("lowdelay", 16),
            ("0x10", 16),
            ("020", 16),
            ("255", 255),
            ("0", 0),
        ] {
            assert_eq!(parse(text).unwrap(), value, "{text}");
        }
        for text in ["foo", "256", "-1", "", "0x"] {
            assert_eq!(
                parse(text).unwrap_err().stderr,
                format!("nc: illegal tos value {text}")
            );
        }
    }
}
