//! How the probes of one protocol are sent and their answers received: by a prober, with the set that it was opened
//! for, or by raw sockets; and the sources of packets.

use std::net::IpAddr;
use std::time::Duration;

use nethost_sdk::remotes::{Granted, NetworkSet};
use nethost_sdk::scan::{Prober, Protocol, SOURCES_AT_ONCE};
use nethost_sdk::socket::{Batch, Received, Remote, SocketOptions};
use nethost_sdk::{Error, Timestamp};

use super::craft::{Craft, Crafted};
use super::raw::RawSockets;
use crate::ports;

/// Probes of one protocol.
#[derive(Debug)]
pub(crate) struct Channel {
    way: Way,
    crafted: Option<Crafted>,
    /// Hosts that may not be probed, and why.
    refused: Vec<(IpAddr, Error)>,
    /// Its number in an IP header.
    pub(crate) number: u8,
    pub(crate) local: u16,
    /// The cells of the probes that are not sent yet.
    pub(crate) cells: Vec<u32>,
}

#[derive(Debug)]
enum Way {
    Prober(Box<Probing>),
    Raw(RawSockets),
}

#[derive(Debug)]
struct Probing {
    prober: Prober,
    granted: Granted,
    set: NetworkSet,
    /// Ascending; one that stands for none if the protocol has no ports.
    ports: Vec<u16>,
    batch: Batch,
}

/// So many octets of received packets wait for the plugin at most.
const BUFFER: u32 = 8 << 20;

impl Channel {
    /// Opens a prober for these hosts and, if the protocol has them, ports.
    pub(crate) fn open(
        hosts: &[IpAddr],
        protocol: Protocol,
        ports: &[u16],
        options: &SocketOptions,
        craft: Option<&Craft>,
    ) -> Result<Self, Error> {
        let set = NetworkSet::of(hosts.iter().copied()).with_ports(ports::ranges(ports));
        let options = SocketOptions {
            buffer_size: Some(BUFFER),
            ..options.clone()
        };
        let (prober, granted) = Prober::open(&set, protocol, &options)?;
        let ipv6 = hosts.first().is_some_and(IpAddr::is_ipv6);
        let number = match protocol {
            Protocol::Tcp => 6,
            Protocol::Udp => 17,
            Protocol::Sctp => 132,
            Protocol::Icmp if ipv6 => 58,
            Protocol::Icmp => 1,
        };
        let (crafted, refused) = match craft {
            None => (None, Vec::new()),
            Some(craft) => {
                let (crafted, refused) = Crafted::open(hosts, number, craft, &options)?;
                (Some(crafted), refused)
            }
        };
        Ok(Self {
            local: prober.identifier(),
            way: Way::Prober(Box::new(Probing {
                prober,
                granted,
                set,
                ports: match ports {
                    [] => vec![0],
                    ports => ports.to_vec(),
                },
                batch: Batch::new(),
            })),
            crafted,
            refused,
            number,
            cells: Vec::new(),
        })
    }

    /// Opens raw sockets for packets of an IP protocol.
    pub(crate) fn open_raw(
        hosts: &[IpAddr],
        number: u8,
        options: &SocketOptions,
        craft: Option<&Craft>,
    ) -> Result<Self, Error> {
        let (sockets, mut refused) = RawSockets::open(hosts, number, options)?;
        let mut crafted = None;
        if let Some(craft) = craft {
            let (opened, more) = Crafted::open(hosts, number, craft, options)?;
            crafted = Some(opened);
            refused.extend(more);
        }
        Ok(Self {
            way: Way::Raw(sockets),
            crafted,
            refused,
            number,
            local: 0,
            cells: Vec::new(),
        })
    }

    /// What was refused, one error for each reason.
    pub(crate) fn denials(&self) -> Vec<Error> {
        let mut denials: Vec<Error> = Vec::new();
        if let Way::Prober(probing) = &self.way {
            let refused = probing.granted.refused.iter();
            denials.extend(refused.map(|refused| Error::Denied(Box::new(refused.denial.clone()))));
        }
        denials.extend(self.refused.first().map(|(_, error)| error.clone()));
        denials
    }

    /// Whether a host may not be probed at all.
    pub(crate) fn refuses(&self, host: IpAddr) -> bool {
        let by_gate = match &self.way {
            Way::Prober(probing) => probing.granted.refuses(host),
            Way::Raw(_) => false,
        };
        by_gate || self.refused.iter().any(|(refused, _)| *refused == host)
    }

