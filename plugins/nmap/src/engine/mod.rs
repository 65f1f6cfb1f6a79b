//! Sends the probes of a group of hosts, as fast as windows, delays and rates allow, and collects what answers them.
//!
//! The probes are a table: a row for each host, a column for each port or each kind of discovery. A probe that is not
//! answered in time is sent again, at first once, and more often to hosts that have answered a repeated probe.

mod cell;
mod channel;
mod craft;
mod host;
mod raw;
mod receive;
mod send;
mod watch;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::clock::{self, Mark};
use nethost_sdk::{Exit, Timestamp};

use crate::options::Scan;
use crate::packet::{Form, Kind, PER_PROBE};
use crate::quit;
use crate::random::Random;
use crate::state::Reason;
use crate::timing::Limits;

pub(crate) use cell::Cell;
pub(crate) use channel::Channel;
pub(crate) use craft::Craft;
pub(crate) use host::{Host, Rtt};
pub(crate) use watch::{Counts, Stats, Trace, Watch};

/// A column of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) channel: usize,
    pub(crate) kind: Kind,
    /// Where it goes to.
    pub(crate) port: u16,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The state of each port.
    Ports(Scan),
    /// Who is up; whether resets do not count.
    Hosts { ignore_rst: bool },
}

/// Whether a host is up, why, and the hop limit of what showed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Presence {
    pub(crate) up: bool,
    pub(crate) reason: Reason,
    pub(crate) ttl: u8,
}

/// A group of hosts that is probed.
pub(crate) struct Engine<'a> {
    goal: Goal,
    limits: Limits,
    form: &'a Form,
    pub(crate) hosts: Vec<Host>,
    columns: Vec<Column>,
    channels: Vec<Channel>,
    pub(crate) cells: Vec<Cell>,
    /// The order of the columns.
    order: Vec<u32>,
    pub(crate) presence: Vec<Option<Presence>>,
    /// Probes that were sent, in order: the cell, the try and the time in microseconds of the run.
    under_way: VecDeque<(u32, u8, u64)>,
    in_flight: u32,
    window: host::Window,
    turn: usize,
    secret: u32,
    began: Mark,
    began_real: Timestamp,
    sent: u64,
    /// Sending waits until then, because a queue of the kernel was full.
    pause: u64,
    by_address: Vec<(IpAddr, u32)>,
    column_of_port: Vec<u32>,
    /// Hosts with a probe that may not be sent again, to be told of.
    capped: Vec<IpAddr>,
    /// A denial of single packets was told of.
    told_denial: bool,
}

/// So many silent ports of a host are asked again to find out whether it limits its errors.
const TESTED: u8 = 3;
/// The most tries of a port of a host that does.
const SLOWLY: u8 = 5;
/// The probes that are built before answers are looked for.
const BURST: usize = 512;

impl<'a> Engine<'a> {
    pub(crate) fn new(
        goal: Goal,
        hosts: Vec<Host>,
        columns: Vec<Column>,
        channels: Vec<Channel>,
        form: &'a Form,
        limits: Limits,
        in_order: bool,
    ) -> Result<Self, Exit> {
        let mut random = Random::new();
        let mut order: Vec<u32> = (0..columns.len() as u32).collect();
        if !in_order {
            random.shuffle(&mut order);
        }
        let mut by_address: Vec<(IpAddr, u32)> = Vec::with_capacity(hosts.len());
        by_address.extend(
            hosts
                .iter()
                .enumerate()
                .map(|(at, host)| (host.address, at as u32)),
        );
        by_address.sort_unstable();
        let mut column_of_port = Vec::new();
        if let Goal::Ports(_) = goal {
            column_of_port = vec![u32::MAX; 1 << 16];
            for (at, column) in columns.iter().enumerate() {
                if let Some(place) = column_of_port.get_mut(usize::from(column.port)) {
                    *place = at as u32;
                }
            }
        }
        let mut engine = Self {
            goal,
            limits,
            form,
            cells: vec![Cell::default(); hosts.len() * columns.len()],
            presence: vec![None; hosts.len()],
            hosts,
            columns,
            channels,
            order,
            under_way: VecDeque::new(),
            in_flight: 0,
            window: host::Window::new(&limits),
            turn: 0,
            secret: random.next(),
            began: clock::now(),
            began_real: Timestamp::from_nanos(0),
            sent: 0,
            pause: 0,
            by_address,
            column_of_port,
            capped: Vec::new(),
            told_denial: false,
        };
        engine.find_sources()?;
        Ok(engine)
    }

