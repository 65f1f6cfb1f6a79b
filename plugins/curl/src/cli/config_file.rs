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
    let folder = |name| nethost_sdk::environment::read(name).ok().flatten();
    let own = folder("CURL_HOME");
    let mut paths = Vec::new();
    for name in [".curlrc", ".config/curlrc"] {
        paths.extend(own.as_ref().map(|folder| format!("{folder}/{name}")));
    }
    paths.extend(folder("XDG_CONFIG_HOME").map(|folder| format!("{folder}/curlrc")));
    paths.extend(["~/.curlrc".to_owned(), "~/.config/curlrc".to_owned()]);
    let found = paths
        .into_iter()
        .find_map(|path| Some((nethost_sdk::files::read(&path).ok()?, path)));
    let Some((bytes, path)) = found else {
        return Ok(());
    };
    parser.depth += 1;
    let applied = apply(parser, &path, &String::from_utf8_lossy(&bytes));
    parser.depth -= 1;
    match applied {
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
        // Behind letters only a blank ends the option.
        let dashed = line.starts_with('-');
        let separates =
            |letter: char| letter.is_whitespace() || (!dashed && matches!(letter, '=' | ':'));
        let end = line.find(separates).unwrap_or(line.len());
        let (name, rest) = match line {
            "-:" => (line, ""),
            _ => line.split_at(end),
        };
        let rest = rest.trim_start_matches(separates);
        let value = unquoted(rest);
        let plain = rest
            .split_whitespace()
            .skip(1)
            .any(|word| !word.starts_with('#'));
        if !rest.starts_with('"') && plain {
            parser.warn(&format!(
                "{path}:{number} Option '{name}' uses argument with unquoted whitespace. This may \
                 cause side-effects. Consider double quotes."
            ));
        }
        let option = match name.starts_with('-') {
            true => name.to_owned(),
            false => format!("--{name}"),
        };
        let value = (!value.is_empty() || rest.starts_with('"')).then_some(value);
        if let Err(problem) = parser.option(&option, value.as_deref()) {
            if let Problem::Ends(_) = problem {
                // Nothing is shown from within a file.
                return Err(Problem::BadUse);
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
