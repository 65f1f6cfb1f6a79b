//! Strings, whole or in pieces, and their escapes.

use super::{Reader, State, Target, Wrong};
use crate::value::Val;

const CONTROL: Wrong =
    "Invalid string: control characters from U+0000 through U+001F must be escaped";

impl Reader {
    /// Goes on in a string.
    pub(super) fn string(&mut self) -> Result<Option<Val>, Wrong> {
        self.after_space = false;
        let rest = &self.buffer[self.at..];
        if self.state == State::Escape {
            self.token.push(rest[0]);
            self.at += 1;
            self.state = State::String;
            return Ok(None);
        }
        let end = rest.iter().position(|octet| matches!(octet, b'"' | b'\\'));
        let Some(end) = end else {
            self.token.extend_from_slice(rest);
            self.at = self.buffer.len();
            return Ok(None);
        };
        if rest[end] == b'\\' {
            self.token.extend_from_slice(&rest[..=end]);
            self.at += end + 1;
            self.state = State::Escape;
            return Ok(None);
        }
        let whole;
        let octets = if self.token.is_empty() {
            &rest[..end]
        } else {
            self.token.extend_from_slice(&rest[..end]);
            whole = std::mem::take(&mut self.token);
            &whole[..]
        };
        self.at += end + 1;
        self.state = State::Normal;
        let is_name = match &self.target {
            Target::Values(build) => build.wants_name(),
            Target::Events(_) => false,
        };
        let value = match plain(octets) {
            Some(text) if is_name => Val::Str(self.names.shared(text)),
            Some(text) => Val::text(text),
            None => Val::text(unescape(octets)?),
        };
        self.value(value)?;
        Ok(self.done())
    }
}

/// The text itself, if nothing in it stands for something else.
fn plain(octets: &[u8]) -> Option<&str> {
    // Without a branch for each octet, so that several are looked at at once.
    let odd = octets.iter().fold(false, |odd, octet| {
        odd | (*octet < 0x20) | (*octet == b'\\')
    });
    match odd {
        true => None,
        false => std::str::from_utf8(octets).ok(),
    }
}

/// The text that a string literal stands for.
pub(crate) fn unescape(octets: &[u8]) -> Result<String, Wrong> {
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        let octet = octets[at];
        at += 1;
        if octet < 0x20 {
            return Err(CONTROL);
        }
        if octet != b'\\' {
            out.push(octet);
            continue;
        }
        let letter = *octets
            .get(at)
            .ok_or("Expected escape character at end of string")?;
        at += 1;
        out.push(match letter {
            b'"' | b'\\' | b'/' => letter,
            b'b' => 8,
            b'f' => 12,
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            b'u' => {
                let c = code_point(octets, &mut at)?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            _ => return Err("Invalid escape"),
        });
    }
    Ok(match String::from_utf8(out) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn code_point(octets: &[u8], at: &mut usize) -> Result<char, Wrong> {
    let unit = |at: usize| -> Result<u32, Wrong> {
        let digits = octets.get(at..at + 4).ok_or("Invalid \\uXXXX escape")?;
        let digit = |value: u32, digit: &u8| Some(value * 16 + char::from(*digit).to_digit(16)?);
        digits
            .iter()
            .try_fold(0, digit)
            .ok_or("Invalid characters in \\uXXXX escape")
    };
    let high = unit(*at)?;
    *at += 4;
    if !(0xd800..0xdc00).contains(&high) {
        return Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    if octets.get(*at..*at + 2) != Some(b"\\u") || octets.len() < *at + 6 {
        return Ok(char::REPLACEMENT_CHARACTER);
    }
    let low = unit(*at + 2).map_err(|_| "Invalid \\uXXXX\\uXXXX surrogate pair escape")?;
    if !(0xdc00..0xe000).contains(&low) {
        return Ok(char::REPLACEMENT_CHARACTER);
    }
    *at += 6;
    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}
