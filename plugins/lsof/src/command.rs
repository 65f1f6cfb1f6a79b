//! -c: which names of commands are meant.

use fancy_regex::{Regex, RegexBuilder};
use nethost_sdk::Exit;
use nethost_sdk::text::printable;

use crate::help::misused;

/// The steps that one expression may take on one name.
const STEPS: usize = 100_000;

/// Names of commands.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    /// Those that begin so.
    Prefix(String),
    /// Those in which it is found: its text, and its meaning.
    Expression(String, Regex),
}

impl Command {
    /// `NAME` or `/EXPRESSION/[bix]`.
    pub(crate) fn read(text: &str) -> Result<Self, Exit> {
        let Some(rest) = text.strip_prefix('/') else {
            return Ok(Self::Prefix(text.to_owned()));
        };
        let shown = printable(text);
        let Some((source, modifiers)) = rest.rsplit_once('/') else {
            return Err(misused(format_args!(
                "regexp doesn't end with '/': {shown}"
            )));
        };
        let (mut basic, mut ignores_case, mut seen) = (false, false, String::new());
        for modifier in modifiers.chars() {
            if seen.contains(modifier) {
                return Err(misused(format_args!(
                    "{modifier} regexp modifier already used: {shown}"
                )));
            }
            match modifier {
                'b' if seen.contains('x') => return Err(exclusive('b', 'x', &shown)),
                'x' if seen.contains('b') => return Err(exclusive('x', 'b', &shown)),
                'b' => basic = true,
                'i' => ignores_case = true,
                'x' => {}
                other => {
                    let other = other.to_string();
                    return Err(misused(format_args!(
                        "invalid regexp modifier: {}",
                        printable(&other)
                    )));
                }
            }
            seen.push(modifier);
        }
        let extended = if basic {
            extended(source)
        } else {
            source.to_owned()
        };
        let expression = RegexBuilder::new(&extended)
            .case_insensitive(ignores_case)
            .backtrack_limit(STEPS)
            .build()
            .map_err(|_| {
                misused(format_args!(
                    "regexp error: {shown}: not a regular expression"
                ))
            })?;
        Ok(Self::Expression(source.to_owned(), expression))
    }

    /// Whether a command's name is meant.
    pub(crate) fn names(&self, command: &str) -> bool {
        match self {
            Self::Prefix(prefix) => command.starts_with(prefix.as_str()),
            // What takes too many steps is not found.
            Self::Expression(_, expression) => expression.is_match(command).unwrap_or(false),
        }
    }

    /// What -V says where there is none.
    pub(crate) fn missing(&self) -> String {
        match self {
            Self::Prefix(prefix) => format!("command not located: {}", printable(prefix)),
            Self::Expression(source, _) => {
                format!("no command found for regex: {}", printable(source))
            }
        }
    }
}

fn exclusive(one: char, other: char, text: &str) -> Exit {
    misused(format_args!(
        "{one} regexp modifier conflicts with {other}: {text}"
    ))
}

/// A basic expression of POSIX as an extended one: a backslash has the opposite effect on these characters.
fn extended(basic: &str) -> String {
    const SWAPPED: &str = "(){}+?|";
    let mut written = String::new();
    let mut characters = basic.chars();
    let mut in_brackets = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' if !in_brackets => match characters.next() {
                Some(next) if SWAPPED.contains(next) => written.push(next),
                Some(next) => written.extend(['\\', next]),
                None => written.push('\\'),
            },
            swapped if !in_brackets && SWAPPED.contains(swapped) => written.extend(['\\', swapped]),
            other => {
                in_brackets = match other {
                    '[' => true,
                    ']' => false,
                    _ => in_brackets,
                };
                written.push(other);
            }
        }
    }
    written
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(pattern: &str, command: &str) -> bool {
        Command::read(pattern).unwrap().names(command)
    }

    #[test]
    fn names_and_expressions_choose_commands() {
        assert!(names("ba", "bash") && !names("as", "bash"));
        assert!(names("/as/", "bash") && names("/^ba.h$/x", "bash"));
        assert!(names("/BASH/i", "bash") && !names("/BASH/", "bash"));
        assert!(names("/^(ba|z)sh$/", "zsh") && !names("/^(ba|z)sh$/b", "zsh"));
        assert!(names("/^\\(ba\\|z\\)sh$/b", "zsh"));
        assert!(names("/a[+(]b/b", "a+b") && names("/a+b/b", "a+b") && !names("/a+b/", "a+b"));
    }

    #[test]
    fn what_is_no_expression_is_said() {
        for (text, said) in [
            ("/", "lsof: regexp doesn't end with '/': /"),
            ("/x/q", "lsof: invalid regexp modifier: q"),
            ("/B/ii", "lsof: i regexp modifier already used: /B/ii"),
        ] {
            assert_eq!(Command::read(text).unwrap_err().stderr, said);
        }
        assert!(Command::read("/(/").is_err());
    }

    #[test]
    fn an_expression_ends_in_time() {
        assert!(!names("/(a*)*\\1b$/", &"a".repeat(300)));
    }
}
