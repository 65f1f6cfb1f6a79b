//! Multipart forms (RFC 7578): `--form` and `--form-string`.

use std::io::Read as _;

use crate::body::Piece;
use crate::failure::{Failure, Result};

/// One field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) parts: Vec<Part>,
}

/// What a field holds: a text or a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    /// The text is a file's path.
    pub(crate) is_file: bool,
    pub(crate) file_name: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) headers: Vec<String>,
}

const ILLEGAL: &str = "Illegally formatted input field!";

/// `name=content`, `name=@file[;type=T][;filename=F]`, `name=<file`.
pub(crate) fn parse(text: &str, literal: bool) -> std::result::Result<Field, &'static str> {
    let (name, content) = text.split_once('=').ok_or(ILLEGAL)?;
    let mut field = Field {
        name: name.into(),
        parts: Vec::new(),
    };
    if literal {
        field.parts.push(Part {
            text: content.into(),
            ..Part::default()
        });
        return Ok(field);
    }
    if let Some(files) = content.strip_prefix('@') {
        let mut rest = files;
        loop {
            let (mut part, after) = described(rest, true)?;
            part.is_file = true;
            if part.file_name.is_none() && part.text != "-" {
                let base = part.text.rsplit('/').next().unwrap_or_default();
                part.file_name = Some(base.to_owned());
            }
            field.parts.push(part);
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => break,
            }
        }
    } else {
        let (content, is_file) = match content.strip_prefix('<') {
            Some(path) => (path, true),
            None => (content, false),
        };
        let (mut part, _) = described(content, false)?;
        part.is_file = is_file;
        field.parts.push(part);
    }
    Ok(field)
}

/// The word, and what is said about it behind semicolons.
fn described(text: &str, many: bool) -> std::result::Result<(Part, &str), &'static str> {
    let (word, mut rest) = word(text.trim_start_matches([' ', '\t']), many);
    let mut part = Part {
        text: word,
        ..Part::default()
    };
    while let Some(after) = rest.strip_prefix(';') {
        let after = after.trim_start();
        let lower = after.to_ascii_lowercase();
        if lower.starts_with("type=") {
            // A type may have parameters of its own.
            let value = &after[5..];
            let mut end = value.len();
            for (at, _) in value.match_indices([';', ',']) {
                let known = ["filename=", "headers=", "encoder=", "type="];
                let next = value[at + 1..].trim_start().to_ascii_lowercase();
                if value[at..].starts_with(',') || known.iter().any(|key| next.starts_with(key)) {
                    end = at;
                    break;
                }
            }
            part.kind = Some(value[..end].trim_matches('"').to_owned());
            rest = &value[end..];
        } else if lower.starts_with("filename=") {
            let (name, after) = self::word(&after[9..], many);
            part.file_name = Some(name);
            rest = after;
        } else if lower.starts_with("headers=") {
            let (header, after) = self::word(&after[8..], many);
            part.headers.push(header);
            rest = after;
        } else {
            let (_, after) = self::word(after, many);
            rest = after;
        }
    }
    Ok((part, rest))
}

/// Up to a semicolon, or a comma between files; quotes protect both.
fn word(text: &str, many: bool) -> (String, &str) {
    if let Some(inner) = text.strip_prefix('"') {
        let mut word = String::new();
        let mut letters = inner.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some((_, next @ ('"' | '\\'))) => word.push(next),
                    Some((_, next)) => {
                        word.push('\\');
                        word.push(next);
                    }
                    None => word.push('\\'),
                },
                '"' => {
                    let rest = &inner[at + 1..];
                    let end = rest
                        .find(|l| l == ';' || (many && l == ','))
                        .unwrap_or(rest.len());
                    return (word, &rest[end..]);
                }
                other => word.push(other),
            }
        }
        return (word, "");
    }
    let end = text
        .find(|letter| letter == ';' || (many && letter == ','))
        .unwrap_or(text.len());
    (text[..end].to_owned(), &text[end..])
}

/// The type of a file by its name.
fn kind_of(name: &str) -> Option<&'static str> {
    let kinds = [
        (".gif", "image/gif"),
        (".jpg", "image/jpeg"),
        (".jpeg", "image/jpeg"),
        (".png", "image/png"),
        (".svg", "image/svg+xml"),
        (".txt", "text/plain"),
        (".htm", "text/html"),
        (".html", "text/html"),
        (".pdf", "application/pdf"),
        (".xml", "application/xml"),
    ];
    let lower = name.to_ascii_lowercase();
    let found = kinds.iter().find(|(end, _)| lower.ends_with(end));
    found.map(|(_, kind)| *kind)
}

