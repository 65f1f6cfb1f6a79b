//! `@text`, `@json`, `@csv` and the other formats.

use super::table;
use crate::value::{Result, Val, fail, unfit};

table! {
    "format" 1 format;
}

fn format(value: Val, name: Val) -> Result {
    let Val::Str(name) = &name else {
        return unfit(&name, "is not a valid format");
    };
    match &**name {
        "text" => Ok(Val::text(text(&value))),
        "json" => Ok(Val::text(crate::write::compact(&value))),
        "csv" => row(&value, "csv", ",", |field, out| {
            out.push('"');
            out.push_str(&field.replace('"', "\"\""));
            out.push('"');
        }),
        "tsv" => row(&value, "tsv", "\t", |field, out| {
            for c in field.chars() {
                match c {
                    '\t' => out.push_str("\\t"),
                    '\r' => out.push_str("\\r"),
                    '\n' => out.push_str("\\n"),
                    '\\' => out.push_str("\\\\"),
                    '\0' => out.push_str("\\0"),
                    c => out.push(c),
                }
            }
        }),
        "html" => Ok(Val::text(html(&text(&value)))),
        "uri" => Ok(Val::text(uri(&text(&value)))),
        "urid" => from_uri(&value),
        "sh" => shell(&value),
        "base64" => {
            let encoded = data_encoding::BASE64.encode(text(&value).as_bytes());
            Ok(Val::text(encoded))
        }
        "base64d" => from_base64(&value),
        "base32" => {
            let encoded = data_encoding::BASE32.encode(text(&value).as_bytes());
            Ok(Val::text(encoded))
        }
        "base32d" => {
            let plain = text(&value);
            let plain = plain.trim_end_matches('=');
            match data_encoding::BASE32_NOPAD.decode(plain.as_bytes()) {
                Ok(octets) => Ok(lossy(octets)),
                Err(_) => unfit(&value, "is not valid base32 data"),
            }
        }
        other => fail(format!("{other} is not a valid format")),
    }
}

fn text(value: &Val) -> String {
    match value {
        Val::Str(text) => text.to_string(),
        other => crate::write::compact(other),
    }
}

fn lossy(octets: Vec<u8>) -> Val {
    Val::text(match String::from_utf8(octets) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

fn row(value: &Val, name: &str, separator: &str, quote: fn(&str, &mut String)) -> Result {
    let Val::Arr(fields) = value else {
        return unfit(value, &format!("cannot be {name}-formatted, only array"));
    };
    let mut line = String::new();
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            line.push_str(separator);
        }
        match field {
            Val::Null => {}
            Val::Num(number) if number.is_nan() => {}
            Val::Bool(_) | Val::Num(_) | Val::Literal(_) => {
                line.push_str(&crate::write::compact(field));
            }
            Val::Str(field) => quote(field, &mut line),
            _ => return unfit(field, "is not valid in a csv row"),
        }
    }
    Ok(Val::text(line))
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out
}

fn uri(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(octet >> 4)]));
            out.push(char::from(DIGITS[usize::from(octet & 15)]));
        }
    }
    out
}

fn from_uri(value: &Val) -> Result {
    let encoded = text(value);
    let mut octets = Vec::with_capacity(encoded.len());
    let mut rest = encoded.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => octets.push((high * 16 + low) as u8),
            _ => return unfit(&Val::text(encoded), "is not a valid uri encoding"),
        }
    }
    match String::from_utf8(octets) {
        Ok(decoded) => Ok(Val::text(decoded)),
        Err(_) => unfit(&Val::text(encoded), "is not a valid uri encoding"),
    }
}

fn shell(value: &Val) -> Result {
    let one = std::slice::from_ref(value);
    let words = match value {
        Val::Arr(words) => &words[..],
        _ => one,
    };
    let mut line = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            line.push(' ');
        }
        match word {
            Val::Arr(_) | Val::Obj(_) => return unfit(word, "can not be escaped for shell"),
            Val::Str(text) => {
                line.push('\'');
                line.push_str(&text.replace('\'', "'\\''").replace('\0', "\\0"));
                line.push('\'');
            }
            other => line.push_str(&crate::write::compact(other)),
        }
    }
    Ok(Val::text(line))
}

fn from_base64(value: &Val) -> Result {
    let encoded = text(value);
    let plain = encoded.split('=').next().unwrap_or_default();
    let mut octets = Vec::with_capacity(plain.len() * 3 / 4);
    let (mut code, mut count) = (0u32, 0);
    for octet in plain.bytes() {
        let digit = match octet {
            b'A'..=b'Z' => octet - b'A',
            b'a'..=b'z' => octet - b'a' + 26,
            b'0'..=b'9' => octet - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return unfit(&Val::text(encoded), "is not valid base64 data"),
        };
        code = code << 6 | u32::from(digit);
        count += 1;
        if count == 4 {
            octets.extend_from_slice(&code.to_be_bytes()[1..]);
            (code, count) = (0, 0);
        }
    }
    match count {
        3 => octets.extend_from_slice(&[(code >> 10) as u8, (code >> 2) as u8]),
        2 => octets.push((code >> 4) as u8),
        1 => return unfit(&Val::text(encoded), "trailing base64 byte found"),
        _ => {}
    }
    Ok(lossy(octets))
}
