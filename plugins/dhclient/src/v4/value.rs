//! Values of options as text, in the syntax of dhcp-options(5), and back.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::option::Form;

/// A value as text. A value that has another form than its option is shown as octets.
pub fn text(form: Form, value: &[u8]) -> String {
    formed(form, value).unwrap_or_else(|| octets(value))
}

fn formed(form: Form, value: &[u8]) -> Option<String> {
    if value.is_empty() && form != Form::Octets {
        return None;
    }
    let address = |octets: &[u8]| -> Option<String> {
        let octets: [u8; 4] = octets.try_into().ok()?;
        Some(Ipv4Addr::from(octets).to_string())
    };
    let each = |size: usize, shown: &dyn Fn(&[u8]) -> Option<String>| {
        let whole = value.len().is_multiple_of(size);
        let parts: Option<Vec<String>> = value.chunks(size).map(shown).collect();
        parts.filter(|_| whole).map(|parts| parts.join(","))
    };
    match form {
        Form::Address => address(value),
        Form::Addresses => each(4, &address),
        Form::Pairs => each(8, &|pair| {
            let (one, other) = pair.split_at_checked(4)?;
            Some(format!("{} {}", address(one)?, address(other)?))
        }),
        Form::Number(size, several) => {
            let number = |octets: &[u8]| {
                let number = octets
                    .iter()
                    .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
                Some(number.to_string())
            };
            let fits = several || value.len() == size;
            fits.then(|| each(size, &number)).flatten()
        }
        Form::Signed => {
            let number = i32::from_be_bytes(value.try_into().ok()?);
            Some(number.to_string())
        }
        Form::Flag => match value {
            [0] => Some("false".into()),
            [1] => Some("true".into()),
            _ => None,
        },
        Form::Text => Some(quoted(value)),
        Form::Octets => None,
        Form::Domains => domains(value).map(|names| {
            let quoted: Vec<String> = names
                .iter()
                .map(|name| self::quoted(name.as_bytes()))
                .collect();
            quoted.join(", ")
        }),
    }
}

fn octets(value: &[u8]) -> String {
    let printable = |octet: &u8| (0x20..0x7f).contains(octet);
    if !value.is_empty() && value.iter().all(printable) {
        return quoted(value);
    }
    let parts: Vec<String> = value.iter().map(|octet| format!("{octet:x}")).collect();
    match parts.is_empty() {
        true => "\"\"".into(),
        false => parts.join(":"),
    }
}

/// In quotes, with the escapes of dhclient.leases(5).
pub fn quoted(text: &[u8]) -> String {
    // A NUL at the end is part of no name.
    quoted_octets(text.strip_suffix(&[0]).unwrap_or(text))
}

