//! Rounds of probes over a path, and what each hop made of them. Pure, as the trace's engine.
//!
//! A probe that went further than its round's path reached says nothing about a loss: it is not
//! counted. So neither a path that becomes shorter nor probes sent ahead look like loss.

use std::collections::BTreeMap;
use std::net::IpAddr;

use nethost_sdk::plot::Sample;

use super::hop::Hop;
use crate::probe::{Answer, Mark, Meaning, Probe, Stamp};

/// Hops assumed for the pace of the first round.
const FIRST_GUESS: u64 = 10;

/// What to do. Durations in nanoseconds.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) first_hop: u8,
    pub(super) max_hops: u8,
    /// Silent hops before a round ends.
    pub(super) max_unknown: usize,
    /// One round.
    pub(super) interval: u64,
    pub(super) cycles: Option<u64>,
    /// How long to wait for the answer to the last probe. A slow answer is none that is lost.
    pub(super) grace: u64,
    /// When a probe is lost.
    pub(super) timeout: u64,
    pub(super) flows: u16,
    pub(super) payload: usize,
    pub(super) numbered: bool,
}

/// What to do now.
#[derive(Debug, Default)]
pub(super) struct Step {
    pub(super) send: Option<Probe>,
    pub(super) wake: Option<Mark>,
    pub(super) finished: bool,
}

/// One flow's path.
#[derive(Clone, Debug)]
pub(super) struct Flow {
    hops: Vec<Hop>,
    /// Round and hop at which the path last ended.
    end: Option<(u64, u8)>,
}

impl Flow {
    /// Hop numbers and hops to show: to the path's end, or one past the last that answered.
    pub(super) fn shown(&self, first: u8) -> impl Iterator<Item = (u8, &Hop)> {
        let answered = self.hops.iter().rposition(|hop| !hop.responders.is_empty());
        let last = match self.end {
            Some((_, end)) => usize::from(end),
            None => answered.map_or(0, |at| at + 2),
        };
        let skipped = usize::from(first.saturating_sub(1));
        (1..=u8::MAX).zip(&self.hops).take(last).skip(skipped)
    }

    /// The addresses that answered last, hop by hop.
    pub(super) fn path(&self, first: u8) -> Vec<Option<IpAddr>> {
        self.shown(first)
            .map(|(_, hop)| hop.responders.first().map(|responder| responder.address))
            .collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    flow: u16,
    hop: u8,
    round: u64,
    at: Mark,
    sent: Option<Stamp>,
}

/// The observation in progress.
#[derive(Debug)]
pub(super) struct Engine {
    settings: Settings,
    flows: Vec<Flow>,
    flights: BTreeMap<u16, Flight>,
    next_id: u16,
    round: u64,
    hop: u8,
    flow: u16,
    next_send: Mark,
    last_round: u64,
    paused: bool,
    one_at_a_time: bool,
}

impl Engine {
    pub(super) fn new(settings: Settings, now: Mark) -> Self {
        let flow = Flow {
            hops: vec![Hop::default(); usize::from(settings.max_hops)],
            end: None,
        };
        Self {
            flows: vec![flow; usize::from(settings.flows)],
            flights: BTreeMap::new(),
            next_id: 33_000,
            round: 0,
            hop: settings.first_hop,
            flow: 0,
            next_send: now,
            last_round: FIRST_GUESS,
            paused: false,
            one_at_a_time: !settings.numbered,
            settings,
        }
    }

    pub(super) fn flows(&self) -> &[Flow] {
        &self.flows
    }

    pub(super) fn first_hop(&self) -> u8 {
        self.settings.first_hop
    }

    /// Rounds begun.
    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    pub(super) fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let hops = self.flows.iter().flat_map(|flow| &flow.hops);
        hops.flat_map(|hop| hop.responders.iter().map(|responder| responder.address))
    }

    pub(super) fn pause(&mut self) {
        self.paused = true;
    }

    pub(super) fn resume(&mut self, now: Mark) {
        self.paused = false;
        self.next_send = self.next_send.max(now);
    }

    /// Forgets everything.
    pub(super) fn restart(&mut self, now: Mark) {
        *self = Self {
            next_id: self.next_id,
            ..Self::new(self.settings.clone(), now)
        };
    }

    pub(super) fn step(&mut self, now: Mark) -> Step {
        let timeout = self.settings.timeout;
        self.lose(|flight| flight.at.saturating_add(timeout) <= now);
        let expiry = self
            .flights
            .values()
            .map(|flight| flight.at.saturating_add(timeout))
            .min();
        if self
            .settings
            .cycles
            .is_some_and(|cycles| self.round >= cycles)
        {
            let until = self
                .flights
                .values()
                .map(|flight| flight.at.saturating_add(self.settings.grace))
                .max();
            let finished = until.is_none_or(|until| until <= now);
            return Step {
                send: None,
                wake: until,
                finished,
            };
        }
        if self.paused || self.one_at_a_time && !self.flights.is_empty() {
            return Step {
                wake: expiry,
                ..Step::default()
            };
        }
        if self.next_send > now {
            let wake = expiry.map_or(self.next_send, |expiry| expiry.min(self.next_send));
            return Step {
                wake: Some(wake),
                ..Step::default()
            };
        }
        Step {
            send: Some(self.dispatch(now)),
            ..Step::default()
        }
    }

