//! Which senders a socket accepts. The broker attaches it as a filter of the kernel, which lists each of them; the
//! runner keeps the same list, to ask for no more than it needs.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use nethost_core::address::needs_scope;

/// Accepted senders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiveFilter {
    /// Address, port, and the interface that a link-local address is of.
    senders: BTreeSet<(IpAddr, u16, u32)>,
    everybody: bool,
}

impl ReceiveFilter {
    /// Accepts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Accepts everybody: it listens.
    pub fn everybody() -> Self {
        Self {
            everybody: true,
            ..Self::default()
        }
    }

    /// Accepts this remote too. Members of a group answer with their own addresses, from the port that was asked.
    pub fn add(&mut self, remote: SocketAddr, group: bool) {
        let scope = scope_of(remote);
        let address = match remote.ip() {
            // Without an interface it is nobody's.
            IpAddr::V6(address) if address.is_unicast_link_local() && scope == 0 => return,
            address if !group && !address.is_multicast() => address,
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.senders.insert((address, remote.port(), scope));
    }

    /// As it is when this remote is accepted too.
    pub fn with(&self, remote: SocketAddr) -> Self {
        let mut wider = self.clone();
        wider.add(remote, false);
        wider
    }

    /// Whether what this remote sends comes in.
    pub fn accepts(&self, remote: SocketAddr) -> bool {
        let any: IpAddr = match remote {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let listed = |address, scope| self.senders.contains(&(address, remote.port(), scope));
        let scope = scope_of(remote);
        self.everybody || listed(remote.ip(), scope) || listed(any, scope) || listed(any, 0)
    }

    /// Each sender; none where everybody is accepted. An unspecified address stands for any.
    pub(super) fn senders(&self) -> Option<impl Iterator<Item = SocketAddr> + '_> {
        let sender = |(address, port, scope): &(IpAddr, u16, u32)| match address {
            IpAddr::V4(address) => SocketAddr::from((*address, *port)),
            IpAddr::V6(address) => SocketAddrV6::new(*address, *port, 0, *scope).into(),
        };
        let each = || self.senders.iter().map(sender);
        (!self.everybody).then(each)
    }
}

/// Whether two addresses are one's: flows are the kernel's notes, and so are scopes of addresses that need none.
pub fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    let whose = |address: SocketAddr| (address.ip(), address.port(), scope_of(address));
    whose(one) == whose(other)
}

/// The interface that an address is of, where it means another host on each.
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