/// Octets in quotes, each as it is, or as three octal digits.
pub fn quoted_octets(octets: &[u8]) -> String {
    let mut quoted = String::from("\"");
    for octet in octets {
        match octet {
            b'"' | b'\\' => {
                quoted.push('\\');
                quoted.push(char::from(*octet));
            }
            0x20..0x7f => quoted.push(char::from(*octet)),
            _ => {
                let _ = write!(quoted, "\\{octet:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// The names of RFC 3397: labels with compression. None if a name is malformed.
pub fn domains(value: &[u8]) -> Option<Vec<String>> {
    let (mut names, mut at) = (Vec::new(), 0);
    while at < value.len() {
        let (name, next) = domain(value, at)?;
        names.push(name);
        at = next;
    }
    Some(names)
}

fn domain(value: &[u8], begin: usize) -> Option<(String, usize)> {
    let (mut name, mut at, mut end) = (String::new(), begin, None);
    // A pointer leads back only, so that no name is endless.
    let mut least = begin;
    loop {
        match *value.get(at)? {
            0 => return Some((name, end.unwrap_or(at + 1))),
            length @ 1..=63 => {
                let label = value.get(at + 1..at + 1 + usize::from(length))?;
                if !name.is_empty() {
                    name.push('.');
                }
                for octet in label {
                    match octet {
                        0x21..0x7f if !b".\\\"".contains(octet) => name.push(char::from(*octet)),
                        _ => {
                            let _ = write!(name, "\\{octet:03}");
                        }
                    }
                }
                at += 1 + usize::from(length);
                if name.len() > 1024 {
                    return None;
                }
            }
            high @ 0xc0.. => {
                let low = *value.get(at + 1)?;
                let to = usize::from(high & 0x3f) << 8 | usize::from(low);
                end = end.or(Some(at + 2));
                if to >= least {
                    return None;
                }
                (least, at) = (to, to);
            }
            _ => return None,
        }
    }
}

/// A value from its words in a file: quoted texts and words, without the commas between them.
pub fn parse(form: Form, words: &[Word]) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    if words.is_empty() {
        return None;
    }
    for word in words {
        match (form, word) {
            (Form::Text | Form::Octets, Word::Quoted(text)) => value.extend(text),
            (Form::Domains, Word::Quoted(text)) => {
                for label in text
                    .split(|octet| *octet == b'.')
                    .filter(|label| !label.is_empty())
                {
                    value.push(
                        u8::try_from(label.len())
                            .ok()
                            .filter(|length| *length < 64)?,
                    );
                    value.extend(label);
                }
                value.push(0);
            }
            (Form::Address | Form::Addresses | Form::Pairs, Word::Plain(text)) => {
                value.extend(text.parse::<Ipv4Addr>().ok()?.octets());
            }
            (Form::Number(size, _), Word::Plain(text)) => {
                let number: u64 = match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16).ok()?,
                    None => text.parse().ok()?,
                };
                let octets = number.to_be_bytes();
                let (zeros, rest) = octets.split_at_checked(8 - size)?;
                if zeros.iter().any(|octet| *octet != 0) {
                    return None;
                }
                value.extend(rest);
            }
            (Form::Signed, Word::Plain(text)) => {
                value.extend(text.parse::<i32>().ok()?.to_be_bytes())
            }
            (Form::Flag, Word::Plain(text)) => value.push(match text.as_str() {
                "true" | "on" => 1,
                "false" | "off" => 0,
                _ => return None,
            }),
            (Form::Octets | Form::Text, Word::Plain(text)) => {
                for part in text.split(':') {
                    value.push(u8::from_str_radix(part, 16).ok()?);
                }
            }
            _ => return None,
        }
    }
    let single = matches!(
        form,
        Form::Address | Form::Signed | Form::Flag | Form::Number(_, false)
    );
    (!single || words.len() == 1).then_some(value)
}

/// A word of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// As it stands there.
    Plain(String),
    /// In quotes, without its escapes.
    Quoted(Vec<u8>),
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::v4::option::form;

    #[test]
    fn values_are_written_as_dhcp_options_has_them() {
        for (code, value, text) in [
            (1, &[255, 255, 255, 0][..], "255.255.255.0"),
            (6, &[10, 0, 0, 2, 8, 8, 8, 8], "10.0.0.2,8.8.8.8"),
            (2, &[0xff, 0xff, 0xff, 0xff], "-1"),
            (26, &[5, 0x78], "1400"),
            (51, &[0, 0, 0, 120], "120"),
            (15, b"a\"b\\c\n", r#""a\"b\\c\012""#),
            (33, &[10, 0, 0, 0, 10, 0, 0, 1], "10.0.0.0 10.0.0.1"),
            (19, &[1], "true"),
            (19, &[7], "7"),
            (61, &[1, 2, 0xab], "1:2:ab"),
            (60, b"PXE", r#""PXE""#),
            (121, &[16, 10, 5, 10, 0, 0, 2], "16,10,5,10,0,0,2"),
            (
                119,
                b"\x01a\x04test\x00\x01b\xc0\x02",
                r#""a.test", "b.test""#,
            ),
            // Of another form than its option.
            (1, &[255, 255], "ff:ff"),
            (3, &[], "\"\""),
        ] {
            assert_eq!(super::text(form(code), value), text, "{code}");
        }
    }

    #[test]
    fn endless_names_end() {
        for wrong in [
            &[0xc0, 0][..],
            &[1, b'a', 0xc0, 0],
            &[1, b'a', 0, 0xc0, 3],
            &[63, b'a'],
            &[0x40],
            &[0xc0],
        ] {
            assert_eq!(domains(wrong), None, "{wrong:?}");
        }
    }
}