    /// Finds the sources of packets, and what was denied.
    fn find_sources(&mut self) -> Result<(), Exit> {
        let Some(channel) = self.channels.first() else {
            return Ok(());
        };
        let addresses: Vec<IpAddr> = self.hosts.iter().map(|host| host.address).collect();
        let sources = channel
            .sources(&addresses)
            .map_err(|error| quit(error.to_string()))?;
        for (host, source) in self.hosts.iter_mut().zip(sources) {
            host.source = source;
        }
        for (at, host) in self.hosts.iter_mut().enumerate() {
            // Of several protocols, those that are allowed are tried.
            let refused = |c: &Channel| c.refuses(host.address);
            let denied = match self.goal {
                Goal::Ports(Scan::Protocols) => self.channels.iter().all(refused),
                _ => self.channels.iter().any(refused),
            };
            if host.source.is_none() || denied {
                host.done = true;
                if let (Goal::Hosts { .. }, Some(place)) = (self.goal, self.presence.get_mut(at)) {
                    let reason = if denied {
                        Reason::Denied
                    } else {
                        Reason::NoRoute
                    };
                    *place = Some(Presence {
                        up: false,
                        reason,
                        ttl: 0,
                    });
                }
            }
        }
        Ok(())
    }

    /// Microseconds of the run.
    fn now(&self) -> u64 {
        clock::now().since(self.began).as_micros() as u64
    }

    /// Probes until everything is known, or nothing more can be learned.
    pub(crate) async fn run(&mut self, watch: &mut Watch<'_>) -> Result<(), Exit> {
        loop {
            let now = self.now();
            self.expire(now);
            for host in std::mem::take(&mut self.capped) {
                watch.capped(host, self.limits.max_retries, self.goal)?;
            }
            self.give_up(now);
            let next = self.fill(now);
            self.send(now, watch)?;
            if self.in_flight == 0 && next.is_none() {
                if !self.revive(now) {
                    return Ok(());
                }
                continue;
            }
            let oldest = self.under_way.front().map(|(cell, _, sent)| {
                let host = *cell as usize / self.columns.len().max(1);
                let timeout = self
                    .hosts
                    .get(host)
                    .map_or(self.limits.initial_rtt, |h| h.rtt.timeout);
                sent + timeout.as_micros() as u64
            });
            let until = oldest.into_iter().chain(next).min().unwrap_or(now);
            let told = match watch.stats {
                Some(_) => watch.progress(self.done())?,
                None => Duration::MAX,
            };
            let wait = Duration::from_micros(until.saturating_sub(self.now())).min(told);
            self.receive(wait, watch).await?;
        }
    }

    /// The part of the probes that has a result.
    fn done(&self) -> f64 {
        let all = self.cells.len().max(1) as f64;
        let left: u64 = self
            .hosts
            .iter()
            .filter(|host| !host.done)
            .map(|host| u64::from(host.left))
            .sum();
        1.0 - left as f64 / all
    }

    /// The host and the column of a cell.
    fn place(&self, cell: u32) -> (usize, usize) {
        let width = self.columns.len().max(1);
        (cell as usize / width, cell as usize % width)
    }

    /// Takes probes off that were not answered in time.
    fn expire(&mut self, now: u64) {
        while let Some((cell, tried, sent)) = self.under_way.front().copied() {
            let (host_at, column) = self.place(cell);
            let Some(host) = self.hosts.get_mut(host_at) else {
                break;
            };
            let state = self.cells.get(cell as usize).copied().unwrap_or_default();
            let waiting = state.is_under_way() && state.tries == tried && !host.done;
            if waiting && sent + host.rtt.timeout.as_micros() as u64 > now {
                break;
            }
            self.under_way.pop_front();
            // An answer has taken it off, or will not: the host is done with all of its probes.
            if state.is_under_way() && state.tries == tried {
                if let Some(cell) = self.cells.get_mut(cell as usize) {
                    cell.set_under_way(false);
                }
                if host.in_flight > 0 {
                    host.in_flight -= 1;
                    self.in_flight = self.in_flight.saturating_sub(1);
                }
            }
            if !waiting {
                continue;
            }
            let capped = host.best_try.saturating_add(1) > self.limits.max_retries;
            if capped && state.tries > self.limits.max_retries && !host.capped {
                host.capped = true;
                self.capped.push(host.address);
            }
            match state.tries < host.tries(&self.limits) {
                true => host.retry.push_back(column as u32),
                false => host.bench.push(column as u32),
            }
        }
    }

