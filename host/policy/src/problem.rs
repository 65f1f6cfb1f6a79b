//! Problems in a policy, with their positions.

use std::fmt;

use nethost_core::text;

/// A policy that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.shown())]
pub struct Error {
    problems: Vec<Problem>,
    not_found: bool,
}

/// The severity of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The policy cannot be used, because its meaning is not clear.
    Error,
    /// A part of it has no effect.
    Warning,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its severity.
    pub severity: Severity,
    /// The file, or the flag.
    pub origin: String,
    /// Line and column, from 1, if the text has them.
    pub place: Option<(usize, usize)>,
    /// The problem and a suggestion, on one line.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::line(&self.origin))?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        if self.severity == Severity::Warning {
            f.write_str(": warning")?;
        }
        // Both may quote text of the file.
        write!(f, ": {}", text::line(&self.message))
    }
}

impl Error {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self {
            problems,
            not_found: false,
        }
    }

    /// A mistake in a flag.
    pub(super) fn flag(origin: &str, message: &str) -> Self {
        Self::of(origin, message.into())
    }

    /// A file that cannot be used, whatever its contents.
    pub(super) fn of(origin: &str, message: String) -> Self {
        Self::new(vec![Problem {
            severity: Severity::Error,
            origin: origin.into(),
            place: None,
            message,
        }])
    }

    pub(super) fn not_found(mut self) -> Self {
        self.not_found = true;
        self
    }

    /// True when there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.not_found
    }

    /// All that is wrong, in the order of the text.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The first error; the rest is for `nethost policy check`.
    fn shown(&self) -> String {
        let mut errors = self
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let first = errors.next().map_or_else(String::new, ToString::to_string);
        match errors.count() {
            0 => first,
            more => format!("{first} (and {more} more; `nethost policy check` shows them)"),
        }
    }
}

/// Where the lines of a text begin.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1));
        Self {
            text,
            starts: starts.collect(),
        }
    }

    /// The line and column of a byte, both from 1.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self
            .starts
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}