/// The whole form, between boundaries.
pub(crate) fn pieces(
    fields: &[Field],
    boundary: &str,
    escapes: bool,
    data: bool,
) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    // In what is no form, parts are attachments.
    let disposition = if data { "form-data" } else { "attachment" };
    for field in fields {
        let name = quoted(&field.name, escapes);
        match field.parts.as_slice() {
            [part] => {
                let head =
                    format!("--{boundary}\r\nContent-Disposition: {disposition}; name=\"{name}\"");
                add(&mut pieces, head, part, escapes)?;
            }
            parts => {
                let inner = new_boundary();
                pieces.push(Piece::text(format!(
                    "--{boundary}\r\nContent-Disposition: {disposition}; name=\"{name}\"\r\n\
                     Content-Type: multipart/mixed; boundary={inner}\r\n\r\n"
                )));
                for part in parts {
                    let head = format!("--{inner}\r\nContent-Disposition: attachment");
                    add(&mut pieces, head, part, escapes)?;
                }
                pieces.push(Piece::text(format!("--{inner}--\r\n\r\n")));
            }
        }
    }
    pieces.push(Piece::text(format!("--{boundary}--\r\n")));
    Ok(pieces)
}

fn add(pieces: &mut Vec<Piece>, mut head: String, part: &Part, escapes: bool) -> Result<()> {
    if let Some(name) = &part.file_name {
        head += &format!("; filename=\"{}\"", quoted(name, escapes));
    }
    let path = Some(part.text.as_str()).filter(|_| part.is_file);
    let guessed = part.file_name.as_deref().map(|name| {
        let known = kind_of(name).or_else(|| path.and_then(kind_of));
        known.unwrap_or("application/octet-stream")
    });
    if let Some(kind) = part.kind.as_deref().or(guessed) {
        head += &format!("\r\nContent-Type: {kind}");
    }
    for header in &part.headers {
        head += &format!("\r\n{header}");
    }
    pieces.push(Piece::text(head + "\r\n\r\n"));
    pieces.push(match part.is_file {
        true if part.text == "-" => Piece::Bytes(whole_stdin()?),
        true => Piece::File {
            path: part.text.clone(),
            offset: 0,
        },
        false => Piece::text(part.text.clone()),
    });
    pieces.push(Piece::text("\r\n"));
    Ok(())
}

/// More of standard input than this is not kept for a form.
const MOST_KEPT: u64 = 256 << 20;

/// All of standard input: its size is told before it is sent.
fn whole_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = std::io::stdin().take(MOST_KEPT + 1).read_to_end(&mut bytes);
    match read {
        Err(error) => Err(Failure::new(26, format!("read error: {error}"))),
        Ok(_) if bytes.len() as u64 > MOST_KEPT => Err(Failure::new(
            26,
            "standard input is too large for a part of a form",
        )),
        Ok(_) => Ok(bytes),
    }
}

fn quoted(name: &str, escapes: bool) -> String {
    match escapes {
        true => name.replace('\\', "\\\\").replace('"', "\\\""),
        false => name
            .replace('"', "%22")
            .replace('\r', "%0D")
            .replace('\n', "%0A"),
    }
}

/// A line that no content has, as far as anybody can tell.
pub(crate) fn new_boundary() -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random = [0u8; 22];
    // Without randomness the line is still one.
    let _ = getrandom::fill(&mut random);
    let letters = random
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
    let mut boundary = "-".repeat(24);
    boundary.extend(letters.map(|letter| char::from(*letter)));
    boundary
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_say_what_they_are() {
        let field = parse("f=@a/b.txt;type=text/x;filename=\"q;.t\"", false).unwrap();
        let part = &field.parts[0];
        assert_eq!((part.text.as_str(), part.is_file), ("a/b.txt", true));
        assert_eq!(part.kind.as_deref(), Some("text/x"));
        assert_eq!(part.file_name.as_deref(), Some("q;.t"));
        assert_eq!(parse("f=@a,b", false).unwrap().parts.len(), 2);
        assert_eq!(parse("f=@a", true).unwrap().parts[0].text, "@a");
        assert!(parse("nothing", false).is_err());
    }
}
