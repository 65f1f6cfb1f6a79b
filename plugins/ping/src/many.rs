//! Pings many targets: reads the lists, opens one socket a family, moves packets and facts.

use std::collections::HashMap;
use std::future::Future;
use std::io::Stdout;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use futures::future::select_all;
use nethost_sdk::icmp::{EchoBatch, EchoSocket, Echoes};
use nethost_sdk::output::{Format, Output, complain};
use nethost_sdk::socket::{ErrorOrigin, NetworkError, Remote};
use nethost_sdk::target::Hosts;
use nethost_sdk::text::printable;
use nethost_sdk::wire::icmp;
use nethost_sdk::{Error, Exit, Signal, clock, files, interrupted};

use crate::names::{self, numeric, with_scope};
use crate::options::Options;
use crate::sweep::{Host, Plan, Step, Sweep};
use crate::sweep_report::{Fact, HostSummary};
use crate::{failed, icmp_words, many_remotes, payload};

/// The maximum number of addresses in a run: four times a /16.
const MOST: usize = 262_144;
/// Packets moved in one call.
const BATCH: u32 = 64;
/// The number of packets to a target that does not answer, without `-c`.
const TRIES: u64 = 3;

/// Whether this is a run with many targets.
pub(crate) fn is_many(options: &Options) -> bool {
    let network = |target: &String| Hosts::parse(target).is_ok_and(|hosts| hosts.is_many());
    options.targets.len() != 1 || !options.files.is_empty() || options.targets.iter().any(network)
}

/// A socket and the packets to send on it.
pub(crate) struct Lane {
    pub(crate) socket: EchoSocket,
    batch: EchoBatch,
    /// Host and round of each packet in the batch.
    places: Vec<(usize, u64)>,
}

impl Lane {
    pub(crate) fn new(socket: EchoSocket) -> Self {
        Self {
            socket,
            batch: EchoBatch::new(),
            places: Vec::new(),
        }
    }
}

struct Run<'a> {
    options: &'a Options,
    sweep: Sweep,
    /// Hosts without a socket so far.
    wanted: Vec<(String, SocketAddr)>,
    /// Each host's lane and number there.
    remotes: Vec<(usize, Remote)>,
    by_address: HashMap<SocketAddr, usize>,
    payload: Vec<u8>,
    output: Output<Stdout>,
    /// Whether a target could not be used.
    refused: bool,
}

enum Event {
    Received(usize, Result<Echoes, Error>),
    Signal(Signal),
}

type Pending<'a> = Pin<Box<dyn Future<Output = Event> + 'a>>;

/// fping's exit code: 0 if all replied, 1 if some did not, 2 if some could not be tried.
pub(crate) async fn ping(options: &Options) -> Result<u8, Exit> {
    let mut run = Run {
        options,
        sweep: Sweep::new(plan(options), Vec::new()),
        wanted: Vec::new(),
        remotes: Vec::new(),
        by_address: HashMap::new(),
        payload: payload::fill(options.size, &options.pattern),
        output: Output::stdout(options.format),
        refused: false,
    };
    let mut lanes = Vec::new();
    for target in targets(options).map_err(failed)? {
        run.add(&target).await.map_err(failed)?;
    }
    run.open(&mut lanes);
    run.go(&mut lanes).await?;
    Ok(match run.refused {
        true => 2,
        false => u8::from(!run.sweep.all_alive()),
    })
}

fn plan(options: &Options) -> Plan {
    Plan {
        rounds: options.count.unwrap_or(TRIES),
        until_alive: options.count.is_none(),
        period: options.interval.unwrap_or(Duration::from_secs(1)),
        gap: if options.flood {
            Duration::ZERO
        } else {
            Duration::from_millis(1)
        },
        linger: options.linger.unwrap_or(Duration::from_secs(1)),
    }
}

