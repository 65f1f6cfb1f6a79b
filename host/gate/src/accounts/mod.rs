//! What a user's concurrent runs use together, where a service attends each in a process of its own: accounts in
//! memory that these processes share. A user's accounts begin anew when their last run has ended.

mod sys;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Accounts of all users together, and of one user: one for each rule with a quota that applies to a run.
const ALL: usize = 16_384;
const OF_EACH: usize = 1024;

/// One account: what was sent and received, and when a bucket is full again, in nanoseconds of the monotonic clock.
/// All zeros is one with nothing in it.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) packets_sent: AtomicU64,
    pub(super) bytes_sent: AtomicU64,
    pub(super) packets_received: AtomicU64,
    pub(super) bytes_received: AtomicU64,
    pub(super) full_at: AtomicU64,
}

/// Whose account it is and for what; nobody's where that is 0.
#[derive(Debug, Default)]
struct Slot {
    owner: AtomicU64,
    counters: Counters,
}

/// The accounts of a service.
#[derive(Debug, Clone, Copy)]
pub struct Accounts(&'static [Slot]);

/// Those of one user.
#[derive(Debug, Clone, Copy)]
pub struct UserAccounts {
    all: Accounts,
    user: u32,
}

impl Accounts {
    /// In memory that this process shares with those that it forks.
    pub fn shared() -> io::Result<Self> {
        sys::shared(ALL).map(Self)
    }

    /// A user's.
    #[must_use]
    pub fn of(self, user: u32) -> UserAccounts {
        UserAccounts { all: self, user }
    }

    /// Their last run has ended. Only for the process that forks, which lets nobody begin meanwhile.
    pub fn forget(self, user: u32) {
        for slot in self.0 {
            if is_of(slot.owner.load(Relaxed), user) {
                let Counters {
                    packets_sent,
                    bytes_sent,
                    packets_received,
                    bytes_received,
                    full_at,
                } = &slot.counters;
                for counter in [
                    packets_sent,
                    bytes_sent,
                    packets_received,
                    bytes_received,
                    full_at,
                ] {
                    counter.store(0, Relaxed);
                }
                slot.owner.store(0, Relaxed);
            }
        }
    }
}

impl UserAccounts {
    /// The account for this, which all of the user's runs share. None when there are too many.
    pub(super) fn account(self, what: &impl Hash) -> Option<&'static Counters> {
        let owner = owner(self.user, what);
        let slots = self.all.0;
        loop {
            let mut own = 0;
            let mut free = None;
            for slot in slots {
                match slot.owner.load(Relaxed) {
                    found if found == owner => return Some(&slot.counters),
                    0 => free = free.or(Some(slot)),
                    found => own += usize::from(is_of(found, self.user)),
                }
            }
            if own >= OF_EACH {
                return None;
            }
            // Taken meanwhile, perhaps for the same: looked for again. Two that are made at once in different
            // places are one from then on, the first that is found.
            let _ = free?.owner.compare_exchange(0, owner, Relaxed, Relaxed);
        }
    }
}

fn owner(user: u32, what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    // Where two things of one user have one hash, they share what each may have alone.
    (hasher.finish() << 32) | u64::from(user.wrapping_add(1))
}

fn is_of(owner: u64, user: u32) -> bool {
    owner != 0 && owner as u32 == user.wrapping_add(1)
}

/// Nanoseconds of a clock that all processes share.
pub(super) fn now() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec.cast_unsigned() * 1_000_000_000 + now.tv_nsec.cast_unsigned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_user_s_runs_share_and_others_do_not() {
        let accounts = Accounts::shared().unwrap();
        let sent = |user: u32, what: &str| {
            let account = accounts.of(user).account(&what).unwrap();
            account.packets_sent.fetch_add(1, Relaxed)
        };
        assert_eq!([sent(7, "a"), sent(7, "a"), sent(7, "a")], [0, 1, 2]);
        assert_eq!([sent(8, "a"), sent(7, "b"), sent(0, "a")], [0, 0, 0]);
        accounts.forget(7);
        assert_eq!([sent(7, "a"), sent(8, "a"), sent(0, "a")], [0, 1, 1]);
    }

    #[test]
    fn one_user_does_not_use_up_all_of_them() {
        let accounts = Accounts::shared().unwrap();
        let taken = (0..2 * OF_EACH).filter(|what| accounts.of(7).account(what).is_some());
        assert_eq!(taken.count(), OF_EACH);
        assert!(accounts.of(8).account(&1).is_some());
        accounts.forget(7);
        assert!(accounts.of(7).account(&(3 * OF_EACH)).is_some());
    }

    #[test]
    fn processes_share_them() {
        let accounts = Accounts::shared().unwrap();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                std::thread::spawn(move || {
                    for what in 0..100 {
                        let account = accounts.of(7).account(&what).unwrap();
                        account.bytes_sent.fetch_add(1, Relaxed);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|one| one.join().unwrap());
        let counted = accounts.0.iter();
        let counted = counted.map(|slot| slot.counters.bytes_sent.load(Relaxed));
        assert_eq!(counted.sum::<u64>(), 400);
    }
}
