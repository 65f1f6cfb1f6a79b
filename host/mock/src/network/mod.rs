//! The network of a scenario: who is where, and what comes back from a packet and when.

pub(crate) mod dialogue;
mod dns;
pub(crate) mod inbox;
pub(crate) mod incoming;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use crate::scenario::{
    Echo, Hop, Host, LookupFailure, Names, Scenario, Span, TcpService, Tls, Trip, World,
};
use dns::Zone;
use incoming::Incoming;

/// The round-trip time to a host that has none.
const USUAL: u64 = 10_000_000;

/// The network of one run.
pub(crate) struct Network {
    hosts: Vec<Host>,
    names: HashMap<String, Names>,
    zone: Zone,
    local: Vec<IpAddr>,
    interfaces: Vec<String>,
    /// The number of packets to each host so far, and the state of the losses by chance.
    counts: Mutex<Counts>,
    port: AtomicU16,
    incoming: Incoming,
}

struct Counts {
    packets: HashMap<usize, usize>,
    chance: u64,
}

/// What comes back from a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Back {
    /// A datagram from the host that it was sent to.
    Reply { bytes: Vec<u8>, hop_limit: u8 },
    /// An ICMP error.
    Error {
        /// Of ICMP or ICMPv6, by the family.
        kind: u8,
        code: u8,
        errno: i32,
        offender: IpAddr,
        hop_limit: u8,
    },
}

