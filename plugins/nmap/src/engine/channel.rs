//! A prober with the set that it was opened for: which member a host's port is, and the sources of packets.

use std::net::IpAddr;

use nethost_sdk::Error;
use nethost_sdk::remotes::{Granted, NetworkSet};
use nethost_sdk::scan::{Prober, Protocol, SOURCES_AT_ONCE};
use nethost_sdk::socket::{Batch, Remote, SocketOptions};

use crate::ports;

/// Probes of one protocol.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) prober: Prober,
    granted: Granted,
    set: NetworkSet,
    /// Its number in an IP header.
    pub(crate) number: u8,
    /// Ascending; one that stands for none if the protocol has no ports.
    ports: Vec<u16>,
    pub(crate) local: u16,
    pub(crate) batch: Batch,
    /// The cells of the probes in the batch.
    pub(crate) cells: Vec<u32>,
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
    ) -> Result<Self, Error> {
        let set = NetworkSet::of(hosts.iter().copied()).with_ports(ports::ranges(ports));
        let options = SocketOptions {
            buffer_size: Some(BUFFER),
            ..options.clone()
        };
        let (prober, granted) = Prober::open(&set, protocol, &options)?;
        let ipv6 = hosts.first().is_some_and(IpAddr::is_ipv6);
        Ok(Self {
            local: prober.identifier(),
            prober,
            granted,
            set,
            number: match protocol {
                Protocol::Tcp => 6,
                Protocol::Udp => 17,
                Protocol::Sctp => 132,
                Protocol::Icmp if ipv6 => 58,
                Protocol::Icmp => 1,
            },
            ports: match ports {
                [] => vec![0],
                ports => ports.to_vec(),
            },
            batch: Batch::new(),
            cells: Vec::new(),
        })
    }

    /// What was refused.
    pub(crate) fn granted(&self) -> &Granted {
        &self.granted
    }

    /// The remote that a port of a host is.
    pub(crate) fn remote(&self, host: IpAddr, port: u16) -> Option<Remote> {
        let place = self.set.position(host)?;
        let column = match self.number {
            1 | 58 => 0,
            _ => self.ports.binary_search(&port).ok()? as u32,
        };
        let member = place
            .checked_mul(self.ports.len() as u32)?
            .checked_add(column)?;
        Some(self.granted.remote(member))
    }

    /// The source addresses of packets to these hosts.
    pub(crate) fn sources(&self, hosts: &[IpAddr]) -> Result<Vec<Option<IpAddr>>, Error> {
        let mut sources = Vec::with_capacity(hosts.len());
        let first = self.ports.first().copied().unwrap_or(0);
        for some in hosts.chunks(SOURCES_AT_ONCE) {
            let remotes: Vec<Remote> = some
                .iter()
                .filter_map(|host| self.remote(*host, first))
                .collect();
            sources.extend(self.prober.sources(&remotes)?);
        }
        Ok(sources)
    }
}
