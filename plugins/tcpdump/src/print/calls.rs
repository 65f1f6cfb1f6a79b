//! The calls that were seen, for the replies to them.

/// Calls remembered at most; the next one takes the place of the oldest.
const MOST: usize = 64;

/// What was called, by what its reply has too.
#[derive(Debug)]
pub(crate) struct Calls<K, V> {
    known: Vec<(K, V)>,
    next: usize,
    /// Where the last reply's call was found, and where the next one is looked for first.
    found: usize,
}

impl<K, V> Default for Calls<K, V> {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            next: 0,
            found: 0,
        }
    }
}

impl<K: PartialEq, V: Copy> Calls<K, V> {
    /// Remembers a call.
    pub(crate) fn insert(&mut self, key: K, call: V) {
        match self.known.get_mut(self.next) {
            Some(place) => *place = (key, call),
            None => self.known.push((key, call)),
        }
        self.next = (self.next + 1) % MOST;
    }

    /// The call that a reply belongs to.
    pub(crate) fn find(&mut self, key: &K) -> Option<V> {
        let (before, after) = self.known.split_at_checked(self.found)?;
        let order = after.iter().zip(self.found..).chain(before.iter().zip(0..));
        let ((_, call), place) = order.into_iter().find(|((known, _), _)| known == key)?;
        self.found = place;
        Some(*call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_finds_its_call() {
        let mut calls = Calls::default();
        for number in 0..100 {
            calls.insert(number, number * 2);
        }
        assert_eq!(calls.find(&35), None);
        assert_eq!(calls.find(&36), Some(72));
        assert_eq!(calls.find(&99), Some(198));
        calls.insert(99, 7);
        assert_eq!(calls.find(&99), Some(198), "from where the last one was");
        assert_eq!(calls.find(&98), Some(196));
    }
}
