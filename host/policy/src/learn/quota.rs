//! How much of an access each run used, and the quota that would just have done.

use std::collections::BTreeMap;

use crate::Entry;
use crate::quantity::shown_bytes;

/// What was carried under one access, or all of one rule in one run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Carried {
    /// Packets or messages sent.
    pub packets_sent: u64,
    /// Packets or messages received.
    pub packets_received: u64,
    /// Payload bytes sent.
    pub bytes_sent: u64,
    /// Payload bytes received.
    pub bytes_received: u64,
}

impl Carried {
    /// The request itself counts as the first message sent under it.
    pub(super) const REQUEST: Self = Self {
        packets_sent: 1,
        packets_received: 0,
        bytes_sent: 0,
        bytes_received: 0,
    };

    /// What one access carried beyond its request.
    pub(super) fn beyond_request(self) -> Self {
        Self {
            packets_sent: self.packets_sent.saturating_sub(1),
            ..self
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let sum = |own: &mut u64, other: u64| *own = own.saturating_add(other);
        sum(&mut self.packets_sent, other.packets_sent);
        sum(&mut self.packets_received, other.packets_received);
        sum(&mut self.bytes_sent, other.bytes_sent);
        sum(&mut self.bytes_received, other.bytes_received);
    }
}

/// What the runs carried under one rule.
pub(super) type Runs = BTreeMap<String, Carried>;

/// The entry with the quota of the run that needed most, rounded up, and what it needed.
pub(super) fn limited(entry: Entry, runs: &Runs) -> (Entry, String) {
    let most = |of: fn(&Carried) -> u64| runs.values().map(of).max().unwrap_or(0);
    let packets = most(|run| run.packets_sent.max(run.packets_received));
    let bytes = most(|run| run.bytes_sent.max(run.bytes_received));
    let s = |count| if count == 1 { "" } else { "s" };
    let seen = format!(
        "at most {packets} packet{} and {bytes} byte{} in one run",
        s(packets),
        s(bytes)
    );
    let entry = entry.with_number("packets", rounded(packets));
    // What carried nothing, as a lookup does, is bounded by its number alone.
    if bytes == 0 {
        return (entry, seen);
    }
    let limit = bytes.checked_next_power_of_two().unwrap_or(bytes);
    (entry.with_text("bytes", &shown_bytes(limit)), seen)
}

/// Up to the next of 1, 2, 5, 10, 20, 50, …
fn rounded(count: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 5] {
            let limit = unit.saturating_mul(step);
            if limit >= count {
                return limit;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_that_needed_most_decides() {
        let run = |sent, received| Carried {
            packets_sent: sent,
            bytes_received: received,
            ..Carried::default()
        };
        let runs = [("a".to_owned(), run(3, 0)), ("b".to_owned(), run(21, 1025))].into();
        let (entry, seen) = limited(Entry::new("a.b"), &runs);
        assert_eq!(
            entry.to_string(),
            "{ cap = \"a.b\", packets = 50, bytes = \"2 KiB\" }"
        );
        assert_eq!(seen, "at most 21 packets and 1025 bytes in one run");
        let silent = [("a".to_owned(), run(0, 0))].into();
        let (entry, _) = limited(Entry::new("a.b"), &silent);
        assert_eq!(entry.to_string(), "{ cap = \"a.b\", packets = 1 }");
        assert_eq!(rounded(u64::MAX), u64::MAX);
    }
}
