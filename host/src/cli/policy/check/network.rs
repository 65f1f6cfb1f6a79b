//! What is said of a network: which of its hosts are allowed, and which are not, by which rule.

use std::io::{self, Write};
use std::sync::Arc;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::{bad, decision_json, decision_text};
use nethost_core::set::shown_ports;
use nethost_core::text;
use nethost_core::{Request, ResolvedName, Target, TargetKind, TargetSet};
use nethost_policy::{Decision, InForce, SetPart};
use nethost_runner::capabilities;

/// Every port.
const ALL_PORTS: (u16, u16) = (1, u16::MAX);

/// The decision on each part of a network.
pub(super) struct Answer {
    set: Arc<TargetSet>,
    parts: Vec<SetPart>,
    /// What report-only rules would deny of what is allowed: addresses, ports, rule.
    reported: Vec<(String, Option<String>, String)>,
}

/// A network, and ports behind a colon: `10.0.0.0/16`, `10.0.0.0/16:80-90`.
pub(super) fn parse(text: &str) -> Option<(IpNet, Option<(u16, u16)>)> {
    let slash = text.rfind('/')?;
    let (network, ports) = match text.get(slash..)?.find(':') {
        Some(colon) => {
            let (network, ports) = text.split_at(slash + colon);
            (network, Some(ports.strip_prefix(':')?))
        }
        None => (text, None),
    };
    let range = |ports: &str| {
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last && first > 0).then_some((first, last))
    };
    let network = network.parse::<IpNet>().ok()?.trunc();
    match ports {
        Some(ports) => Some((network, Some(range(ports)?))),
        None => Some((network, None)),
    }
}

/// The hosts that a question about a network is about; none where the network is one target by itself, as a route's
/// destination is, or is none.
pub(super) fn hosts(cap: &str, text: &str) -> Option<io::Result<Arc<TargetSet>>> {
    let (network, ports) = parse(text)?;
    let declared = capabilities::declared(cap)?;
    let has = |kind| declared.targets.contains(&kind);
    if has(TargetKind::Network) {
        return None;
    }
    let of_hosts = has(TargetKind::Host) || has(TargetKind::Hosts);
    let of_endpoints = has(TargetKind::Endpoint) || has(TargetKind::Endpoints);
    let ports = match (of_hosts, of_endpoints, ports) {
        (_, true, ports) => vec![ports.unwrap_or(ALL_PORTS)],
        (true, false, None) => Vec::new(),
        (true, false, Some(_)) => return Some(Err(bad(text, "a network without a port"))),
        (false, false, _) => return None,
    };
    let range = (network.network(), network.broadcast());
    let set = TargetSet::new(&[range], &ports);
    Some(set.map(Arc::new).map_err(io::Error::other))
}

/// Asks for each of them.
pub(super) fn answer(
    in_force: &InForce,
    cap: &str,
    request: &Request,
    set: Arc<TargetSet>,
    names: &[ResolvedName],
) -> Answer {
    let request = Request {
        target: Target::Set(Arc::clone(&set)),
        ..request.clone()
    };
    let parts = in_force.decide_parts(cap, &request, &set, names);
    let parts = parts.unwrap_or_else(|refusal| {
        let all = set.to_string();
        let (addresses, _) = all.split_once(" port ").unwrap_or((&all, ""));
        vec![SetPart {
            addresses: addresses.to_owned(),
            ports: None,
            decision: Decision::Denied(refusal),
        }]
    });
    let reported = in_force.reported_parts(cap, &request, &set, names);
    let reported = reported.unwrap_or_else(|refusal| vec![(set.to_string(), None, refusal.rule)]);
    Answer {
        set,
        parts,
        reported,
    }
}

