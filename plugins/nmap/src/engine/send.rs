//! Builds probes and sends them.

use nethost_sdk::{Error, Exit, Timestamp};

use super::{Column, Engine, Goal, Watch, cookie};
use crate::packet::{self, Kind, Outgoing, PER_PROBE, PER_TRY, build};
use crate::payloads;
use crate::state::Reason;

impl Engine<'_> {
    /// Builds the next probe of a host.
    pub(super) fn push(&mut self, at: usize, now: u64) {
        let Some(host) = self.hosts.get_mut(at) else {
            return;
        };
        let column = loop {
            let column = match host.retry.pop_front() {
                Some(column) => column,
                None => {
                    let Some(column) = self.order.get(host.cursor as usize) else {
                        return;
                    };
                    host.cursor += 1;
                    *column
                }
            };
            let cell = self.cells.get(at * self.columns.len() + column as usize);
            if cell.is_some_and(|cell| !cell.is_known()) {
                break column;
            }
            if host.retry.is_empty() && host.cursor as usize >= self.order.len() {
                return;
            }
        };
        let (Some(shape), Some(from)) = (self.columns.get(column as usize), host.source) else {
            return;
        };
        let number = at * self.columns.len() + column as usize;
        let Some(cell) = self.cells.get_mut(number) else {
            return;
        };
        let Some(channel) = self.channels.get_mut(shape.channel) else {
            return;
        };
        let tried = u32::from(cell.tries) % (PER_PROBE / PER_TRY);
        let kind = shape.kind.sent(host.address.is_ipv6());
        let probe = Outgoing {
            kind,
            from,
            to: host.address,
            local: channel.local,
            port: shape.port,
            cookie: match kind {
                // The sequence number of ICMP has 16 bits.
                Kind::Echo | Kind::Timestamp | Kind::Mask => tried,
                _ => cookie(self.secret, number as u32).wrapping_add(tried * PER_TRY),
            },
            payload: match kind {
                Kind::Udp => payloads::for_port(shape.port),
                _ => &[],
            },
        };
        let form = self.form;
        let write = |from, bytes: &mut Vec<u8>| build(&Outgoing { from, ..probe }, form, bytes);
        if !channel.push(host.address, shape.port, from, None, write) {
            cell.know(crate::state::State::Filtered, Reason::Denied, 0);
            host.left = host.left.saturating_sub(1);
            host.done |= host.left == 0;
            return;
        }
        cell.tries = cell.tries.saturating_add(1);
        cell.set_under_way(true);
        host.in_flight += 1;
        self.in_flight += 1;
        self.sent += 1;
        if !host.delay.is_zero() {
            host.next = now + host.delay.as_micros() as u64;
        }
        channel.cells.push(number as u32);
    }

    /// Sends what was built.
    pub(super) fn send(&mut self, now: u64, watch: &mut Watch<'_>) -> Result<(), Exit> {
        for index in 0..self.channels.len() {
            while let Some(channel) = self.channels.get_mut(index)
                && !channel.cells.is_empty()
            {
                let sent = channel.send();
                let cells = std::mem::take(&mut channel.cells);
                let stamps = match sent {
                    Ok(stamps) => stamps,
                    Err(error) => {
                        self.not_sent(index, &cells, error, now)?;
                        continue;
                    }
                };
                if let (true, Some(first)) = (self.began_real.as_nanos() == 0, stamps.first()) {
                    self.began_real =
                        Timestamp::from_nanos(first.as_nanos().saturating_sub(now * 1000).max(1));
                }
                for (cell, stamp) in cells.iter().zip(&stamps) {
                    let tried = match self.cells.get_mut(*cell as usize) {
                        Some(place) => {
                            let after = stamp.since(self.began_real).unwrap_or_default();
                            place.sent = after.as_micros() as u32;
                            place.tries
                        }
                        None => 0,
                    };
                    self.under_way.push_back((*cell, tried, now));
                    self.note_sent(*cell, watch)?;
                }
                let Some(channel) = self.channels.get_mut(index) else {
                    break;
                };
                channel.cells.extend(cells.iter().skip(stamps.len()));
            }
        }
        Ok(())
    }

    fn note_sent(&self, cell: u32, watch: &mut Watch<'_>) -> Result<(), Exit> {
        let (host, column) = self.place(cell);
        let (Some(host), Some(shape)) = (self.hosts.get(host), self.columns.get(column)) else {
            return Ok(());
        };
        let ipv6 = host.address.is_ipv6();
        let kind = shape.kind.sent(ipv6);
        let length = packet::length(kind, shape.port, self.form, ipv6);
        let (Some(channel), Some(own)) = (self.channels.get(shape.channel), host.source) else {
            return Ok(());
        };
        let sources = channel.sources_of(own);
        sources.iter().for_each(|_| watch.sent(length));
        if watch.trace.is_none() {
            return Ok(());
        }
        let local = channel.local;
        let tried = self.cells.get(cell as usize).map_or(1, |cell| cell.tries);
        let sequence = cookie(self.secret, cell).wrapping_add(u32::from(tried - 1) * PER_TRY);
        let shape = Column { kind, ..*shape };
        for from in sources {
            watch.trace_sent(from, host.address, &shape, local, sequence, length)?;
        }
        Ok(())
    }

    /// The first packet of a batch could not be sent.
    fn not_sent(
        &mut self,
        index: usize,
        cells: &[u32],
        error: Error,
        now: u64,
    ) -> Result<(), Exit> {
        let Some((first, rest)) = cells.split_first() else {
            return Ok(());
        };
        let (at, column) = self.place(*first);
        let Some(channel) = self.channels.get_mut(index) else {
            return Ok(());
        };
        match error {
            // A queue is full: all of them are sent later.
            Error::OutOfMemory => {
                self.pause = now + 2_000;
                for cell in cells {
                    let (at, column) = self.place(*cell);
                    self.take_back(at, column);
                }
                if let Some(channel) = self.channels.get_mut(index) {
                    channel.clear();
                }
                return Ok(());
            }
            error => {
                channel.give_up();
                channel.cells.extend_from_slice(rest);
                let reason = match error {
                    denied @ Error::Denied(_) => {
                        if !std::mem::replace(&mut self.told_denial, true) {
                            nethost_sdk::output::complain(format_args!("nmap: {denied}"));
                        }
                        Reason::Denied
                    }
                    Error::RemoteUnreachable => Reason::HostUnreach,
                    Error::NetworkUnreachable => Reason::NetUnreach,
                    // A firewall of this machine.
                    Error::AccessDenied => Reason::NoResponse,
                    error => return Err(crate::failed(&error)),
                };
                if let Some(host) = self.hosts.get_mut(at) {
                    host.in_flight = host.in_flight.saturating_sub(1);
                    host.left = host.left.saturating_sub(1);
                }
                self.in_flight = self.in_flight.saturating_sub(1);
                let number = at * self.columns.len() + column;
                if let (Goal::Ports(scan), Some(cell)) = (self.goal, self.cells.get_mut(number)) {
                    cell.know(crate::decide::silent(scan), reason, 0);
                } else if let Some(cell) = self.cells.get_mut(number) {
                    cell.know(crate::state::State::Filtered, reason, 0);
                    if reason == Reason::Denied {
                        self.present(at, false, reason, 0);
                    }
                }
            }
        }
        Ok(())
    }

    /// A probe was built and not sent.
    fn take_back(&mut self, at: usize, column: usize) {
        let number = at * self.columns.len() + column;
        if let (Some(host), Some(cell)) = (self.hosts.get_mut(at), self.cells.get_mut(number)) {
            cell.tries = cell.tries.saturating_sub(1);
            cell.set_under_way(false);
            host.in_flight = host.in_flight.saturating_sub(1);
            self.in_flight = self.in_flight.saturating_sub(1);
            self.sent = self.sent.saturating_sub(1);
            host.retry.push_back(column as u32);
        }
    }
}
