//! `--record FILE`: the first output and, of each later run, what has changed, as lines of JSON.

use nethost_sdk::files::{WriteMode, Writer};
use nethost_sdk::text::printable;
use nethost_sdk::{Error, Exit};
use serde::Serialize;
use serde_json::Value;

use crate::pairs::{Line, pair};

/// The file, and what was recorded last.
pub(crate) struct Record {
    name: String,
    writer: Writer,
    last: Option<(Vec<Line>, u8)>,
}

/// What a line of the file says.
#[derive(Serialize)]
struct Entry<'a> {
    /// When the run began, in RFC 3339, UTC.
    time: String,
    command: &'a str,
    exit: u8,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    /// The whole of the first output.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a str>,
    /// What has changed since the entry before.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Change>>,
}

/// One change: of a field, of a line, a line that came (no `before`) or went (no `after`).
#[derive(Debug, Serialize, PartialEq, Eq)]
struct Change {
    /// The number of the line, from 1: in this output, or in that before if the line is gone.
    line: usize,
    /// JSON pointer to the value in a line of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
}

/// A run, as far as it is recorded.
pub(crate) struct Seen<'a> {
    pub(crate) time: String,
    pub(crate) command: &'a str,
    pub(crate) exit: u8,
    pub(crate) truncated: bool,
    pub(crate) output: &'a str,
}

impl Record {
    /// Opens the file, which is extended if it is there.
    pub(crate) fn open(name: &str) -> Result<Self, Exit> {
        let opened = Writer::make_or_open(name, WriteMode::Append, None);
        Ok(Self {
            writer: opened.map_err(|error| failed(name, &error))?,
            name: name.to_owned(),
            last: None,
        })
    }

    /// Writes what has changed, if anything.
    pub(crate) fn keep(&mut self, seen: Seen<'_>) -> Result<(), Exit> {
        let lines: Vec<Line> = seen.output.lines().map(Line::of).collect();
        let (output, changes) = match &self.last {
            None => (Some(seen.output), None),
            Some((before, exit)) => {
                let changes = changes(before, &lines);
                if changes.is_empty() && *exit == seen.exit {
                    return Ok(());
                }
                (None, Some(changes))
            }
        };
        let entry = Entry {
            time: seen.time,
            command: seen.command,
            exit: seen.exit,
            truncated: seen.truncated,
            output,
            changes,
        };
        self.last = Some((lines, seen.exit));
        let mut line = serde_json::to_vec(&entry)
            .map_err(|error| Exit::failed(1, format!("watch: {error}")))?;
        line.push(b'\n');
        let written = self.writer.write(&line);
        written.map_err(|error| failed(&self.name, &error))
    }
}

fn failed(name: &str, error: &Error) -> Exit {
    let text = match error {
        Error::Denied(_) => format!("watch: {error}"),
        error => format!("watch: --record: {}: {error}", printable(name)),
    };
    Exit::failed(1, text)
}

fn changes(before: &[Line], after: &[Line]) -> Vec<Change> {
    let pairs = pair(before, after);
    let mut changes = Vec::new();
    let mut gone = (0..before.len())
        .filter(|at| !pairs.contains(&Some(*at)))
        .peekable();
    for (at, (line, pair)) in after.iter().zip(&pairs).enumerate() {
        let Some(from) = *pair else {
            changes.push(Change::of(at, None, None, Some(&line.text)));
            continue;
        };
        while let Some(at) = gone.next_if(|at| *at < from) {
            changes.push(Change::of(at, None, Some(&before[at].text), None));
        }
        let old = &before[from];
        if old.text == line.text {
            continue;
        }
        if !(old.is_json && line.is_json) {
            changes.push(Change::of(at, None, Some(&old.text), Some(&line.text)));
            continue;
        }
        let added = line
            .fields
            .keys()
            .filter(|way| !old.fields.contains_key(*way));
        for way in old.fields.keys().chain(added) {
            let (one, other) = (old.field(way), line.field(way));
            if one != other {
                changes.push(Change::of(at, Some(way), one, other));
            }
        }
    }
    changes.extend(gone.map(|at| Change::of(at, None, Some(&before[at].text), None)));
    changes
}

impl Change {
    fn of(at: usize, field: Option<&str>, before: Option<&str>, after: Option<&str>) -> Self {
        // The value of a field stays what it is; a line is text.
        let value = |text: &str| match field {
            Some(_) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            None => Value::from(text),
        };
        Self {
            line: at + 1,
            field: field.map(str::to_owned),
            before: before.map(value),
            after: after.map(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_told() {
        let told = |before: &str, after: &str| {
            let lines = |text: &str| text.lines().map(Line::of).collect::<Vec<_>>();
            serde_json::to_string(&changes(&lines(before), &lines(after))).unwrap_or_default()
        };
        for (before, after, expected) in [
            ("a 1\nb\n", "a 1\nb\n", "[]"),
            (
                "a 1\nb\n",
                "a 2\nb\n",
                r#"[{"line":1,"before":"a 1","after":"a 2"}]"#,
            ),
            ("b\n", "a\nb\n", r#"[{"line":1,"after":"a"}]"#),
            (
                "a\nb\nc\n",
                "c\n",
                r#"[{"line":1,"before":"a"},{"line":2,"before":"b"}]"#,
            ),
            ("", "a\n", r#"[{"line":1,"after":"a"}]"#),
            (
                "{\"id\":1,\"n\":{\"m\":1},\"o\":0}\n",
                "{\"id\":1,\"n\":{\"m\":2},\"p\":\"x\"}\n",
                r#"[{"line":1,"before":"{\"id\":1,\"n\":{\"m\":1},\"o\":0}"},{"line":1,"after":"{\"id\":1,\"n\":{\"m\":2},\"p\":\"x\"}"}]"#,
            ),
            (
                "{\"id\":1,\"m\":1}\n",
                "{\"id\":1,\"m\":2}\n",
                r#"[{"line":1,"field":"/m","before":1,"after":2}]"#,
            ),
        ] {
            let mut expected: Vec<Value> = serde_json::from_str(expected).unwrap_or_default();
            let mut ours: Vec<Value> =
                serde_json::from_str(&told(before, after)).unwrap_or_default();
            expected.sort_by_key(ToString::to_string);
            ours.sort_by_key(ToString::to_string);
            assert_eq!(ours, expected, "{before:?} {after:?}");
        }
    }
}
