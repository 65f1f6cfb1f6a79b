//! resolv.conf(5), as far as dig uses it. dig queries these servers directly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most servers, and most domains in the search list.
const SERVERS: usize = 3;
const DOMAINS: usize = 8;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResolvConf {
    /// Addresses, with the zone of a link-local one.
    pub(crate) servers: Vec<(IpAddr, Option<String>)>,
    pub(crate) search: Vec<String>,
    pub(crate) ndots: u32,
    pub(crate) attempts: Option<u32>,
    pub(crate) timeout: Option<u32>,
}

impl Default for ResolvConf {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            search: Vec::new(),
            ndots: 1,
            attempts: None,
            timeout: None,
        }
    }
}

impl ResolvConf {
    /// Parses the text of the file. Unknown lines are ignored.
    pub(crate) fn parse(text: &str) -> Self {
        let mut conf = Self::default();
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("nameserver") => {
                    let server = words.next().and_then(address);
                    conf.servers
                        .extend(server.filter(|_| conf.servers.len() < SERVERS));
                }
                Some("domain") => conf.search = words.take(1).map(str::to_owned).collect(),
                Some("search") => conf.search = words.take(DOMAINS).map(str::to_owned).collect(),
                Some("options") => words.for_each(|option| conf.option(option)),
                _ => {}
            }
        }
        conf
    }

    fn option(&mut self, option: &str) {
        let Some((name, value)) = option.split_once(':') else {
            return;
        };
        let Ok(value) = value.parse::<u8>() else {
            return;
        };
        match name {
            "ndots" => self.ndots = value.into(),
            "attempts" => self.attempts = Some(value.into()).filter(|attempts| *attempts > 0),
            "timeout" => self.timeout = Some(value.into()).filter(|timeout| *timeout > 0),
            _ => {}
        }
    }

    /// The servers that can be queried; the server on this machine if there are none.
    pub(crate) fn servers_or_own(
        &self,
        wanted: impl Fn(IpAddr) -> bool,
    ) -> Vec<(IpAddr, Option<String>)> {
        let own = [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()].map(|own| (own, None));
        let among = |servers: &[(IpAddr, Option<String>)]| {
            let servers = servers.iter().filter(|(address, _)| wanted(*address));
            servers.cloned().collect::<Vec<_>>()
        };
        let named = among(&self.servers);
        if named.is_empty() { among(&own) } else { named }
    }
}

fn address(text: &str) -> Option<(IpAddr, Option<String>)> {
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone.to_owned())),
        None => (text, None),
    };
    match address.parse().ok()? {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Some((Ipv4Addr::LOCALHOST.into(), zone)),
        address => Some((address, zone)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_dig_heeds() {
        let conf = ResolvConf::parse(
            "# comment\nnameserver 192.0.2.1 ; first\nnameserver 0.0.0.0\nnameserver fe80::1%eth0\n\
             nameserver 192.0.2.9\nsearch a.example b.example\noptions ndots:2 attempts:1 timeout:3 rotate ndots:x\n",
        );
        assert_eq!(conf.servers.len(), 3);
        assert_eq!(
            conf.servers.get(1).map(|server| server.0),
            Some(Ipv4Addr::LOCALHOST.into())
        );
        assert_eq!(conf.search, ["a.example", "b.example"]);
        assert_eq!(
            (conf.ndots, conf.attempts, conf.timeout),
            (2, Some(1), Some(3))
        );
        let conf = ResolvConf::parse("nameserver nonsense\ndomain one two\n");
        assert_eq!(conf.search, ["one"]);
        assert_eq!(conf.servers_or_own(|_| true).len(), 2);
    }

    #[test]
    fn who_wants_another_family_gets_this_machine() {
        let conf = ResolvConf::parse("nameserver 192.0.2.1\n");
        let servers = |wanted: fn(IpAddr) -> bool| {
            let servers = conf.servers_or_own(wanted).into_iter();
            servers.map(|server| server.0).collect::<Vec<_>>()
        };
        assert_eq!(servers(|_| true), [Ipv4Addr::new(192, 0, 2, 1)]);
        assert_eq!(servers(|address| address.is_ipv6()), [Ipv6Addr::LOCALHOST]);
    }
}
