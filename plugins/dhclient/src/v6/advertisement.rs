//! Router advertisements (RFC 4861 section 4.2), with the options that say how hosts configure themselves.

use std::fmt;
use std::net::Ipv6Addr;

use nethost_sdk::wire::icmpv6::{
    AdvertisementView, Message, NeighborOption, NeighborOptions, View,
};
use nethost_sdk::wire::{IpNumber, ipv6};
use serde::Serialize;

use super::lease::colons;
use crate::v4::value;

/// The types of options that the options of etherparse do not have: routes (RFC 4191), name servers and names to search
/// (RFC 8106), the page where a user logs in (RFC 8910), the prefix of NAT64 (RFC 8781).
const ROUTE: u8 = 24;
const NAME_SERVERS: u8 = 25;
const SEARCH: u8 = 31;
const CAPTIVE_PORTAL: u8 = 37;
const NAT64: u8 = 38;

/// The most options of one kind that are kept.
const MOST: usize = 64;

/// A prefix of the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Prefix {
    /// The prefix, with its length.
    pub prefix: String,
    /// Hosts with such addresses are on the link (L).
    pub on_link: bool,
    /// Hosts make addresses of it (A).
    pub autonomous: bool,
    /// Seconds; none for forever.
    pub valid: Option<u32>,
    /// As above.
    pub preferred: Option<u32>,
}

/// A route through the router.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Route {
    /// The destination, with its length.
    pub prefix: String,
    /// low, medium or high.
    pub preference: &'static str,
    /// Seconds; none for forever.
    pub lifetime: Option<u32>,
}

/// Something that holds for a time: name servers, names to search, or a prefix of NAT64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Timed {
    /// What it is.
    pub values: Vec<String>,
    /// Seconds; none for forever.
    pub lifetime: Option<u32>,
}

/// What a router says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Advertisement {
    /// Who sent it.
    pub router: Ipv6Addr,
    /// Its hardware address, if it says so.
    pub hardware: Option<String>,
    /// The hop limit for hosts; 0 if it says none.
    pub hop_limit: u8,
    /// Addresses are given by DHCPv6 (M).
    pub managed: bool,
    /// Other things are given by DHCPv6 (O).
    pub other: bool,
    /// As a default router: low, medium or high (RFC 4191).
    pub preference: &'static str,
    /// Seconds for which it is a default router; 0 if it is none.
    pub lifetime: u16,
    /// Milliseconds for which a neighbour is reachable, and between questions; 0 if it says none.
    pub reachable_ms: u32,
    /// As above.
    pub retransmit_ms: u32,
    /// The MTU of the link.
    pub mtu: Option<u32>,
    /// The prefixes of the link.
    pub prefixes: Vec<Prefix>,
    /// More specific routes.
    pub routes: Vec<Route>,
    /// Name servers.
    pub name_servers: Vec<Timed>,
    /// Names to search.
    pub search: Vec<Timed>,
    /// The page where a user logs in.
    pub captive_portal: Option<String>,
    /// Prefixes by which IPv4 is reached.
    pub nat64: Vec<Timed>,
    /// An option is cut off, or has a length that it cannot have.
    pub malformed: bool,
}

/// Forever is all ones.
fn seconds(seconds: u32) -> Option<u32> {
    (seconds != u32::MAX).then_some(seconds)
}

fn preference(bits: u8) -> &'static str {
    // RFC 4191 section 2.1; the reserved value counts as medium.
    match bits >> 3 & 3 {
        1 => "high",
        3 => "low",
        _ => "medium",
    }
}

fn number(octets: &[u8], at: usize) -> Option<u32> {
    let octets = octets.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(octets))
}

/// A prefix of which as many octets are there as are needed.
fn prefix(octets: &[u8], length: u8) -> Option<String> {
    let mut whole = [0; 16];
    let needed = usize::from(length.div_ceil(8));
    whole
        .get_mut(..needed)?
        .copy_from_slice(octets.get(..needed)?);
    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
    let address = Ipv6Addr::from_bits(Ipv6Addr::from(whole).to_bits() & mask);
    Some(format!("{address}/{length}"))
}

