//! Round-trip statistics in constant memory: iputils' and mtr's figures, and percentiles.

use std::collections::BTreeMap;
use std::time::Duration;

/// What is known of the round trips so far. iputils counts in whole microseconds, so these figures do.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips {
    count: u64,
    min: u64,
    max: u64,
    last: u64,
    sum: u128,
    squares: u128,
    /// Eight times the moving average, as the kernel and iputils keep it.
    smooth: i64,
    mean: f64,
    spread: f64,
    histogram: BTreeMap<u16, u32>,
}

impl RoundTrips {
    /// Counts one.
    pub fn add(&mut self, trip: Duration) {
        let us = u64::try_from(trip.as_micros())
            .unwrap_or(u64::MAX)
            .min(1 << 40);
        self.min = if self.count == 0 {
            us
        } else {
            self.min.min(us)
        };
        self.max = self.max.max(us);
        self.last = us;
        self.count += 1;
        self.sum += u128::from(us);
        self.squares += u128::from(us) * u128::from(us);
        let signed = us as i64;
        self.smooth = if self.smooth == 0 {
            signed * 8
        } else {
            self.smooth + signed - self.smooth / 8
        };
        // Welford's method, as mtr does it.
        let delta = us as f64 - self.mean;
        self.mean += delta / self.count as f64;
        self.spread += delta * (us as f64 - self.mean);
        let bucket = self.histogram.entry(bucket(us)).or_default();
        *bucket = bucket.saturating_add(1);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest; zero before the first.
    pub fn min(&self) -> Duration {
        Duration::from_micros(self.min)
    }

    /// The longest.
    pub fn max(&self) -> Duration {
        Duration::from_micros(self.max)
    }

    /// The latest.
    pub fn last(&self) -> Duration {
        Duration::from_micros(self.last)
    }

    /// The mean, in whole microseconds.
    pub fn avg(&self) -> Duration {
        Duration::from_micros(self.avg_us())
    }

    fn avg_us(&self) -> u64 {
        (self.sum / u128::from(self.count.max(1))) as u64
    }

    /// iputils' `mdev`: the deviation of the whole population, in its order of computing.
    pub fn mdev(&self) -> Duration {
        let count = u128::from(self.count.max(1));
        let variance = if self.sum < i32::MAX as u128 {
            // iputils keeps these two as doubles; the difference is cut, not rounded.
            let (sum, squares) = (self.sum as f64, self.squares as f64);
            ((squares - sum * sum / count as f64) / count as f64).max(0.0) as u128
        } else {
            let avg = u128::from(self.avg_us());
            (self.squares / count).saturating_sub(avg * avg)
        };
        Duration::from_micros(variance.isqrt() as u64)
    }

    /// mtr's `StDev`: the deviation of a sample.
    pub fn stdev(&self) -> Duration {
        if self.count < 2 {
            return Duration::ZERO;
        }
        let variance = (self.spread / (self.count - 1) as f64).max(0.0);
        Duration::from_micros(variance.sqrt() as u64)
    }

    /// The exponentially weighted moving average with weight 1/8.
    pub fn ewma(&self) -> Duration {
        Duration::from_micros((self.smooth / 8).max(0) as u64)
    }

    /// The value that `percent` of the trips do not exceed, to within 3 %; none before the first.
    ///
    /// ```
    /// # use nethost_sdk::stats::RoundTrips;
    /// # use std::time::Duration;
    /// let mut trips = RoundTrips::default();
    /// (1..=100).for_each(|ms| trips.add(Duration::from_millis(ms)));
    /// assert!(trips.percentile(50.0).unwrap().as_millis().abs_diff(50) <= 2);
    /// ```
    pub fn percentile(&self, percent: f64) -> Option<Duration> {
        let rank = (self.count as f64 * percent / 100.0).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (&bucket, &count) in &self.histogram {
            seen += u64::from(count);
            if seen >= rank {
                let us = upper(bucket).clamp(self.min, self.max);
                return Some(Duration::from_micros(us));
            }
        }
        (self.count > 0).then(|| self.max())
    }
}

/// Thirty-two steps for every doubling.
fn bucket(us: u64) -> u16 {
    if us < 64 {
        return us as u16;
    }
    let shift = 58 - us.leading_zeros();
    (shift * 32 + (us >> shift) as u32) as u16
}

/// The largest value that a bucket stands for.
fn upper(bucket: u16) -> u64 {
    if bucket < 64 {
        return u64::from(bucket);
    }
    let shift = u32::from(bucket) / 32 - 1;
    let step = u64::from(bucket) - u64::from(shift) * 32;
    ((step + 1) << shift) - 1
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(us: &[u64]) -> RoundTrips {
        let mut trips = RoundTrips::default();
        us.iter()
            .for_each(|&us| trips.add(Duration::from_micros(us)));
        trips
    }

    fn us(duration: Duration) -> u128 {
        duration.as_micros()
    }

    /// From runs of iputils 20221126 over loopback.
    #[test]
    fn figures_are_those_of_iputils() {
        for (trips, avg, mdev) in [
            (&[30, 44][..], 37, 7),
            (&[17, 41], 29, 12),
            (&[22, 11], 16, 5),
            (&[17, 6, 4, 4, 4], 7, 5),
        ] {
            let trips = of(trips);
            assert_eq!((us(trips.avg()), us(trips.mdev())), (avg, mdev));
        }
        assert_eq!(us(of(&[17, 6, 4, 4, 4]).ewma()), 11);
    }

    #[test]
    fn stdev_is_that_of_a_sample() {
        assert_eq!(
            us(of(&[2_000, 4_000, 4_000, 4_000, 5_000, 5_000, 7_000, 9_000]).stdev()),
            2_138
        );
        assert_eq!(us(of(&[5]).stdev()), 0);
    }

    #[test]
    fn percentiles_are_near_and_within_bounds() {
        let trips = of(&(1..=10_000).collect::<Vec<_>>());
        for (percent, exact) in [(50.0, 5_000.0), (90.0, 9_000.0), (99.0, 9_900.0)] {
            let near = us(trips.percentile(percent).unwrap()) as f64;
            assert!((near / exact - 1.0).abs() < 0.033, "{percent}: {near}");
        }
        assert_eq!(us(trips.percentile(100.0).unwrap()), 10_000);
        assert_eq!(RoundTrips::default().percentile(50.0), None);
    }

    #[test]
    fn buckets_hold_their_values() {
        for us in (0..5_000).chain([1 << 20, (1 << 40) - 1, 1 << 40]) {
            let top = upper(bucket(us));
            assert!(top >= us && top - us <= us / 32, "{us} {top}");
        }
    }
}
