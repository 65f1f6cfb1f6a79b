//! The name servers that lookups can use: those in the configuration of the system.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use nethost_core::regular;

const PORT: u16 = 53;

/// The name servers of resolv.conf(5), in their order.
pub(crate) fn configured_servers() -> Vec<SocketAddr> {
    let configured = regular::text("/etc/resolv.conf", regular::SOME).unwrap_or_default();
    servers(&configured)
}

/// resolv.conf(5): without any, the name server on this machine is used.
fn servers(configured: &str) -> Vec<SocketAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let is_server = words.next() == Some("nameserver");
        let address = words.next().filter(|_| is_server)?;
        let (address, scope) = address.split_once('%').unwrap_or((address, ""));
        Some(match address.parse().ok()? {
            IpAddr::V4(address) => SocketAddr::from((address, PORT)),
            IpAddr::V6(address) => SocketAddrV6::new(address, PORT, 0, index_of(scope)).into(),
        })
    };
    let servers: Vec<_> = configured.lines().filter_map(address).collect();
    if servers.is_empty() {
        vec![(Ipv4Addr::LOCALHOST, PORT).into()]
    } else {
        servers
    }
}

/// A link-local address is followed by its interface, as a number or a name.
fn index_of(scope: &str) -> u32 {
    let named = || std::fs::read_to_string(format!("/sys/class/net/{scope}/ifindex")).ok();
    let is_name = !scope.is_empty() && !scope.contains(['/', '.']);
    let number = scope.parse().ok();
    number
        .or_else(|| named().filter(|_| is_name)?.trim().parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_names_is_a_server() {
        let found = servers("# a\nnameserver 192.0.2.1\nsearch x\n nameserver fe80::1%7 \n");
        let expected = ["192.0.2.1:53", "[fe80::1%7]:53"];
        assert_eq!(
            found,
            expected.map(|text| text.parse().expect("an address"))
        );
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
        assert_eq!(servers("nameserver\n"), [local]);
    }
}
