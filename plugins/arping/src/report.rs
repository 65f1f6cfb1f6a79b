//! What is printed: iputils' text, and JSON.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use serde::Serialize;

use crate::engine::{Counts, Ends};
use crate::packet::{Arp, REPLY};

/// The first line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "start", rename_all = "kebab-case")]
pub(crate) struct Start<'a> {
    pub(crate) destination: Ipv4Addr,
    pub(crate) source: Ipv4Addr,
    pub(crate) interface: &'a str,
}

impl fmt::Display for Start<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "ARPING {} from {} {}",
            self.destination, self.source, self.interface
        )
    }
}

/// A hardware address.
pub(crate) struct Hardware<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Hardware<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, octet) in self.0.iter().enumerate() {
            let colon = if at == 0 { "" } else { ":" };
            write!(f, "{colon}{octet:02X}")?;
        }
        Ok(())
    }
}

impl Serialize for Hardware<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An answer.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "answer", rename_all = "kebab-case")]
pub(crate) struct Answer<'a> {
    operation: &'static str,
    unicast: bool,
    address: Ipv4Addr,
    #[cfg_attr(test, schemars(with = "String"))]
    hardware: Hardware<'a>,
    target: Ipv4Addr,
    #[cfg_attr(test, schemars(with = "String"))]
    target_hardware: Hardware<'a>,
    /// Milliseconds since the last packet was sent.
    #[serde(serialize_with = "nethost_sdk::output::milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    ms: Duration,
    /// The target that is said in the text, and its hardware address: those that are not this machine.
    #[serde(skip)]
    other: (bool, bool),
}

impl<'a> Answer<'a> {
    pub(crate) fn new(packet: &Arp<'a>, unicast: bool, took: Duration, ends: &Ends) -> Self {
        Self {
            operation: if packet.operation == REPLY {
                "reply"
            } else {
                "request"
            },
            unicast,
            address: packet.sender_address,
            hardware: Hardware(packet.sender),
            target: packet.target_address,
            target_hardware: Hardware(packet.target),
            ms: took,
            other: (
                packet.target_address != ends.source,
                packet.target != ends.own,
            ),
        }
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.unicast { "Unicast" } else { "Broadcast" };
        write!(
            f,
            "{kind} {} from {} [{}] ",
            self.operation, self.address, self.hardware
        )?;
        match self.other {
            (true, _) => write!(f, "for {} ", self.target)?,
            (false, true) => f.write_str("for ")?,
            (false, false) => {}
        }
        if self.other.1 {
            write!(f, "[{}]", self.target_hardware)?;
        }
        let micros = self.ms.as_micros();
        writeln!(f, " {}.{:03}ms", micros / 1000, micros % 1000)
    }
}

/// The last lines.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename = "summary")]
pub(crate) struct Summary {
    #[serde(flatten)]
    pub(crate) counts: Counts,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts;
        writeln!(
            f,
            "Sent {} probes ({} broadcast(s))",
            counts.sent, counts.sent_broadcasts
        )?;
        write!(f, "Received {} response(s)", counts.received)?;
        let requests = match counts.received_requests {
            0 => None,
            some => Some(format!("{some} request(s)")),
        };
        let broadcasts = match counts.received_broadcasts {
            0 => None,
            some => Some(format!("{some} broadcast(s)")),
        };
        let parts: Vec<String> = requests.into_iter().chain(broadcasts).collect();
        if !parts.is_empty() {
            write!(f, " ({})", parts.join(", "))?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Ends {
        Ends {
            hardware_type: 1,
            own: vec![2, 0, 0, 0, 0, 1],
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
        }
    }

    #[test]
    fn answers_are_told_as_iputils_tells_them() {
        let own = [2, 0, 0, 0, 0, 1];
        let reply = Arp {
            hardware_type: 1,
            operation: REPLY,
            sender: &[2, 0, 0, 0, 0, 0xab],
            sender_address: [10, 0, 0, 2].into(),
            target: &own,
            target_address: [10, 0, 0, 1].into(),
        };
        let took = Duration::from_micros(1_042);
        let told =
            |packet: &Arp<'_>, unicast| Answer::new(packet, unicast, took, &ends()).to_string();
        assert_eq!(
            told(&reply, true),
            "Unicast reply from 10.0.0.2 [02:00:00:00:00:AB]  1.042ms\n"
        );
        let other = Arp {
            operation: 1,
            target: &[0; 6],
            target_address: [10, 0, 0, 9].into(),
            ..reply
        };
        assert_eq!(
            told(&other, false),
            "Broadcast request from 10.0.0.2 [02:00:00:00:00:AB] for 10.0.0.9 [00:00:00:00:00:00] 1.042ms\n"
        );
    }

    #[test]
    fn a_summary_says_what_kinds_came() {
        let counts = Counts {
            sent: 2,
            sent_broadcasts: 1,
            received: 3,
            received_broadcasts: 1,
            received_requests: 2,
        };
        assert_eq!(
            Summary { counts }.to_string(),
            "Sent 2 probes (1 broadcast(s))\nReceived 3 response(s) (2 request(s), 1 broadcast(s))\n"
        );
    }
}
