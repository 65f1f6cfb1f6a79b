//! What would change, grouped: the same access of the same plugin and user is one line with a count.

use std::collections::HashMap;

/// What another policy says to an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is allowed.
    Allowed,
    /// It is allowed, and a report-only rule would deny it.
    Reported,
    /// It is denied.
    Denied,
}

impl Verdict {
    /// Its name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Reported => "reported",
            Self::Denied => "denied",
        }
    }
}

/// A change of accesses that are alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Change {
    /// What was decided.
    pub from: Verdict,
    /// What would be.
    pub to: Verdict,
    /// The rule that makes the difference.
    pub rule: String,
    /// The plugin.
    pub plugin: String,
    /// Its digest.
    pub digest: String,
    /// The user, by name or number.
    pub user: String,
    /// The request.
    pub cap: String,
    /// The target; the part of a set that changes. None for what is beyond the number of targets that are kept apart.
    pub target: Option<String>,
    /// The name that led to the target.
    pub asked: Option<String>,
}

impl Change {
    fn size(&self) -> usize {
        let texts = [
            &self.rule,
            &self.plugin,
            &self.digest,
            &self.user,
            &self.cap,
        ];
        let more = self.target.iter().chain(&self.asked);
        size_of::<Self>()
            + texts
                .into_iter()
                .chain(more)
                .map(String::len)
                .sum::<usize>()
    }
}

/// Which accesses have one change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// The number of the first record.
    pub first: u64,
}

/// So many changes are kept apart by their targets.
pub const MOST_CHANGES: usize = 100_000;
/// So many bytes of texts are kept.
const MOST_BYTES: usize = 64 << 20;
/// Of which plugins and users without targets may take the same once more.
const MOST_WITH_REST: usize = 2 * MOST_BYTES;

/// All changes so far.
#[derive(Debug, Default)]
pub struct Changes {
    places: HashMap<Change, usize>,
    times: Vec<Times>,
    bytes: usize,
}

impl Changes {
    /// The place of a change, which may be a new one.
    pub(crate) fn place(&mut self, mut change: Change, seq: u64) -> usize {
        if let Some(place) = self.places.get(&change) {
            return *place;
        }
        if self.places.len() >= MOST_CHANGES || self.bytes >= MOST_BYTES {
            (change.target, change.asked) = (None, None);
            if self.bytes >= MOST_WITH_REST || self.places.len() >= 2 * MOST_CHANGES {
                change = Change {
                    rule: String::new(),
                    plugin: String::new(),
                    digest: String::new(),
                    user: String::new(),
                    cap: String::new(),
                    ..change
                };
            }
            if let Some(place) = self.places.get(&change) {
                return *place;
            }
        }
        self.bytes += change.size();
        self.times.push(Times {
            count: 0,
            first: seq,
        });
        self.places.insert(change, self.times.len() - 1);
        self.times.len() - 1
    }

    /// Counts one more.
    pub(crate) fn count(&mut self, place: usize) {
        if let Some(times) = self.times.get_mut(place) {
            times.count += 1;
        }
    }

    /// All of them, sorted by what changes, the rule, and how often.
    pub fn sorted(&self) -> Vec<(&Change, Times)> {
        let all = self.places.iter();
        let mut all: Vec<_> = all
            .filter_map(|(change, place)| Some((change, *self.times.get(*place)?)))
            .collect();
        all.sort_by(|(one, times), (other, more)| {
            let key = |change: &Change| (change.from, change.to);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.rule.cmp(&other.rule))
                .then_with(|| more.count.cmp(&times.count))
                .then_with(|| one.cmp(other))
        });
        all
    }

    /// True if nothing would change.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}
