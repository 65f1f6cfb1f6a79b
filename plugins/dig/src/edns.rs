//! What the OPT record says (RFC 6891), option by option.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::HEXLOWER;

use crate::mnemonic::EXTENDED_ERRORS;
use crate::rdata::encode;
use crate::reply::Record;

/// Option codes.
pub(crate) mod code {
    pub(crate) const LLQ: u16 = 1;
    pub(crate) const NSID: u16 = 3;
    pub(crate) const CLIENT_SUBNET: u16 = 8;
    pub(crate) const EXPIRE: u16 = 9;
    pub(crate) const COOKIE: u16 = 10;
    pub(crate) const KEEPALIVE: u16 = 11;
    pub(crate) const PADDING: u16 = 12;
    pub(crate) const KEY_TAG: u16 = 14;
    pub(crate) const EXTENDED_ERROR: u16 = 15;
    pub(crate) const CLIENT_TAG: u16 = 16;
    pub(crate) const SERVER_TAG: u16 = 17;
}

/// Names that `+ednsopt` takes.
pub(crate) static OPTION_NAMES: &[(&str, u16)] = &[
    ("LLQ", code::LLQ),
    ("NSID", code::NSID),
    ("DAU", 5),
    ("DHU", 6),
    ("N3U", 7),
    ("ECS", code::CLIENT_SUBNET),
    ("EXPIRE", code::EXPIRE),
    ("COOKIE", code::COOKIE),
    ("KEEPALIVE", code::KEEPALIVE),
    ("PADDING", code::PADDING),
    ("PAD", code::PADDING),
    ("CHAIN", 13),
    ("KEY-TAG", code::KEY_TAG),
    ("EDE", code::EXTENDED_ERROR),
    ("CLIENT-TAG", code::CLIENT_TAG),
    ("SERVER-TAG", code::SERVER_TAG),
    ("DEVICEID", 26946),
];

const DNSSEC_OK: u32 = 0x8000;
const COMPACT_OK: u32 = 0x4000;

/// The fixed part of an OPT record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edns {
    pub(crate) version: u8,
    pub(crate) flags: u16,
    pub(crate) udp_size: u16,
}

impl Edns {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        Self {
            version: (record.ttl >> 16 & 0xff) as u8,
            flags: (record.ttl & 0xffff) as u16,
            udp_size: record.class,
        }
    }

    /// Flags that have a name.
    pub(crate) fn flag_names(self) -> Vec<&'static str> {
        [(DNSSEC_OK, "do"), (COMPACT_OK, "co")]
            .into_iter()
            .filter(|(bit, _)| u32::from(self.flags) & bit != 0)
            .map(|(_, name)| name)
            .collect()
    }

    /// Flags that have none.
    pub(crate) fn unnamed_flags(self) -> u16 {
        self.flags & !((DNSSEC_OK | COMPACT_OK) as u16)
    }
}

/// How the server answered our cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cookie {
    Good,
    Bad,
}

/// The options and their values, as far as they are whole.
pub(crate) fn options<'m>(record: &Record<'m>) -> Vec<(u16, &'m [u8])> {
    let mut rest = record.data.bytes();
    let mut options = Vec::new();
    while let [a, b, c, d, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*c, *d]));
        let Some(value) = tail.get(..length) else {
            break;
        };
        options.push((u16::from_be_bytes([*a, *b]), value));
        rest = tail.get(length..).unwrap_or_default();
    }
    options
}

/// The lines of the pseudosection behind its title.
pub(crate) fn write_text(out: &mut String, record: &Record<'_>, cookie: Option<Cookie>) {
    let edns = Edns::of(record);
    let _ = write!(out, "; EDNS: version: {}, flags:", edns.version);
    for name in edns.flag_names() {
        let _ = write!(out, " {name}");
    }
    match edns.unnamed_flags() {
        0 => out.push_str("; udp: "),
        other => {
            let _ = write!(out, "; MBZ: 0x{other:04x}, udp: ");
        }
    }
    let _ = writeln!(out, "{}", edns.udp_size);
    for (code, value) in options(record) {
        out.push_str("; ");
        title(out, code, "TCP KEEPALIVE");
        match meaning(code, value) {
            Some(text) => out.push_str(&text),
            None if code == code::EXTENDED_ERROR && value.len() >= 2 => {
                extended_error(out, value);
            }
            None if code == code::EXTENDED_ERROR && value.len() == 1 => {
                raw(out, value, " ");
                out.truncate(out.trim_end().len());
                let _ = write!(out, " (\"{}\")", printable(value));
            }
            None if code == code::PADDING => {
                if !value.is_empty() {
                    let _ = write!(out, " ({} bytes)", value.len());
                }
            }
            None => unknown(out, code, value, cookie),
        }
        out.push('\n');
    }
}

