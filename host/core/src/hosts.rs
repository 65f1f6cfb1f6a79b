//! /etc/hosts (hosts(5)): what root has configured for names, whatever name servers answer.

use std::net::IpAddr;
use std::os::unix::fs::MetadataExt;

use super::{CanonicalAddr, HostName};

/// The file.
pub const FILE: &str = "/etc/hosts";

/// The addresses of a name, if only root can write the file.
pub fn addresses(name: &HostName) -> Vec<CanonicalAddr> {
    let is_roots = std::fs::metadata(FILE)
        .is_ok_and(|file| file.is_file() && file.uid() == 0 && file.mode() & 0o022 == 0);
    let hosts = is_roots
        .then(|| std::fs::read_to_string(FILE).ok())
        .flatten();
    hosts.map_or_else(Vec::new, |hosts| said(&hosts, name))
}

fn said(hosts: &str, name: &HostName) -> Vec<CanonicalAddr> {
    let is_it = |known: &str| HostName::new(known).as_ref() == Some(name);
    entries(hosts)
        .filter_map(|(address, mut names)| names.any(is_it).then_some(address))
        .map(CanonicalAddr::destination)
        .collect()
}

/// Each line's address and names.
pub fn entries(hosts: &str) -> impl Iterator<Item = (IpAddr, impl Iterator<Item = &str>)> {
    hosts.lines().filter_map(|line| {
        let line = line.split('#').next()?;
        let mut words = line.split_whitespace();
        let address = words.next()?.parse().ok()?;
        Some((address, words))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_has_what_its_lines_say() {
        let hosts = "127.0.0.1 localhost\n127.0.1.1 Box.Example. box # rebind.test\nbroken x\n";
        let says = |name: &str, address: &str| {
            let address = CanonicalAddr::new(address.parse().unwrap());
            said(hosts, &HostName::new(name).unwrap()).contains(&address)
        };
        assert!(says("box", "127.0.1.1") && says("BOX.example", "::ffff:127.0.1.1"));
        for name in ["rebind.test", "localhost", "x", "example"] {
            assert!(!says(name, "127.0.1.1"), "{name}");
        }
    }
}
