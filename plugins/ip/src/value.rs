//! Values as JSON has them, and texts that need care: addresses as inet_ntop(3) writes them, numbers as printf(3)
//! does.

use std::fmt;
use std::io::Write;
use std::net::IpAddr;

/// A value as JSON has it.
pub(crate) trait Value {
    fn write(&self, buffer: &mut Vec<u8>);
}

macro_rules! number_values {
    ($($number:ty),*) => {$(
        impl Value for $number {
            fn write(&self, buffer: &mut Vec<u8>) {
                let _ = write!(buffer, "{self}");
            }
        }
    )*};
}

number_values!(u8, u16, u32, u64, i32, i64, usize, bool);

impl Value for str {
    fn write(&self, buffer: &mut Vec<u8>) {
        buffer.push(b'"');
        // Nearly always: nothing to escape.
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if self.as_bytes().iter().all(plain) {
            buffer.extend_from_slice(self.as_bytes());
            buffer.push(b'"');
            return;
        }
        for character in self.chars() {
            let _ = match character {
                '"' => write!(buffer, "\\\""),
                '\\' => write!(buffer, "\\\\"),
                '\n' => write!(buffer, "\\n"),
                '\t' => write!(buffer, "\\t"),
                control if control.is_control() => write!(buffer, "\\u{:04x}", u32::from(control)),
                other => write!(buffer, "{other}"),
            };
        }
        buffer.push(b'"');
    }
}

impl Value for String {
    fn write(&self, buffer: &mut Vec<u8>) {
        self.as_str().write(buffer);
    }
}

impl<V: Value + ?Sized> Value for &V {
    fn write(&self, buffer: &mut Vec<u8>) {
        (**self).write(buffer);
    }
}

/// Null: the key alone says it.
impl Value for () {
    fn write(&self, buffer: &mut Vec<u8>) {
        buffer.extend_from_slice(b"null");
    }
}

/// Whatever has a text that needs no escapes, such as an address.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: fmt::Display> Value for Shown<T> {
    fn write(&self, buffer: &mut Vec<u8>) {
        let _ = write!(buffer, "\"{}\"", self.0);
    }
}

/// An address as inet_ntop(3) has it. Listings have them by the million: IPv4 without the detours of formatting.
#[derive(Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self.0 {
            IpAddr::V4(address) => address,
            IpAddr::V6(address) => {
                // IPv4-compatible (RFC 4291, 2.5.5.1).
                return match address.segments() {
                    [0, 0, 0, 0, 0, 0, high, _] if high != 0 => {
                        let [.., a, b, c, d] = address.octets();
                        f.pad(&format!("::{a}.{b}.{c}.{d}"))
                    }
                    _ => address.fmt(f),
                };
            }
        };
        let mut text = [0; 15];
        let mut length = 0;
        let mut put = |octet| {
            text[length] = octet;
            length += 1;
        };
        for (place, octet) in address.octets().into_iter().enumerate() {
            if place != 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        f.pad(std::str::from_utf8(&text[..length]).unwrap_or_default())
    }
}

/// A number as printf(3)'s %g has it: six significant digits.
pub(crate) struct Significant(pub(crate) f64);

impl Value for Significant {
    fn write(&self, buffer: &mut Vec<u8>) {
        let scientific = format!("{:.5e}", self.0);
        let Some((mantissa, exponent)) = scientific.split_once('e') else {
            return;
        };
        let exponent: i32 = exponent.parse().unwrap_or_default();
        let trimmed = |digits: &str| {
            let whole = digits.trim_end_matches('0').trim_end_matches('.');
            if digits.contains('.') { whole } else { digits }.to_owned()
        };
        let _ = if (-4..6).contains(&exponent) {
            let decimals = (5 - exponent) as usize;
            write!(buffer, "{}", trimmed(&format!("{:.decimals$}", self.0)))
        } else {
            let sign = if exponent < 0 { '-' } else { '+' };
            let size = exponent.unsigned_abs();
            write!(buffer, "{}e{sign}{size:02}", trimmed(mantissa))
        };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Address, Significant, Value};

    #[test]
    fn addresses_are_shown_as_they_are() {
        for text in [
            "0.0.0.0",
            "255.255.255.255",
            "10.9.100.7",
            "fd00::1",
            "::1",
            "::0.1.0.2",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(Address(text.parse().unwrap()).to_string(), text);
        }
    }

    #[test]
    fn numbers_are_shown_as_printf_shows_them() {
        for (number, shown) in [
            (0.0, "0"),
            (2.5e-5, "2.5e-05"),
            (0.048, "0.048"),
            (100.0, "100"),
            (1234567.0, "1.23457e+06"),
            (12.34, "12.34"),
        ] {
            let mut buffer = Vec::new();
            Significant(number).write(&mut buffer);
            assert_eq!(String::from_utf8_lossy(&buffer), shown);
        }
    }
}
