//! Names of hosts, ports and protocols. Whoever prints cannot wait: what is not known yet is noted, and looked up before
//! the packet is printed.

use std::collections::HashMap;
use std::net::IpAddr;

use nethost_sdk::netdb::Services;

/// Addresses remembered at most.
const MOST: usize = 65_536;

/// Names by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Whether hosts have names.
    pub(crate) hosts_wanted: bool,
    hosts: HashMap<IpAddr, Option<String>>,
    missing: Vec<IpAddr>,
    /// Names of ports, if they are wanted.
    pub(crate) services: Option<Services>,
}

impl Names {
    /// The name of a host, if names are wanted and it has one.
    pub(crate) fn host(&mut self, address: IpAddr) -> Option<&str> {
        if !self.hosts_wanted {
            return None;
        }
        if !self.hosts.contains_key(&address) {
            self.missing.push(address);
        }
        self.hosts.get(&address)?.as_deref()
    }

    /// The addresses that were asked for and not known, since this was asked last.
    pub(crate) fn take_missing(&mut self) -> Vec<IpAddr> {
        self.missing.sort_unstable();
        self.missing.dedup();
        std::mem::take(&mut self.missing)
    }

    /// Keeps what was found.
    pub(crate) fn learn(&mut self, address: IpAddr, name: Option<String>) {
        if self.hosts.len() >= MOST {
            self.hosts.clear();
        }
        self.hosts.insert(address, name);
    }

    /// The name of a port of TCP.
    #[must_use]
    pub(crate) fn tcp(&self, port: u16) -> Option<&str> {
        self.services.as_ref()?.name(port, "tcp")
    }

    /// The name of a port of UDP.
    #[must_use]
    pub(crate) fn udp(&self, port: u16) -> Option<&str> {
        self.services.as_ref()?.name(port, "udp")
    }
}