impl Advertisement {
    /// Reads a packet with its IPv6 header. None if it is no advertisement that a host may heed (RFC 4861 section 6.1.2). A
    /// checksum that the sender's machine has left to its network card (`pending`) is not looked at.
    pub fn parse(packet: &[u8], pending: bool) -> Option<Self> {
        let header = ipv6::HeaderView::from_slice(packet).ok()?;
        let router = header.source_addr();
        let (protocol, message) = ipv6::payload(packet)?;
        let ours = protocol == IpNumber::IPV6_ICMP && header.hop_limit() == 255;
        if !ours || !router.is_unicast_link_local() {
            return None;
        }
        let view = View::from_slice(message).ok()?;
        if !pending && !view.is_checksum_valid(router.octets(), header.destination()) {
            return None;
        }
        let Message::RouterAdvertisement(head) = view.icmp_type() else {
            return None;
        };
        let [_, flags, _, _] = view.bytes5to8();
        let body = AdvertisementView::from_slice(view.payload()).ok()?;
        let mut advertisement = Self {
            router,
            hardware: None,
            hop_limit: head.cur_hop_limit,
            managed: head.managed_address_config,
            other: head.other_config,
            preference: preference(flags),
            lifetime: head.router_lifetime,
            reachable_ms: body.reachable_time(),
            retransmit_ms: body.retrans_timer(),
            mtu: None,
            prefixes: Vec::new(),
            routes: Vec::new(),
            name_servers: Vec::new(),
            search: Vec::new(),
            captive_portal: None,
            nat64: Vec::new(),
            malformed: false,
        };
        for option in NeighborOptions::from_slice(body.options()) {
            let read = option.ok().and_then(|option| advertisement.read(&option));
            advertisement.malformed |= read.is_none();
        }
        Some(advertisement)
    }

    /// Notes an option. None if it is malformed.
    fn read(&mut self, option: &NeighborOption<'_>) -> Option<()> {
        match option {
            NeighborOption::SourceLinkLayerAddress(address) => {
                self.hardware = Some(colons(address.link_layer_address()));
            }
            NeighborOption::Mtu(mtu) => self.mtu = Some(mtu.mtu()),
            NeighborOption::PrefixInformation(one) => {
                let length = one.prefix_length();
                let one = Prefix {
                    prefix: (length <= 128).then(|| prefix(&one.prefix(), length))??,
                    on_link: one.on_link(),
                    autonomous: one.autonomous_address_configuration(),
                    valid: seconds(one.valid_lifetime()),
                    preferred: seconds(one.preferred_lifetime()),
                };
                keep(&mut self.prefixes, one);
            }
            NeighborOption::Unknown(other) => {
                let bytes = other.as_bytes();
                self.read_other(*bytes.first()?, bytes)?;
            }
            _ => {}
        }
        Some(())
    }

    /// The same for an option of which only type and length were looked at.
    fn read_other(&mut self, kind: u8, bytes: &[u8]) -> Option<()> {
        match kind {
            ROUTE => {
                let length = *bytes.get(2).filter(|length| **length <= 128)?;
                let route = Route {
                    prefix: prefix(bytes.get(8..)?, length)?,
                    preference: preference(*bytes.get(3)?),
                    lifetime: seconds(number(bytes, 4)?),
                };
                keep(&mut self.routes, route);
            }
            NAME_SERVERS => {
                let (servers, rest) = bytes.get(8..)?.as_chunks::<16>();
                if !rest.is_empty() || servers.is_empty() {
                    return None;
                }
                let servers = servers.iter().map(|one| Ipv6Addr::from(*one).to_string());
                let timed = Timed {
                    values: servers.collect(),
                    lifetime: seconds(number(bytes, 4)?),
                };
                keep(&mut self.name_servers, timed);
            }
            SEARCH => {
                // Filled up with zeros, each of which would be the root.
                let names = value::domains(bytes.get(8..)?)?;
                let names = names.into_iter().filter(|name| !name.is_empty());
                let timed = Timed {
                    values: names.collect(),
                    lifetime: seconds(number(bytes, 4)?),
                };
                keep(&mut self.search, timed);
            }
            CAPTIVE_PORTAL => {
                let text = bytes.get(2..)?;
                let end = text.iter().rposition(|octet| *octet != 0);
                let text = text.get(..end? + 1)?;
                let text = String::from_utf8_lossy(text);
                self.captive_portal = Some(nethost_sdk::text::printable(&text).into_owned());
            }
            NAT64 => {
                let &[high, low] = bytes.get(2..4)? else {
                    return None;
                };
                // Thirteen bits of time in units of eight seconds, three bits for the length.
                let bits = u16::from_be_bytes([high, low]);
                let length = *[96, 64, 56, 48, 40, 32].get(usize::from(bits & 7))?;
                let octets = bytes.get(4..16)?;
                let timed = Timed {
                    values: vec![prefix(octets, length)?],
                    lifetime: Some(u32::from(bits & !7)),
                };
                keep(&mut self.nat64, timed);
            }
            _ => {}
        }
        Some(())
    }

