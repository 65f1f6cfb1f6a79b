//! The name servers that lookups may reach: those that the system's configuration names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const PORT: u16 = 53;

/// True for one of them.
pub(super) fn is_name_server(server: SocketAddr) -> bool {
    let configured =
        crate::regular::text("/etc/resolv.conf", crate::regular::SOME).unwrap_or_default();
    server.port() == PORT && servers(&configured).contains(&server.ip())
}

/// resolv.conf(5): without any, the one on this machine is used.
fn servers(configured: &str) -> Vec<IpAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let is_server = words.next() == Some("nameserver");
        let address = words.next().filter(|_| is_server)?;
        // A link-local address has a zone behind it.
        address.split('%').next()?.parse().ok()
    };
    let servers: Vec<_> = configured.lines().filter_map(address).collect();
    if servers.is_empty() {
        vec![Ipv4Addr::LOCALHOST.into()]
    } else {
        servers
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_configuration_names_is_a_server() {
        let found = servers("# a\nnameserver 192.0.2.1\nsearch x\n nameserver fe80::1%eth0 \n");
        assert_eq!(
            found,
            ["192.0.2.1", "fe80::1"].map(|address| address.parse::<IpAddr>().expect("an address"))
        );
        assert_eq!(servers("nameserver\n"), [IpAddr::from(Ipv4Addr::LOCALHOST)]);
    }
}
