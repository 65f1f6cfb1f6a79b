//! What the engine knows about one host: how long it takes to answer, and how many probes it may get at once.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use crate::timing::Limits;

/// Round-trip times (RFC 6298, with the bounds of the options).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rtt {
    /// In microseconds; none before the first answer.
    pub(crate) smoothed: Option<f64>,
    pub(crate) variation: f64,
    pub(crate) timeout: Duration,
}

impl Rtt {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            smoothed: None,
            variation: -1.0,
            timeout: limits.initial_rtt,
        }
    }

    pub(crate) fn observe(&mut self, micros: f64, limits: &Limits) {
        match self.smoothed {
            None => {
                self.smoothed = Some(micros);
                self.variation = micros.clamp(5_000.0, 2_000_000.0);
            }
            Some(smoothed) => {
                let delta = micros - smoothed;
                self.smoothed = Some(smoothed + delta / 8.0);
                self.variation += (delta.abs() - self.variation) / 4.0;
            }
        }
        let wanted = self.smoothed.unwrap_or(0.0) + 4.0 * self.variation;
        let wanted = Duration::from_micros(wanted as u64);
        self.timeout = wanted.clamp(limits.min_rtt, limits.max_rtt);
    }
}

/// A congestion window (RFC 5681, in probes).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) size: f64,
    threshold: f64,
    /// When it was reduced, in microseconds of the run.
    reduced: u64,
}

impl Window {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            size: limits.first_window.min(f64::from(limits.max_parallel)),
            threshold: limits.largest_window / 2.0,
            reduced: 0,
        }
    }

    pub(crate) fn grow(&mut self, limits: &Limits) {
        match self.size < self.threshold {
            true => self.size += 1.0,
            false => self.size += 1.0 / self.size,
        }
        let most = limits.largest_window.min(f64::from(limits.max_parallel));
        self.size = self.size.min(most);
    }

    /// A probe was lost. Losses within one round trip are one event.
    pub(crate) fn shrink(&mut self, now: u64, timeout: Duration, limits: &Limits) {
        if now.saturating_sub(self.reduced) < timeout.as_micros() as u64 && self.reduced > 0 {
            return;
        }
        self.reduced = now.max(1);
        self.size = (self.size / 2.0)
            .max(1.0)
            .max(f64::from(limits.min_parallel));
        self.threshold = self.size.max(2.0);
    }
}

/// A host that is probed.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) address: IpAddr,
    /// The source of packets to it; none without a route, or if it was denied.
    pub(crate) source: Option<IpAddr>,
    pub(crate) rtt: Rtt,
    pub(crate) window: Window,
    pub(crate) in_flight: u32,
    /// How many of its probes were sent for the first time.
    pub(crate) cursor: u32,
    pub(crate) retry: VecDeque<u32>,
    /// Probes that are not tried again unless the host is found to lose packets.
    pub(crate) bench: Vec<u32>,
    /// The most tries that an answered probe took, before.
    pub(crate) best_try: u8,
    /// Between two probes.
    pub(crate) delay: Duration,
    /// The earliest time of the next one, in microseconds of the run.
    pub(crate) next: u64,
    pub(crate) good: u32,
    pub(crate) dropped: u32,
    /// Probes without a result.
    pub(crate) left: u32,
    pub(crate) done: bool,
    pub(crate) timed_out: bool,
    /// Ports that it has said are closed, by errors.
    pub(crate) refused: u32,
    /// Silent ports that were asked again, slowly.
    pub(crate) tested: u8,
    /// It limits how often it sends errors.
    pub(crate) limited: bool,
    /// A probe was sent as often as the options allow.
    pub(crate) capped: bool,
}

impl Host {
    pub(crate) fn new(address: IpAddr, rtt: Option<Rtt>, columns: u32, limits: &Limits) -> Self {
        Self {
            address,
            source: None,
            rtt: rtt.unwrap_or_else(|| Rtt::new(limits)),
            window: Window::new(limits),
            in_flight: 0,
            cursor: 0,
            retry: VecDeque::new(),
            bench: Vec::new(),
            best_try: 0,
            delay: limits.scan_delay,
            next: 0,
            good: 0,
            dropped: 0,
            left: columns,
            done: columns == 0,
            timed_out: false,
            refused: 0,
            tested: 0,
            limited: false,
            capped: false,
        }
    }

    /// How often a probe may be sent.
    pub(crate) fn tries(&self, limits: &Limits) -> u8 {
        let wanted = self.best_try.saturating_add(2);
        wanted.min(limits.max_retries.saturating_add(1))
    }

    /// Whether there is something to send.
    pub(crate) fn has_work(&self, columns: u32) -> bool {
        !self.done && (self.cursor < columns || !self.retry.is_empty())
    }

    /// Slows down, because answers stay away that come when they are asked for again: they are limited.
    pub(crate) fn slow_down(&mut self, most: Duration) {
        let first = Duration::from_millis(5);
        self.delay = match self.delay.is_zero() {
            true => first,
            false => (self.delay * 2).max(first),
        }
        .min(most.max(self.delay));
        (self.good, self.dropped) = (0, 0);
    }
}
