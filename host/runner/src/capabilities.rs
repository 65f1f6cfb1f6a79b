//! The list of all capabilities that a plugin can use. To add one, write its crate and add it here.

use nethost_core::Declared;
use nethost_kit::HostInterface;

/// The interfaces of all capabilities.
pub const INTERFACES: &[HostInterface] = &[
    nethost_cap_clock::INTERFACE,
    nethost_cap_console::INTERFACE,
    nethost_cap_files::INTERFACE,
    nethost_cap_icmp::INTERFACE,
    nethost_cap_udp::INTERFACE,
    nethost_cap_tcp::INTERFACE,
    nethost_cap_tls::INTERFACE,
    nethost_cap_raw_ip::INTERFACE,
    nethost_cap_resolver::INTERFACE,
    nethost_cap_system::INTERFACE,
    nethost_cap_terminal::INTERFACE,
    nethost_cap_netlink::INTERFACE,
    nethost_cap_sock_diag::INTERFACE,
    nethost_cap_procfs::INTERFACE,
    nethost_cap_unix::INTERFACE,
    nethost_cap_wasi_sockets::INTERFACE,
];

/// All requests, for the broker.
pub fn all() -> Vec<Declared> {
    let all = INTERFACES.iter().flat_map(|interface| interface.requests);
    all.copied().collect()
}

/// The names of all requests.
pub fn request_names() -> Vec<&'static str> {
    let mut names: Vec<_> = all().iter().map(|declared| declared.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The request of this name.
pub fn declared(name: &str) -> Option<Declared> {
    let mut all = INTERFACES.iter().flat_map(|interface| interface.requests);
    all.find(|declared| declared.name == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A broker that links no capability gets the requests from a table.
    #[test]
    fn the_broker_knows_every_request() {
        let sorted = |all: &[Declared]| {
            let mut all: Vec<_> = all.iter().map(|one| format!("{one:?}")).collect();
            all.sort_unstable();
            all.dedup();
            all
        };
        let first = |one: &Declared| declared(one.name);
        let told: Vec<_> = all().iter().filter_map(first).collect();
        assert_eq!(sorted(&told), sorted(nethost_broker::CAPABILITIES));
    }
}