/// A packet that is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Packet<'a> {
    /// An echo request.
    Echo(&'a [u8]),
    /// A datagram.
    Udp(&'a [u8]),
}

/// How a TCP connection begins.
#[derive(Debug, Clone)]
pub(crate) enum Opening {
    /// The port is open.
    Open(TcpService),
    /// The host is a name server.
    Dns,
    /// RST.
    Refused,
    /// An ICMP error.
    Error(Back),
    /// Nothing comes back.
    Silent,
}

impl Network {
    pub(crate) fn new(scenario: &Scenario, world: &World) -> Result<Self, String> {
        Ok(Self {
            hosts: world.host.clone(),
            names: world
                .names
                .iter()
                .map(|(name, names)| (canonical(name), names.clone()))
                .collect(),
            zone: Zone::new(&world.record)?,
            local: scenario.local.clone(),
            interfaces: scenario.interfaces.clone(),
            counts: Mutex::new(Counts {
                packets: HashMap::new(),
                chance: scenario.seed ^ 0x9e37_79b9_7f4a_7c15,
            }),
            port: AtomicU16::new(40_000),
            incoming: Incoming::new(&world.host),
        })
    }

    fn find(&self, address: IpAddr) -> Option<(usize, &Host)> {
        let has = |host: &Host| host.address.all().contains(&address);
        self.hosts.iter().enumerate().find(|(_, host)| has(host))
    }

    /// What hosts send and connect to this machine.
    pub(crate) fn incoming(&self) -> &Incoming {
        &self.incoming
    }

    /// The address of this machine from which packets to a remote are sent.
    pub(crate) fn source_to(&self, remote: IpAddr) -> Option<IpAddr> {
        if remote.is_loopback() {
            return Some(remote);
        }
        let mut local = self.local.iter().copied();
        local.find(|address| address.is_ipv4() == remote.is_ipv4())
    }

    /// Whether this is an address of this machine.
    pub(crate) fn is_local(&self, address: IpAddr) -> bool {
        address.is_unspecified() || address.is_loopback() || self.local.contains(&address)
    }

    /// The next local port.
    pub(crate) fn port(&self) -> u16 {
        self.port.fetch_add(1, Relaxed)
    }

    /// The index of an interface.
    pub(crate) fn interface_index(&self, name: &str) -> Option<u32> {
        let place = self.interfaces.iter().position(|known| known == name)?;
        u32::try_from(place + 1).ok()
    }

    /// The name of an interface.
    pub(crate) fn interface_name(&self, index: u32) -> Option<&str> {
        let place = usize::try_from(index).ok()?.checked_sub(1)?;
        self.interfaces.get(place).map(String::as_str)
    }

    /// What the next packet to a host meets; none if it is lost.
    fn trip(&self, index: usize, host: &Host) -> Option<u64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.packets.entry(index).or_default();
        let number = *count;
        *count += 1;
        if host.loss > 0.0 && counts.chance() < host.loss {
            return None;
        }
        match &host.rtt {
            None => Some(USUAL),
            Some(rtt) => match rtt.all().get(number % rtt.all().len()) {
                Some(Trip::After(Span(time))) => Some(*time),
                Some(Trip::Lost) => None,
                None => Some(USUAL),
            },
        }
    }

    /// What comes back from a packet with this hop limit, and after how many nanoseconds.
    pub(crate) fn send(
        &self,
        remote: SocketAddr,
        hop_limit: Option<u8>,
        packet: Packet<'_>,
    ) -> Vec<(u64, Back)> {
        let Some((index, host)) = self.find(remote.ip()) else {
            return Vec::new();
        };
        let Some(rtt) = self.trip(index, host) else {
            return Vec::new();
        };
        if let Some(error) = expired(host, remote.ip(), hop_limit, rtt) {
            return error.into_iter().collect();
        }
        if host.silent {
            return Vec::new();
        }
        let reply = |bytes: &[u8], after: u64| {
            let reply = Back::Reply {
                bytes: bytes.to_vec(),
                hop_limit: arriving(host),
            };
            vec![(rtt + after, reply)]
        };
        let ipv6 = remote.is_ipv6();
        match packet {
            Packet::Echo(payload) => match host.echo {
                Echo::Reply => reply(payload, 0),
                Echo::Silent => Vec::new(),
                other => vec![(rtt, unreachable(host, remote.ip(), other))],
            },
            Packet::Udp(payload) if host.dns && remote.port() == 53 => {
                match self.zone.answer(payload, true) {
                    Some(answer) => reply(&answer, 0),
                    None => Vec::new(),
                }
            }
            Packet::Udp(payload) => {
                let mut services = host.udp.iter();
                let Some(service) = services.find(|service| service.port == remote.port()) else {
                    return vec![(rtt, port_unreachable(ipv6, remote.ip(), arriving(host)))];
                };
                let fits = |to: &Option<crate::scenario::Bytes>| {
                    to.as_ref().is_none_or(|to| to.bytes() == payload)
                };
                match service.answer.iter().find(|answer| fits(&answer.to)) {
                    Some(answer) => {
                        let with = answer.with.as_ref().map_or(payload, |with| with.bytes());
                        reply(with, answer.after.0)
                    }
                    None => Vec::new(),
                }
            }
        }
    }

    /// How a TCP connection to this remote begins, and after how many nanoseconds that is known.
    pub(crate) fn open(&self, remote: SocketAddr, hop_limit: Option<u8>) -> (u64, Opening) {
        let Some((index, host)) = self.find(remote.ip()) else {
            return (0, Opening::Silent);
        };
        let Some(rtt) = self.trip(index, host) else {
            return (0, Opening::Silent);
        };
        if let Some(error) = expired(host, remote.ip(), hop_limit, rtt) {
            let silent = (0, Opening::Silent);
            return error.map_or(silent, |(after, back)| (after, Opening::Error(back)));
        }
        if host.silent {
            return (0, Opening::Silent);
        }
        let mut services = host.tcp.iter();
        match services.find(|service| service.port == remote.port()) {
            Some(service) if service.silent => (0, Opening::Silent),
            Some(service) => (rtt, Opening::Open(service.clone())),
            None if host.dns && remote.port() == 53 => (rtt, Opening::Dns),
            None => (rtt, Opening::Refused),
        }
    }

    /// How a port speaks TLS, if it does.
    pub(crate) fn tls_of(&self, remote: SocketAddr) -> Option<Tls> {
        let (_, host) = self.find(remote.ip())?;
        let mut services = host.tcp.iter();
        let service = services.find(|service| service.port == remote.port())?;
        service.tls.clone()
    }

    /// The answer of a name server to a message over TCP.
    pub(crate) fn dns_answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.zone.answer(message, false)
    }

    /// The round-trip time to a host without its exceptions, for what follows on a connection.
    pub(crate) fn usual_rtt(&self, remote: IpAddr) -> u64 {
        let host = self.find(remote).map(|(_, host)| host);
        let trips = host.and_then(|host| host.rtt.as_ref());
        let times = trips.into_iter().flat_map(|rtt| rtt.all());
        let mut times = times.filter_map(|trip| match trip {
            Trip::After(Span(time)) => Some(*time),
            Trip::Lost => None,
        });
        times.next().unwrap_or(USUAL)
    }

    /// The addresses of a name.
    pub(crate) fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, LookupFailure> {
        let name = canonical(name);
        if let Some(names) = self.names.get(&name) {
            return match names {
                Names::Addresses(addresses) => Ok(addresses.all().to_vec()),
                Names::Failure(failure) => Err(*failure),
            };
        }
        if name == "localhost" {
            return Ok(vec![[127, 0, 0, 1].into()]);
        }
        let named = |host: &&Host| host.name.as_deref().map(canonical).as_ref() == Some(&name);
        let hosts = self.hosts.iter().filter(named);
        let mut all: Vec<IpAddr> = hosts.flat_map(|host| host.address.all()).copied().collect();
        if all.is_empty() {
            all = self.zone.addresses(&name);
        }
        match all.is_empty() {
            true => Err(LookupFailure::Unknown),
            false => Ok(all),
        }
    }

    /// The name of an address.
    pub(crate) fn name_of(&self, address: IpAddr) -> Option<String> {
        let mut hosts = self.hosts.iter();
        let of_host = || {
            let host = hosts.find(|host| host.address.all().contains(&address))?;
            host.name.clone()
        };
        let of_router = || {
            let hops = self.hosts.iter().flat_map(|host| &host.hops);
            let mut names = hops.filter_map(|hop| match hop {
                Hop::Router(router) if router.address == address => router.name.clone(),
                _ => None,
            });
            names.next()
        };
        let of_names = || {
            let mut names = self.names.iter().filter(|(_, names)| match names {
                Names::Addresses(addresses) => addresses.all().contains(&address),
                Names::Failure(_) => false,
            });
            names.next().map(|(name, _)| name.clone())
        };
        let mut of_host = of_host;
        of_host().or_else(of_router).or_else(of_names)
    }
}