impl Answer {
    pub(super) fn allows_all(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|part| matches!(part.decision, Decision::Allowed(_)))
    }

    fn allows_none(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|part| matches!(part.decision, Decision::Denied(_)))
    }

    pub(super) fn write(&self, output: &mut impl Write) -> io::Result<()> {
        for part in &self.parts {
            let ports = part.ports.as_ref();
            let ports = ports.map_or(String::new(), |ports| format!(" port {ports}"));
            let about = format!("{}{ports}: ", part.addresses);
            decision_text(output, &part.decision, &about)?;
        }
        for (addresses, ports, rule) in &self.reported {
            let ports = ports.as_ref();
            let ports = ports.map_or(String::new(), |ports| format!(" port {ports}"));
            let rule = text::line(rule);
            writeln!(output, "{addresses}{ports}: would be denied by {rule}")?;
        }
        Ok(())
    }

    pub(super) fn json(&self) -> Value {
        let all_ports = shown_ports(self.set.ports());
        let all_ports = self.set.has_ports().then_some(all_ports);
        let part = |part: &SetPart| {
            let mut object = decision_json(&part.decision);
            object["addresses"] = part.addresses.clone().into();
            object["ports"] = part.ports.clone().or_else(|| all_ports.clone()).into();
            object
        };
        let decision = match (self.allows_all(), self.allows_none()) {
            (true, _) => "allowed",
            (_, true) => "denied",
            _ => "allowed in part",
        };
        let mut object = json!({
            "target": self.set.to_string(),
            "decision": decision,
            "parts": self.parts.iter().map(part).collect::<Vec<_>>(),
        });
        if !self.reported.is_empty() {
            let reported = self.reported.iter().map(|(addresses, ports, rule)| {
                json!({ "addresses": addresses, "ports": ports, "rule": rule })
            });
            object["reported"] = reported.collect::<Vec<_>>().into();
        }
        object
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nethost_policy::{Names, Policies, Subject};

    #[test]
    fn a_network_may_have_ports_behind_it() {
        for (text, network, ports) in [
            ("10.0.0.0/16", "10.0.0.0/16", None),
            ("10.0.0.9/16", "10.0.0.0/16", None),
            ("10.0.0.0/16:53", "10.0.0.0/16", Some((53, 53))),
            ("2001:db8::/64:80-90", "2001:db8::/64", Some((80, 90))),
        ] {
            assert_eq!(
                parse(text),
                Some((network.parse().unwrap(), ports)),
                "{text}"
            );
        }
        for text in [
            "10.0.0.1",
            "10.0.0.0/16:",
            "10.0.0.0/16:0",
            "10.0.0.0/16:9-8",
            "/etc/hosts",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_of_a_network_is_allowed_is_told_with_the_rules() {
        let names = Names {
            capabilities: &capabilities::request_names(),
            plugins: &[],
        };
        let text = "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.0/23\"] }]\ndeny = [{ cap = \"icmp.echo\", to = [\"10.0.0.7\"] }]\n";
        let policies = Policies {
            chosen: Some(nethost_policy::parse("p.toml", text, names).unwrap()),
            ..Policies::default()
        };
        let in_force = policies.in_force(&Subject::default());
        let about = |network: &str| {
            let set = hosts("icmp.echo", network).unwrap().unwrap();
            let request = Request::new("", Target::Local(""));
            answer(&in_force, "icmp.echo", &request, set, &[])
        };
        let told = about("10.0.0.0/22");
        let mut text = Vec::new();
        told.write(&mut text).unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "10.0.0.0-10.0.0.6,10.0.0.8-10.0.1.255: allowed by p.toml:4:10\n\
             10.0.0.7: denied: p.toml:5:9\n  to allow it: remove or narrow the rule at p.toml:5:9\n\
             10.0.2.0/23: denied: no rule allows it\n  to allow it: --allow icmp.echo=10.0.2.0/23\n"
        );
        assert_eq!(told.json()["decision"], "allowed in part");
        assert!(!told.allows_all() && about("10.0.1.0/24").allows_all());
        assert!(hosts("icmp.echo", "10.0.0.0/22:53").unwrap().is_err());
        assert!(hosts("icmp.echo", "0.0.0.0/0").unwrap().is_err());
        assert!(hosts("udp.exchange", "10.0.0.0/22:53").unwrap().is_ok());
        assert!(hosts("route.write", "10.0.0.0/22").is_none());
    }
}
