//! The list of senders from which a socket accepts packets. The broker attaches it as a filter in the kernel. The
//! runner keeps the same list, so that it requests only necessary changes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nethost_core::address::needs_scope;

/// Accepted senders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiveFilter {
    /// Address, port, and the interface of a link-local address.
    senders: BTreeSet<(IpAddr, u16, u32)>,
    everybody: bool,
}

impl ReceiveFilter {
    /// Accepts no sender.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts all senders, for a listening socket.
    pub fn everybody() -> Self {
        Self {
            everybody: true,
            ..Self::default()
        }
    }

    /// Accepts this remote, too. Members of a group reply from their own addresses and from the requested port.
    pub fn add(&mut self, remote: SocketAddr, group: bool) {
        let scope = scope_of(remote);
        let address = match remote.ip() {
            // A link-local address without an interface matches nothing.
            IpAddr::V6(address) if address.is_unicast_link_local() && scope == 0 => return,
            address if !group && !address.is_multicast() => address,
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.senders.insert((address, remote.port(), scope));
    }

    /// The list with this remote added.
    pub fn with(&self, remote: SocketAddr) -> Self {
        let mut wider = self.clone();
        wider.add(remote, false);
        wider
    }

    /// Whether packets from this remote are accepted.
    pub fn accepts(&self, remote: SocketAddr) -> bool {
        let any: IpAddr = match remote {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let listed = |address, scope| self.senders.contains(&(address, remote.port(), scope));
        let scope = scope_of(remote);
        self.everybody || listed(remote.ip(), scope) || listed(any, scope) || listed(any, 0)
    }

    /// The senders. Empty if all senders are accepted. An unspecified address matches any address.
    pub(super) fn senders(&self) -> Option<impl Iterator<Item = SocketAddr> + '_> {
        let sender = |(address, port, scope): &(IpAddr, u16, u32)| match address {
            IpAddr::V4(address) => SocketAddr::from((*address, *port)),
            IpAddr::V6(address) => SocketAddrV6::new(*address, *port, 0, *scope).into(),
        };
        let each = || self.senders.iter().map(sender);
        (!self.everybody).then(each)
    }
}

/// Whether two addresses are equal, ignoring flow labels and the scope of addresses that need none.
pub fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let whose = |address: SocketAddr| (address.ip(), address.port(), scope_of(address));
    whose(one) == whose(other)
}

/// The interface of an address that means a different host on each link.
fn scope_of(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V6(address) if needs_scope(*address.ip()) => address.scope_id(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_link_local_address_is_another_host_on_each_link() {
        let mut filter = ReceiveFilter::new();
        filter.add(address("[fe80::9%3]:53"), false);
        filter.add(address("[fe80::8]:53"), false);
        filter.add(address("[2001:db8::1]:53"), false);
        assert!(filter.accepts(address("[fe80::9%3]:53")));
        for stranger in [
            "[fe80::9%4]:53",
            "[fe80::9]:53",
            "[fe80::8]:53",
            "[fe80::8%3]:53",
        ] {
            assert!(!filter.accepts(address(stranger)), "{stranger}");
        }
        assert!(filter.accepts(address("[2001:db8::1%4]:53")), "no scope");
        assert!(!is_same(
            address("[fe80::9%3]:53"),
            address("[fe80::9%4]:53")
        ));
        assert!(is_same(address("[::1%3]:53"), address("[::1]:53")));
        let scopes: Vec<_> = filter.senders().unwrap().map(scope_of).collect();
        assert_eq!(scopes, [0, 3]);
    }

    #[test]
    fn only_those_that_were_added_are_accepted() {
        let mut filter = ReceiveFilter::new();
        let (one, other) = (address("192.0.2.1:53"), address("192.0.2.2:53"));
        assert!(!filter.accepts(one));
        filter.add(one, false);
        assert!(filter.accepts(one) && !filter.accepts(other));
        assert!(!filter.accepts(address("192.0.2.1:54")));
        filter.add(other, false);
        assert!(filter.accepts(other) && !filter.accepts(address("192.0.2.3:53")));
        filter.add(address("224.0.0.251:5353"), false);
        assert!(filter.accepts(address("192.0.2.9:5353")));
        assert!(!filter.accepts(address("192.0.2.9:53")));
        assert!(
            !filter.accepts(address("[2001:db8::1]:5353")),
            "of one family"
        );
        assert!(ReceiveFilter::everybody().accepts(one));
    }
}
