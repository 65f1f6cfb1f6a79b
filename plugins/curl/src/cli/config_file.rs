//! Options from files (`--config`), one a line.

use nethost_sdk::Exit;
use nethost_sdk::output::complain;

use super::{Parser, Problem, files};

/// So deep files may name files.
const DEEPEST: u8 = 10;

/// `--config`.
pub(crate) fn read(parser: &mut Parser, path: &str) -> Result<(), Problem> {
    if parser.depth >= DEEPEST {
        return Err(Problem::BadUse);
    }
    match files::read(path) {
        Ok(bytes) => {
            parser.depth += 1;
            let done = apply(parser, path, &String::from_utf8_lossy(&bytes));
            parser.depth -= 1;
            done
        }
        Err(_) => {
            complain(format_args!("curl: cannot read config from '{path}'"));
            Err(Problem::Unreadable)
        }
    }
}

/// The user's own file, where there is one that may be read.
pub(crate) fn read_default(parser: &mut Parser) -> Result<(), Exit> {
    let Ok(bytes) = nethost_sdk::files::read("~/.curlrc") else {
        return Ok(());
    };
    match apply(parser, "~/.curlrc", &String::from_utf8_lossy(&bytes)) {
        Ok(()) => Ok(()),
        Err(Problem::Ends(exit)) => Err(exit),
        Err(_) => Err(Exit::failed(2, super::TRY)),
    }
}

fn apply(parser: &mut Parser, path: &str, text: &str) -> Result<(), Problem> {
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '/', '*', '<']) {
            continue;
        }
        let end = line
            .find(|letter: char| letter.is_whitespace() || matches!(letter, '=' | ':'))
            .unwrap_or(line.len());
        let (name, rest) = match line {
            "-:" => (line, ""),
            _ => line.split_at(end),
        };
        let rest = rest.trim_start_matches(|letter: char| {
            letter.is_whitespace() || matches!(letter, '=' | ':')
        });
        let value = unquoted(rest);
        let option = match name.starts_with('-') {
            true => name.to_owned(),
            false => format!("--{name}"),
        };
        let value = (!value.is_empty() || rest.starts_with('"')).then_some(value);
        if let Err(problem) = parser.option(&option, value.as_deref()) {
            if let Problem::Ends(_) = problem {
                return Err(problem);
            }
            let text = problem.text();
            parser.warn(&format!("{path}:{number}: warning: '{name}' {text}"));
            return Err(match problem {
                Problem::Unreadable => problem,
                _ => Problem::BadUse,
            });
        }
    }
    Ok(())
}

/// The value: in quotes with escapes, or the first word.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else {
        return text
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_owned();
    };
    let mut value = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.push(match letters.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('v') => '\x0b',
                Some(other) => other,
                None => '\\',
            }),
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_spaces_and_escapes() {
        assert_eq!(unquoted(r#""a \"b\"\n" rest"#), "a \"b\"\n");
        assert_eq!(unquoted("word rest"), "word");
        assert_eq!(unquoted(""), "");
    }
}
