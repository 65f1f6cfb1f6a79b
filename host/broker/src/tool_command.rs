//! The command line of a tool inside the arguments of a run. Runner, broker and launcher determine it from the same words,
//! those that the operator typed; a plugin names only where it begins.

/// Why arguments are not the command line of a tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No argument has this number.
    #[error("no argument of this run has the number {0}")]
    NoSuchArgument(u32),
    /// There is no word.
    #[error("no tool is named")]
    Empty,
    /// A quotation mark has no end.
    #[error("a quotation mark {0} is not closed")]
    Open(char),
    /// Something that a shell would act on.
    #[error("{0:?} is for a shell, and no shell runs here; quote it, or put a backslash before it")]
    Shell(char),
}

/// The words of the command line that begins with this argument. A leading `nethost` is left out.
///
/// Unless the arguments are taken as words, they are joined by blanks and split as a shell does (POSIX, 2.2 and 2.3).
/// Nothing is expanded.
pub fn tool_command(
    args: &[String],
    first: u32,
    as_words: bool,
) -> Result<Vec<String>, CommandError> {
    let missing = || CommandError::NoSuchArgument(first);
    let from = usize::try_from(first).map_err(|_| missing())?;
    let typed = args.get(from..).filter(|typed| !typed.is_empty());
    let typed = typed.ok_or_else(missing)?;
    let mut words = match as_words {
        true => typed.to_vec(),
        false => split(&typed.join(" "))?,
    };
    if words.first().is_some_and(|word| word == "nethost") {
        words.remove(0);
    }
    match words.first() {
        Some(name) if !name.is_empty() => Ok(words),
        _ => Err(CommandError::Empty),
    }
}

/// What a shell acts on wherever it stands unquoted.
const OPERATORS: &str = ";|&<>()$`\n";
/// What a shell acts on in double quotes.
const IN_QUOTES: &str = "$`";

fn split(line: &str) -> Result<Vec<String>, CommandError> {
    let mut words = Vec::new();
    // None between words.
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(next) = rest.next() {
        match next {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next().ok_or(CommandError::Open('\''))? {
                        '\'' => break,
                        inside => word.push(inside),
                    }
                }
            }
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => match rest.next() {
                // The line goes on.
                Some('\n') => {}
                escaped => word.get_or_insert_default().push(escaped.unwrap_or('\\')),
            },
            '#' | '~' if word.is_none() => return Err(CommandError::Shell(next)),
            _ if OPERATORS.contains(next) => return Err(CommandError::Shell(next)),
            _ => word.get_or_insert_default().push(next),
        }
    }
    words.extend(word);
    Ok(words)
}

fn double_quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), CommandError> {
    let open = || CommandError::Open('"');
    loop {
        match rest.next().ok_or_else(open)? {
            '"' => return Ok(()),
            '\\' => match rest.next().ok_or_else(open)? {
                '\n' => {}
                escaped @ ('$' | '`' | '"' | '\\') => word.push(escaped),
                other => word.extend(['\\', other]),
            },
            shell if IN_QUOTES.contains(shell) => return Err(CommandError::Shell(shell)),
            inside => word.push(inside),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn command(args: &[&str], first: u32, as_words: bool) -> Result<Vec<String>, CommandError> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
        tool_command(&args, first, as_words)
    }

    #[test]
    fn words_are_split_as_a_shell_splits_them() {
        for (line, words) in [
            (
                "ss -t4 state syn-sent",
                &["ss", "-t4", "state", "syn-sent"][..],
            ),
            ("  ss\t-t ", &["ss", "-t"]),
            ("nethost ss", &["ss"]),
            ("ss '( dport = :22 )'", &["ss", "( dport = :22 )"]),
            (
                r#"ss "a \"b\" \n \$ ;|" c"#,
                &["ss", r#"a "b" \n $ ;|"#, "c"],
            ),
            (r"ss a\ b\;", &["ss", "a b;"]),
            ("ss ''", &["ss", ""]),
            ("ss a''b", &["ss", "ab"]),
            ("ss dst *:22 a#b a~", &["ss", "dst", "*:22", "a#b", "a~"]),
            ("ss a\\\nb", &["ss", "ab"]),
        ] {
            assert_eq!(command(&["-n1", line], 1, false).unwrap(), words, "{line}");
            // A shell agrees, where there is one.
            let script = format!("printf '%s\\0' {line}");
            if let Ok(shell) = std::process::Command::new("sh")
                .args(["-fc", &script])
                .output()
            {
                let text = String::from_utf8(shell.stdout).unwrap();
                let told: Vec<&str> = text.split_terminator('\0').collect();
                let skip = usize::from(told[0] == "nethost");
                assert_eq!(told[skip..], *words, "{line}");
            }
        }
    }

    #[test]
    fn several_arguments_are_one_line_unless_they_are_words() {
        assert_eq!(command(&["ss", "a b"], 0, false).unwrap(), ["ss", "a", "b"]);
        assert_eq!(command(&["ss", "a b"], 0, true).unwrap(), ["ss", "a b"]);
        assert_eq!(command(&["ss", ";$("], 0, true).unwrap(), ["ss", ";$("]);
        assert_eq!(command(&["nethost", "ss"], 0, true).unwrap(), ["ss"]);
    }

    #[test]
    fn what_is_for_a_shell_is_refused_by_name() {
        for (line, shell) in [
            ("ss; ss", ';'),
            ("ss|ss", '|'),
            ("ss &", '&'),
            ("ss >x", '>'),
            ("ss <x", '<'),
            ("ss $HOME", '$'),
            ("ss `ss`", '`'),
            ("ss \"$HOME\"", '$'),
            ("ss ( a )", '('),
            ("ss\nss", '\n'),
            ("ss #", '#'),
            ("ss ~", '~'),
        ] {
            assert_eq!(command(&[line], 0, false), Err(CommandError::Shell(shell)));
        }
        assert_eq!(command(&["ss 'a"], 0, false), Err(CommandError::Open('\'')));
        assert_eq!(command(&["ss \"a"], 0, false), Err(CommandError::Open('"')));
    }

    #[test]
    fn what_is_not_there_is_no_command() {
        for first in [1, 2, u32::MAX] {
            let missing = CommandError::NoSuchArgument(first);
            assert_eq!(command(&["ss"], first, false), Err(missing.clone()));
            assert_eq!(command(&["ss"], first, true), Err(missing));
        }
        for line in ["", "  ", "nethost", "''", "nethost ''"] {
            assert_eq!(
                command(&[line], 0, false),
                Err(CommandError::Empty),
                "{line}"
            );
        }
    }
}
