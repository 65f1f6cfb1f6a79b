//! Shows where two texts differ, line by line.

use std::fmt::Write as _;

/// The number of lines of which a table of differences is made. Longer texts are compared from both ends only.
const MOST: usize = 2000;

/// A text, each line with a mark.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for line in text.lines() {
        // Writing to a string cannot fail.
        let _ = writeln!(shown, "    | {line}");
    }
    if shown.is_empty() {
        shown.push_str("    (nothing)\n");
    }
    shown.truncate(shown.trim_end().len());
    shown
}

/// The lines of both: `-` before those that were expected and did not come, `+` before those that came instead.
pub(crate) fn lines(expected: &str, found: &str) -> String {
    let ended = |text: &str| !text.is_empty() && !text.ends_with('\n');
    let left: Vec<&str> = expected.lines().collect();
    let right: Vec<&str> = found.lines().collect();
    let mut rows = Vec::new();
    for (mark, line) in changes(&left, &right) {
        rows.push(format!("    {mark} {line}"));
    }
    match (ended(expected), ended(found)) {
        (false, true) => rows.push("    (the last line has no line end)".into()),
        (true, false) => rows.push("    (the last line has a line end)".into()),
        _ => {}
    }
    rows.join("\n")
}

fn changes<'t>(left: &[&'t str], right: &[&'t str]) -> Vec<(char, &'t str)> {
    let same = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (head, left) = left.split_at(same);
    let right = right.get(same..).unwrap_or_default();
    let pairs = left.iter().rev().zip(right.iter().rev());
    let same = pairs.take_while(|(a, b)| a == b).count();
    let (left, tail) = left.split_at(left.len() - same);
    let right = right.get(..right.len() - same).unwrap_or_default();
    let unchanged = |line: &&'t str| (' ', *line);
    let mut rows: Vec<_> = head.iter().map(unchanged).collect();
    if left.len() > MOST || right.len() > MOST {
        rows.extend(left.iter().map(|line| ('-', *line)));
        rows.extend(right.iter().map(|line| ('+', *line)));
    } else {
        rows.extend(middle(left, right));
    }
    rows.extend(tail.iter().map(unchanged));
    rows
}

/// By the longest common subsequence.
fn middle<'t>(left: &[&'t str], right: &[&'t str]) -> Vec<(char, &'t str)> {
    let width = right.len() + 1;
    let mut common = vec![0u32; (left.len() + 1) * width];
    for (i, a) in left.iter().enumerate().rev() {
        for (j, b) in right.iter().enumerate().rev() {
            common[i * width + j] = match a == b {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut rows) = (0, 0, Vec::new());
    loop {
        match (left.get(i), right.get(j)) {
            (Some(a), Some(b)) if a == b => {
                rows.push((' ', *a));
                (i, j) = (i + 1, j + 1);
            }
            (Some(a), Some(_)) if common[(i + 1) * width + j] >= common[i * width + j + 1] => {
                rows.push(('-', *a));
                i += 1;
            }
            (_, Some(b)) => {
                rows.push(('+', *b));
                j += 1;
            }
            (Some(a), None) => {
                rows.push(('-', *a));
                i += 1;
            }
            (None, None) => return rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_stands_between_the_others() {
        assert_eq!(
            lines("a\nb\nc\nd\n", "a\nx\nc\ny\nd\n"),
            "      a\n    - b\n    + x\n      c\n    + y\n      d"
        );
        assert_eq!(lines("", "a\n"), "    + a");
        assert_eq!(
            lines("a\n", "a"),
            "      a\n    (the last line has no line end)"
        );
    }
}
