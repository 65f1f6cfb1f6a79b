//! `--diff SECONDS`: what was opened, closed or changed its state meanwhile, of the sockets of TCP, UDP and UNIX.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::sock_diag::Protocol;
use nethost_sdk::{Exit, clock};
use serde::Serialize;

use crate::options::{ALL_STATES, table};
use crate::poll::Poll;
use crate::socket::state_name;

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

fn moment(poll: &Poll<'_>) -> Result<Moment, Exit> {
    let mut seen = Moment::new();
    for (wanted, protocol) in [(table::TCP, Protocol::Tcp), (table::UDP, Protocol::Udp)] {
        if poll.options.tables & wanted == 0 {
            continue;
        }
        poll.list(protocol, ALL_STATES, 0, |message, socket| {
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
            seen.insert((cookie, format!("{} {ends}", socket.kind)), one);
        })?;
    }
    Ok(seen)
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
pub(crate) async fn run(poll: &Poll<'_>, seconds: f64) -> Result<u8, Exit> {
    let before = moment(poll)?;
    clock::wait_for(Duration::from_secs_f64(seconds)).await;
    let after = moment(poll)?;
    let format = if poll.options.json {
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
