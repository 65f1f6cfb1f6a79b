//! The order of things in a trace: which probe goes out when, which answer belongs where, and when a
//! line may be printed. Pure: it is told the time and what happened, and says what to do.
//!
//! Probes of several hops are under way at once; results leave in hop order. The waiting rules (MAX,
//! HERE, NEAR) are those of traceroute(8).
//!
//! A router that quotes only the first bytes of a probe does not tell which one it answers. Such an
//! answer counts when just one probe is outstanding; otherwise the engine lets the outstanding ones
//! come in, sends what was lost again, and from then on sends one probe at a time.

use std::net::IpAddr;

use crate::probe::{Answer, Extension, Icmp, Mark, Meaning, Probe, Stamp, TcpFlags};

/// Slack on a round trip before it is multiplied to a timeout.
pub(crate) const PRECISION: u64 = 1_000_000;
/// How long outstanding probes may still answer after it has become unclear whose answers come in.
const DRAIN: u64 = 1_000_000_000;
/// How long to wait before sending again when the device's queue was full.
const BACK_OFF: u64 = 5_000_000;

/// How long to wait for a probe. Durations in nanoseconds; a factor of 0 is not applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Wait {
    pub(crate) max: u64,
    pub(crate) here: f64,
    pub(crate) near: f64,
}

/// What a trace is to do.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) first_hop: u8,
    pub(crate) max_hops: u8,
    /// Probes per hop.
    pub(crate) queries: usize,
    /// Probes under way at once.
    pub(crate) simultaneous: usize,
    pub(crate) wait: Wait,
    /// Least time between two probes, in nanoseconds.
    pub(crate) send_interval: u64,
    /// IP and transport header.
    pub(crate) header_length: usize,
    pub(crate) payload_length: usize,
    pub(crate) discover_mtu: bool,
    /// Whether probes carry a number at all.
    pub(crate) numbered: bool,
    pub(crate) first_id: u16,
}

/// What became of a probe.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) from: Option<IpAddr>,
    /// Round trip in nanoseconds.
    pub(crate) round_trip: Option<u64>,
    /// Nothing behind this hop will be probed.
    pub(crate) is_final: bool,
    pub(crate) reached: bool,
    pub(crate) icmp: Option<Icmp>,
    /// The local stack refused the packet's length; the MTU.
    pub(crate) too_large: Option<u32>,
    /// The MTU discovered just before this probe went out.
    pub(crate) discovered_mtu: Option<u32>,
    pub(crate) tcp: Option<TcpFlags>,
    pub(crate) hop_limit: Option<u8>,
    pub(crate) extensions: Vec<Extension>,
}

impl Outcome {
    /// traceroute(8)'s annotation.
    pub(crate) fn annotation(&self) -> Option<String> {
        match (self.too_large, self.icmp, self.discovered_mtu) {
            (Some(mtu), ..) => Some(format!("!F-{mtu}")),
            (_, Some(icmp), _) => Some(icmp.to_string()),
            (.., Some(mtu)) => Some(format!("F={mtu}")),
            _ => None,
        }
    }
}

/// A result that is due to be printed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Printable {
    pub(crate) hop: u8,
    /// 0 for the first probe of the hop.
    pub(crate) query: usize,
    pub(crate) outcome: Outcome,
}

/// What to do now.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub(crate) send: Vec<Probe>,
    /// When to call again if nothing happens.
    pub(crate) wake: Option<Mark>,
    pub(crate) finished: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Unsent,
    Outstanding { id: u16, at: Mark },
    Done,
}

#[derive(Clone, Debug)]
struct Slot {
    state: State,
    sent: Option<Stamp>,
    outcome: Outcome,
}

/// Waiting for the probes that were out when an answer could not be attributed.
#[derive(Clone, Copy, Debug)]
struct Drain {
    until: Mark,
    unattributed: usize,
}

/// A trace in progress.
#[derive(Debug)]
pub(crate) struct Engine {
    settings: Settings,
    slots: Vec<Slot>,
    /// The first slot without a result, and the end of those that matter.
    start: usize,
    end: usize,
    printed: usize,
    next_id: u16,
    last_send: Option<Mark>,
    not_before: Mark,
    payload: usize,
    one_at_a_time: bool,
    slack: u64,
    drain: Option<Drain>,
}

impl Engine {
    pub(crate) fn new(settings: Settings) -> Self {
        let start = usize::from(settings.first_hop.saturating_sub(1)) * settings.queries;
        let end = usize::from(settings.max_hops) * settings.queries;
        let empty = Slot {
            state: State::Unsent,
            sent: None,
            outcome: Outcome::default(),
        };
        Self {
            slots: vec![empty; end],
            start,
            end,
            printed: start,
            next_id: settings.first_id,
            last_send: None,
            not_before: 0,
            payload: settings.payload_length,
            one_at_a_time: !settings.numbered,
            slack: PRECISION,
            drain: None,
            settings,
        }
    }