    /// Ends hosts whose time is over.
    fn give_up(&mut self, now: u64) {
        let Some(limit) = self.limits.host_timeout else {
            return;
        };
        if now > limit.as_micros() as u64 {
            for host in self.hosts.iter_mut().filter(|host| !host.done) {
                host.done = true;
                host.timed_out = true;
            }
        }
    }

    /// Tries probes again that were given up before their host was found to lose packets, or to limit its errors.
    /// Returns whether there are any.
    fn revive(&mut self, now: u64) -> bool {
        let mut any = false;
        let width = self.columns.len();
        let limits = self.limits;
        let by_errors = matches!(self.goal, Goal::Ports(Scan::Udp | Scan::Protocols));
        let by_errors = by_errors && !limits.defeat_icmp;
        for (at, host) in self.hosts.iter_mut().enumerate() {
            if host.done || host.bench.is_empty() {
                continue;
            }
            let tries_of = |column: u32| {
                let cell = self.cells.get(at * width + column as usize);
                cell.filter(|cell| !cell.is_known()).map(|cell| cell.tries)
            };
            let tries = host.tries(&limits);
            let mut bench = std::mem::take(&mut host.bench);
            bench.retain(|column| tries_of(*column).is_some());
            // A host that says of some ports that they are closed may limit how often it says so. A few are asked
            // again, slowly; if one of them is closed, so may be all the others.
            let in_doubt = by_errors && host.refused > 0 && limits.max_retries > 0;
            if in_doubt && !host.limited && host.tested < TESTED {
                if let Some(column) = bench.pop() {
                    host.tested += 1;
                    host.next = now + limits.max_udp_delay.as_micros() as u64;
                    host.retry.push_back(column);
                    any = true;
                }
                // In another place next time.
                let middle = bench.len() / 2;
                bench.rotate_left(middle);
                host.bench = bench;
                continue;
            }
            for column in bench {
                let more = match in_doubt && host.limited {
                    true => SLOWLY.min(limits.max_retries.saturating_add(2)),
                    false => tries,
                };
                if tries_of(column).is_some_and(|tried| tried < more) {
                    host.retry.push_back(column);
                    any = true;
                }
            }
            if host.limited {
                host.delay = limits.max_udp_delay;
                host.next = now + limits.max_udp_delay.as_micros() as u64;
            }
        }
        any
    }

    /// Builds probes as the windows allow. Returns when the next one may be sent, if something is left to send.
    fn fill(&mut self, now: u64) -> Option<u64> {
        let columns = self.columns.len() as u32;
        let mut next: Option<u64> = None;
        let mut later = |at: u64| next = Some(next.map_or(at, |n: u64| n.min(at)));
        let (mut built, mut idle) = (0, 0);
        let count = self.hosts.len();
        if self.pause > now {
            return self
                .hosts
                .iter()
                .any(|host| host.has_work(columns))
                .then_some(self.pause);
        }
        while built < BURST && idle < count {
            let at = self.turn;
            self.turn = if at + 1 >= count { 0 } else { at + 1 };
            let Some(host) = self.hosts.get(at) else {
                break;
            };
            if !host.has_work(columns) {
                idle += 1;
                continue;
            }
            // The rate that was asked for is kept whatever the windows say.
            let elapsed = now.max(1) as f64 / 1e6;
            let behind = self
                .limits
                .min_rate
                .is_some_and(|rate| (self.sent as f64) < rate * elapsed);
            if let Some(rate) = self.limits.max_rate {
                let due = (self.sent as f64 / rate * 1e6) as u64;
                if due > now {
                    later(due);
                    break;
                }
            }
            let least = self.limits.min_parallel;
            let room = f64::from(self.in_flight) < self.window.size || self.in_flight < least;
            let host_room = f64::from(host.in_flight) < host.window.size || host.in_flight < least;
            if !behind && !room {
                if self.limits.min_rate.is_some() {
                    later(now + 1000);
                }
                break;
            }
            if host.next > now {
                later(host.next);
                idle += 1;
                continue;
            }
            if !behind && !host_room {
                idle += 1;
                continue;
            }
            idle = 0;
            self.push(at, now);
            built += 1;
        }
        // The windows are open again when something is answered or expires.
        if built == BURST {
            later(now);
        }
        next
    }
}

/// The first number of a probe: those of one probe do not overlap with themselves at any try.
fn cookie(secret: u32, cell: u32) -> u32 {
    let mut mixed = cell.wrapping_add(secret).wrapping_mul(0x9e37_79b1);
    mixed ^= mixed >> 15;
    mixed = mixed.wrapping_mul(0x85eb_ca77) ^ secret.rotate_left(13);
    mixed & !(PER_PROBE - 1)
}
