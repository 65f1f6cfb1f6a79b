//! How many accesses a run may open: each is on record, so a plugin that opens and closes without end would
//! fill the log with what it is allowed.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::accounts::{Counters, now};

const HOUR: Duration = Duration::from_secs(3600);

/// A bucket of as many accesses as an hour may have, which an hour fills again.
#[derive(Debug)]
pub(super) struct Pace {
    limit: Option<u64>,
    own: Counters,
    /// That of all runs of its user, where there is one.
    shared: Option<&'static Counters>,
}

impl Pace {
    pub(super) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            own: Counters::default(),
            shared: None,
        }
    }

    /// One whose bucket other runs share.
    pub(super) fn sharing(limit: Option<u64>, account: &'static Counters) -> Self {
        Self {
            shared: Some(account),
            ..Self::new(limit)
        }
    }

    /// What it holds.
    pub(super) fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Whether there is none to take.
    pub(super) fn is_used_up(&self) -> bool {
        let full_at = self.shared.unwrap_or(&self.own).full_at.load(Relaxed);
        self.limit
            .is_some_and(|limit| after(full_at, now(), limit, 1).is_none())
    }

    /// Takes one access. Otherwise the limit that is used up.
    pub(super) fn take(&self) -> Result<(), u64> {
        self.take_many(1)
    }

    /// Takes so many accesses, or none. Otherwise the limit that is used up.
    pub(super) fn take_many(&self, count: u64) -> Result<(), u64> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let now = now();
        let taken = |full_at| after(full_at, now, limit, count);
        let account = self.shared.unwrap_or(&self.own);
        let updated = account.full_at.fetch_update(Relaxed, Relaxed, taken);
        updated.map(drop).map_err(|_| limit)
    }
}

/// When the bucket is full again after so many more are taken from it; none when it has not so many.
fn after(full_at: u64, now: u64, limit: u64, count: u64) -> Option<u64> {
    let hour = HOUR.as_nanos() as u64;
    let step = (hour / limit.max(1)).max(1);
    let next = full_at.max(now).checked_add(step.checked_mul(count)?)?;
    (next <= now + hour).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_has_so_many() {
        let pace = Pace::new(Some(100));
        assert!((0..100).all(|_| !pace.is_used_up() && pace.take().is_ok()));
        assert!(pace.is_used_up());
        assert_eq!(pace.take(), Err(100));
        let some = Pace::new(Some(100));
        assert_eq!(some.take_many(101), Err(100));
        assert_eq!(some.take_many(u64::MAX), Err(100));
        assert!(some.take_many(99).is_ok() && some.take_many(2).is_err() && some.take().is_ok());
        let free = Pace::new(None);
        assert!((0..1000).all(|_| free.take().is_ok()));
    }
}