/// Those of the command line, then those of the files.
fn targets(options: &Options) -> Result<Vec<String>, String> {
    let mut targets = options.targets.clone();
    for path in &options.files {
        let bytes = files::read(path).map_err(|error| match error {
            denied @ Error::Denied(_) => denied.to_string(),
            error => format!("{}: {error}", printable(path)),
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default());
        targets.extend(lines.flat_map(str::split_whitespace).map(str::to_owned));
    }
    Ok(targets)
}

impl Run<'_> {
    /// Adds the addresses of a target. A target that cannot be used is reported and omitted.
    async fn add(&mut self, target: &str) -> Result<(), String> {
        let device = self.options.device.as_deref();
        let hosts = match Hosts::parse(target) {
            Ok(hosts) if hosts.is_many() => hosts,
            _ => {
                let label = printable(target).into_owned();
                match names::address(target, self.options.family, device).await {
                    Ok((address, _)) => self.add_host(label, address),
                    Err(message) => self.refuse(label, message),
                }
                return Ok(());
            }
        };
        if hosts.count() > (MOST - self.wanted.len().min(MOST)) as u128 {
            let count = hosts.count();
            return Err(format!(
                "{target}: {count} addresses; one run takes at most {MOST}"
            ));
        }
        for address in hosts.addresses(MOST) {
            self.add_host(address.to_string(), with_scope(address, 0));
        }
        Ok(())
    }

    fn add_host(&mut self, label: String, address: SocketAddr) {
        if self.by_address.contains_key(&address) {
            return;
        }
        if self.wanted.len() >= MOST {
            return self.refuse(label, format!("one run takes at most {MOST} addresses"));
        }
        self.by_address.insert(address, self.wanted.len());
        self.wanted.push((label, address));
    }

    /// Opens the sockets: one for all addresses of a family, and one for each address that needs a separate request.
    /// Refused targets are reported and omitted.
    fn open(&mut self, lanes: &mut Vec<Lane>) {
        let remotes = many_remotes::open(&self.wanted, self.options, lanes);
        for refusal in remotes.refusals {
            self.refuse(refusal.host, refusal.message);
        }
        self.by_address.clear();
        let wanted = std::mem::take(&mut self.wanted);
        for ((label, address), remote) in wanted.into_iter().zip(remotes.of_each) {
            let Some(remote) = remote else { continue };
            self.by_address.insert(address, self.remotes.len());
            self.remotes.push(remote);
            self.sweep.hosts.push(Host::new(label, address));
        }
    }

    fn refuse(&mut self, host: String, message: String) {
        self.refused = true;
        if self.options.format == Format::Text {
            complain(format_args!("ping: {message}"));
        }
        // A stream that is gone is noticed at the next fact.
        let _ = self.output.fact(&Fact::Error { host, message });
    }

    async fn go(&mut self, lanes: &mut [Lane]) -> Result<(), Exit> {
        let start = clock::now();
        let now = || clock::now().since(start).as_nanos() as u64;
        let deadline = self.options.deadline.map(|length| length.as_nanos() as u64);
        let (sockets, mut buffers): (Vec<_>, Vec<_>) = lanes
            .iter_mut()
            .map(|lane| (&lane.socket, (&mut lane.batch, &mut lane.places)))
            .unzip();
        let mut idle: Vec<usize> = (0..sockets.len()).collect();
        let mut pending: Vec<Pending<'_>> =
            vec![Box::pin(async { Event::Signal(interrupted().await) })];
        loop {
            if deadline.is_some_and(|end| now() >= end) {
                break;
            }
            let mut until = None;
            for _ in 0..BATCH {
                match self.sweep.step(now()) {
                    Step::Send { host, round } => {
                        if let Some(&(lane, remote)) = self.remotes.get(host)
                            && let Some((batch, places)) = buffers.get_mut(lane)
                        {
                            batch.push(remote, round as u16, &self.payload);
                            places.push((host, round));
                        }
                    }
                    Step::Wait(when) => {
                        until = Some(when);
                        break;
                    }
                    Step::Done => {
                        return self.finish();
                    }
                }
            }
            for (socket, (batch, places)) in sockets.iter().zip(&mut buffers) {
                self.send(socket, batch, places)?;
                batch.clear();
                places.clear();
            }
            self.output.flush()?;
            let until = until.unwrap_or(0).min(deadline.unwrap_or(u64::MAX));
            let timeout = Duration::from_nanos(until.saturating_sub(now()));
            for lane in idle.drain(..) {
                if let Some(&socket) = sockets.get(lane) {
                    pending.push(Box::pin(async move {
                        Event::Received(lane, socket.receive(BATCH, timeout).await)
                    }));
                }
            }
            let (event, _, rest) = select_all(pending).await;
            pending = rest;
            match event {
                Event::Signal(Signal::Interrupt) => break,
                Event::Signal(signal) => {
                    if signal == Signal::Quit {
                        let alive = self
                            .sweep
                            .hosts
                            .iter()
                            .filter(|host| host.received > 0)
                            .count();
                        complain(format_args!("{alive}/{} alive", self.sweep.hosts.len()));
                    }
                    pending.push(Box::pin(async { Event::Signal(interrupted().await) }));
                }
                Event::Received(lane, Ok(echoes)) => {
                    idle.push(lane);
                    self.take(&echoes)?;
                }
                Event::Received(lane, Err(error)) => {
                    idle.push(lane);
                    complain(format_args!("ping: recvmsg: {error}"));
                    clock::wait_for(Duration::from_millis(10)).await;
                }
            }
        }
        self.finish()
    }

    fn send(
        &mut self,
        socket: &EchoSocket,
        batch: &mut EchoBatch,
        places: &mut Vec<(usize, u64)>,
    ) -> Result<(), Exit> {
        while !batch.is_empty() {
            let failed = match socket.send(batch) {
                Ok(stamps) if !stamps.is_empty() => {
                    for (&(host, round), &stamp) in places.iter().zip(&stamps) {
                        self.sweep.sent(host, round, stamp);
                    }
                    batch.discard(stamps.len());
                    places.drain(..stamps.len().min(places.len()));
                    continue;
                }
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if let Some(host) = places
                .first()
                .and_then(|&(host, _)| self.sweep.hosts.get(host))
            {
                let message = format!("sendmsg: {failed}");
                self.tell_error(host.label.clone(), message)?;
            }
            batch.discard(1);
            places.drain(..places.len().min(1));
        }
        Ok(())
    }

    fn take(&mut self, echoes: &Echoes) -> Result<(), Exit> {
        for error in echoes.errors() {
            self.error(&error.error)?;
        }
        for reply in echoes.replies() {
            let Some(&place) = self.by_address.get(&bare(reply.source)) else {
                continue;
            };
            let Some(answer) = self.sweep.reply(place, reply.sequence, reply.timestamp) else {
                continue;
            };
            let Some(host) = self.sweep.hosts.get(place) else {
                continue;
            };
            if self.options.quiet {
                continue;
            }
            let (label, address) = (host.label.clone(), numeric(host.address));
            let fact = if self.options.count.is_none() {
                if !answer.first {
                    continue;
                }
                Fact::Alive {
                    host: label,
                    address,
                    trip: answer.trip,
                }
            } else {
                Fact::Reply {
                    host: label,
                    address,
                    round: answer.round,
                    bytes: reply.payload.len() + icmp::ECHO_HEADER,
                    ttl: reply.hop_limit,
                    trip: answer.trip,
                    avg: host.trips.avg(),
                    loss: host.loss(),
                    duplicate: answer.duplicate,
                    corrupted: payload::compare(&self.payload, reply.payload).is_some(),
                }
            };
            self.output.fact(&fact)?;
        }
        Ok(())
    }

    fn error(&mut self, error: &NetworkError<'_>) -> Result<(), Exit> {
        let Some(&place) = self.by_address.get(&bare(error.remote)) else {
            return Ok(());
        };
        self.sweep.error(place);
        let label = self
            .sweep
            .hosts
            .get(place)
            .map(|host| host.label.clone())
            .unwrap_or_default();
        let words = match error.origin {
            ErrorOrigin::Icmp6 => icmp_words::v6(error.icmp_type, error.icmp_code, error.info),
            ErrorOrigin::Icmp => icmp_words::v4(error.icmp_type, error.icmp_code, error.info),
            ErrorOrigin::Local => format!("local error: {}", error.code),
        };
        let from = error
            .offender
            .map(|offender| format!(" (from {})", numeric(offender)));
        self.tell_error(label, format!("{words}{}", from.unwrap_or_default()))
    }

    fn tell_error(&mut self, host: String, message: String) -> Result<(), Exit> {
        if self.options.quiet {
            return Ok(());
        }
        if self.options.format == Format::Text {
            complain(format_args!("ping: {host}: {message}"));
        }
        self.output.fact(&Fact::Error { host, message })
    }

    /// The targets that did not answer, or the statistics of each.
    fn finish(&mut self) -> Result<(), Exit> {
        if self.options.count.is_some()
            && self.options.format == Format::Text
            && !self.options.quiet
        {
            self.output.text("\n")?;
        }
        for host in &self.sweep.hosts {
            let address = numeric(host.address);
            if self.options.count.is_some() {
                self.output
                    .fact(&Fact::Host(Box::new(HostSummary::of(host, address))))?;
            } else if host.received == 0 {
                self.output.fact(&Fact::Unreachable {
                    host: host.label.clone(),
                    address,
                })?;
            }
        }
        self.output.flush()
    }
}

/// Without the port, which some error queues contain.
fn bare(mut endpoint: SocketAddr) -> SocketAddr {
    endpoint.set_port(0);
    endpoint
}
