//! `--variable`, and `{{name}}` in the values of `--expand-` options.

use std::collections::HashMap;

use super::{Parser, Problem, data, files};
use data_encoding::{BASE64, DecodeError};

/// No variable's name is that long.
const LONGEST_NAME: usize = 128;

/// `name=text`, `name@file`, `%NAME` of the environment, `%NAME=text` where that is not set.
pub(crate) fn define(parser: &mut Parser, text: &str) -> Result<(), Problem> {
    let (text, from_environment) = match text.strip_prefix('%') {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let end = text
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.len() >= LONGEST_NAME {
        parser.warn("Bad variable name length, skipping");
        return Ok(());
    }
    let (rest, bounds) = bounds(rest)?;
    let mut value = None;
    if from_environment {
        let set = nethost_sdk::environment::read(name);
        match set {
            Ok(set) => value = set.map(String::into_bytes),
            Err(error) => parser.warn(&error.to_string()),
        }
        if value.is_none() && rest.is_empty() {
            parser.warn(&format!("Variable '{name}' import fail, not set"));
            return Err(Problem::BadExpansion);
        }
    }
    let value = match (value, rest.split_at_checked(1)) {
        (Some(value), _) => value,
        (None, Some(("=", text))) => text.as_bytes().to_vec(),
        (None, Some(("@", path))) => files::read(path).map_err(|reason| {
            parser.warn(&format!("Failed to open {path}: {reason}"));
            Problem::Unreadable
        })?,
        _ => {
            parser.warn(&format!("Bad --variable syntax, skipping: {text}"));
            return Err(Problem::BadUse);
        }
    };
    let value = match bounds {
        None => value,
        Some((first, last)) => {
            let end = last.saturating_add(1).min(value.len());
            value.get(first.min(end)..end).unwrap_or_default().to_vec()
        }
    };
    parser.global.variables.insert(name.to_owned(), value);
    Ok(())
}

type Bounds = Option<(usize, usize)>;

/// `[first-last]` behind a name.
fn bounds(text: &str) -> Result<(&str, Bounds), Problem> {
    let Some(inner) = text.strip_prefix('[') else {
        return Ok((text, None));
    };
    let (inner, rest) = inner.split_once(']').ok_or(Problem::BadUse)?;
    let (first, last) = inner.split_once('-').ok_or(Problem::BadUse)?;
    let number = |text: &str| text.parse::<usize>().map_err(|_| Problem::BadUse);
    let last = match last {
        "" => usize::MAX,
        last => number(last)?,
    };
    let first = number(first)?;
    match first <= last {
        true => Ok((rest, Some((first, last)))),
        false => Err(Problem::BadUse),
    }
}

/// A text with the values of its variables.
pub(crate) fn expand(variables: &HashMap<String, Vec<u8>>, text: &str) -> Result<String, Problem> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        if let Some(before) = rest[..at].strip_suffix('\\') {
            expanded.push_str(before);
            expanded.push_str("{{");
            rest = &rest[at + 2..];
            continue;
        }
        expanded.push_str(&rest[..at]);
        let Some((inner, after)) = rest[at + 2..].split_once("}}") else {
            expanded.push_str(&rest[at..]);
            return Ok(expanded);
        };
        let mut parts = inner.split(':');
        let name = parts.next().unwrap_or_default();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if name.is_empty() || name.len() >= LONGEST_NAME || !name.bytes().all(plain) {
            expanded.push_str(&rest[at..rest.len() - after.len()]);
        } else {
            let mut value = variables.get(name).cloned().unwrap_or_default();
            for function in parts {
                value = apply(function, value)?;
            }
            if value.contains(&0) {
                return Err(Problem::BadExpansion);
            }
            expanded.push_str(&String::from_utf8_lossy(&value));
        }
        rest = after;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

fn apply(function: &str, value: Vec<u8>) -> Result<Vec<u8>, Problem> {
    Ok(match function {
        "trim" => value.trim_ascii().to_vec(),
        "json" => {
            let text = String::from_utf8_lossy(&value);
            let quoted = serde_json::to_string(&text).map_err(|_| Problem::BadExpansion)?;
            let inner = quoted.get(1..quoted.len().saturating_sub(1));
            inner.unwrap_or_default().as_bytes().to_vec()
        }
        "url" => data::percent_encoded(&value, false).into_bytes(),
        "b64" => BASE64.encode(&value).into_bytes(),
        "64dec" => {
            let decoded: Result<_, DecodeError> = BASE64.decode(&value);
            decoded.unwrap_or_else(|_| b"[64dec-fail]".to_vec())
        }
        _ => return Err(Problem::BadExpansion),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_for_names() {
        let variables = HashMap::from([("a".to_owned(), b" x y ".to_vec())]);
        let expanded = |text: &str| expand(&variables, text);
        assert_eq!(expanded("[{{a}}]").unwrap(), "[ x y ]");
        assert_eq!(expanded("{{a:trim:url}}").unwrap(), "x%20y");
        assert_eq!(expanded("{{a:trim:b64}}").unwrap(), "eCB5");
        assert_eq!(expanded("\\{{a}}").unwrap(), "{{a}}");
        assert_eq!(expanded("{{none}}").unwrap(), "");
        assert_eq!(expanded("{{a:no}}"), Err(Problem::BadExpansion));
    }
}
