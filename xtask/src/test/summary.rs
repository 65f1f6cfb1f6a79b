//! What test programs say while they run, line by line, and what of it is worth a reader's time.

use std::time::Duration;

/// What the test programs reported.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// What the test programs set out to run.
    announced: usize,
    pub(super) passed: usize,
    pub(super) failed: Vec<String>,
    pub(super) ignored: Vec<String>,
    /// Failed among the others, passed alone.
    pub(super) unsteady: Vec<String>,
    /// The tests that took longest, as their program names them, in seconds.
    pub(super) took: Vec<(f64, String)>,
}

impl Summary {
    /// Tests that were to run and of whose end nothing was heard.
    pub(super) fn unreported(&self) -> usize {
        let reported = self.passed + self.failed.len() + self.ignored.len();
        self.announced.saturating_sub(reported)
    }

    /// Takes note of a line of libtest's output and tells whether a reader wants to see it.
    pub(super) fn note(&mut self, line: &str) -> bool {
        if let Some(rest) = line.strip_prefix("running ")
            && let Some((count, _)) = rest.split_once(" test")
        {
            self.announced += count.parse::<usize>().unwrap_or_default();
            return false;
        }
        // tests/tests/all/case.rs
        if let Some((time, name)) = line
            .strip_prefix("took ")
            .and_then(|rest| rest.split_once(" s: "))
            && let Ok(time) = time.parse()
        {
            self.took.push((time, name.to_owned()));
            return false;
        }
        if let Some(rest) = line.strip_prefix("test ")
            && let Some((name, outcome)) = rest.rsplit_once(" ... ")
        {
            // `ok`, `FAILED`, `ignored`, or `ignored, REASON`.
            match outcome.split(',').next().unwrap_or_default() {
                "ok" => self.passed += 1,
                "ignored" => self.ignored.push(line.to_owned()),
                "FAILED" => {
                    self.failed.push(name.trim_end().to_owned());
                    return true;
                }
                _ => return true,
            }
            return false;
        }
        !(line.is_empty() || line.starts_with("test result: ok"))
    }

    pub(super) fn report(&self, round: &str, took: Duration) {
        // Not run is not passed: each is named, with its reason where it gives one.
        for line in &self.ignored {
            println!("  {line}");
        }
        for name in &self.unsteady {
            println!("  unsteady: {name} failed among the others and passed alone");
        }
        println!(
            "tests of {round}: {} passed, {} failed, {} ignored, in {:.0} s",
            self.passed,
            self.failed.len(),
            self.ignored.len(),
            took.as_secs_f64()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_long_tests_took() {
        let mut summary = Summary::default();
        assert!(!summary.note("took 12.5 s: ping::prints_the_same_replies"));
        assert!(summary.note("took a while"));
        let took = (12.5, "ping::prints_the_same_replies".to_owned());
        assert_eq!(summary.took, [took]);
    }

    #[test]
    fn counts_what_passed_and_shows_what_did_not() {
        let output = "\nrunning 4 tests\ntest a::b ... ok\ntest c   ... FAILED\ntest d ... ignored, no netns\n\
            test src/lib.rs - Plugin (line 9) ... ok\n\nfailures:\n\n---- c stdout ----\nassertion failed\n\
            test result: FAILED. 2 passed; 1 failed\n";
        let mut summary = Summary::default();
        let shown: Vec<&str> = output.lines().filter(|line| summary.note(line)).collect();
        assert_eq!(summary.passed, 2);
        assert_eq!(summary.unreported(), 0);
        assert_eq!(summary.failed, ["c"]);
        assert_eq!(summary.ignored, ["test d ... ignored, no netns"]);
        let failure = [
            "failures:",
            "---- c stdout ----",
            "assertion failed",
            "test result: FAILED. 2 passed; 1 failed",
        ];
        assert_eq!(shown[0], "test c   ... FAILED");
        assert_eq!(shown[1..], failure);
    }

    #[test]
    fn notices_a_program_that_dies_among_its_tests() {
        let output = "running 3 tests\ntest a ... ok\ntest b ... FAILED\n";
        let mut summary = Summary::default();
        output.lines().for_each(|line| {
            summary.note(line);
        });
        assert_eq!(summary.unreported(), 1);
    }
}
