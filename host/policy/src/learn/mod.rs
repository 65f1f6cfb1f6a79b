//! The narrowest policy that would have allowed what a log has seen.
//!
//! Each access becomes a grant of exactly its capability, target, port, interface and user. Addresses are
//! put together only where nothing is added by it, unless a wider network is asked for, and then it is
//! marked. A name that an address was reached by stays a name.

mod quota;
mod text;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use nethost_core::CanonicalAddr;
use nethost_core::SocketOption;
use nethost_core::embedded::internal;

pub use quota::Carried;

/// A plugin of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plugin {
    /// SHA-256 of the component.
    pub digest: String,
    /// Its name.
    pub name: String,
    /// It was part of a nethost; then a rule may name it.
    pub bundled: bool,
}

/// What was touched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// A host.
    Address {
        /// Where packets went.
        address: IpAddr,
        /// The port, if there was one.
        port: Option<u16>,
        /// The name that led there.
        name: Option<String>,
    },
    /// A network.
    Network(IpNet),
    /// Many hosts, each by itself, and a range of ports where there are any.
    Set {
        /// The hosts.
        networks: Vec<IpNet>,
        /// The first and the last port.
        ports: Option<(u16, u16)>,
    },
    /// A name, a file, a fact or a device.
    Named(String),
}

/// One access of a log.
#[derive(Debug, Clone)]
pub struct Access {
    /// Who did it.
    pub plugin: Plugin,
    /// For whom: a login name, or a user id.
    pub user: String,
    /// In which run.
    pub run: String,
    /// Its number within the run.
    pub handle: u64,
    /// When.
    pub time: Timestamp,
    /// Name of the request.
    pub capability: String,
    /// Whom or what it touched.
    pub touched: Touched,
    /// The operator had typed the target.
    pub typed: bool,
    /// The network interface that it was bound to.
    pub interface: Option<String>,
    /// What was special about its socket.
    pub options: Vec<SocketOption>,
}

/// How far to go beyond what was seen. By default nowhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freedom {
    /// Put IPv4 addresses that were seen together into networks of this prefix.
    pub ipv4: Option<u8>,
    /// The same for IPv6.
    pub ipv6: Option<u8>,
    /// Grant `$args` where the operator had typed the target.
    pub arguments: bool,
    /// Grant no more packets and bytes than a run used, rounded up. This one narrows.
    pub quotas: bool,
}

/// What is collected of a log.
#[derive(Debug, Default)]
pub struct Lesson {
    freedom: Freedom,
    allowed: BTreeMap<Plugin, BTreeMap<Scope, Evidence>>,
    denied: BTreeMap<Plugin, BTreeMap<String, u64>>,
    /// Where quotas are learned, what is open: by run and handle, whose it is and under which grant.
    open: HashMap<(String, u64), Vec<(Plugin, Scope)>>,
    runs: BTreeSet<String>,
    times: Option<(Timestamp, Timestamp)>,
}

/// Everything of a grant but its targets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    capability: String,
    user: String,
    interface: Option<String>,
    /// Those that a rule must name; none where it need not name any.
    options: Vec<SocketOption>,
    /// The first and the last.
    port: Option<(u16, u16)>,
}

#[derive(Debug, Default)]
struct Evidence {
    targets: BTreeSet<Goal>,
    count: u64,
    runs: BTreeSet<String>,
    carried: quota::Runs,
    times: Option<(Timestamp, Timestamp)>,
}

/// A target of a grant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Goal {
    Arguments,
    Named(String),
    Network(IpNet),
}

impl Lesson {
    /// Nothing seen yet.
    pub fn new(freedom: Freedom) -> Self {
        Self {
            freedom,
            ..Self::default()
        }
    }

    /// An access that was allowed.
    pub fn allowed(&mut self, access: Access) {
        self.note(&access);
        let port = match &access.touched {
            Touched::Address { port, .. } => port.map(|port| (port, port)),
            Touched::Set { ports, .. } => *ports,
            Touched::Network(_) | Touched::Named(_) => None,
        };
        let scope = Scope {
            capability: access.capability,
            user: access.user,
            interface: access.interface,
            options: match access.options.iter().any(|option| option.needs_naming()) {
                true => access.options,
                false => Vec::new(),
            },
            port,
        };
        if self.freedom.quotas {
            let what = (access.plugin.clone(), scope.clone());
            let open = self.open.entry((access.run.clone(), access.handle));
            open.or_default().push(what);
        }
        let rules = self.allowed.entry(access.plugin).or_default();
        let evidence = rules.entry(scope).or_default();
        if self.freedom.quotas {
            let carried = evidence.carried.entry(access.run.clone()).or_default();
            carried.add(&Carried::REQUEST);
        }
        evidence.count += 1;
        evidence.runs.insert(access.run);
        span(&mut evidence.times, access.time);
        if self.freedom.arguments && access.typed {
            evidence.targets.insert(Goal::Arguments);
            return;
        }
        match access.touched {
            Touched::Network(network) => {
                evidence.targets.insert(Goal::Network(network.trunc()));
            }
            Touched::Set { networks, .. } => {
                evidence
                    .targets
                    .extend(networks.into_iter().map(Goal::Network));
            }
            Touched::Named(name) => {
                evidence.targets.insert(Goal::Named(name));
            }
            Touched::Address { address, name, .. } => {
                // A name does not lead to this machine or its link, whoever says so; that takes the address.
                if name.is_none() || internal(CanonicalAddr::new(address)).is_some() {
                    let host = IpNet::from(address.to_canonical());
                    evidence.targets.insert(Goal::Network(host));
                }
                evidence.targets.extend(name.map(Goal::Named));
            }
        }
    }

    /// An access that was allowed is over, and carried this much.
    pub fn closed(&mut self, run: &str, handle: u64, carried: Carried) {
        // A set with several ranges of ports is several grants, of which each may have carried all.
        let open = self.open.remove(&(run.to_owned(), handle));
        for (plugin, scope) in open.unwrap_or_default() {
            let rules = self.allowed.get_mut(&plugin);
            if let Some(evidence) = rules.and_then(|rules| rules.get_mut(&scope)) {
                let run = evidence.carried.entry(run.to_owned()).or_default();
                run.add(&carried.beyond_request());
            }
        }
    }

    /// An access that was refused: it is not learned, but told.
    pub fn denied(&mut self, access: Access) {
        self.note(&access);
        let what = match &access.touched {
            Touched::Address {
                address,
                port,
                name,
            } => {
                let port = port.map_or_else(String::new, |port| format!(" port {port}"));
                let name = name
                    .as_ref()
                    .map_or_else(String::new, |name| format!(" ({name})"));
                format!("{address}{port}{name}")
            }
            Touched::Network(network) => network.to_string(),
            Touched::Set { networks, ports } => {
                let ports =
                    ports.map_or_else(String::new, |(from, to)| format!(" port {from}-{to}"));
                let more = match networks.len().saturating_sub(1) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let first = networks.first().map_or_else(String::new, IpNet::to_string);
                format!("{first}{more}{ports}")
            }
            Touched::Named(name) => name.clone(),
        };
        let refusals = self.denied.entry(access.plugin).or_default();
        *refusals
            .entry(format!("{} to {what}", access.capability))
            .or_default() += 1;
    }

    fn note(&mut self, access: &Access) {
        self.runs.insert(access.run.clone());
        span(&mut self.times, access.time);
    }
}

fn span(times: &mut Option<(Timestamp, Timestamp)>, time: Timestamp) {
    let (start, end) = times.get_or_insert((time, time));
    *start = time.min(*start);
    *end = time.max(*end);
}

#[cfg(test)]
mod tests;
