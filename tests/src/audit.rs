//! The audit log that a run left behind: JSON lines. What the log says of itself is not among them.

use serde_json::Value;
use std::path::Path;

/// The records of runs in one log, in order.
#[derive(Debug)]
pub struct Log(pub Vec<Value>);

impl Log {
    /// Reads a log.
    ///
    /// # Panics
    /// When it is not there, or a line of it is not JSON.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        Self::read_from(path, 0)
    }

    /// Reads what was added to a log that was this long.
    ///
    /// # Panics
    /// As [`read`](Self::read).
    #[must_use]
    pub fn read_from(path: &Path, length: u64) -> Self {
        let text = std::fs::read_to_string(path).expect("an audit log");
        let at = usize::try_from(length).expect("a length");
        Self(
            text[at..]
                .lines()
                .map(|line| serde_json::from_str::<Value>(line).expect(line))
                .filter(|record| record["run_seq"].is_u64())
                .collect(),
        )
    }

    /// The records of one event, such as `denied`.
    #[must_use]
    pub fn of(&self, event: &str) -> Vec<&Value> {
        self.0
            .iter()
            .filter(|record| record["event"] == event)
            .collect()
    }

    /// The one record of an event.
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[must_use]
    pub fn only(&self, event: &str) -> &Value {
        match self.of(event).as_slice() {
            [record] => record,
            others => panic!("{} records of {event}: {self:#?}", others.len()),
        }
    }

    /// The sum of one counter over all `close` records.
    #[must_use]
    pub fn total(&self, counter: &str) -> u64 {
        self.of("close")
            .iter()
            .filter_map(|record| record["counters"][counter].as_u64())
            .sum()
    }
}
