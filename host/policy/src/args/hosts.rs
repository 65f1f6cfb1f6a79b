//! Parses one word of a command line as a host, as several hosts, or as a file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::cuts::Cuts;
use nethost_core::address::inet_aton;
use nethost_core::{CanonicalAddr, CanonicalNet, HostName};

/// The meaning of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Spot<'a> {
    /// Hosts, and the port if the word has one.
    Hosts(Hosts, Option<u16>),
    /// The file of a `file://` URL.
    File(&'a str),
}

/// One host or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Hosts {
    Name(HostName),
    Address(CanonicalAddr),
    Network(CanonicalNet),
    /// From the first to the last.
    Range(IpAddr, IpAddr),
    /// Octet by octet.
    Octets(Box<[Octet; 4]>),
}

impl<'a> Spot<'a> {
    /// Parses a word. None if it does not name a host. Older forms of addresses are parsed where they are plausible.
    pub(super) fn read(text: &'a str, older: bool) -> Option<Self> {
        let (authority, is_url) = match text.split_once("://") {
            Some((scheme, rest)) if is_scheme(scheme) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at(end);
                if scheme.eq_ignore_ascii_case("file") {
                    let here = authority.is_empty() || authority == "localhost";
                    return (here && !path.is_empty()).then_some(Spot::File(path));
                }
                (authority, true)
            }
            Some(_) => return None,
            None => (text, false),
        };
        if !is_url && let Some(hosts) = Hosts::read(authority, older) {
            return Some(Spot::Hosts(hosts, None));
        }
        // A URL without its scheme. The first part must look like a host, so `etc/hosts` is not a URL.
        let authority = match authority.split_once('/') {
            Some((host, _)) if host.contains('.') && !host.starts_with('.') => host,
            Some(_) => return None,
            None => authority,
        };
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = split_port(host)?;
        Some(Spot::Hosts(Hosts::read(host, older || is_url)?, port))
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// `host:443` and `[2001:db8::1]:443`. None if the part after the colon is not a port, because the meaning is unknown
/// then.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            host.parse::<Ipv6Addr>()
                .ok()
                .or_else(|| host.split_once('%')?.0.parse().ok())?;
            match rest {
                "" => return Some((host, None)),
                _ => (host, rest.strip_prefix(':')?),
            }
        }
        None => match text.split_once(':') {
            None => return Some((text, None)),
            Some(split) => split,
        },
    };
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    Some((host, Some(port.parse().ok().filter(|_| digits)?)))
}

impl Hosts {
    fn read(text: &str, older: bool) -> Option<Self> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Some(Self::Address(address.into()));
        }
        if let Some((v6, zone)) = text.split_once('%') {
            let address = v6.parse::<Ipv6Addr>().ok()?;
            return (!zone.is_empty()).then_some(Self::Address(IpAddr::from(address).into()));
        }
        if let Ok(network) = text.parse::<IpNet>() {
            return Some(Self::Network(CanonicalNet::new(network)));
        }
        if let Some(address) = short_form(text) {
            return older.then_some(Self::Address(IpAddr::from(address).into()));
        }
        if let Some(range) = range(text) {
            return Some(range);
        }
        if let Some(octets) = octets(text) {
            return Some(Self::Octets(Box::new(octets)));
        }
        HostName::new(text).map(Self::Name)
    }

    /// The bounds of the addresses.
    pub(super) fn cut(&self, cuts: &mut Cuts<'_>) {
        match self {
            Self::Name(_) => {}
            Self::Address(address) => cuts.address(address.ip()),
            Self::Network(network) => cuts.network(network.net()),
            Self::Range(first, last) => cuts.range(*first, *last),
            Self::Octets(octets) => cuts.octets([0, 1, 2, 3].map(|place| &octets[place].0[..])),
        }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::Network(network), _) => network.net().contains(&address),
            (Self::Range(first, last), _) => {
                first.is_ipv4() == address.is_ipv4() && *first <= address && address <= *last
            }
            (Self::Octets(octets), IpAddr::V4(v4)) => octets
                .iter()
                .zip(v4.octets())
                .all(|(set, octet)| set.contains(octet)),
            (Self::Address(own), _) => own.ip() == address,
            _ => false,
        }
    }
}

/// inet_aton(3)'s shorter forms. A bare small number is a count, a size or a port far more often than
/// an address in 0.0.0.0/8.
fn short_form(text: &str) -> Option<Ipv4Addr> {
    let address = inet_aton(text)?;
    (text.contains('.') || address.octets()[0] != 0).then_some(address)
}

/// `10.0.0.1-20` and `10.0.0.1-10.0.1.9`.
fn range(text: &str) -> Option<Hosts> {
    let (first, last) = text.split_once('-')?;
    let first: IpAddr = first.parse().ok()?;
    let last: IpAddr = match (first, last.parse::<u8>()) {
        (IpAddr::V4(v4), Ok(low)) => {
            let [a, b, c, _] = v4.octets();
            Ipv4Addr::new(a, b, c, low).into()
        }
        _ => last.parse().ok()?,
    };
    (first.is_ipv4() == last.is_ipv4() && first <= last).then_some(Hosts::Range(first, last))
}

/// A set of octets, as inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Octet(Vec<(u8, u8)>);

impl Octet {
    fn read(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self(vec![(0, 255)]));
        }
        let number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u8>().ok().filter(|_| digits)
        };
        let ranges = text.split(',').map(|part| match part.split_once('-') {
            None => number(part).map(|octet| (octet, octet)),
            // nmap(1): a missing end is the lowest or highest value.
            Some((first, last)) => {
                let first = if first.is_empty() {
                    Some(0)
                } else {
                    number(first)
                }?;
                let last = if last.is_empty() {
                    Some(255)
                } else {
                    number(last)
                }?;
                (first <= last).then_some((first, last))
            }
        });
        ranges.collect::<Option<_>>().map(Self)
    }

    fn contains(&self, octet: u8) -> bool {
        self.0
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&octet))
    }
}

/// nmap's `10.0.0-3.1,5`.
fn octets(text: &str) -> Option<[Octet; 4]> {
    let octets: Vec<_> = text.split('.').map(Octet::read).collect::<Option<_>>()?;
    octets.try_into().ok()
}