impl Counts {
    /// The next number from 0 to 1 (xorshift).
    fn chance(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Names are compared without their case and final dot.
fn canonical(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The hop limit of a packet of this host when it arrives.
fn arriving(host: &Host) -> u8 {
    let hops = u8::try_from(host.hops.len()).unwrap_or(u8::MAX);
    host.hop_limit.saturating_sub(hops)
}

/// What comes back if a packet does not reach its destination: nothing from a silent router. None if it does.
fn expired(
    host: &Host,
    remote: IpAddr,
    hop_limit: Option<u8>,
    rtt: u64,
) -> Option<Option<(u64, Back)>> {
    let place = usize::from(hop_limit?).checked_sub(1)?;
    let hop = host.hops.get(place)?;
    let Hop::Router(router) = hop else {
        return Some(None);
    };
    let usual = rtt * (place as u64 + 1) / (host.hops.len() as u64 + 1);
    let after = router.rtt.map_or(usual, |Span(time)| time);
    let (kind, code) = if remote.is_ipv6() { (3, 0) } else { (11, 0) };
    let back = Back::Error {
        kind,
        code,
        errno: libc::EHOSTUNREACH,
        offender: router.address,
        hop_limit: 64u8.saturating_sub(place as u8),
    };
    Some(Some((after, back)))
}

fn unreachable(host: &Host, remote: IpAddr, echo: Echo) -> Back {
    let last = host.hops.iter().rev().find_map(|hop| match hop {
        Hop::Router(router) => Some(router.address),
        Hop::Silent => None,
    });
    let (code, errno) = match (echo, remote.is_ipv6()) {
        (Echo::NetworkUnreachable, _) => (0, libc::ENETUNREACH),
        (Echo::Prohibited, false) => (13, libc::EHOSTUNREACH),
        (Echo::Prohibited, true) => (1, libc::EACCES),
        (_, false) => (1, libc::EHOSTUNREACH),
        (_, true) => (3, libc::EHOSTUNREACH),
    };
    Back::Error {
        kind: if remote.is_ipv6() { 1 } else { 3 },
        code,
        errno,
        offender: last.unwrap_or(remote),
        hop_limit: arriving(host).saturating_add(1),
    }
}

fn port_unreachable(ipv6: bool, offender: IpAddr, hop_limit: u8) -> Back {
    let (kind, code) = if ipv6 { (1, 4) } else { (3, 3) };
    Back::Error {
        kind,
        code,
        errno: libc::ECONNREFUSED,
        offender,
        hop_limit,
    }
}

#[cfg(test)]
mod tests;
