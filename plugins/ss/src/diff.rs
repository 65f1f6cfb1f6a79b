//! `--diff SECONDS`: what was opened, closed or changed its state meanwhile, of the sockets of TCP, UDP and UNIX.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::sock_diag::{Namespace, Protocol, Query, u32_at};
use nethost_sdk::{Exit, clock};
use serde::Serialize;

use crate::failed;
use crate::filter::{Ephemeral, Expression, INET, INET6};
use crate::options::{ALL_STATES, Options, table};
use crate::socket::{Socket, state_name};

/// A socket at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    netid: &'static str,
    state: u8,
    local: SocketAddr,
    remote: SocketAddr,
}

/// A change.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Change {
    change: &'static str,
    netid: &'static str,
    local: String,
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = match self.change {
            "opened" => '+',
            "closed" => '-',
            _ => '~',
        };
        let states = match (self.before, self.after) {
            (Some(before), Some(after)) => format!("{before} -> {after}"),
            (before, after) => before.or(after).unwrap_or_default().to_owned(),
        };
        let (netid, local, peer) = (self.netid, &self.local, &self.peer);
        writeln!(f, "{sign} {netid:<5} {states:<24} {local} {peer}")
    }
}

/// Sockets by their cookies, or by their ends where they are about to go and have none.
type Moment = BTreeMap<(u64, String), Seen>;

fn moment(
    options: &Options,
    filter: Option<&Expression>,
    namespace: &Namespace,
) -> Result<Moment, Exit> {
    let mut seen = Moment::new();
    for (wanted, protocol, kind) in [
        (table::TCP, Protocol::Tcp, 6),
        (table::UDP, Protocol::Udp, 17),
    ] {
        for family in [INET, INET6] {
            if options.tables & wanted == 0 || !options.has_family(family) {
                continue;
            }
            let query = Query {
                protocol,
                family,
                states: ALL_STATES,
                show: 0,
                filter: filter
                    .and_then(crate::filter::bytecode::compile)
                    .unwrap_or_default(),
            };
            let listing = namespace.list(&query).map_err(failed)?;
            loop {
                let batch = listing.next().map_err(failed)?;
                for message in batch.sockets().filter_map(|message| message.inet()) {
                    let socket = Socket {
                        family,
                        kind,
                        state: message.state(),
                        local: octets(message.local()),
                        remote: octets(message.remote()),
                        local_port: message.local().port().into(),
                        remote_port: message.remote().port().into(),
                        interface: message.interface(),
                        mark: message
                            .attributes()
                            .find(15)
                            .map_or(0, |mark| u32_at(mark, 0)),
                        ..Socket::default()
                    };
                    let holds = |filter: &Expression| filter.holds(&socket, Ephemeral::default());
                    if !filter.is_none_or(holds) {
                        continue;
                    }
                    let ends = format!("{} {}", message.local(), message.remote());
                    // A socket keeps its ends when it comes to TIME-WAIT, and gets another cookie.
                    let cookie = if socket.remote_port == 0 {
                        message.cookie()
                    } else {
                        0
                    };
                    let one = Seen {
                        netid: socket.netid(),
                        state: socket.state,
                        local: message.local(),
                        remote: message.remote(),
                    };
                    seen.insert((cookie, format!("{kind} {ends}")), one);
                }
                if batch.is_last() {
                    break;
                }
            }
        }
    }
    Ok(seen)
}

fn octets(address: SocketAddr) -> [u8; 16] {
    let mut octets = [0; 16];
    match address.ip() {
        std::net::IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
        std::net::IpAddr::V6(address) => octets = address.octets(),
    }
    octets
}

fn changes(before: &Moment, after: &Moment) -> Vec<Change> {
    let change = |change, seen: &Seen, was: Option<u8>, is: Option<u8>| Change {
        change,
        netid: seen.netid,
        local: seen.local.to_string(),
        peer: seen.remote.to_string(),
        before: was.map(state_name),
        after: is.map(state_name),
    };
    let mut all = Vec::new();
    for (key, seen) in before {
        match after.get(key) {
            None => all.push(change("closed", seen, Some(seen.state), None)),
            Some(now) if now.state != seen.state => {
                all.push(change("changed", seen, Some(seen.state), Some(now.state)));
            }
            Some(_) => {}
        }
    }
    let new = after.iter().filter(|(key, _)| !before.contains_key(*key));
    all.extend(new.map(|(_, seen)| change("opened", seen, None, Some(seen.state))));
    all
}

/// Compares two moments.
pub(crate) async fn run(
    options: &Options,
    filter: Option<&Expression>,
    namespace: &Namespace,
    seconds: f64,
) -> Result<u8, Exit> {
    let before = moment(options, filter, namespace)?;
    clock::wait_for(Duration::from_secs_f64(seconds)).await;
    let after = moment(options, filter, namespace)?;
    let format = if options.json {
        Format::Json
    } else {
        Format::Text
    };
    let mut output = Output::stdout(format);
    for change in changes(&before, &after) {
        output.fact(&change)?;
    }
    output.flush()?;
    Ok(0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_came_went_and_changed_is_told() {
        let seen = |state| Seen {
            netid: "tcp",
            state,
            local: "10.0.0.1:1".parse().unwrap(),
            remote: "10.0.0.2:2".parse().unwrap(),
        };
        let key = |name: &str| (0, name.to_owned());
        let before = Moment::from([(key("a"), seen(1)), (key("b"), seen(1))]);
        let after = Moment::from([(key("b"), seen(6)), (key("c"), seen(1))]);
        let told: Vec<_> = changes(&before, &after)
            .iter()
            .map(|change| (change.change, change.before, change.after))
            .collect();
        assert_eq!(
            told,
            [
                ("closed", Some("ESTAB"), None),
                ("changed", Some("ESTAB"), Some("TIME-WAIT")),
                ("opened", None, Some("ESTAB")),
            ]
        );
    }
}
