//! Which senders a socket accepts. The broker attaches it as a filter of the kernel, which lists each of them; the
//! runner keeps the same list, to ask for no more than it needs.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Accepted senders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceiveFilter {
    senders: BTreeSet<(IpAddr, u16)>,
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
        let address = match remote.ip() {
            address if !group && !address.is_multicast() => address,
            IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        self.senders.insert((address, remote.port()));
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
        self.everybody
            || self.senders.contains(&(remote.ip(), remote.port()))
            || self.senders.contains(&(any, remote.port()))
    }

    /// Each sender; none where everybody is accepted. An unspecified address stands for any.
    pub(super) fn senders(&self) -> Option<impl Iterator<Item = SocketAddr> + '_> {
        let each = || self.senders.iter().map(|sender| SocketAddr::from(*sender));
        (!self.everybody).then(each)
    }
}

/// Whether two addresses are one's: flows and scopes are the kernel's notes.
pub fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    (one.ip(), one.port()) == (other.ip(), other.port())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
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