    /// Whether its sockets are many, so that they are looked at less often.
    pub(crate) fn is_raw(&self) -> bool {
        matches!(self.way, Way::Raw(_))
    }

    /// The sources of a probe, in the order in which its packets leave.
    pub(crate) fn sources_of(&self, own: IpAddr) -> Vec<IpAddr> {
        match &self.crafted {
            Some(crafted) => crafted.sources(own),
            None => vec![own],
        }
    }

    /// Adds a probe that `build` writes, given its source. Returns false if it cannot be sent.
    pub(crate) fn push(
        &mut self,
        host: IpAddr,
        port: u16,
        own: IpAddr,
        hop_limit: Option<u8>,
        build: impl Fn(IpAddr, &mut Vec<u8>),
    ) -> bool {
        if let Some(crafted) = &mut self.crafted {
            return crafted.push(host, own, build);
        }
        match &mut self.way {
            Way::Prober(probing) => {
                let Some(remote) = probing.remote(self.number, host, port) else {
                    return false;
                };
                let batch = &mut probing.batch;
                batch.push_with(remote, hop_limit, |bytes| build(own, bytes));
                true
            }
            Way::Raw(sockets) => {
                let mut packet = Vec::new();
                build(own, &mut packet);
                sockets.push(host, packet)
            }
        }
    }

    /// Sends probes from the first on. Returns the times of those that left, which are forgotten.
    pub(crate) fn send(&mut self) -> Result<Vec<Timestamp>, Error> {
        if let Some(crafted) = &mut self.crafted {
            return crafted.send();
        }
        match &mut self.way {
            Way::Prober(probing) => {
                let stamps = probing.prober.send(&probing.batch)?;
                probing.discard(stamps.len());
                Ok(stamps)
            }
            Way::Raw(sockets) => sockets.send(),
        }
    }

    /// Forgets the first probe, which could not be sent.
    pub(crate) fn give_up(&mut self) {
        match (&mut self.crafted, &mut self.way) {
            (Some(crafted), _) => crafted.give_up(),
            (None, Way::Prober(probing)) => probing.discard(1),
            (None, Way::Raw(sockets)) => sockets.give_up(),
        }
    }

    /// Forgets all probes that are not sent yet.
    pub(crate) fn clear(&mut self) {
        match (&mut self.crafted, &mut self.way) {
            (Some(crafted), _) => crafted.clear(),
            (None, Way::Prober(probing)) => probing.batch.clear(),
            (None, Way::Raw(sockets)) => sockets.clear(),
        }
    }

    /// Waits for answers, if that is possible on one socket, and takes at most so many.
    pub(crate) async fn receive(&self, most: u32, wait: Duration) -> Result<Vec<Received>, Error> {
        match &self.way {
            Way::Prober(probing) => Ok(vec![probing.prober.receive(most, wait).await?]),
            Way::Raw(sockets) => sockets.receive(most).await,
        }
    }

    /// The source addresses of packets to these hosts.
    pub(crate) fn sources(&self, hosts: &[IpAddr]) -> Result<Vec<Option<IpAddr>>, Error> {
        let mut sources = Vec::with_capacity(hosts.len());
        let Way::Prober(probing) = &self.way else {
            return Ok(vec![None; hosts.len()]);
        };
        let first = probing.ports.first().copied().unwrap_or(0);
        for some in hosts.chunks(SOURCES_AT_ONCE) {
            let remotes: Vec<Remote> = some
                .iter()
                .filter_map(|host| probing.remote(self.number, *host, first))
                .collect();
            sources.extend(probing.prober.sources(&remotes)?);
        }
        Ok(sources)
    }
}

impl Probing {
    /// The remote that a port of a host is.
    fn remote(&self, number: u8, host: IpAddr, port: u16) -> Option<Remote> {
        let place = self.set.position(host)?;
        let column = match number {
            1 | 58 => 0,
            _ => self.ports.binary_search(&port).ok()? as u32,
        };
        let member = place
            .checked_mul(self.ports.len() as u32)?
            .checked_add(column)?;
        Some(self.granted.remote(member))
    }

    fn discard(&mut self, sent: usize) {
        self.batch.discard(sent);
        if self.batch.is_empty() {
            self.batch.clear();
        }
    }
}
