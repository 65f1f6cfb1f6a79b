//! What the kernel has counted of each connection (struct tcp_info, linux/tcp.h) at one moment, and the rates between two.

use std::collections::HashMap;
use std::net::SocketAddr;

use nethost_sdk::Exit;
use nethost_sdk::clock::Mark;
use nethost_sdk::sock_diag::{Protocol, u32_at, u64_at};
use serde::Serialize;

use crate::poll::Poll;
use crate::socket::state_name;

/// INET_DIAG_INFO, and the bit that asks for it.
const INFO: u16 = 2;
const SHOW_INFO: u32 = 1 << (INFO - 1);
/// All states of a connection that has or had two ends; neither LISTEN nor TIME-WAIT has counters.
const STATES: u32 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11;
/// Where the counters are in tcp_info.
const RTT: usize = 68;
const RETRANSMITS: usize = 100;
const BYTES_ACKED: usize = 120;
const BYTES_RECEIVED: usize = 128;

/// Counters of a connection.
#[derive(Clone, Copy, Debug)]
struct Counters {
    sent: u64,
    received: u64,
    retransmits: u32,
}

/// The counters of all connections, by cookie.
#[derive(Debug, Default)]
pub(super) struct Moment {
    counters: HashMap<u64, Counters>,
    taken: Option<Mark>,
}

/// A connection, and what passed since the moment before.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Connection {
    #[serde(skip)]
    pub(super) inode: u32,
    pub(super) state: &'static str,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) local: SocketAddr,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) peer: SocketAddr,
    /// Octets that the peer has acknowledged, in a second.
    pub(super) sent_per_second: f64,
    pub(super) received_per_second: f64,
    /// Smoothed, in milliseconds; none before it is measured.
    pub(super) rtt_ms: Option<f64>,
    pub(super) retransmits_per_second: f64,
    /// `command (pid)` of each process that has it open, if that may be known.
    pub(super) processes: Vec<String>,
}

impl Moment {
    /// Takes the next moment, and compares. A connection that is new counts from nothing.
    pub(super) fn next(&mut self, poll: &Poll<'_>, now: Mark) -> Result<Vec<Connection>, Exit> {
        let since = |taken| now.since(taken).as_secs_f64();
        let seconds = self.taken.map_or(0.0, since);
        let first = self.taken.is_none();
        let mut next = HashMap::with_capacity(self.counters.len());
        let mut connections = Vec::new();
        let states = STATES & poll.options.states;
        poll.list(Protocol::Tcp, states, SHOW_INFO, |message, socket| {
            let info = message.attributes().find(INFO).unwrap_or_default();
            let counters = Counters {
                sent: u64_at(info, BYTES_ACKED),
                received: u64_at(info, BYTES_RECEIVED),
                retransmits: u32_at(info, RETRANSMITS),
            };
            let before = self.counters.get(&message.cookie()).copied();
            let before = before.unwrap_or(if first { counters } else { NOTHING });
            let per_second = |now: u64, before: u64| match seconds > 0.0 {
                true => now.saturating_sub(before) as f64 / seconds,
                false => 0.0,
            };
            let rtt = u32_at(info, RTT);
            connections.push(Connection {
                inode: message.inode(),
                state: state_name(socket.state),
                local: message.local(),
                peer: message.remote(),
                sent_per_second: per_second(counters.sent, before.sent),
                received_per_second: per_second(counters.received, before.received),
                rtt_ms: (rtt != 0).then(|| f64::from(rtt) / 1000.0),
                retransmits_per_second: per_second(
                    counters.retransmits.into(),
                    before.retransmits.into(),
                ),
                processes: Vec::new(),
            });
            next.insert(message.cookie(), counters);
        })?;
        self.counters = next;
        self.taken = Some(now);
        Ok(connections)
    }
}

const NOTHING: Counters = Counters {
    sent: 0,
    received: 0,
    retransmits: 0,
};

/// By what connections are put in order, the greatest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Rate,
    Sent,
    Received,
    Rtt,
    Retransmits,
}

impl Order {
    /// By the key that chooses it.
    pub(super) fn of_key(key: char) -> Option<Self> {
        Some(match key {
            'b' => Self::Rate,
            't' => Self::Sent,
            'r' => Self::Received,
            'l' => Self::Rtt,
            'x' => Self::Retransmits,
            _ => return None,
        })
    }

    fn value(self, connection: &Connection) -> f64 {
        match self {
            Self::Rate => connection.sent_per_second + connection.received_per_second,
            Self::Sent => connection.sent_per_second,
            Self::Received => connection.received_per_second,
            Self::Rtt => connection.rtt_ms.unwrap_or_default(),
            Self::Retransmits => connection.retransmits_per_second,
        }
    }

    /// Puts them in this order; equal ones stay as the kernel lists them.
    pub(super) fn sort(self, connections: &mut [Connection]) {
        connections.sort_by(|one, other| self.value(other).total_cmp(&self.value(one)));
    }
}

/// The sums of the connections of each process, in no order. Those whose processes are not known are together.
pub(super) fn by_process(connections: &[Connection]) -> Vec<Process> {
    let mut processes: Vec<Process> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for connection in connections {
        // A connection that several processes have open is counted once.
        let name = connection.processes.first().map_or("-", String::as_str);
        let place = *places.entry(name).or_insert_with(|| {
            processes.push(Process {
                name: name.to_owned(),
                ..Process::default()
            });
            processes.len() - 1
        });
        let process = &mut processes[place];
        process.connections += 1;
        process.sent_per_second += connection.sent_per_second;
        process.received_per_second += connection.received_per_second;
        process.retransmits_per_second += connection.retransmits_per_second;
    }
    processes
}

/// The connections of a process together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub(super) name: String,
    pub(super) connections: usize,
    pub(super) sent_per_second: f64,
    pub(super) received_per_second: f64,
    pub(super) retransmits_per_second: f64,
}

#[cfg(test)]
pub(super) fn example(sent: f64, received: f64, process: &str) -> Connection {
    Connection {
        inode: 1,
        state: "ESTAB",
        local: SocketAddr::from(([10, 0, 0, 1], 40000)),
        peer: SocketAddr::from(([10, 0, 0, 2], 22)),
        sent_per_second: sent,
        received_per_second: received,
        rtt_ms: Some(1.5),
        retransmits_per_second: 0.0,
        processes: Vec::from([process.to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_comes_first() {
        let mut all = [
            example(1.0, 9.0, "a (1)"),
            example(5.0, 2.0, "b (2)"),
            example(0.0, 30.0, "a (1)"),
        ];
        for (order, first) in [
            (Order::Rate, 30.0),
            (Order::Sent, 2.0),
            (Order::Received, 30.0),
        ] {
            order.sort(&mut all);
            assert!(
                (all[0].received_per_second - first).abs() < 1e-9,
                "{order:?}"
            );
        }
    }

    #[test]
    fn a_process_is_the_sum_of_its_connections() {
        let all = [
            example(1.0, 2.0, "a (1)"),
            example(10.0, 20.0, "b (2)"),
            example(3.0, 4.0, "a (1)"),
        ];
        let processes = by_process(&all);
        let a = &processes[0];
        assert_eq!((a.name.as_str(), a.connections), ("a (1)", 2));
        assert!((a.sent_per_second - 4.0).abs() < 1e-9 && processes.len() == 2);
    }
}
