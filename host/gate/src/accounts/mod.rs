//! Accounts that the concurrent runs of a user share. A service attends each run in its own process, so the accounts
//! are in shared memory. Each user with a run has their own slots, and there are as many as there can be runs, so no
//! user can exhaust the accounts of another. The slots are cleared when the last run of the user has ended.

mod sys;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Accounts of one user: one for each rule with a quota that applies to a run.
const OF_EACH: usize = 1024;

/// One account: what was sent and received, and when a bucket is full again, in nanoseconds of the monotonic clock.
/// All zeros is an empty account.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) packets_sent: AtomicU64,
    pub(super) bytes_sent: AtomicU64,
    pub(super) packets_received: AtomicU64,
    pub(super) bytes_received: AtomicU64,
    pub(super) full_at: AtomicU64,
}

/// The key of the account; 0 if it is free. The slots of a user are taken in order and released all at once.
#[derive(Debug, Default)]
struct Slot {
    what: AtomicU64,
    counters: Counters,
}

/// The accounts of a service.
#[derive(Debug, Clone, Copy)]
pub struct Accounts {
    /// The user of each group of slots; 0 if it is free.
    owners: &'static [AtomicU64],
    /// The slots of each group.
    slots: &'static [Slot],
}

/// The accounts of one user.
#[derive(Debug, Clone, Copy)]
pub struct UserAccounts {
    all: Accounts,
    user: u32,
}

impl Accounts {
    /// Accounts for this many users at once, in memory that this process shares with the processes that it forks.
    /// Pages are allocated when they are used.
    pub fn shared(users: usize) -> io::Result<Self> {
        Ok(Self {
            owners: sys::shared(users)?,
            slots: sys::shared(users.saturating_mul(OF_EACH))?,
        })
    }

    /// A user's.
    #[must_use]
    pub fn of(self, user: u32) -> UserAccounts {
        UserAccounts { all: self, user }
    }

    /// Reserves slots for a user. False if there are more users than expected. Only for the process that forks,
    /// before it does.
    #[must_use]
    pub fn admit(self, user: u32) -> bool {
        if self.room(user).is_some() {
            return true;
        }
        let mut free = self.owners.iter();
        let free = free.find(|owner| owner.load(Relaxed) == 0);
        free.inspect(|free| free.store(owner(user), Relaxed))
            .is_some()
    }

    /// The last run of the user has ended. Only for the process that forks, which starts no run meanwhile.
    pub fn forget(self, user: u32) {
        let Some(room) = self.room(user) else {
            return;
        };
        let of_user = self.slots_of(room).iter();
        for slot in of_user.take_while(|slot| slot.what.load(Relaxed) != 0) {
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
                &slot.what,
            ] {
                counter.store(0, Relaxed);
            }
        }
        if let Some(owner) = self.owners.get(room) {
            owner.store(0, Relaxed);
        }
    }

    fn room(self, user: u32) -> Option<usize> {
        let mut owners = self.owners.iter();
        owners.position(|found| found.load(Relaxed) == owner(user))
    }

    fn slots_of(self, room: usize) -> &'static [Slot] {
        let first = room * OF_EACH;
        self.slots.get(first..first + OF_EACH).unwrap_or_default()
    }
}

impl UserAccounts {
    /// The account for this key, which all runs of the user share. None if there are too many.
    pub(super) fn account(self, what: &impl Hash) -> Option<&'static Counters> {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        // If two keys of a user have the same hash, they share one account.
        let what = hasher.finish().max(1);
        let slots = self.all.slots_of(self.all.room(self.user)?);
        slots.iter().find_map(|slot| {
            let found = match slot.what.load(Relaxed) {
                0 => {
                    let taken = slot.what.compare_exchange(0, what, Relaxed, Relaxed);
                    // Another run may have been first.
                    taken.map_or_else(|found| found, |_| what)
                }
                found => found,
            };
            (found == what).then_some(&slot.counters)
        })
    }
}

fn owner(user: u32) -> u64 {
    u64::from(user) + 1
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

    fn admitted(users: &[u32]) -> Accounts {
        let accounts = Accounts::shared(users.len()).unwrap();
        assert!(users.iter().all(|user| accounts.admit(*user)));
        accounts
    }

    #[test]
    fn a_user_s_runs_share_and_others_do_not() {
        let accounts = admitted(&[7, 8, 0]);
        let sent = |user: u32, what: &str| {
            let account = accounts.of(user).account(&what).unwrap();
            account.packets_sent.fetch_add(1, Relaxed)
        };
        assert_eq!([sent(7, "a"), sent(7, "a"), sent(7, "a")], [0, 1, 2]);
        assert_eq!([sent(8, "a"), sent(7, "b"), sent(0, "a")], [0, 0, 0]);
        accounts.forget(7);
        assert!(accounts.of(7).account(&"a").is_none(), "they have no room");
        assert!(accounts.admit(7) && accounts.admit(7));
        assert_eq!([sent(7, "a"), sent(8, "a"), sent(0, "a")], [0, 1, 1]);
    }

    #[test]
    fn no_users_leave_another_without() {
        const USERS: u32 = 20;
        let users: Vec<_> = (0..USERS).collect();
        let accounts = admitted(&users);
        for user in 0..USERS - 1 {
            let taken = (0..2 * OF_EACH).filter(|what| accounts.of(user).account(what).is_some());
            assert_eq!(taken.count(), OF_EACH, "{user}");
        }
        // The accounts of the other users have not changed.
        let last = accounts.of(USERS - 1).account(&1).unwrap();
        assert_eq!(last.packets_sent.fetch_add(1, Relaxed), 0);
        assert!(!accounts.admit(USERS), "all rooms are somebody's");
        // A user without a run has no slots.
        accounts.forget(7);
        assert!(accounts.admit(USERS));
        let fresh = (0..OF_EACH).all(|what| accounts.of(USERS).account(&what).is_some());
        assert!(fresh && accounts.of(7).account(&1).is_none());
        assert_eq!(last.packets_sent.load(Relaxed), 1);
    }

    #[test]
    fn processes_share_them() {
        let accounts = admitted(&[7]);
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
        let of_each = (0..100).map(|what| {
            let account = accounts.of(7).account(&what).unwrap();
            account.bytes_sent.load(Relaxed)
        });
        assert!(of_each.into_iter().all(|sent| sent == 4));
    }
}