    /// Waits this much longer for answers than round trips tell, before factors are applied.
    pub(crate) const fn set_slack(&mut self, slack: u64) {
        self.slack = slack;
    }

    /// Decides what to do at `now`.
    pub(crate) fn step(&mut self, now: Mark) -> Step {
        let mut step = Step::default();
        self.end_drain(now);
        let mut outstanding = 0;
        let mut index = self.start;
        while index < self.end {
            if index == self.start
                && let State::Outstanding { at, .. } = self.slots[index].state
            {
                let expiry = at.saturating_add(self.timeout(index));
                if expiry > now {
                    earlier(&mut step.wake, expiry);
                } else if self.drain.is_none() {
                    self.expire(index);
                }
            }
            match self.slots[index].state {
                State::Done => {
                    if index == self.start {
                        self.start += 1;
                    }
                    if self.slots[index].outcome.is_final {
                        self.end = (index / self.settings.queries + 1) * self.settings.queries;
                    }
                    index += 1;
                    continue;
                }
                State::Outstanding { .. } => {}
                State::Unsent => {
                    if let Some(when) = self.send_time()
                        && when > now
                    {
                        earlier(&mut step.wake, when);
                        break;
                    }
                    step.send.push(self.dispatch(index, now));
                }
            }
            outstanding += 1;
            if outstanding >= self.limit() {
                break;
            }
            index += 1;
        }
        if let State::Outstanding { at, .. } = self
            .slots
            .get(self.start)
            .map_or(State::Done, |slot| slot.state)
        {
            earlier(&mut step.wake, at.saturating_add(self.timeout(self.start)));
        }
        if let Some(drain) = self.drain {
            step.wake = Some(drain.until);
        }
        step.finished = self.start >= self.end;
        step
    }

    /// The probe left.
    pub(crate) fn sent(&mut self, id: u16, stamp: Option<Stamp>) {
        if let Some(index) = self.find(id) {
            self.slots[index].sent = stamp;
        }
    }

    /// The probe did not leave, and may later.
    pub(crate) fn not_sent(&mut self, id: u16, now: Mark) {
        if let Some(index) = self.find(id) {
            self.slots[index].state = State::Unsent;
            self.not_before = now.saturating_add(BACK_OFF);
        }
    }

    /// Something came back.
    pub(crate) fn answer(&mut self, answer: Answer, now: Mark) {
        let index = match answer.id {
            Some(id) => self.find(id),
            None => self.attribute(now),
        };
        let Some(index) = index else { return };
        if self.settings.discover_mtu
            && let Some(mtu) = answer.mtu()
        {
            let header = self.settings.header_length;
            let length = usize::try_from(mtu).unwrap_or(usize::MAX);
            if length >= header && length < header + self.payload {
                self.payload = length - header;
                let slot = &mut self.slots[index];
                slot.state = State::Unsent;
                slot.outcome.discovered_mtu = Some(mtu);
                return;
            }
        }
        let slot = &mut self.slots[index];
        let sent = answer.sent.or(slot.sent);
        let outcome = &mut slot.outcome;
        outcome.from = answer.from;
        outcome.round_trip = sent.map(|sent| answer.received.saturating_sub(sent));
        outcome.is_final = answer.meaning != Meaning::Expired;
        outcome.hop_limit = answer.hop_limit;
        outcome.extensions = answer.extensions;
        match answer.meaning {
            Meaning::Expired => {}
            Meaning::Reached(flags) => {
                outcome.reached = true;
                outcome.tcp = flags;
            }
            Meaning::Unreachable(icmp) => outcome.icmp = Some(icmp),
            Meaning::TooLarge(mtu) => outcome.too_large = Some(mtu),
        }
        slot.state = State::Done;
    }

    /// Results that are due and have not been taken, in order.
    pub(crate) fn take_printable(&mut self) -> Vec<Printable> {
        let from = self.printed;
        self.printed = self.start;
        let queries = self.settings.queries;
        (from..self.start)
            .map(|index| Printable {
                hop: u8::try_from(index / queries + 1).unwrap_or(u8::MAX),
                query: index % queries,
                outcome: self.slots[index].outcome.clone(),
            })
            .collect()
    }

    fn limit(&self) -> usize {
        if self.one_at_a_time {
            1
        } else {
            self.settings.simultaneous.max(1)
        }
    }

    fn find(&self, wanted: u16) -> Option<usize> {
        self.slots
            .iter()
            .position(|slot| matches!(slot.state, State::Outstanding { id, .. } if id == wanted))
    }

