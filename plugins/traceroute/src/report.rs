//! A trace as text, line for line that of traceroute 2.1, and as JSON. Both come from the same facts.

use std::fmt::Write;
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::engine::{Outcome, Printable, hops_travelled};
use crate::probe::{Extension, TcpFlags};

/// What to show of an answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Show {
    pub(crate) names: bool,
    pub(crate) extensions: bool,
    pub(crate) tcp_flags: bool,
    pub(crate) back: bool,
}

/// What a trace is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) host: String,
    pub(crate) address: String,
    pub(crate) method: &'static str,
    pub(crate) port: Option<u16>,
    pub(crate) max_hops: u8,
    pub(crate) packet_length: usize,
}

/// The head, which has no newline yet: every hop begins with one.
pub(crate) fn head(subject: &Subject) -> String {
    let Subject {
        host,
        address,
        max_hops,
        packet_length,
        ..
    } = subject;
    format!("traceroute to {host} ({address}), {max_hops} hops max, {packet_length} byte packets")
}

/// Lines of text, result by result.
#[derive(Debug)]
pub(crate) struct Lines {
    show: Show,
    /// The last result of this hop that has an address.
    previous: Option<Outcome>,
}

impl Lines {
    pub(crate) fn new(show: Show) -> Self {
        Self {
            show,
            previous: None,
        }
    }

    /// The text that a result adds; `name` is that of its address.
    pub(crate) fn add(&mut self, result: &Printable, name: Option<&str>) -> String {
        let Printable {
            hop,
            query,
            outcome,
        } = result;
        let mut text = String::new();
        if *query == 0 {
            self.previous = None;
            let _ = write!(text, "\n{hop:2} ");
        }
        match outcome.from {
            None => text.push_str(" *"),
            Some(address) => {
                if self
                    .previous
                    .as_ref()
                    .is_none_or(|previous| self.differs(previous, outcome))
                {
                    self.write_source(&mut text, address, name, *hop, outcome);
                }
                self.previous = Some(outcome.clone());
            }
        }
        if let Some(time) = outcome.round_trip {
            let _ = write!(text, "  {}.{:03} ms", time / 1_000_000, time / 1000 % 1000);
        }
        if let Some(annotation) = outcome.annotation() {
            let _ = write!(text, " {annotation}");
        }
        text
    }

    fn differs(&self, previous: &Outcome, outcome: &Outcome) -> bool {
        previous.from != outcome.from
            || self.extensions(previous) != self.extensions(outcome)
            || self.show.back && previous.hop_limit != outcome.hop_limit
    }

    fn write_source(
        &self,
        text: &mut String,
        address: IpAddr,
        name: Option<&str>,
        hop: u8,
        outcome: &Outcome,
    ) {
        let _ = match name {
            _ if !self.show.names => write!(text, " {address}"),
            Some(name) => write!(text, " {name} ({address})"),
            None => write!(text, " {address} ({address})"),
        };
        if let Some(extensions) = self.extensions(outcome) {
            let _ = write!(text, " <{extensions}>");
        }
        if self.show.back
            && let Some(limit) = outcome.hop_limit
        {
            let hops = hops_travelled(limit);
            if hops != usize::from(hop) {
                let _ = write!(text, " '-{hops}'");
            }
        }
    }

    fn extensions(&self, outcome: &Outcome) -> Option<String> {
        match outcome.tcp {
            Some(flags) if self.show.tcp_flags => return Some(flag_names(flags).into()),
            _ => {}
        }
        if !self.show.extensions || outcome.extensions.is_empty() {
            return None;
        }
        let objects: Vec<String> = outcome.extensions.iter().map(ToString::to_string).collect();
        Some(objects.join(";"))
    }
}

fn flag_names(flags: TcpFlags) -> &'static str {
    match flags {
        TcpFlags::SynAck => "syn,ack",
        TcpFlags::Reset => "rst,ack",
    }
}

/// The whole trace. `name` tells the name of an address.
pub(crate) fn document(
    subject: &Subject,
    results: &[Printable],
    interrupted: bool,
    name: impl Fn(IpAddr) -> Option<String>,
) -> Value {
    let mut hops: Vec<Value> = Vec::new();
    for hop in results.chunk_by(|a, b| a.hop == b.hop) {
        let probes: Vec<Value> = hop
            .iter()
            .map(|result| probe(&result.outcome, &name))
            .collect();
        hops.push(json!({ "hop": hop[0].hop, "probes": probes }));
    }
    json!({
        "tool": "traceroute",
        "target": subject.host,
        "address": subject.address,
        "method": subject.method,
        "port": subject.port,
        "max_hops": subject.max_hops,
        "packet_bytes": subject.packet_length,
        "reached": results.iter().any(|result| result.outcome.reached),
        "interrupted": interrupted,
        "hops": hops,
    })
}

fn probe(outcome: &Outcome, name: impl Fn(IpAddr) -> Option<String>) -> Value {
    let icmp = outcome
        .icmp
        .map(|icmp| json!({ "type": icmp.kind, "code": icmp.code }));
    json!({
        "address": outcome.from.map(|address| address.to_string()),
        "name": outcome.from.and_then(name),
        "rtt_ms": outcome.round_trip.map(|time| time as f64 / 1e6),
        "reached": outcome.reached,
        "annotation": outcome.annotation(),
        "icmp": icmp,
        "mtu": outcome.discovered_mtu.or(outcome.too_large),
        "tcp": outcome.tcp.map(flag_names),
        "reply_hop_limit": outcome.hop_limit,
        "extensions": extensions(&outcome.extensions),
    })
}

