//! What a case expects of the plugin.

use std::collections::BTreeMap;

use regex::bytes::Regex;
use serde::Deserialize;

use super::values::{Bytes, OneOrMany, Span};

/// What the plugin must have done. What is left out is not looked at, except for the exit code.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// The exit code; 0 if it is left out.
    #[serde(default)]
    pub exit: u8,
    /// Standard output.
    pub stdout: Option<Matcher>,
    /// Standard error.
    pub stderr: Option<Matcher>,
    /// All requests, in their order, such as `icmp.echo to 192.0.2.1`; `, denied` is added to those that were denied.
    pub requests: Option<Vec<String>>,
    /// Requests that were made among others.
    #[serde(default)]
    pub requests_include: Vec<String>,
    /// The end of the run on the virtual clock must not be later.
    pub ends_within: Option<Span>,
    /// What files contain after the run.
    #[serde(default)]
    pub files: BTreeMap<String, Bytes>,
}

/// A text, or what it must contain.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "an output is a text, or a table with `contains`, `lacks` and `matches`"
)]
pub enum Matcher {
    /// Exactly this.
    Exactly(String),
    /// All of these.
    Checks(Checks),
}

/// What a text must be like.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checks {
    /// It contains each of these.
    #[serde(default)]
    pub contains: OneOrMany<String>,
    /// It contains none of these.
    #[serde(default)]
    pub lacks: OneOrMany<String>,
    /// Each of these regular expressions matches somewhere; `^` and `$` are the ends of a line.
    #[serde(default)]
    pub matches: OneOrMany<String>,
}

fn regex(pattern: &str) -> Result<Regex, regex::Error> {
    regex::bytes::RegexBuilder::new(pattern)
        .multi_line(true)
        .build()
}

impl Expect {
    pub(super) fn check(&self) -> Result<(), String> {
        for (name, matcher) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let Some(Matcher::Checks(checks)) = matcher else {
                continue;
            };
            for pattern in checks.matches.all() {
                regex(pattern).map_err(|error| format!("{name}.matches: {error}"))?;
            }
        }
        Ok(())
    }
}

impl Matcher {
    /// What is wrong with a text, one item for each failed check.
    pub(crate) fn problems(&self, stream: &str, text: &[u8]) -> Vec<String> {
        let shown = String::from_utf8_lossy(text);
        match self {
            Self::Exactly(expected) if expected.as_bytes() == text => Vec::new(),
            Self::Exactly(expected) => vec![format!(
                "{stream} differs:\n{}",
                crate::diff::lines(expected, &shown)
            )],
            Self::Checks(checks) => {
                let contains = |part: &str| shown.contains(part);
                let mut problems = Vec::new();
                for part in checks.contains.all().iter().filter(|part| !contains(part)) {
                    problems.push(format!("{stream} does not contain {part:?}"));
                }
                for part in checks.lacks.all().iter().filter(|part| contains(part)) {
                    problems.push(format!("{stream} contains {part:?}"));
                }
                for pattern in checks.matches.all() {
                    if !regex(pattern).is_ok_and(|regex| regex.is_match(text)) {
                        problems.push(format!("{stream} has no match for /{pattern}/"));
                    }
                }
                if !problems.is_empty() {
                    problems.push(format!("{stream} was:\n{}", crate::diff::quoted(&shown)));
                }
                problems
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(text: &str) -> Matcher {
        #[derive(Deserialize)]
        struct Holder {
            out: Matcher,
        }
        toml::from_str::<Holder>(text).map_or_else(
            |error| Matcher::Exactly(error.to_string()),
            |holder| holder.out,
        )
    }

    #[test]
    fn each_check_can_fail() {
        for (text, fails) in [
            ("out = 'ab\\n'", true),
            ("out = \"ab\\n\"", false),
            ("out = { contains = 'b' }", false),
            ("out = { contains = ['b', 'c'] }", true),
            ("out = { lacks = 'b' }", true),
            ("out = { lacks = 'c' }", false),
            ("out = { matches = '^a.$' }", false),
            ("out = { matches = '^b' }", true),
        ] {
            let problems = matcher(text).problems("stdout", b"ab\n");
            assert_eq!(!problems.is_empty(), fails, "{text}: {problems:?}");
        }
    }
}
