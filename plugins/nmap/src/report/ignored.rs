//! Which states are shown as a number only, because too many ports are in them.

use std::collections::BTreeMap;

use crate::model::Port;
use crate::options::Options;
use crate::services::Protocol;
use crate::state::{Reason, State};

/// Ports of one state, protocol and reason that are not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) state: State,
    pub(crate) protocol: Protocol,
    pub(crate) reason: Reason,
    pub(crate) ports: Vec<u16>,
}

/// States with more ports than this are ignored.
const MOST: usize = 25;

/// The states that are ignored, those with the most ports first.
pub(crate) fn states(ports: &[Port], options: &Options) -> Vec<State> {
    if options.debug > 2 {
        return Vec::new();
    }
    let most = match (options.verbose, options.debug) {
        (0, 0) => MOST,
        (verbose, debug) => MOST * (usize::from(verbose) + 20 * usize::from(debug)),
    };
    let count = |state: State| ports.iter().filter(|port| port.state == state).count();
    let mut ignored: Vec<(usize, State)> = State::ALL
        .into_iter()
        .filter(|state| *state != State::Open)
        .map(|state| (count(state), state))
        .filter(|(count, state)| {
            *count > 0 && ((options.open && !state.may_be_open()) || *count > most)
        })
        .collect();
    ignored.sort_by(|(one, _), (other, _)| other.cmp(one));
    ignored.into_iter().map(|(_, state)| state).collect()
}

/// The ignored ports by state, then by protocol and reason.
pub(crate) fn groups(ports: &[Port], states: &[State]) -> Vec<Group> {
    let mut groups = Vec::new();
    for state in states {
        let mut of_state: BTreeMap<(Protocol, Reason), Vec<u16>> = BTreeMap::new();
        for port in ports.iter().filter(|port| port.state == *state) {
            of_state
                .entry((port.protocol, port.reason))
                .or_default()
                .push(port.number);
        }
        let mut of_state: Vec<Group> = of_state
            .into_iter()
            .map(|((protocol, reason), ports)| Group {
                state: *state,
                protocol,
                reason,
                ports,
            })
            .collect();
        of_state.sort_by_key(|group| {
            (
                std::cmp::Reverse(group.ports.len()),
                group.reason == Reason::NoResponse,
            )
        });
        groups.extend(of_state);
    }
    groups
}