/// The same as YAML, indented by two blanks a level.
pub(crate) fn write_yaml(
    out: &mut String,
    record: &Record<'_>,
    cookie: Option<Cookie>,
    level: usize,
) {
    let edns = Edns::of(record);
    let pad = "  ".repeat(level);
    let _ = writeln!(out, "{pad}OPT_PSEUDOSECTION:\n{pad}  EDNS:");
    let _ = write!(out, "{pad}    version: {}\n{pad}    flags:", edns.version);
    for name in edns.flag_names() {
        let _ = write!(out, " {name}");
    }
    out.push('\n');
    if edns.unnamed_flags() != 0 {
        let _ = writeln!(out, "{pad}    MBZ: 0x{:04x}", edns.unnamed_flags());
    }
    let _ = writeln!(out, "{pad}    udp: {}", edns.udp_size);
    for (code, value) in options(record) {
        let _ = write!(out, "{pad}    ");
        title(out, code, "TCP-KEEPALIVE");
        match meaning(code, value) {
            Some(text) => out.push_str(&text),
            None if code == code::EXTENDED_ERROR && value.len() >= 2 => {
                let (info, text) = split_extended_error(value);
                let _ = write!(out, "\n{pad}      INFO-CODE: {info}");
                if let Some(words) = EXTENDED_ERRORS.get(usize::from(info)) {
                    let _ = write!(out, " ({words})");
                }
                if !text.is_empty() {
                    let _ = write!(out, "\n{pad}      EXTRA-TEXT: \"{}\"", utf8_or_dots(text));
                }
            }
            None => unknown(out, code, value, cookie),
        }
        out.push('\n');
    }
}

fn title(out: &mut String, option: u16, keepalive: &str) {
    let name = match option {
        code::LLQ => "LLQ",
        code::NSID => "NSID",
        code::COOKIE => "COOKIE",
        code::CLIENT_SUBNET => "CLIENT-SUBNET",
        code::EXPIRE => "EXPIRE",
        code::KEEPALIVE => keepalive,
        code::PADDING => "PAD",
        code::KEY_TAG => "KEY-TAG",
        code::EXTENDED_ERROR => "EDE",
        code::CLIENT_TAG => "CLIENT-TAG",
        code::SERVER_TAG => "SERVER-TAG",
        other => {
            let _ = write!(out, "OPT={other}:");
            return;
        }
    };
    out.push_str(name);
    out.push(':');
}

/// Options whose value says something, where it has the right length.
pub(crate) fn meaning(option: u16, value: &[u8]) -> Option<String> {
    Some(match (option, value) {
        (code::CLIENT_SUBNET, value) => format!(" {}", subnet(value)?),
        (code::EXPIRE, [a, b, c, d]) => {
            let seconds = u32::from_be_bytes([*a, *b, *c, *d]);
            let mut out = format!(" {seconds} (");
            encode::push_ttl(&mut out, seconds, true);
            out + ")"
        }
        (code::KEEPALIVE, [a, b]) => {
            let tenths = u16::from_be_bytes([*a, *b]);
            format!(" {}.{} secs", tenths / 10, tenths % 10)
        }
        (code::CLIENT_TAG | code::SERVER_TAG, [a, b]) => {
            format!(" {}", u16::from_be_bytes([*a, *b]))
        }
        (code::KEY_TAG, tags) if !tags.is_empty() && tags.len().is_multiple_of(2) => {
            let tags: Vec<String> = tags
                .chunks_exact(2)
                .map(|tag| format!(" {}", tag.iter().fold(0, |sum, b| sum << 8 | u16::from(*b))))
                .collect();
            tags.join(",")
        }
        (code::LLQ, value) if value.len() == 18 => {
            let number = |from: usize, to: usize| {
                value
                    .iter()
                    .take(to)
                    .skip(from)
                    .fold(0u64, |sum, b| sum << 8 | u64::from(*b))
            };
            format!(
                " Version: {}, Opcode: {}, Error: {}, Identifier: {}, Lifetime: {}",
                number(0, 2),
                number(2, 4),
                number(4, 6),
                number(6, 14),
                number(14, 18)
            )
        }
        _ => return None,
    })
}

