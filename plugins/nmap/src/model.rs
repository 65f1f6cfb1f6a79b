//! What was found out, as reports show it.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::engine::{Cell, Presence, Rtt};
use crate::options::Scan;
use crate::services::Protocol;
use crate::state::{Reason, State};
use crate::targets::Target;

/// A host.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) target: Target,
    /// The name of its address.
    pub(crate) name: Option<String>,
    pub(crate) presence: Presence,
    pub(crate) rtt: Option<Rtt>,
    pub(crate) hardware: Option<[u8; 6]>,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) timed_out: bool,
    pub(crate) ports: Vec<Port>,
    pub(crate) hops: Option<Route>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) system: Option<System>,
}

/// A port that was scanned.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) protocol: Protocol,
    pub(crate) number: u16,
    pub(crate) state: State,
    pub(crate) reason: Reason,
    pub(crate) ttl: u8,
    pub(crate) service: Option<Box<Service>>,
    pub(crate) scripts: Vec<Script>,
}

/// The service behind an open port, as far as it was recognized.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) tls: bool,
    pub(crate) product: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) info: Option<String>,
    pub(crate) hostname: Option<String>,
    pub(crate) system: Option<String>,
    pub(crate) device: Option<String>,
    pub(crate) names: Vec<String>,
    /// It answered, and nobody knows what that is.
    pub(crate) unknown: bool,
    pub(crate) wrapped: bool,
}

/// The output of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) name: &'static str,
    pub(crate) output: String,
}

/// The route to a host.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Route {
    /// `icmp`, or the port that was probed.
    pub(crate) using: String,
    pub(crate) hops: Vec<Hop>,
}

/// A hop of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Hop {
    pub(crate) ttl: u8,
    /// Address, milliseconds and name; none if it did not answer.
    pub(crate) answer: Option<(IpAddr, f64, Option<String>)>,
}

/// What is told of the operating system.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct System {
    /// Lines after the list of ports.
    pub(crate) text: String,
    pub(crate) guesses: Vec<(String, u8)>,
}

/// The result of one scan of a group of hosts.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) scan: Scan,
    pub(crate) ports: Vec<u16>,
    /// In rows of as many cells as there are ports.
    pub(crate) cells: Vec<Cell>,
}

impl Scanned {
    pub(crate) fn protocol(&self) -> Protocol {
        self.scan.protocol()
    }

    /// The ports of a row.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = Port> {
        let silence = crate::decide::silent(self.scan);
        let begin = row * self.ports.len();
        let cells = self
            .cells
            .get(begin..begin + self.ports.len())
            .unwrap_or_default();
        let protocol = self.protocol();
        self.ports.iter().zip(cells).map(move |(number, cell)| {
            let (state, reason, ttl) = cell.result(silence);
            Port {
                protocol,
                number: *number,
                state,
                reason,
                ttl,
                service: None,
                scripts: Vec::new(),
            }
        })
    }
}

impl Host {
    /// A host of which nothing is known but whether it is there.
    pub(crate) fn unseen(
        target: Target,
        name: Option<String>,
        presence: Presence,
        began: Timestamp,
    ) -> Self {
        Self {
            target,
            name,
            presence,
            rtt: None,
            hardware: None,
            began,
            ended: began,
            timed_out: false,
            ports: Vec::new(),
            hops: None,
            scripts: Vec::new(),
            system: None,
        }
    }

    /// The name and address as `Nmap scan report for` has them.
    pub(crate) fn title(&self) -> String {
        let address = self.target.address;
        match self.target.typed.as_ref().or(self.name.as_ref()) {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        }
    }
}
