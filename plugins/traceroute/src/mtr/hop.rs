//! What is known about one hop of one flow.

use std::collections::VecDeque;
use std::net::IpAddr;

use nethost_sdk::plot::Sample;

use crate::probe::Extension;

/// Round trips kept for percentiles.
const SAMPLES: usize = 10_000;
/// Probes whose fate the screen shows: more than a window has columns.
const HISTORY: usize = 500;
/// Responders told apart at one hop.
const RESPONDERS: usize = 32;

/// Someone who answered at this hop.
#[derive(Clone, Debug)]
pub(super) struct Responder {
    pub(super) address: IpAddr,
    pub(super) answers: u64,
    pub(super) extensions: Vec<Extension>,
}

/// Counts and round trips, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Hop {
    pub(super) sent: u64,
    pub(super) under_way: u64,
    pub(super) received: u64,
    pub(super) last: u64,
    pub(super) best: u64,
    pub(super) worst: u64,
    mean: f64,
    squares: f64,
    /// Sum of the logarithms of the round trips.
    logarithms: f64,
    pub(super) jitter: Jitter,
    samples: Vec<u64>,
    /// Probes by their numbers, the latest last; times in milliseconds.
    history: VecDeque<(u16, Sample)>,
    /// The latest first.
    pub(super) responders: Vec<Responder>,
}

/// How much one round trip differs from the one before, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(super) struct Jitter {
    pub(super) now: u64,
    pub(super) mean: f64,
    pub(super) worst: u64,
    /// Of arrivals, smoothed as mtr does it (after RFC 1889 appendix A.8, without its division).
    pub(super) between: u64,
}

impl Hop {
    /// A probe leaves.
    pub(super) fn begin(&mut self, id: u16) {
        self.sent += 1;
        self.under_way += 1;
        self.history.push_back((id, Sample::Pending));
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
    }

    /// A probe is no longer under way.
    pub(super) fn resolve(&mut self, id: u16, fate: Sample) {
        self.under_way = self.under_way.saturating_sub(1);
        let known = self
            .history
            .iter_mut()
            .rev()
            .find(|(known, _)| *known == id);
        if let Some((_, sample)) = known {
            *sample = fate;
        }
    }

    /// It is as if a probe that is under way had never been.
    pub(super) fn forget(&mut self, id: u16) {
        self.under_way = self.under_way.saturating_sub(1);
        self.sent = self.sent.saturating_sub(1);
        self.history.retain(|(known, _)| *known != id);
    }

    /// The fates of the last probes, the latest last.
    pub(super) fn history(&self, most: usize) -> Vec<Sample> {
        let skipped = self.history.len().saturating_sub(most);
        self.history
            .iter()
            .skip(skipped)
            .map(|(_, sample)| *sample)
            .collect()
    }

    /// Counts an answer.
    pub(super) fn record(&mut self, address: IpAddr, time: Option<u64>, extensions: &[Extension]) {
        let at = self
            .responders
            .iter()
            .position(|known| known.address == address);
        let mut responder = match at {
            Some(at) => self.responders.remove(at),
            None => Responder {
                address,
                answers: 0,
                extensions: Vec::new(),
            },
        };
        responder.answers += 1;
        responder.extensions = extensions.to_vec();
        self.responders.insert(0, responder);
        self.responders.truncate(RESPONDERS);
        self.received += 1;
        let Some(time) = time else { return };
        let first = self.samples.is_empty();
        self.best = if first { time } else { self.best.min(time) };
        self.worst = self.worst.max(time);
        let jitter = if first { 0 } else { time.abs_diff(self.last) };
        self.jitter.now = jitter;
        self.jitter.worst = self.jitter.worst.max(jitter);
        self.jitter.mean += (jitter as f64 - self.jitter.mean) / self.received as f64;
        self.jitter.between = self.jitter.between.saturating_add(jitter);
        self.jitter.between -= self.jitter.between / 16;
        self.logarithms += (time.max(1) as f64).ln();
        self.last = time;
        if self.samples.len() < SAMPLES {
            self.samples.push(time);
        } else if let Some(slot) = self
            .samples
            .get_mut((self.received % SAMPLES as u64) as usize)
        {
            *slot = time;
        }
        // Welford's method.
        let delta = time as f64 - self.mean;
        self.mean += delta / self.received as f64;
        self.squares += delta * (time as f64 - self.mean);
    }

    /// Per cent of the probes whose fate is known.
    pub(super) fn loss(&self) -> f64 {
        match self.decided() {
            0 => 0.0,
            decided => 100.0 * decided.saturating_sub(self.received) as f64 / decided as f64,
        }
    }

    fn decided(&self) -> u64 {
        self.sent.saturating_sub(self.under_way)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.decided().saturating_sub(self.received)
    }

    pub(super) fn average(&self) -> f64 {
        self.mean
    }

    pub(super) fn geometric_mean(&self) -> f64 {
        match self.received {
            0 => 0.0,
            received => (self.logarithms / received as f64).exp(),
        }
    }

    /// Of the sample: divided by one less than the count, as mtr does.
    pub(super) fn deviation(&self) -> f64 {
        if self.received > 1 {
            (self.squares / (self.received - 1) as f64).sqrt()
        } else {
            0.0
        }
    }

    /// The round trip that this share of probes (0 to 1) did not exceed.
    pub(super) fn percentile(&self, share: f64) -> Option<u64> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        let rank = (share * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.saturating_sub(1)).copied()
    }
}