/// RFC 7871: address, source prefix and scope.
pub(crate) fn subnet(value: &[u8]) -> Option<String> {
    let [a, b, source, scope, address @ ..] = value else {
        return None;
    };
    let family = u16::from_be_bytes([*a, *b]);
    let length = usize::from(source.div_ceil(8));
    let whole = |room: usize| {
        let most = (room * 8) as u8;
        let fits = address.len() == length && *source <= most && *scope <= most;
        let mut octets = address.to_vec();
        octets.resize(room, 0);
        fits.then_some(octets)
    };
    let address = match family {
        0 if *source == 0 && *scope == 0 && address.is_empty() => "0".to_owned(),
        1 => Ipv4Addr::from(<[u8; 4]>::try_from(whole(4)?).ok()?).to_string(),
        2 => Ipv6Addr::from(<[u8; 16]>::try_from(whole(16)?).ok()?).to_string(),
        _ => return None,
    };
    Some(format!("{address}/{source}/{scope}"))
}

pub(crate) fn split_extended_error(value: &[u8]) -> (u16, &[u8]) {
    match value {
        [a, b, text @ ..] => (u16::from_be_bytes([*a, *b]), text),
        _ => (0, &[]),
    }
}

fn extended_error(out: &mut String, value: &[u8]) {
    let (info, text) = split_extended_error(value);
    let _ = write!(out, " {info}");
    if let Some(words) = EXTENDED_ERRORS.get(usize::from(info)) {
        let _ = write!(out, " ({words})");
    }
    if text.is_empty() {
        return;
    }
    out.push_str(": ");
    if std::str::from_utf8(text).is_err() {
        raw(out, text, " ");
    }
    let _ = write!(out, "({})", utf8_or_dots(text));
}

fn unknown(out: &mut String, option: u16, value: &[u8], cookie: Option<Cookie>) {
    if value.is_empty() {
        return;
    }
    out.push(' ');
    raw(out, value, if option == code::COOKIE { "" } else { " " });
    match option {
        code::COOKIE => out.push_str(match cookie {
            Some(Cookie::Good) if value.len() >= 16 => " (good)",
            Some(Cookie::Good) => " (echoed)",
            Some(Cookie::Bad) => " (bad)",
            None => "",
        }),
        code::CLIENT_SUBNET => {}
        _ => {
            let _ = write!(out, "(\"{}\")", printable(value));
        }
    }
}

fn raw(out: &mut String, value: &[u8], separator: &str) {
    for byte in value {
        HEXLOWER.encode_append(&[*byte], out);
        out.push_str(separator);
    }
}

/// ASCII, and a dot for anything else.
pub(crate) fn printable(value: &[u8]) -> String {
    value
        .iter()
        .map(|byte| match byte {
            b' '..=0x7e => char::from(*byte),
            _ => '.',
        })
        .collect()
}

fn utf8_or_dots(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text
            .chars()
            .map(|c| if c.is_control() { '.' } else { c })
            .collect(),
        Err(_) => printable(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_mean_something() {
        assert_eq!(
            meaning(code::EXPIRE, &[0, 0, 0x15, 0x18]).as_deref(),
            Some(" 5400 (1 hour 30 minutes)")
        );
        assert_eq!(
            meaning(code::KEEPALIVE, &[0, 25]).as_deref(),
            Some(" 2.5 secs")
        );
        assert_eq!(
            meaning(code::KEY_TAG, &[0, 1, 0, 2]).as_deref(),
            Some(" 1, 2")
        );
        assert_eq!(
            subnet(&[0, 1, 24, 0, 192, 0, 2]).as_deref(),
            Some("192.0.2.0/24/0")
        );
        assert_eq!(
            subnet(&[0, 2, 33, 0, 0x20, 1, 0xd, 0xb8, 0x80]).as_deref(),
            Some("2001:db8:8000::/33/0")
        );
        assert_eq!(subnet(&[0, 1, 33, 0, 1, 2, 3, 4, 5]), None);
        assert_eq!(subnet(&[0, 1, 24, 0, 192]), None);
    }

    #[test]
    fn extended_errors_with_and_without_text() {
        let text = |value: &[u8]| {
            let mut out = String::new();
            extended_error(&mut out, value);
            out
        };
        assert_eq!(text(&[0, 6]), " 6 (DNSSEC Bogus)");
        assert_eq!(text(b"\0\x12hi\x1b"), " 18 (Prohibited): (hi.)");
        assert_eq!(text(b"\x7f\xff\xfe"), " 32767: fe (.)");
    }
}
