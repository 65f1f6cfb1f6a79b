//! The facts of a run with many targets, as fping's text and as JSON.

use std::fmt::{self, Display};
use std::time::Duration;

use nethost_sdk::output::milliseconds;
use serde::Serialize;

use crate::report::{Trips, ms};
use crate::sweep::Host;

/// Everything that is told. Errors go to standard error in text.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Fact {
    Alive {
        host: String,
        address: String,
        #[serde(rename = "rtt_ms", serialize_with = "milliseconds")]
        #[cfg_attr(test, schemars(with = "f64"))]
        trip: Duration,
    },
    Reply {
        host: String,
        address: String,
        round: u64,
        bytes: usize,
        ttl: Option<u8>,
        #[serde(rename = "rtt_ms", serialize_with = "milliseconds")]
        #[cfg_attr(test, schemars(with = "f64"))]
        trip: Duration,
        #[serde(skip)]
        avg: Duration,
        #[serde(skip)]
        loss: u64,
        duplicate: bool,
        corrupted: bool,
    },
    Error {
        host: String,
        message: String,
    },
    Unreachable {
        host: String,
        address: String,
    },
    Host(Box<HostSummary>),
}

/// One target's figures at the end of a counted run.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HostSummary {
    host: String,
    address: String,
    transmitted: u64,
    received: u64,
    duplicates: u64,
    errors: u64,
    loss_percent: u64,
    #[serde(flatten)]
    trips: Option<Trips>,
}

impl HostSummary {
    pub(crate) fn of(host: &Host, address: String) -> Self {
        Self {
            host: host.label.clone(),
            address,
            transmitted: host.transmitted,
            received: host.received,
            duplicates: host.duplicates,
            errors: host.errors,
            loss_percent: host.loss(),
            trips: Trips::of(&host.trips),
        }
    }
}

impl Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alive { host, .. } => writeln!(f, "{host} is alive"),
            Self::Unreachable { host, .. } => writeln!(f, "{host} is unreachable"),
            Self::Error { .. } => Ok(()),
            Self::Reply {
                host,
                round,
                bytes,
                trip,
                avg,
                loss,
                duplicate,
                corrupted,
                ..
            } => {
                let (trip, avg, number) = (ms(*trip), ms(*avg), round - 1);
                write!(
                    f,
                    "{host} : [{number}], {bytes} bytes, {trip} ms ({avg} avg, {loss}% loss)"
                )?;
                f.write_str(if *duplicate { " (DUP!)" } else { "" })?;
                f.write_str(if *corrupted { " (CORRUPTED!)" } else { "" })?;
                f.write_str("\n")
            }
            Self::Host(summary) => {
                let HostSummary {
                    host,
                    transmitted,
                    received,
                    loss_percent,
                    ..
                } = &**summary;
                write!(
                    f,
                    "{host} : xmt/rcv/%loss = {transmitted}/{received}/{loss_percent}%"
                )?;
                if let Some(Trips { min, avg, max, .. }) = &summary.trips {
                    write!(f, ", min/avg/max = {}/{}/{}", ms(*min), ms(*avg), ms(*max))?;
                }
                f.write_str("\n")
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_fping() {
        let reply = Fact::Reply {
            host: "a".into(),
            address: "192.0.2.1".into(),
            round: 1,
            bytes: 64,
            ttl: Some(64),
            trip: Duration::from_micros(34),
            avg: Duration::from_micros(34),
            loss: 0,
            duplicate: false,
            corrupted: false,
        };
        assert_eq!(
            reply.to_string(),
            "a : [0], 64 bytes, 0.034 ms (0.034 avg, 0% loss)\n"
        );
        assert_eq!(serde_json::to_value(&reply).unwrap()["rtt_ms"], 0.034);
        let mut host = Host::new("a".into(), "192.0.2.1:0".parse().unwrap());
        host.transmitted = 3;
        let line = Fact::Host(Box::new(HostSummary::of(&host, "192.0.2.1".into()))).to_string();
        assert_eq!(line, "a : xmt/rcv/%loss = 3/0/100%\n");
    }
}
