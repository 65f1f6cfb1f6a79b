//! What is sent: data, forms, headers, cookies, ranges.

use super::{Parser, Problem, files};
use crate::form;
use crate::settings::Method;

/// How data is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Files lose their line ends and NULs.
    Ascii,
    Binary,
    /// `@` is nothing special.
    Raw,
    /// Percent-encoded.
    Encoded,
    Json,
}

/// `--data` and its like.
pub(crate) fn add(parser: &mut Parser, value: &str, kind: Kind) -> Result<(), Problem> {
    let bytes = match (kind, value.strip_prefix('@')) {
        (Kind::Encoded, _) => encoded(parser, value)?,
        (Kind::Raw, _) | (_, None) => value.as_bytes().to_vec(),
        (_, Some(path)) => {
            let mut bytes = whole(parser, path);
            if kind == Kind::Ascii {
                bytes.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
            }
            bytes
        }
    };
    let op = parser.op();
    op.json |= kind == Kind::Json;
    match &mut op.data {
        Some(data) => {
            if kind != Kind::Json {
                data.push(b'&');
            }
            data.extend_from_slice(&bytes);
        }
        None => op.data = Some(bytes),
    }
    Ok(())
}

fn whole(parser: &Parser, path: &str) -> Vec<u8> {
    files::read(path).unwrap_or_else(|_| {
        parser.warn(&format!(
            "Couldn't read data from file \"{path}\", this makes an empty POST."
        ));
        Vec::new()
    })
}

/// `content`, `=content`, `name=content`, `@file`, `name@file`.
fn encoded(parser: &Parser, value: &str) -> Result<Vec<u8>, Problem> {
    let (name, rest, is_file) = match value.find(['=', '@']) {
        Some(at) => (&value[..at], &value[at + 1..], value.as_bytes()[at] == b'@'),
        None => ("", value, false),
    };
    let content = match is_file {
        true => whole(parser, rest),
        false => rest.as_bytes().to_vec(),
    };
    let mut bytes = Vec::new();
    if !name.is_empty() {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(b'=');
    }
    bytes.extend_from_slice(percent_encoded(&content, true).as_bytes());
    Ok(bytes)
}

/// Percent-encodes everything but letters, digits and `-._~`; a space may become `+`.
pub(crate) fn percent_encoded(bytes: &[u8], plus: bool) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(char::from(*byte));
            }
            b' ' if plus => text.push('+'),
            _ => {
                let _ = std::fmt::Write::write_fmt(&mut text, format_args!("%{byte:02X}"));
            }
        }
    }
    text
}

/// `--url-query`: with `+` in front as it is, otherwise as `--data-urlencode`.
pub(crate) fn query(parser: &mut Parser, value: &str) -> Result<(), Problem> {
    let bytes = match value.strip_prefix('+') {
        Some(raw) => upper_escapes(raw),
        None => encoded(parser, value)?,
    };
    parser.op().url_queries.push(bytes);
    Ok(())
}

/// Percent-encoded octets in the usual form.
fn upper_escapes(text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len() {
        if let Some([b'%', high, low]) = bytes.get_mut(at..at + 3)
            && high.is_ascii_hexdigit()
            && low.is_ascii_hexdigit()
        {
            high.make_ascii_uppercase();
            low.make_ascii_uppercase();
        }
    }
    bytes
}

/// `--form` and `--form-string`.
pub(crate) fn form(parser: &mut Parser, value: &str, literal: bool) -> Result<(), Problem> {
    match form::parse(value, literal) {
        Ok(field) => parser.op().form.push(field),
        Err(text) => {
            parser.warn(text);
            return Err(Problem::BadUse);
        }
    }
    parser.ask(Method::Form)
}

/// `--header` and `--proxy-header`: a header, or a file of them behind `@`.
pub(crate) fn header(parser: &mut Parser, value: &str, proxy: bool) -> Result<(), Problem> {
    let lines: Vec<String> = match value.strip_prefix('@') {
        None => vec![value.to_owned()],
        Some(path) => match files::read(path) {
            Err(_) => {
                parser.warn(&format!("Failed to open {path}!"));
                return Err(Problem::Unreadable);
            }
            Ok(bytes) => String::from_utf8_lossy(&bytes)
                .lines()
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
        },
    };
    let op = parser.op();
    match proxy {
        true => op.proxy_headers.extend(lines),
        false => op.headers.extend(lines),
    }
    Ok(())
}

/// `--head`.
pub(crate) fn head(parser: &mut Parser, on: bool) -> Result<(), Problem> {
    parser.op().head = on;
    parser.op().include |= on;
    match on {
        true => parser.ask(Method::Head),
        false => parser.ask(Method::Get),
    }
}

/// `--cookie`: cookies, or a file of them where there is no `=`.
pub(crate) fn cookie(parser: &mut Parser, value: String) {
    let op = parser.op();
    if let Some(path) = value.strip_prefix('@') {
        op.cookie_files.push(path.to_owned());
    } else if value.contains('=') {
        op.cookies.push(value);
    } else {
        op.cookie_files.push(value);
    }
}

/// `--referer`: a URL, and `;auto` behind it.
pub(crate) fn referer(parser: &mut Parser, value: String) {
    let op = parser.op();
    let (url, auto) = match value.strip_suffix(";auto") {
        Some(url) => (url.to_owned(), true),
        None => (value, false),
    };
    op.auto_referer = auto;
    op.referer = Some(url).filter(|url| !url.is_empty());
}

/// `--range`.
pub(crate) fn range(parser: &mut Parser, value: &str) -> Result<(), Problem> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        parser.warn("A specified range MUST include at least one dash '-'. Appending one for you!");
        parser.op().range = Some(format!("{value}-"));
        return Ok(());
    }
    let fine = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b',');
    if !value.bytes().all(fine) {
        parser.warn(
            "Invalid character is found in given range. A specified range MUST have only digits \
             in 'start'-'stop'. The server's response to this request is uncertain.",
        );
    }
    parser.op().range = Some(value.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_cannot_hold_is_encoded() {
        assert_eq!(percent_encoded(b"a b&c", true), "a+b%26c");
        assert_eq!(percent_encoded("ä~".as_bytes(), false), "%C3%A4~");
    }
}
