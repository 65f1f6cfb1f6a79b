//! Names of hosts, ports and protocols. Whoever prints cannot wait: what is not known yet is noted, and looked up before
//! the packet is printed.

use std::collections::HashMap;
use std::net::IpAddr;

/// Addresses remembered at most.
const MOST: usize = 65_536;

/// Names by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Whether hosts have names.
    pub(crate) hosts_wanted: bool,
    hosts: HashMap<IpAddr, Option<String>>,
    missing: Vec<IpAddr>,
    tcp: HashMap<u16, String>,
    udp: HashMap<u16, String>,
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

    /// Reads names of ports in the form of services(5).
    pub(crate) fn learn_services(&mut self, services: &str) {
        for line in services.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let (Some(name), Some(port)) = (words.next(), words.next()) else {
                continue;
            };
            let Some((port, protocol)) = port.split_once('/') else {
                continue;
            };
            let Ok(port) = port.parse() else { continue };
            let table = match protocol {
                "tcp" => &mut self.tcp,
                "udp" => &mut self.udp,
                _ => continue,
            };
            table.insert(port, name.to_owned());
        }
    }

    /// The name of a port of TCP.
    #[must_use]
    pub(crate) fn tcp(&self, port: u16) -> Option<&str> {
        self.tcp.get(&port).map(String::as_str)
    }

    /// The name of a port of UDP.
    #[must_use]
    pub(crate) fn udp(&self, port: u16) -> Option<&str> {
        self.udp.get(&port).map(String::as_str)
    }
}
