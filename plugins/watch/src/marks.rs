//! Which fields of an output have changed: -d with a tool that prints JSON.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::flags::{Differences, Options};
use crate::pairs::{Line, pair};

/// The lines of the last run, and the fields of each that are marked for good.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    lines: Option<Vec<Line>>,
    lasting: Vec<BTreeSet<String>>,
}

/// Whether changes are marked by field: where the command asks its tool for JSON.
pub(crate) fn are_fields(options: &Options) -> bool {
    let asks = |word: &str| matches!(word, "--json" | "-json" | "-j");
    options.differences != Differences::None && options.command().split_whitespace().any(asks)
}

impl Marks {
    /// Where the fields are that have changed since the run before, or since the start.
    pub(crate) fn next(&mut self, text: &str, differences: Differences) -> Vec<Range<usize>> {
        let lines: Vec<Line> = text.split('\n').map(Line::of).collect();
        let before = self.lines.replace(lines);
        let (Some(before), Some(lines)) = (before, &self.lines) else {
            return Vec::new();
        };
        let lasting = std::mem::take(&mut self.lasting);
        let mut ranges = Vec::new();
        let mut start = 0;
        for (line, pair) in lines.iter().zip(pair(&before, lines)) {
            let old = pair.map(|at| &before[at]);
            let changed = |way: &&String| old.is_none_or(|old| line.field(way) != old.field(way));
            let mut ways: BTreeSet<String> = line.fields.keys().filter(changed).cloned().collect();
            if differences == Differences::Permanent
                && let Some(earlier) = pair.and_then(|at| lasting.get(at))
            {
                ways.extend(earlier.iter().cloned());
            }
            let places = ways.iter().filter_map(|way| line.fields.get(way));
            ranges.extend(places.map(|place| place.start + start..place.end + start));
            self.lasting.push(ways);
            start += line.text.len() + 1;
        }
        ranges.sort_by_key(|range| range.start);
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_marked_as_a_whole_and_a_new_line_does_not_mark_the_others() {
        let marked = |marks: &mut Marks, text: &str, differences| {
            let ranges = marks.next(text, differences);
            let texts = ranges.into_iter().map(|range| text[range].to_owned());
            texts.collect::<Vec<_>>().join(" ")
        };
        let outputs = [
            "{\"id\":7,\"rtt\":19}\n",
            "{\"id\":7,\"rtt\":18}\n",
            "{\"id\":5,\"rtt\":1,\"x\":3}\n{\"id\":7,\"rtt\":18}\n",
        ];
        for (differences, expected) in [
            (Differences::Last, ["", "18", "5 1 3"]),
            (Differences::Permanent, ["", "18", "5 1 3 18"]),
        ] {
            let mut marks = Marks::default();
            let all = outputs.map(|text| marked(&mut marks, text, differences));
            assert_eq!(all, expected, "{differences:?}");
        }
    }

    #[test]
    fn fields_are_those_of_a_command_with_json() {
        for (command, differences, fields) in [
            (&["ss --json -tan"][..], Differences::Last, true),
            (&["ip", "-j", "link"], Differences::Permanent, true),
            (&["ss -tan"], Differences::Last, false),
            (&["ss", "--json"], Differences::None, false),
        ] {
            let options = Options {
                command: command.iter().map(|word| (*word).into()).collect(),
                differences,
                ..Options::default()
            };
            assert_eq!(are_fields(&options), fields, "{command:?}");
        }
    }
}
