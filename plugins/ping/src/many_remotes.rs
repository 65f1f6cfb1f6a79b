//! The sockets of a run with many targets, and which remote of which socket each target is.

use std::collections::HashMap;
use std::net::SocketAddr;

use nethost_sdk::icmp::EchoSocket;
use nethost_sdk::remotes::{Granted, NetworkSet};
use nethost_sdk::socket::Remote;
use nethost_sdk::{Error, Family};

use crate::many::Lane;
use crate::open;
use crate::options::Options;

/// Targets in their order, and what could not be opened.
pub(crate) struct Remotes {
    /// Socket and remote; none of what was refused.
    pub(crate) of_each: Vec<Option<(usize, Remote)>>,
    pub(crate) refusals: Vec<Refusal>,
}

/// Why a target, or many, cannot be used.
pub(crate) struct Refusal {
    pub(crate) host: String,
    pub(crate) message: String,
}

/// Opens what these targets need: addresses of one family in one request, others alone.
pub(crate) fn open(
    wanted: &[(String, SocketAddr)],
    options: &Options,
    lanes: &mut Vec<Lane>,
) -> Remotes {
    let mut remotes = Remotes {
        of_each: vec![None; wanted.len()],
        refusals: Vec::new(),
    };
    for family in [Family::V4, Family::V6] {
        let among = |address: &SocketAddr| Family::of(address.ip()) == family;
        let places = wanted.iter().enumerate().filter(|(_, host)| among(&host.1));
        let (many, alone): (Vec<_>, Vec<_>) = places
            .map(|(place, (_, address))| (place, *address))
            .partition(|(_, address)| is_plain(*address, options));
        // The first of a family says as well as any why none can be opened, and is told by its name.
        if many.len() > 1 {
            remotes.open_set(&many, wanted, options, lanes);
        } else {
            remotes.open_each(&many, wanted, options, lanes);
        }
        remotes.open_each(&alone, wanted, options, lanes);
    }
    remotes
}

/// Whether an address may be asked for together with others: no group, no address whose zone or source the options
/// make special.
fn is_plain(address: SocketAddr, options: &Options) -> bool {
    let zoned = matches!(address, SocketAddr::V6(v6) if v6.scope_id() != 0 || v6.ip().is_unicast_link_local());
    NetworkSet::can_hold(address.ip()) && !zoned && !options.broadcast && !options.sticky
}

impl Remotes {
    fn open_set(
        &mut self,
        many: &[(usize, SocketAddr)],
        wanted: &[(String, SocketAddr)],
        options: &Options,
        lanes: &mut Vec<Lane>,
    ) {
        let set = NetworkSet::of(many.iter().map(|(_, address)| address.ip()));
        let family = many.first().map(|(_, address)| Family::of(address.ip()));
        let socket_options = open::socket_options(options, family.unwrap_or(Family::V4));
        let mut lane = None;
        let mut granted: Vec<(NetworkSet, Granted)> = Vec::new();
        for part in set.split() {
            let opened = match lane.and_then(|lane: usize| lanes.get(lane)) {
                Some(lane) => lane.socket.add_many(&part),
                None => EchoSocket::open_many(&part, &socket_options).map(|(socket, granted)| {
                    lane = Some(lanes.len());
                    lanes.push(Lane::new(socket));
                    granted
                }),
            };
            match opened {
                Ok(some) => granted.push((part, some)),
                Err(error) => self.refuse_part(&part, &error, many, wanted, options),
            }
        }
        let Some(lane) = lane else { return };
        for refused in granted.iter().flat_map(|(_, granted)| &granted.refused) {
            self.refusals.push(Refusal {
                host: refused.denial.target.clone(),
                message: refused.denial.to_string(),
            });
        }
        for (place, address) in many {
            let remote = granted.iter().find_map(|(part, granted)| {
                let member = part.position(address.ip())?;
                (!granted.refuses(address.ip())).then(|| granted.remote(member))
            });
            if let Some(of_place) = self.of_each.get_mut(*place) {
                *of_place = remote.map(|remote| (lane, remote));
            }
        }
    }

    /// None of a part can be opened.
    fn refuse_part(
        &mut self,
        part: &NetworkSet,
        error: &Error,
        many: &[(usize, SocketAddr)],
        wanted: &[(String, SocketAddr)],
        options: &Options,
    ) {
        let message = open::explain(error, options);
        if let Error::Denied(denial) = error {
            let host = denial.target.clone();
            return self.refusals.push(Refusal { host, message });
        }
        let within = |address: &SocketAddr| part.position(address.ip()).is_some();
        let hosts = many.iter().filter(|(_, address)| within(address));
        for (host, _) in hosts.filter_map(|(place, _)| wanted.get(*place)) {
            self.refusals.push(Refusal {
                host: host.clone(),
                message: message.clone(),
            });
        }
    }

    /// One request for each.
    fn open_each(
        &mut self,
        alone: &[(usize, SocketAddr)],
        wanted: &[(String, SocketAddr)],
        options: &Options,
        lanes: &mut Vec<Lane>,
    ) {
        let mut of_family: HashMap<bool, usize> = HashMap::new();
        for (place, address) in alone {
            let lane = of_family.get(&address.is_ipv6()).copied();
            let remote = match lane.and_then(|lane| lanes.get(lane).map(|found| (lane, found))) {
                Some((lane, found)) => found
                    .socket
                    .add_remote(*address)
                    .map(|remote| (lane, remote))
                    .map_err(|error| open::explain(&error, options)),
                None => open::open(*address, options).map(|(socket, _)| {
                    of_family.insert(address.is_ipv6(), lanes.len());
                    lanes.push(Lane::new(socket));
                    (lanes.len() - 1, Remote::FIRST)
                }),
            };
            match (remote, self.of_each.get_mut(*place), wanted.get(*place)) {
                (Ok(remote), Some(of_place), _) => *of_place = Some(remote),
                (Err(message), _, Some((host, _))) => self.refusals.push(Refusal {
                    host: host.clone(),
                    message,
                }),
                _ => {}
            }
        }
    }
}
