//! How many accesses a run can open. Each access is recorded, so a plugin that opens and closes in an endless loop
//! would fill the log.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::accounts::{Counters, now};

const HOUR: Duration = Duration::from_secs(3600);

/// A bucket with the number of accesses per hour. It is filled again within an hour.
#[derive(Debug)]
pub(super) struct Pace {
    limit: Option<u64>,
    own: Counters,
    /// The shared bucket of all runs of the user, if there is one.
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

    /// A pace with a bucket that is shared with other runs.
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

    /// Whether it is empty.
    pub(super) fn is_used_up(&self) -> bool {
        let full_at = self.shared.unwrap_or(&self.own).full_at.load(Relaxed);
        self.limit
            .is_some_and(|limit| after(full_at, now(), limit, 1).is_none())
    }

    /// Takes one access. Fails with the limit that is used up.
    pub(super) fn take(&self) -> Result<(), u64> {
        self.take_many(1)
    }

    /// Takes this many accesses, or none. Fails with the limit that is used up.
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

/// When the bucket is full again after this many more are taken from it. None if it does not have that many.
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
