//! The runs that had something new, which the operator can look back at.

use std::collections::VecDeque;
use std::ops::Range;

use jiff::civil::DateTime;

/// Runs and octets of output that are kept; the last two runs always are.
const MOST_RUNS: usize = 200;
const MOST_OCTETS: usize = 16 << 20;

/// What a run showed.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) began: DateTime,
    pub(crate) text: String,
    /// Fields that are highlighted.
    pub(crate) marks: Vec<Range<usize>>,
}

/// The runs, the oldest first, and which of them is looked at.
#[derive(Debug, Default)]
pub(crate) struct History {
    runs: VecDeque<Shown>,
    octets: usize,
    /// How many runs before the last one.
    back: usize,
}

impl History {
    /// Adds a run. One that shows the same as the last takes its place.
    pub(crate) fn add(&mut self, shown: Shown) {
        if let Some(last) = self.runs.back_mut()
            && last.text == shown.text
        {
            *last = shown;
            return;
        }
        self.octets += shown.text.len();
        self.runs.push_back(shown);
        // What is looked at stays in sight.
        if self.back > 0 {
            self.back += 1;
        }
        while self.runs.len() > MOST_RUNS || (self.octets > MOST_OCTETS && self.runs.len() > 2) {
            let gone = self.runs.pop_front();
            self.octets -= gone.map_or(0, |gone| gone.text.len());
        }
        self.back = self.back.min(self.runs.len() - 1);
    }

    /// Goes to an earlier run.
    pub(crate) fn earlier(&mut self) {
        self.back = (self.back + 1).min(self.runs.len().saturating_sub(1));
    }

    /// Goes to a later run.
    pub(crate) fn later(&mut self) {
        self.back = self.back.saturating_sub(1);
    }

    /// Goes to the last run, and follows.
    pub(crate) fn follow(&mut self) {
        self.back = 0;
    }

    pub(crate) fn back(&self) -> usize {
        self.back
    }

    /// The run that is looked at, and the one before it.
    pub(crate) fn current(&self) -> Option<(&Shown, Option<&Shown>)> {
        let at = self.runs.len().checked_sub(self.back + 1)?;
        let before = at.checked_sub(1).and_then(|at| self.runs.get(at));
        self.runs.get(at).map(|shown| (shown, before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Shown {
        Shown {
            began: DateTime::default(),
            text: text.into(),
            marks: Vec::new(),
        }
    }

    #[test]
    fn what_is_looked_at_stays_until_it_is_forgotten() {
        let mut history = History::default();
        let seen = |history: &History| history.current().map(|(run, _)| run.text.clone());
        assert_eq!(seen(&history), None);
        for text in ["a", "b", "b", "c"] {
            history.add(shown(text));
        }
        history.earlier();
        assert_eq!(seen(&history).as_deref(), Some("b"));
        history.add(shown("d"));
        assert_eq!((seen(&history).as_deref(), history.back()), (Some("b"), 2));
        history.earlier();
        history.earlier();
        assert_eq!(seen(&history).as_deref(), Some("a"));
        for number in 0..MOST_RUNS {
            history.add(shown(&number.to_string()));
        }
        assert_eq!(seen(&history).as_deref(), Some("0"));
        history.later();
        assert_eq!(seen(&history).as_deref(), Some("1"));
        history.follow();
        assert_eq!(seen(&history).as_deref(), Some("199"));
        let long = "x".repeat(MOST_OCTETS / 2 + 1);
        for end in ["1", "2", "3"] {
            history.add(shown(&format!("{long}{end}")));
        }
        assert_eq!(history.runs.len(), 2);
    }
}