    /// What it says, by name, to be compared with what another router says.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let mut all = vec![
            ("managed", self.managed.to_string()),
            ("other", self.other.to_string()),
            ("hop-limit", self.hop_limit.to_string()),
            ("reachable-ms", self.reachable_ms.to_string()),
            ("retransmit-ms", self.retransmit_ms.to_string()),
        ];
        if let Some(mtu) = self.mtu {
            all.push(("mtu", mtu.to_string()));
        }
        let mut list = |name, mut values: Vec<String>| {
            values.sort_unstable();
            values.dedup();
            if !values.is_empty() {
                all.push((name, values.join(", ")));
            }
        };
        list(
            "prefixes",
            self.prefixes.iter().map(ToString::to_string).collect(),
        );
        list(
            "routes",
            self.routes.iter().map(ToString::to_string).collect(),
        );
        for (name, timed) in [
            ("name-servers", &self.name_servers),
            ("search", &self.search),
            ("nat64", &self.nat64),
        ] {
            let values = timed.iter().flat_map(|timed| timed.values.clone());
            list(name, values.collect());
        }
        if let Some(portal) = &self.captive_portal {
            all.push(("captive-portal", portal.clone()));
        }
        all
    }
}

fn keep<T>(all: &mut Vec<T>, one: T) {
    if all.len() < MOST {
        all.push(one);
    }
}

fn lasts(f: &mut fmt::Formatter<'_>, lifetime: Option<u32>) -> fmt::Result {
    match lifetime {
        Some(seconds) => write!(f, " for {seconds} seconds"),
        None => f.write_str(" forever"),
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.prefix)?;
        for (set, word) in [(self.on_link, "on-link"), (self.autonomous, "autonomous")] {
            if set {
                write!(f, " {word}")?;
            }
        }
        f.write_str(", valid")?;
        lasts(f, self.valid)?;
        f.write_str(", preferred")?;
        lasts(f, self.preferred)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} preference {}", self.prefix, self.preference)?;
        lasts(f, self.lifetime)
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.values.join(" "))?;
        lasts(f, self.lifetime)
    }
}

impl fmt::Display for Advertisement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |set| if set { "yes" } else { "no" };
        writeln!(
            f,
            "  managed (M) {}, other (O) {}, default router {}",
            on(self.managed),
            on(self.other),
            match self.lifetime {
                0 => "no".to_owned(),
                seconds => format!("for {seconds} seconds, preference {}", self.preference),
            }
        )?;
        for (name, value) in [
            ("hop-limit", u32::from(self.hop_limit)),
            ("reachable-ms", self.reachable_ms),
            ("retransmit-ms", self.retransmit_ms),
            ("mtu", self.mtu.unwrap_or(0)),
        ] {
            if value != 0 {
                writeln!(f, "  {name} {value}")?;
            }
        }
        if let Some(hardware) = &self.hardware {
            writeln!(f, "  hardware {hardware}")?;
        }
        for prefix in &self.prefixes {
            writeln!(f, "  prefix {prefix}")?;
        }
        for route in &self.routes {
            writeln!(f, "  route {route}")?;
        }
        for (name, timed) in [
            ("name-servers", &self.name_servers),
            ("search", &self.search),
            ("nat64", &self.nat64),
        ] {
            for timed in timed {
                writeln!(f, "  {name} {timed}")?;
            }
        }
        if let Some(portal) = &self.captive_portal {
            writeln!(f, "  captive-portal \"{portal}\"")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
