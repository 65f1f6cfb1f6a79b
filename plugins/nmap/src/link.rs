//! What this machine knows of its links: its own addresses, which networks are attached, and its neighbours.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::netlink::{
    Address, AddressQuery, Link, LinkAddress, LinkQuery, Namespace, NeighbourQuery, Route,
    RouteQuery, ip,
};

/// RTN_UNICAST.
const UNICAST: u8 = 1;
/// RT_TABLE_MAIN.
const MAIN: u32 = 254;
/// NUD_REACHABLE and NUD_PERMANENT.
const CONFIRMED: u16 = 0x02 | 0x80;
/// NUD_STALE, NUD_DELAY and NUD_PROBE: it was there, and is not asked yet or again.
const IN_DOUBT: u16 = 0x04 | 0x08 | 0x10;

/// What is known of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Neighbour {
    /// It has answered.
    Confirmed,
    /// It had answered before.
    InDoubt,
    /// It does not answer.
    Absent,
}

/// The links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    namespace: Option<Namespace>,
    pub(crate) own: Vec<IpAddr>,
    /// Networks that need no gateway, on links with neighbours, with the index of the link.
    attached: Vec<(IpAddr, u8, u32)>,
    /// The names of links.
    names: HashMap<u32, String>,
    /// Addresses of links, with their networks.
    addresses: Vec<(Ipv4Addr, u8, u32)>,
    /// Hardware addresses that hosts told.
    pub(crate) told: HashMap<IpAddr, [u8; 6]>,
}

/// A link on which a host is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    /// The address of this machine there.
    pub(crate) own: Ipv4Addr,
}

/// Whether an address is in a network.
fn within(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            network.to_bits() & mask == address.to_bits() & mask
        }
        _ => false,
    }
}

impl Links {
    /// Reads them; nothing is known if that is not allowed.
    pub(crate) fn read() -> Self {
        let mut links = Self::default();
        let Ok(namespace) = Namespace::open(None) else {
            return links;
        };
        let (addresses, routes, interfaces) = (
            addresses(&namespace),
            routes(&namespace),
            interfaces(&namespace),
        );
        // IPv6 addresses are in the place of the other end.
        let own = addresses
            .iter()
            .filter_map(|address| address.local.or(address.peer));
        links.own = own.map(ip).collect();
        // ARPHRD_ETHER, without IFF_NOARP.
        let with_neighbours = |index: u32| {
            interfaces
                .iter()
                .any(|l| l.index == index && l.link_type == 1 && l.flags & 0x80 == 0)
        };
        links.attached = routes
            .iter()
            .filter(|route| route.kind == UNICAST && route.table == MAIN)
            .filter(|route| route.gateway.is_none() && route.next_hops.is_none())
            .filter(|route| route.output_interface.is_some_and(with_neighbours))
            .filter_map(|route| {
                let network = route.destination.map(ip)?;
                Some((network, route.destination_length, route.output_interface?))
            })
            .collect();
        let named = interfaces
            .iter()
            .map(|link| (link.index, link.name.clone()));
        links.names = named.collect();
        let of_link = |address: &Address| match address.local.map(ip)? {
            IpAddr::V4(own) => Some((own, address.prefix_length, address.index)),
            IpAddr::V6(_) => None,
        };
        links.addresses = addresses.iter().filter_map(of_link).collect();
        links.namespace = Some(namespace);
        links
    }

    /// Whether an address is this machine's.
    pub(crate) fn is_own(&self, address: IpAddr) -> bool {
        self.own.contains(&address)
            || match address {
                IpAddr::V4(v4) => v4.is_loopback(),
                IpAddr::V6(v6) => v6.is_loopback(),
            }
    }

    /// Whether an address is on a link of this machine.
    pub(crate) fn is_attached(&self, address: IpAddr) -> bool {
        !self.is_own(address) && self.network_of(address).is_some()
    }

    /// The link whose network has an address: of several, that with the longest prefix.
    fn network_of(&self, address: IpAddr) -> Option<u32> {
        let networks = self.attached.iter();
        let networks = networks.filter(|(network, bits, _)| within(address, *network, *bits));
        let longest = networks.max_by_key(|(_, bits, _)| *bits)?;
        Some(longest.2)
    }

    /// The link on which an IPv4 host is, with the address of this machine that suits it.
    pub(crate) fn attachment(&self, host: Ipv4Addr) -> Option<Attachment> {
        let index = self.network_of(host.into())?;
        let on_link = || self.addresses.iter().filter(|(_, _, link)| *link == index);
        let suits =
            |(own, bits, _): &&(Ipv4Addr, u8, u32)| within(host.into(), (*own).into(), *bits);
        let (own, ..) = on_link().find(suits).or_else(|| on_link().next())?;
        Some(Attachment {
            name: self.names.get(&index)?.clone(),
            own: *own,
        })
    }

    /// The neighbours now, with their hardware addresses.
    pub(crate) fn neighbours(&self) -> HashMap<IpAddr, (Neighbour, Option<[u8; 6]>)> {
        let mut known = HashMap::new();
        let Some(namespace) = &self.namespace else {
            return known;
        };
        for family in [2, 10] {
            let query = NeighbourQuery {
                family,
                ..NeighbourQuery::default()
            };
            let Ok(mut listing) = namespace.neighbours(query) else {
                continue;
            };
            while let Ok(Some(batch)) = listing.next() {
                for neighbour in batch {
                    let Some(address) = neighbour.destination.map(ip) else {
                        continue;
                    };
                    let state = match neighbour.state {
                        state if state & CONFIRMED != 0 => Neighbour::Confirmed,
                        state if state & IN_DOUBT != 0 => Neighbour::InDoubt,
                        _ => Neighbour::Absent,
                    };
                    let hardware = neighbour.link_address.and_then(|a| hardware(&a));
                    known.insert(address, (state, hardware));
                }
            }
        }
        known
    }

    /// What `--iflist` shows.
    pub(crate) fn listed(&self) -> (Vec<Link>, Vec<Address>, Vec<Route>) {
        match &self.namespace {
            Some(namespace) => (
                interfaces(namespace),
                addresses(namespace),
                routes(namespace),
            ),
            None => (Vec::new(), Vec::new(), Vec::new()),
        }
    }
}

fn hardware(address: &LinkAddress) -> Option<[u8; 6]> {
    match *address {
        LinkAddress::Mac((a, b, c, d, e, f)) => Some([a, b, c, d, e, f]),
        LinkAddress::Other(_) => None,
    }
}

fn interfaces(namespace: &Namespace) -> Vec<Link> {
    let mut all = Vec::new();
    if let Ok(mut listing) = namespace.links(LinkQuery::default()) {
        while let Ok(Some(batch)) = listing.next() {
            all.extend(batch);
        }
    }
    all
}

fn addresses(namespace: &Namespace) -> Vec<Address> {
    let mut all = Vec::new();
    if let Ok(mut listing) = namespace.addresses(AddressQuery::default()) {
        while let Ok(Some(batch)) = listing.next() {
            all.extend(batch);
        }
    }
    all
}

fn routes(namespace: &Namespace) -> Vec<Route> {
    let mut all = Vec::new();
    for family in [2, 10] {
        let query = RouteQuery {
            family,
            ..RouteQuery::default()
        };
        if let Ok(mut listing) = namespace.routes(query) {
            while let Ok(Some(batch)) = listing.next() {
                all.extend(batch);
            }
        }
    }
    all
}