    pub(super) fn sent(&mut self, id: u16, stamp: Option<Stamp>) {
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.sent = stamp;
        }
    }

    /// The probe did not leave: it is as if it had never been.
    pub(super) fn not_sent(&mut self, id: u16) {
        self.void(|known, _| known == id);
    }

    pub(super) fn answer(&mut self, answer: &Answer, _now: Mark) {
        let id = match (answer.id, self.flights.len()) {
            (Some(id), _) => id,
            (None, 1) => self.flights.keys().next().copied().unwrap_or_default(),
            (None, _) => {
                // Whose answer it is cannot be told, so none of these may count as lost.
                self.one_at_a_time = true;
                self.void(|_, _| true);
                return;
            }
        };
        let Some(flight) = self.flights.remove(&id) else {
            return;
        };
        let Flight {
            flow, hop, round, ..
        } = flight;
        let sent = answer.sent.or(flight.sent);
        let Some(path) = self.flows.get_mut(usize::from(flow)) else {
            return;
        };
        let Some(place) = path.hops.get_mut(usize::from(hop - 1)) else {
            return;
        };
        let beyond = path
            .end
            .is_some_and(|(ended, end)| ended == round && hop > end);
        let Some(from) = answer.from.filter(|_| !beyond) else {
            place.forget(id);
            return;
        };
        let time = sent.map(|sent| answer.received.saturating_sub(sent));
        let fate = time.map_or(Sample::Pending, |time| Sample::Value(time as f64 / 1e6));
        place.resolve(id, fate);
        place.record(from, time, &answer.extensions);
        if answer.meaning == Meaning::Expired {
            if path
                .end
                .is_some_and(|(ended, end)| ended < round && hop >= end)
            {
                path.end = None;
            }
        } else if path
            .end
            .is_none_or(|(ended, end)| ended < round || ended == round && hop < end)
        {
            path.end = Some((round, hop));
            self.void(|_, other| other.flow == flow && other.round == round && other.hop > hop);
        }
    }

    /// What has not come by now will not come.
    pub(super) fn settle(&mut self) {
        self.lose(|_| true);
    }

    fn lose(&mut self, is_lost: impl Fn(&Flight) -> bool) {
        let flows = &mut self.flows;
        self.flights.retain(|&id, flight| {
            let lost = is_lost(flight);
            if lost && let Some(hop) = place(flows, flight) {
                hop.resolve(id, Sample::Lost);
            }
            !lost
        });
    }

    fn void(&mut self, is_void: impl Fn(u16, &Flight) -> bool) {
        let flows = &mut self.flows;
        self.flights.retain(|&id, flight| {
            let void = is_void(id, flight);
            if void && let Some(hop) = place(flows, flight) {
                hop.forget(id);
            }
            !void
        });
    }

    fn dispatch(&mut self, now: Mark) -> Probe {
        while self.flights.contains_key(&self.next_id) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        let flight = Flight {
            flow: self.flow,
            hop: self.hop,
            round: self.round,
            at: now,
            sent: None,
        };
        self.flights.insert(id, flight);
        if let Some(hop) = place(&mut self.flows, &flight) {
            hop.begin(id);
        }
        let spacing = self.settings.interval / self.last_round.max(1);
        self.next_send = self
            .next_send
            .max(now.saturating_sub(spacing))
            .saturating_add(spacing);
        self.advance();
        Probe {
            id,
            hop: flight.hop,
            flow: flight.flow,
            payload: self.settings.payload,
        }
    }

    /// On to the next flow that has not ended, the next hop, or the next round.
    fn advance(&mut self) {
        loop {
            self.flow += 1;
            if self.flow >= self.settings.flows {
                self.flow = 0;
                self.hop = self.hop.saturating_add(1);
                if self.hop > self.settings.max_hops || self.has_ended(self.hop) {
                    let hops = self.hop.saturating_sub(self.settings.first_hop).max(1);
                    self.last_round = u64::from(hops) * u64::from(self.settings.flows);
                    self.hop = self.settings.first_hop;
                    self.round += 1;
                    return;
                }
            }
            if !self.flow_ended(self.flow, self.hop) {
                return;
            }
        }
    }

    fn flow_ended(&self, flow: u16, hop: u8) -> bool {
        let Some(path) = self.flows.get(usize::from(flow)) else {
            return true;
        };
        path.end.is_some_and(|(_, end)| hop > end) && hop > self.settings.first_hop
    }

    fn has_ended(&self, hop: u8) -> bool {
        if (0..self.settings.flows).all(|flow| self.flow_ended(flow, hop)) {
            return true;
        }
        let silent = |at: usize| {
            self.flows.iter().all(|flow| {
                flow.hops
                    .get(at)
                    .is_none_or(|hop| hop.responders.is_empty())
            })
        };
        let probed = usize::from(self.settings.first_hop - 1)..usize::from(hop - 1);
        probed.filter(|&at| silent(at)).count() > self.settings.max_unknown
    }
}

fn place<'a>(flows: &'a mut [Flow], flight: &Flight) -> Option<&'a mut Hop> {
    flows
        .get_mut(usize::from(flight.flow))?
        .hops
        .get_mut(usize::from(flight.hop.checked_sub(1)?))
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
