//! Domain names as text: master file escapes both ways (RFC 1035 section 5.1), in BIND's words and shapes.

use std::fmt;

pub(crate) use hickory_proto::rr::Name;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameError {
    EmptyLabel,
    LongLabel,
    LongName,
    BadEscape,
    UnexpectedEnd,
    /// No U-label and no A-label (RFC 5890).
    International,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyLabel => "empty label",
            Self::LongLabel => "label too long",
            Self::LongName => "ran out of space",
            Self::BadEscape => "bad escape",
            Self::UnexpectedEnd => "unexpected end of input",
            Self::International => "neither U-label nor A-label",
        })
    }
}

/// Longest label.
const LABEL: usize = 63;

/// A name, and whether its text ended with a dot.
pub(crate) struct Parsed {
    pub(crate) name: Name,
    pub(crate) absolute: bool,
}

/// Reads a name and completes it with the origin, or with the root, unless it is absolute.
pub(crate) fn parse(text: &str, origin: Option<&Name>) -> Result<Parsed, NameError> {
    if text == "." {
        return Ok(Parsed {
            name: Name::root(),
            absolute: true,
        });
    }
    let mut name = Name::root();
    let mut label = Vec::new();
    let mut bytes = text.bytes();
    let mut absolute = false;
    let mut push = |label: &mut Vec<u8>| {
        let longer = std::mem::take(&mut name).append_label(label.as_slice());
        label.clear();
        name = longer.map_err(|_| NameError::LongName)?;
        Ok(())
    };
    while let Some(byte) = bytes.next() {
        absolute = byte == b'.';
        match byte {
            b'.' if label.is_empty() => return Err(NameError::EmptyLabel),
            b'.' => push(&mut label)?,
            b'\\' => label.push(escaped(&mut bytes)?),
            other => label.push(other),
        }
        if label.len() > LABEL {
            return Err(NameError::LongLabel);
        }
    }
    if !label.is_empty() {
        push(&mut label)?;
    }
    if name.is_root() {
        return Err(NameError::UnexpectedEnd);
    }
    let origin = origin.filter(|_| !absolute);
    let mut name = name
        .append_domain(origin.unwrap_or(&Name::root()))
        .map_err(|_| NameError::LongName)?;
    name.set_fqdn(true);
    Ok(Parsed { name, absolute })
}

/// What follows a backslash: three decimal digits, or the character itself.
fn escaped(bytes: &mut std::str::Bytes<'_>) -> Result<u8, NameError> {
    let first = bytes.next().ok_or(NameError::UnexpectedEnd)?;
    if !first.is_ascii_digit() {
        return Ok(first);
    }
    let mut number = u32::from(first - b'0');
    for _ in 0..2 {
        let digit = bytes.next().ok_or(NameError::UnexpectedEnd)?;
        if !digit.is_ascii_digit() {
            return Err(NameError::BadEscape);
        }
        number = number * 10 + u32::from(digit - b'0');
    }
    u8::try_from(number).map_err(|_| NameError::BadEscape)
}

/// Writes a name with its final dot, and U-labels where `idn` is set and they are well-formed.
pub(crate) fn write(out: &mut String, name: &Name, idn: bool) {
    let start = out.len();
    let mut punycode = false;
    for label in name.iter() {
        punycode |= idn && label.len() > 4 && starts_with_ace(label);
        write_label(out, label);
        out.push('.');
    }
    if out.len() == start {
        out.push('.');
    }
    if punycode {
        let ascii = out.split_off(start);
        match idna::domain_to_unicode(&ascii) {
            (unicode, Ok(())) => out.push_str(&unicode),
            _ => out.push_str(&ascii),
        }
    }
}

fn starts_with_ace(label: &[u8]) -> bool {
    label
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
}

fn write_label(out: &mut String, label: &[u8]) {
    for &byte in label {
        match byte {
            b'"' | b'$' | b'(' | b')' | b'.' | b';' | b'@' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x21..=0x7e => out.push(char::from(byte)),
            other => push_decimal(out, other),
        }
    }
}

/// `\DDD`.
pub(crate) fn push_decimal(out: &mut String, byte: u8) {
    out.push('\\');
    for digit in [byte / 100, byte / 10 % 10, byte % 10] {
        out.push(char::from(b'0' + digit));
    }
}

/// A name as text of its own.
pub(crate) fn text(name: &Name) -> String {
    let mut out = String::new();
    write(&mut out, name, false);
    out
}

/// A name in wire format, without compression.
pub(crate) fn wire(name: &Name) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len() + 1);
    for label in name.iter() {
        out.push(label.len() as u8);
        out.extend_from_slice(label);
    }
    out.push(0);
    out
}

/// The same in lower case (RFC 4034 section 6.2). No length of a label looks like a letter.
pub(crate) fn canonical(name: &Name) -> Vec<u8> {
    let mut out = wire(name);
    out.make_ascii_lowercase();
    out
}

/// The name that `-x` asks for: nibbles of an IPv6 address, or whatever stands between dots, reversed.
pub(crate) fn reverse(address: &str) -> String {
    if let Ok(v6) = address.parse::<std::net::Ipv6Addr>() {
        let mut out = String::with_capacity(73);
        for byte in v6.octets().iter().rev() {
            for nibble in [byte & 15, byte >> 4] {
                out.extend(char::from_digit(u32::from(nibble), 16));
                out.push('.');
            }
        }
        return out + "ip6.arpa.";
    }
    let octets: Vec<&str> = address.split('.').rev().collect();
    octets.join(".") + ".in-addr.arpa."
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        super::text(&parse(text, None).unwrap().name)
    }

    #[test]
    fn escapes_survive_both_ways() {
        assert_eq!(round("example.com"), "example.com.");
        assert_eq!(round(r"a\.b.\065\000.x"), r"a\.b.A\000.x.");
        assert_eq!(round(r"a\;b@$ c"), r"a\;b\@\$\032c.");
        assert_eq!(round("."), ".");
        assert_eq!(round("é"), r"\195\169.");
    }

    #[test]
    fn what_is_no_name_is_told_in_binds_words() {
        let error = |text: &str| parse(text, None).err().unwrap();
        assert_eq!(error("a..b"), NameError::EmptyLabel);
        assert_eq!(error(".a"), NameError::EmptyLabel);
        assert_eq!(error(&"a".repeat(64)), NameError::LongLabel);
        assert_eq!(error(&"abcdefg.".repeat(32)), NameError::LongName);
        assert_eq!(error(r"a\25x"), NameError::BadEscape);
        assert_eq!(error(r"a\256"), NameError::BadEscape);
        assert_eq!(error("a\\"), NameError::UnexpectedEnd);
        assert!(parse(&format!("{}abcdef", "abcdefg.".repeat(30)), None).is_ok());
    }

    #[test]
    fn origins_complete_what_is_relative() {
        let origin = parse("example.org", None).unwrap().name;
        let with = |text| super::text(&parse(text, Some(&origin)).unwrap().name);
        assert_eq!(with("www"), "www.example.org.");
        assert_eq!(with("www."), "www.");
    }

    #[test]
    fn reverse_names() {
        assert_eq!(reverse("192.0.2.1"), "1.2.0.192.in-addr.arpa.");
        assert_eq!(reverse("10"), "10.in-addr.arpa.");
        let nibbles = reverse("2001:db8::1");
        assert!(nibbles.starts_with("1.0.0.0.") && nibbles.ends_with(".8.b.d.0.1.0.0.2.ip6.arpa."));
    }
}
