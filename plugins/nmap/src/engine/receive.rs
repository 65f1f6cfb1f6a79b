//! Takes in what answers the probes of a group.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::socket::{NetworkError, Received};
use nethost_sdk::{Exit, Timestamp, clock};

use super::{Channel, Engine, Goal, Presence, Watch, cookie};
use crate::decide;
use crate::options::Scan;
use crate::packet::{self, Answer, Kind, PER_PROBE, PER_TRY};
use crate::quit;
use crate::state::{Reason, State};

/// The most packets and errors of one call.
const AT_ONCE: u32 = 256;
/// With fewer than this, nothing more is waiting.
const FEW: usize = 32;
/// With several probers, each is looked at in turn, after such a pause.
const PAUSE: Duration = Duration::from_micros(500);
const LONGEST_PAUSE: Duration = Duration::from_millis(5);

fn count(received: &Received) -> usize {
    received.datagrams().len() + received.errors().len()
}

impl Engine<'_> {
    /// Waits for answers, at most so long, and takes them in.
    pub(super) async fn receive(
        &mut self,
        wait: Duration,
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        let failed = |error: nethost_sdk::Error| quit(error.to_string());
        if let [channel] = &self.channels[..]
            && !channel.is_raw()
        {
            let mut received = channel.receive(AT_ONCE, wait).await.map_err(failed)?;
            loop {
                let came: usize = received.iter().map(count).sum();
                for received in &received {
                    self.take(0, received, watch)?;
                }
                // All that is there, so that the next probes are sent in large batches.
                let Some(channel) = self.channels.first().filter(|_| came >= FEW) else {
                    return Ok(());
                };
                let more = channel.receive(AT_ONCE, Duration::ZERO).await;
                received = more.map_err(failed)?;
            }
        }
        let until = clock::now().plus(wait);
        let raw = self.channels.iter().any(Channel::is_raw);
        let (mut pause, longest) = match raw {
            true => (PAUSE * 4, LONGEST_PAUSE * 4),
            false => (PAUSE, LONGEST_PAUSE),
        };
        loop {
            let mut any = false;
            for index in 0..self.channels.len() {
                let Some(channel) = self.channels.get(index) else {
                    break;
                };
                let received = channel.receive(AT_ONCE, Duration::ZERO).await;
                for received in received.map_err(failed)? {
                    any |= !received.is_empty();
                    self.take(index, &received, watch)?;
                }
            }
            let now = clock::now();
            if any || now >= until {
                return Ok(());
            }
            clock::wait_until(now.plus(pause).min(until)).await;
            pause = (pause * 2).min(longest);
        }
    }

    fn take(
        &mut self,
        index: usize,
        received: &Received,
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        let number = self.channels.get(index).map_or(0, |channel| channel.number);
        for datagram in received.datagrams() {
            let source = datagram.source.ip();
            let length = datagram.payload.len() + if source.is_ipv6() { 40 } else { 0 };
            watch.received(length);
            let transport = packet::transport(datagram.payload, source.is_ipv6());
            let ttl = datagram.hop_limit.unwrap_or(0);
            if watch.trace.is_some() {
                let local = self.channels.get(index).map_or(0, |channel| channel.local);
                let to = self
                    .host_of(source)
                    .and_then(|at| self.hosts.get(at)?.source);
                watch.trace_received(source, to, local, number, transport, ttl, length)?;
            }
            if let Some(answer) = packet::read(number, transport) {
                self.answer(index, source, answer, ttl, datagram.timestamp, watch)?;
            }
        }
        for error in received.errors() {
            self.error(index, number, &error, watch)?;
        }
        Ok(())
    }

    /// The row of an address.
    fn host_of(&self, address: IpAddr) -> Option<usize> {
        let at = self
            .by_address
            .binary_search_by(|(known, _)| known.cmp(&address))
            .ok()?;
        self.by_address.get(at).map(|(_, host)| *host as usize)
    }

    /// The column of a port, or of a kind of discovery.
    fn column_of(&self, index: usize, port: u16, matches: impl Fn(Kind) -> bool) -> Option<usize> {
        if self.goal == Goal::Ports(Scan::Protocols) {
            return self.column_of_protocol(index);
        }
        if let Goal::Ports(_) = self.goal {
            let column = *self.column_of_port.get(usize::from(port))?;
            return (column != u32::MAX).then_some(column as usize);
        }
        self.columns.iter().position(|column| {
            column.channel == index && column.port == port && matches(column.kind)
        })
    }

    /// The column of the protocol that a channel is for.
    fn column_of_protocol(&self, index: usize) -> Option<usize> {
        let is_its = |kind| matches!(kind, Kind::Protocol(_));
        let mut columns = self.columns.iter();
        columns.position(|column| column.channel == index && is_its(column.kind))
    }

    fn answer(
        &mut self,
        index: usize,
        source: IpAddr,
        answer: Answer,
        ttl: u8,
        at: Timestamp,
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        let Some(host) = self.host_of(source) else {
            return Ok(());
        };
        let local = self.channels.get(index).map(|channel| channel.local);
        // A probe of this machine's own port, which comes back as it was sent.
        let own = match answer {
            Answer::Tcp { port, flags, .. } => {
                Some(port) == local && flags & (packet::RST | packet::ACK) == 0
            }
            Answer::Udp { port, .. } => Some(port) == local,
            Answer::Other => self.hosts.get(host).and_then(|host| host.source) == Some(source),
            _ => false,
        };
        if own {
            return Ok(());
        }
        let column = match answer {
            Answer::Tcp { port, flags, .. } => self.column_of(index, port, |kind| {
                // A port can be probed by SYN and by ACK: a SYN/ACK answers the former, and both may be reset.
                flags & packet::SYN == 0
                    || matches!(kind, Kind::Tcp(sent) if sent & packet::SYN != 0)
            }),
            Answer::Other => self.column_of_protocol(index),
            Answer::Udp { port, .. }
            | Answer::SctpInitAck { port }
            | Answer::SctpAbort { port } => self.column_of(index, port, |_| true),
            Answer::Icmp { kind, .. } => self.columns.iter().position(|column| {
                column.channel == index
                    && match kind {
                        0 | 129 => matches!(column.kind, Kind::Echo | Kind::Protocol(_)),
                        14 => column.kind == Kind::Timestamp,
                        18 => column.kind == Kind::Mask,
                        _ => false,
                    }
            }),
        };
        let Some(column) = column else { return Ok(()) };
        let number = host * self.columns.len() + column;
        let Some(kind) = self.columns.get(column).map(|column| column.kind) else {
            return Ok(());
        };
        let tried = self.try_of(number as u32, answer);
        match self.goal {
            Goal::Ports(scan) => {
                let Some((state, reason)) = decide::answered(scan, answer) else {
                    return Ok(());
                };
                self.settle(host, column, state, reason, ttl, tried, at, watch)
            }
            Goal::Hosts { ignore_rst } => {
                let Some(reason) = decide::is_up(kind, answer, ignore_rst) else {
                    return Ok(());
                };
                self.settle(host, column, State::Open, reason, ttl, tried, at, watch)?;
                self.present(host, true, reason, ttl);
                Ok(())
            }
        }
    }

    /// Which try of a probe an answer is about, counted from 0; none if the answer does not tell.
    fn try_of(&self, number: u32, answer: Answer) -> Option<u8> {
        let first = cookie(self.secret, number);
        let distance = match answer {
            Answer::Tcp {
                flags,
                acknowledged,
                ..
            } if flags & packet::ACK != 0 => acknowledged.wrapping_sub(first),
            // A reset to a segment with an acknowledgement has that as its sequence number (RFC 9293 section 3.10.7.1).
            Answer::Tcp { sequence, .. } => sequence.wrapping_sub(first),
            Answer::Icmp { sequence, .. } => u32::from(sequence) * PER_TRY,
            _ => return None,
        };
        (distance < PER_PROBE).then_some((distance / PER_TRY) as u8)
    }

    fn error(
        &mut self,
        index: usize,
        number: u8,
        error: &NetworkError<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        let target = error.remote.ip();
        let ipv6 = target.is_ipv6();
        watch.received(error.quoted.len() + 8 + if ipv6 { 80 } else { 40 });
        let ttl = error.hop_limit.unwrap_or(0);
        let Some(host) = self.host_of(target) else {
            return Ok(());
        };
        let offender = error.offender.map(|offender| offender.ip());
        watch.trace_error(
            offender,
            self.hosts.get(host).and_then(|h| h.source),
            number,
            error,
            ttl,
        )?;
        let quoted = |at: usize| {
            let word = error.quoted.get(at..at + 2)?.try_into().ok()?;
            Some(u16::from_be_bytes(word))
        };
        let column = match number {
            _ if self.goal == Goal::Ports(Scan::Protocols) => self.column_of_protocol(index),
            // The prober quotes what has ports; of what has none, there is one kind.
            number if ![1, 6, 17, 58, 132].contains(&number) => self.column_of_protocol(index),
            1 | 58 => {
                let sent = error.quoted.first().copied();
                self.columns.iter().position(|column| {
                    column.channel == index
                        && match column.kind {
                            Kind::Echo | Kind::Protocol(_) => matches!(sent, Some(8 | 128)),
                            Kind::Timestamp => sent == Some(13),
                            Kind::Mask => sent == Some(17),
                            _ => false,
                        }
                })
            }
            _ => {
                let flags = error.quoted.get(13).copied();
                self.column_of(index, quoted(2).unwrap_or(0), |kind| match (kind, flags) {
                    (Kind::Tcp(sent), Some(flags)) => sent == flags,
                    _ => true,
                })
            }
        };
        let Some(column) = column else { return Ok(()) };
        let cell = host * self.columns.len() + column;
        let tried = match (number, error.quoted.get(4..8)) {
            (6, Some(&[a, b, c, d])) => {
                let distance =
                    u32::from_be_bytes([a, b, c, d]).wrapping_sub(cookie(self.secret, cell as u32));
                (distance < PER_PROBE).then_some((distance / PER_TRY) as u8)
            }
            _ => None,
        };
        let own = offender == Some(target);
        match self.goal {
            Goal::Ports(scan) => {
                let decided = decide::error(scan, ipv6, error.icmp_type, error.icmp_code, own);
                let Some((state, reason)) = decided else {
                    return Ok(());
                };
                self.settle(
                    host,
                    column,
                    state,
                    reason,
                    ttl,
                    tried,
                    error.timestamp,
                    watch,
                )
            }
            Goal::Hosts { .. } => {
                let decided = decide::error_of_host(ipv6, error.icmp_type, error.icmp_code, own);
                let Some((up, reason)) = decided else {
                    return Ok(());
                };
                let state = if up { State::Open } else { State::Filtered };
                self.settle(
                    host,
                    column,
                    state,
                    reason,
                    ttl,
                    tried,
                    error.timestamp,
                    watch,
                )?;
                self.present(host, up, reason, ttl);
                Ok(())
            }
        }
    }

    /// A probe has its result. What answers a repeated probe shows that the one before was lost.
    #[allow(clippy::too_many_arguments)]
    fn settle(
        &mut self,
        at: usize,
        column: usize,
        state: State,
        reason: Reason,
        ttl: u8,
        tried: Option<u8>,
        arrived: Timestamp,
        watch: &mut Watch<'_>,
    ) -> Result<(), Exit> {
        let now = self.now();
        let number = at * self.columns.len() + column;
        let (Some(host), Some(cell)) = (self.hosts.get_mut(at), self.cells.get_mut(number)) else {
            return Ok(());
        };
        if cell.is_known() || cell.tries == 0 {
            return Ok(());
        }
        let last = cell.tries - 1;
        let under_way = cell.is_under_way() && host.in_flight > 0;
        // Errors about UDP do not tell which try they are about; with one try there is no doubt.
        let tried = tried.or((last == 0).then_some(0));
        if tried == Some(last) && arrived > self.began_real {
            let arrived = arrived
                .since(self.began_real)
                .unwrap_or_default()
                .as_micros() as u32;
            let took = arrived.wrapping_sub(cell.sent);
            if took < 1 << 31 {
                host.rtt.observe(f64::from(took), &self.limits);
            }
        }
        cell.know(state, reason, ttl);
        host.left = host.left.saturating_sub(1);
        // One that expired was taken off when it did.
        if under_way {
            host.in_flight = host.in_flight.saturating_sub(1);
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        if matches!(reason, Reason::PortUnreach | Reason::ProtoUnreach) {
            host.refused += 1;
            host.limited |= host.tested > 0 && last > 1;
        }
        let tried = tried.unwrap_or(last);
        host.best_try = host.best_try.max(tried);
        match tried {
            0 => {
                host.good = host.good.saturating_add(1);
                host.window.grow(&self.limits);
                self.window.grow(&self.limits);
            }
            _ => {
                host.dropped += 1;
                host.window.shrink(now, host.rtt.timeout, &self.limits);
                self.window.shrink(now, host.rtt.timeout, &self.limits);
                let udp = matches!(self.goal, Goal::Ports(scan) if !scan.is_tcp());
                let most = if udp {
                    self.limits.max_udp_delay
                } else {
                    self.limits.max_tcp_delay
                };
                // A quarter of the answers had to be asked for again.
                let many = host.dropped >= 3 && host.dropped * 4 > host.dropped + host.good;
                let limited = udp && self.limits.defeat_icmp;
                if many && !limited && matches!(self.goal, Goal::Ports(_)) {
                    host.slow_down(most);
                }
            }
        }
        if host.left == 0 {
            host.done = true;
        }
        if let (Goal::Ports(scan), State::Open) = (self.goal, state) {
            let port = match self.columns.get(column) {
                Some(column) => column.kind.number().unwrap_or(column.port),
                None => 0,
            };
            watch.open(scan, host.address, port)?;
        }
        Ok(())
    }

    /// Whether a host is up is known: at once if it is, and at the end if it is not.
    pub(super) fn present(&mut self, at: usize, up: bool, reason: Reason, ttl: u8) {
        let Some(place) = self.presence.get_mut(at) else {
            return;
        };
        if place.is_some_and(|known| known.up) {
            return;
        }
        if up || place.is_none() {
            *place = Some(Presence { up, reason, ttl });
        }
        if up && let Some(host) = self.hosts.get_mut(at) {
            host.done = true;
            self.in_flight = self.in_flight.saturating_sub(host.in_flight);
            host.in_flight = 0;
        }
    }
}