    fn outstanding(&self) -> impl Iterator<Item = usize> + '_ {
        let is_out = |index: &usize| matches!(self.slots[*index].state, State::Outstanding { .. });
        (self.start..self.slots.len()).filter(is_out)
    }

    fn send_time(&self) -> Option<Mark> {
        if let Some(drain) = self.drain {
            return Some(drain.until);
        }
        let paced = match (self.settings.send_interval, self.last_send) {
            (0, _) | (_, None) => 0,
            (interval, Some(last)) => last.saturating_add(interval),
        };
        Some(paced.max(self.not_before))
    }

    fn dispatch(&mut self, index: usize, now: Mark) -> Probe {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        self.slots[index].state = State::Outstanding { id, at: now };
        self.slots[index].sent = None;
        self.last_send = Some(now);
        let hop = u8::try_from(index / self.settings.queries + 1).unwrap_or(u8::MAX);
        Probe {
            id,
            hop,
            flow: 0,
            payload: self.payload,
        }
    }

    /// Whose answer is it when the answer does not say? Known only while one probe is outstanding.
    fn attribute(&mut self, now: Mark) -> Option<usize> {
        if let Some(drain) = &mut self.drain {
            drain.unattributed += 1;
            return None;
        }
        let mut outstanding = self.outstanding();
        let first = outstanding.next()?;
        if outstanding.next().is_none() {
            return Some(first);
        }
        drop(outstanding);
        self.one_at_a_time = true;
        let until = now.saturating_add(DRAIN.min(self.settings.wait.max));
        self.drain = Some(Drain {
            until,
            unattributed: 1,
        });
        None
    }

    fn end_drain(&mut self, now: Mark) {
        let Some(drain) = self.drain else { return };
        let lost: Vec<usize> = self.outstanding().collect();
        if now < drain.until && drain.unattributed < lost.len() {
            return;
        }
        for index in lost {
            self.slots[index].state = State::Unsent;
        }
        self.drain = None;
    }

    fn timeout(&self, index: usize) -> u64 {
        let Wait { max, here, near } = self.settings.wait;
        let scaled = |factor: f64, round_trip: u64| {
            let waited = round_trip.saturating_add(self.slack) as f64 * factor;
            (waited as u64).min(max)
        };
        let answered = |slot: &Slot| match slot.state {
            State::Done => slot.outcome.round_trip.filter(|&time| time > 0),
            _ => None,
        };
        let hop = index - index % self.settings.queries;
        let same_hop = &self.slots[hop..hop + self.settings.queries];
        if here > 0.0
            && let Some(round_trip) = same_hop.iter().find_map(answered)
        {
            return scaled(here, round_trip);
        }
        let further = self.slots[index + 1..]
            .iter()
            .take_while(|slot| slot.state != State::Unsent);
        if near > 0.0
            && let Some(round_trip) = further.filter_map(answered).next()
        {
            return scaled(near, round_trip);
        }
        max
    }

    /// Gives a probe up, unless a later error answer belongs in its place.
    fn expire(&mut self, index: usize) {
        self.slots[index].state = State::Done;
        if let Some(later) = self.misplaced_final(index) {
            let slot = self.slots[later].clone();
            self.slots[index] = slot;
            self.slots[later] = Slot {
                state: State::Done,
                sent: None,
                outcome: Outcome::default(),
            };
        }
    }

    /// A router that limits its errors may drop those for the first probes that end at it and answer
    /// only later ones. Then the first final error stands too far back, and this finds it.
    fn misplaced_final(&self, index: usize) -> Option<usize> {
        let queries = self.settings.queries;
        let earlier_here = &self.slots[index - index % queries..index];
        if earlier_here.iter().any(|slot| !slot.outcome.is_final) {
            return None;
        }
        let later = (index + 1..self.slots.len())
            .take_while(|&later| self.slots[later].state != State::Unsent)
            .find(|&later| {
                self.slots[later].state == State::Done && self.slots[later].outcome.from.is_some()
            })?;
        let last = &self.slots[later].outcome;
        if !last.is_final || last.icmp.is_none() {
            return None;
        }
        let same_hop = !earlier_here.is_empty() || index % queries + (later - index) < queries;
        let before = &self.slots[..index];
        let seen_before = before
            .iter()
            .any(|slot| slot.outcome.from.is_some() && slot.outcome.from == last.from);
        if same_hop || seen_before {
            return Some(later);
        }
        // How far away it is by the hop limit that its answer arrived with, measured from the nearest
        // router whose own distance is known.
        let mut distance = hops_travelled(last.hop_limit?);
        for (position, slot) in before.iter().enumerate().rev() {
            if let Some(limit) = slot.outcome.hop_limit.filter(|_| !slot.outcome.is_final) {
                let hops = hops_travelled(limit);
                if hops < distance {
                    distance = distance - hops + position / queries + 1;
                    break;
                }
            }
        }
        (distance <= index / queries + 1).then_some(later)
    }
}

/// Hops that a packet has travelled if it began with the nearest usual hop limit (64, 128, 255).
pub(crate) fn hops_travelled(hop_limit: u8) -> usize {
    let began = match hop_limit {
        0..=64 => 65,
        65..=128 => 129,
        129..=255 => 256,
    };
    began - usize::from(hop_limit)
}

fn earlier(wake: &mut Option<Mark>, when: Mark) {
    *wake = Some(wake.map_or(when, |known| known.min(when)));
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
