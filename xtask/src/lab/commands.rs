//! The command lines, and what the two tools answered.
//!
//! In the file, `=` begins new namespaces, `!` a line that iproute2 runs in both, `#` a comment.

use std::fmt::Write;

/// How many lines were compared.
pub(super) struct Report {
    pub(super) compared: usize,
    pub(super) different: usize,
    /// The differences, or that something is missing.
    pub(super) problem: Option<String>,
}

/// One answer: what was printed, and `@code N` as its last line.
type Answer<'a> = &'a str;

/// Compares what each line made the two print.
pub(super) fn compare(commands: &str, results: &str) -> Report {
    let lines: Vec<&str> = commands.lines().filter(|line| is_compared(line)).collect();
    let answers = answers(results);
    let (mut different, mut problem) = (0, String::new());
    for (line, (native, ours)) in lines.iter().zip(&answers) {
        if native != ours {
            different += 1;
            let _ = writeln!(problem, "ip {line}");
            for (who, answer, other) in [("iproute2", native, ours), ("ours", ours, native)] {
                let _ = writeln!(problem, "--- {who}\n{}", what_differs(answer, other));
            }
        }
    }
    if answers.len() != lines.len() || !results.contains("@over") {
        different += lines.len() - answers.len().min(lines.len());
        let _ = writeln!(
            problem,
            "only {} of {} were run",
            answers.len(),
            lines.len()
        );
    }
    Report {
        compared: lines.len(),
        different,
        problem: (!problem.is_empty()).then_some(problem),
    }
}

/// The lines of an answer from the first that the other has not. A long line, such as JSON, begins shortly before the
/// difference.
fn what_differs(answer: &str, other: &str) -> String {
    const BEFORE: usize = 60;
    let (mut lines, mut others) = (answer.lines().peekable(), other.lines());
    while lines
        .peek()
        .is_some_and(|line| others.next() == Some(*line))
    {
        lines.next();
    }
    let rest = lines.collect::<Vec<_>>().join("\n");
    let same = |at: usize| other.contains(&rest[..at]);
    let at = rest
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| same(*at))
        .last();
    let begin = at.unwrap_or_default().saturating_sub(BEFORE);
    rest.get(begin..).unwrap_or(&rest).to_owned()
}

fn is_compared(line: &str) -> bool {
    !line.is_empty() && !line.starts_with(['=', '!', '#'])
}

fn answers(results: &str) -> Vec<(Answer<'_>, Answer<'_>)> {
    let parts = results.split("@native\n").skip(1);
    parts
        .filter_map(|part| {
            let (native, ours) = part.split_once("@ours\n")?;
            let ours = ours.split("@over").next()?;
            ours.contains("@code ")
                .then(|| (native.trim_end(), ours.trim_end()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::compare;

    const COMMANDS: &str = "= a\n# b\n! link add x type dummy\nlink show\nlink del x\n";

    #[test]
    fn the_same_answers_are_no_problem() {
        let results = "@native\n1: lo\n@code 0\n@ours\n1: lo\n@code 0\n@native\n@code 0\n@ours\n@code 0\n@over\n";
        let report = compare(COMMANDS, results);
        assert_eq!((report.compared, report.different), (2, 0));
        assert!(report.problem.is_none());
    }

    #[test]
    fn a_difference_and_a_guest_that_stopped_are_told() {
        let results = "@native\n1: lo\n@code 0\n@ours\n1: l0\n@code 0\n@native\n@code 0\n";
        let report = compare(COMMANDS, results);
        assert_eq!((report.compared, report.different), (2, 2));
        let problem = report.problem.unwrap();
        assert!(
            problem.contains("ip link show\n--- iproute2\n1: lo\n@code 0\n--- ours\n1: l0"),
            "{problem}"
        );
        assert!(problem.contains("only 1 of 2 were run"), "{problem}");
    }
}