/// RFC 4884 objects.
pub(crate) fn extensions(objects: &[Extension]) -> Vec<Value> {
    let object = |object: &Extension| match object {
        Extension::Mpls(labels) => {
            let labels: Vec<Value> = labels
                .iter()
                .map(|entry| {
                    json!({
                        "label": entry.label,
                        "experimental": entry.experimental,
                        "bottom": entry.bottom,
                        "ttl": entry.ttl,
                    })
                })
                .collect();
            json!({ "mpls": labels })
        }
        Extension::Other { class, kind, words } => {
            json!({ "class": class, "type": kind, "words": words })
        }
    };
    objects.iter().map(object).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::probe::{Icmp, IcmpVersion};
    use nethost_sdk::wire::icmp::Label;

    fn answered(address: &str, micros: u64) -> Outcome {
        Outcome {
            from: Some(address.parse().unwrap()),
            round_trip: Some(micros * 1000),
            hop_limit: Some(60),
            ..Outcome::default()
        }
    }

    fn line(show: Show, outcomes: Vec<Outcome>) -> String {
        let mut lines = Lines::new(show);
        let results = outcomes.into_iter().enumerate();
        results
            .map(|(query, outcome)| {
                lines.add(
                    &Printable {
                        hop: 7,
                        query,
                        outcome,
                    },
                    Some("gw"),
                )
            })
            .collect()
    }

    #[test]
    fn an_address_stands_once_until_another_answers() {
        let outcomes = vec![
            answered("192.0.2.1", 1234),
            Outcome::default(),
            answered("192.0.2.1", 5),
        ];
        assert_eq!(
            line(Show::default(), outcomes.clone()),
            "\n 7  192.0.2.1  1.234 ms *  0.005 ms"
        );
        let names = Show {
            names: true,
            ..Show::default()
        };
        assert_eq!(
            line(names, outcomes),
            "\n 7  gw (192.0.2.1)  1.234 ms *  0.005 ms"
        );
        let balanced = vec![
            answered("192.0.2.1", 10),
            answered("192.0.2.2", 20),
            answered("192.0.2.1", 30),
        ];
        let expected = "\n 7  192.0.2.1  0.010 ms 192.0.2.2  0.020 ms 192.0.2.1  0.030 ms";
        assert_eq!(line(Show::default(), balanced), expected);
    }

    #[test]
    fn a_silent_hop_is_stars() {
        assert_eq!(
            line(Show::default(), vec![Outcome::default(); 3]),
            "\n 7  * * *"
        );
    }

    #[test]
    fn annotations_follow_the_time() {
        let icmp = Some(Icmp {
            version: IcmpVersion::V4,
            kind: 3,
            code: 1,
            info: 0,
        });
        let refused = Outcome {
            icmp,
            ..answered("192.0.2.1", 1)
        };
        assert_eq!(
            line(Show::default(), vec![refused]),
            "\n 7  192.0.2.1  0.001 ms !H"
        );
        let discovered = Outcome {
            discovered_mtu: Some(1400),
            ..answered("192.0.2.1", 1)
        };
        assert_eq!(
            line(Show::default(), vec![discovered]),
            "\n 7  192.0.2.1  0.001 ms F=1400"
        );
        let too_large = Outcome {
            too_large: Some(1500),
            ..Outcome::default()
        };
        assert_eq!(line(Show::default(), vec![too_large]), "\n 7  * !F-1500");
    }

    #[test]
    fn extensions_and_the_way_back_are_shown_on_request() {
        let label = Label {
            label: 16,
            experimental: 0,
            bottom: true,
            ttl: 1,
        };
        let labelled = Outcome {
            extensions: vec![Extension::Mpls(vec![label])],
            ..answered("192.0.2.1", 1)
        };
        assert_eq!(
            line(Show::default(), vec![labelled.clone()]),
            "\n 7  192.0.2.1  0.001 ms"
        );
        let show = Show {
            extensions: true,
            back: true,
            ..Show::default()
        };
        let expected = "\n 7  192.0.2.1 <MPLS:L=16,E=0,S=1,T=1> '-5'  0.001 ms";
        assert_eq!(line(show, vec![labelled]), expected);
    }

    #[test]
    fn json_holds_what_the_lines_hold() {
        let subject = Subject {
            host: "h".into(),
            address: "192.0.2.9".into(),
            method: "udp",
            port: Some(33_434),
            max_hops: 30,
            packet_length: 60,
        };
        let reached = Outcome {
            reached: true,
            is_final: true,
            ..answered("192.0.2.9", 1500)
        };
        let results = [
            Printable {
                hop: 1,
                query: 0,
                outcome: Outcome::default(),
            },
            Printable {
                hop: 2,
                query: 0,
                outcome: reached,
            },
        ];
        let document = document(&subject, &results, false, |_| Some("server".into()));
        assert_eq!(document["reached"], true);
        assert_eq!(document["hops"][0]["probes"][0]["address"], Value::Null);
        assert_eq!(document["hops"][1]["hop"], 2);
        assert_eq!(document["hops"][1]["probes"][0]["rtt_ms"], 1.5);
        assert_eq!(document["hops"][1]["probes"][0]["name"], "server");
    }
}
