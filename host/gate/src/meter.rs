//! The account of one rule's quota in one run: what has been sent and received under it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::accounts::{Counters, now};
use nethost_policy::{Quota, quantity};

/// The counters of one rule, for all permits of that rule.
#[derive(Debug)]
pub(super) struct Meter {
    quota: Quota,
    account: Account,
}

#[derive(Debug)]
enum Account {
    /// This run's.
    Own(Counters),
    /// Shared by all runs of the user.
    Shared(&'static Counters),
}

impl std::ops::Deref for Account {
    type Target = Counters;

    fn deref(&self) -> &Counters {
        match self {
            Self::Own(counters) => counters,
            Self::Shared(counters) => counters,
        }
    }
}

/// The part of a quota that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UsedUp {
    Rate,
    Packets,
    Bytes,
}

impl Meter {
    pub(super) fn new(quota: Quota) -> Self {
        Self {
            quota,
            account: Account::Own(Counters::default()),
        }
    }

    /// A meter with an account that is shared with other runs.
    pub(super) fn sharing(quota: Quota, account: &'static Counters) -> Self {
        Self {
            quota,
            account: Account::Shared(account),
        }
    }

    /// Whether this many more packets (0 or 1) with this many bytes can be sent now, or this much later.
    pub(super) fn may_send(&self, packets: u64, bytes: u64, later: Duration) -> Result<(), UsedUp> {
        let sent = (&self.account.packets_sent, &self.account.bytes_sent);
        self.within(sent, packets, bytes)?;
        if packets > 0
            && let Some((step, burst)) = self.pace()
        {
            let now = now() + later.as_nanos() as u64;
            let full_at = self.account.full_at.load(Relaxed).max(now);
            // Generic cell rate algorithm: the bucket must have space for one more step.
            if full_at + step > now + burst {
                return Err(UsedUp::Rate);
            }
        }
        Ok(())
    }

    /// Whether one more packet of this many bytes can be received.
    pub(super) fn may_receive(&self, bytes: u64) -> Result<(), UsedUp> {
        let received = (&self.account.packets_received, &self.account.bytes_received);
        self.within(received, 1, bytes)
    }

    pub(super) fn count_sent(&self, packets: u64, bytes: u64) {
        self.account.packets_sent.fetch_add(packets, Relaxed);
        self.account.bytes_sent.fetch_add(bytes, Relaxed);
        if packets > 0
            && let Some((step, _)) = self.pace()
        {
            let full_at = self.account.full_at.load(Relaxed).max(now());
            self.account.full_at.store(full_at + step, Relaxed);
        }
    }

    pub(super) fn count_received(&self, bytes: u64) {
        self.account.packets_received.fetch_add(1, Relaxed);
        self.account.bytes_received.fetch_add(bytes, Relaxed);
    }

    /// Whether the quota limits this part.
    pub(super) fn limits(&self, part: UsedUp) -> bool {
        match part {
            UsedUp::Rate => self.quota.rate.is_some(),
            UsedUp::Packets => self.quota.packets.is_some(),
            UsedUp::Bytes => self.quota.bytes.is_some(),
        }
    }

    /// The exhausted part as written in the policy, such as `rate = "10/s"`.
    pub(super) fn shown(&self, part: UsedUp) -> String {
        let Quota {
            rate,
            packets,
            bytes,
        } = self.quota;
        match part {
            UsedUp::Rate => rate.map(|rate| format!("rate = \"{rate}\"")),
            UsedUp::Packets => packets.map(|packets| format!("packets = {packets}")),
            UsedUp::Bytes => {
                bytes.map(|bytes| format!("bytes = \"{}\"", quantity::shown_bytes(bytes)))
            }
        }
        .unwrap_or_default()
    }

    fn within(
        &self,
        (had_packets, had_bytes): (&AtomicU64, &AtomicU64),
        packets: u64,
        bytes: u64,
    ) -> Result<(), UsedUp> {
        let full = |limit: Option<u64>, used: &AtomicU64, more: u64| {
            limit.is_some_and(|limit| used.load(Relaxed).saturating_add(more) > limit)
        };
        if full(self.quota.packets, had_packets, packets) {
            Err(UsedUp::Packets)
        } else if full(self.quota.bytes, had_bytes, bytes) {
            Err(UsedUp::Bytes)
        } else {
            Ok(())
        }
    }

    /// The nanoseconds that one packet takes at the rate, and the nanoseconds of a full bucket.
    fn pace(&self) -> Option<(u64, u64)> {
        let rate = self.quota.rate?;
        let burst = rate.per.as_nanos() as u64;
        Some((burst / u64::from(rate.count), burst))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn meter(quota: Quota) -> Meter {
        Meter::new(quota)
    }

    #[test]
    fn packets_and_bytes_are_counted_in_each_direction() {
        let meter = meter(Quota {
            packets: Some(2),
            bytes: Some(100),
            ..Quota::default()
        });
        assert_eq!(meter.may_send(1, 101, Duration::ZERO), Err(UsedUp::Bytes));
        assert_eq!(meter.may_send(1, 60, Duration::ZERO), Ok(()));
        meter.count_sent(1, 60);
        assert_eq!(meter.may_send(1, 41, Duration::ZERO), Err(UsedUp::Bytes));
        meter.count_sent(1, 40);
        assert_eq!(meter.may_send(1, 0, Duration::ZERO), Err(UsedUp::Packets));
        assert_eq!(meter.may_receive(100), Ok(()));
        meter.count_received(100);
        assert_eq!(meter.may_receive(1), Err(UsedUp::Bytes));
    }

    #[test]
    fn a_rate_is_a_bucket_that_fills_again() {
        let meter = meter(Quota {
            rate: Some("20/s".parse().unwrap()),
            ..Quota::default()
        });
        for _ in 0..20 {
            assert_eq!(meter.may_send(1, 1, Duration::ZERO), Ok(()));
            meter.count_sent(1, 1);
        }
        assert_eq!(meter.may_send(1, 1, Duration::ZERO), Err(UsedUp::Rate));
        assert_eq!(meter.may_receive(1), Ok(()), "a rate is of what is sent");
        std::thread::sleep(std::time::Duration::from_millis(60));
        assert_eq!(meter.may_send(1, 1, Duration::ZERO), Ok(()));
        assert_eq!(meter.shown(UsedUp::Rate), "rate = \"20/s\"");
    }
}
