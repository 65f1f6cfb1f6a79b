//! What is known about one hop of one flow.

use std::net::IpAddr;

use crate::probe::Extension;

/// Round trips kept for percentiles.
const SAMPLES: usize = 10_000;
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
    samples: Vec<u64>,
    /// The latest first.
    pub(super) responders: Vec<Responder>,
}

impl Hop {
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
