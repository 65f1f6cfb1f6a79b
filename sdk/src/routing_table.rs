//! The routing tables as the kernel's files have them (/proc/net/route, ipv6_route), in the form of net-tools: for
//! `route` and for `netstat -r`. Requests at the gate: `counters.read`; for names, `dns.resolve`, and `file.read` of
//! /etc/networks.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use crate::names::{Names, Settings};
use crate::text::printable;
use crate::{Error, files, procfs};

/// What is shown, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The table of IPv6 instead of that of IPv4.
    pub inet6: bool,
    /// 0: with MSS, window and irtt; 1: with metric, references and uses; 2: with all of them.
    pub extended: u8,
    /// The cache instead of the table.
    pub cache: bool,
    /// Addresses, not names.
    pub numeric: bool,
}

/// A route.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub struct Route {
    destination: IpAddr,
    prefix_length: u8,
    gateway: IpAddr,
    flags: String,
    metric: u32,
    references: u32,
    uses: i32,
    interface: String,
    #[serde(skip)]
    bits: u32,
    mtu: u32,
    window: u32,
    irtt: u32,
}

/// RTF_….
const UP: u32 = 1;
const HOST: u32 = 0x4;
const REJECT: u32 = 0x200;
const CACHE: u32 = 0x0100_0000;

fn letters(bits: u32, names: &[(u32, char)]) -> String {
    let set = names.iter().filter(|(bit, _)| bits & bit != 0);
    set.map(|(_, letter)| letter).collect()
}

fn flags(bits: u32) -> String {
    const NAMES: &[(u32, char)] = &[
        (0x4, 'H'),
        (0x8, 'R'),
        (0x10, 'D'),
        (0x20, 'M'),
        (0x1_0000, 'd'),
        (0x2_0000, 'a'),
        (0x4_0000, 'c'),
        (0x20_0000, 'o'),
        (0x40_0000, 'e'),
        (CACHE, 'c'),
        (0x0200_0000, 'f'),
        (0x0400_0000, 'p'),
        (0x8000_0000, 'l'),
        (0x40, 'u'),
        (0x80, 'w'),
        (0x100, 'i'),
        (0x400, 'n'),
    ];
    let begin = match bits & REJECT {
        0 => letters(bits, &[(UP, 'U'), (0x2, 'G')]),
        _ => "!".to_owned(),
    };
    begin + &letters(bits, NAMES)
}

fn flags6(bits: u32) -> String {
    const NAMES: &[(u32, char)] = &[
        (UP, 'U'),
        (REJECT, '!'),
        (0x2, 'G'),
        (0x4, 'H'),
        (0x1_0000, 'D'),
        (0x4_0000, 'A'),
        (CACHE, 'C'),
        (0x2_0000, 'a'),
        (0x40_0000, 'e'),
        (0x20, 'm'),
        (0x20_0000, 'n'),
        (0x0200_0000, 'f'),
    ];
    letters(bits, NAMES)
}

impl Route {
    /// A line of /proc/net/route.
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [
            interface,
            destination,
            gateway,
            bits,
            references,
            uses,
            metric,
            mask,
            mtu,
            window,
            irtt,
            ..,
        ] = words.as_slice()
        else {
            return None;
        };
        let address = |text: &str| {
            let word = u32::from_str_radix(text, 16).ok()?;
            Some(Ipv4Addr::from(word.to_ne_bytes()))
        };
        let bits = u32::from_str_radix(bits, 16).ok()?;
        Some(Self {
            destination: address(destination)?.into(),
            prefix_length: address(mask)?.to_bits().count_ones() as u8,
            gateway: address(gateway)?.into(),
            flags: flags(bits),
            metric: metric.parse().ok()?,
            references: references.parse().ok()?,
            uses: uses.parse().ok()?,
            interface: printable(interface).into_owned(),
            bits,
            mtu: mtu.parse().ok()?,
            window: window.parse().ok()?,
            irtt: irtt.parse().ok()?,
        })
    }

    /// A line of /proc/net/ipv6_route.
    fn parse6(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [
            destination,
            length,
            _,
            _,
            gateway,
            metric,
            references,
            uses,
            bits,
            interface,
        ] = words.as_slice()
        else {
            return None;
        };
        let address = |text: &str| {
            let number = u128::from_str_radix(text, 16).ok()?;
            (text.len() == 32).then_some(IpAddr::from(Ipv6Addr::from(number)))
        };
        let word = |text: &str| u32::from_str_radix(text, 16).ok();
        let bits = word(bits)?;
        Some(Self {
            destination: address(destination)?,
            prefix_length: u8::from_str_radix(length, 16).ok()?,
            gateway: address(gateway)?,
            flags: flags6(bits),
            metric: word(metric)?,
            references: word(references)?,
            uses: word(uses)?.cast_signed(),
            interface: printable(interface).into_owned(),
            bits,
            mtu: 0,
            window: 0,
            irtt: 0,
        })
    }

    fn mask(&self) -> Ipv4Addr {
        let bits = u32::MAX.checked_shl(32 - u32::from(self.prefix_length));
        bits.unwrap_or_default().into()
    }

    /// Whether the destination is one host: net-tools looks for its name among the hosts, and for that of a network
    /// in networks(5).
    fn is_to_host(&self) -> bool {
        let host_bits = match self.destination {
            IpAddr::V4(address) => address.to_bits() & !self.mask().to_bits(),
            IpAddr::V6(_) => 1,
        };
        self.bits & HOST != 0 || host_bits != 0
    }

    /// A line of the table of IPv4.
    fn line(&self, words: &Words, extended: u8) -> String {
        let destination = match self.destination {
            any if any.is_unspecified() && words.hosts.is_some() => match self.prefix_length {
                0 => "default".to_owned(),
                _ => "0.0.0.0".to_owned(),
            },
            address if self.is_to_host() => words.host(address),
            address => words.network(address),
        };
        let gateway = match self.gateway {
            any if any.is_unspecified() => "0.0.0.0".to_owned(),
            address => words.host(address),
        };
        let mask = self.mask().to_string();
        let Self {
            flags,
            metric,
            references,
            uses,
            interface,
            mtu,
            window,
            irtt,
            ..
        } = self;
        let begin = format!("{destination:<15.15} {gateway:<15.15} {mask:<15} {flags:<5}");
        let rejected = format!("{destination:<15.15} -               {mask:<15} {flags:<5}");
        let is_rejected = self.bits & REJECT != 0;
        match (extended, is_rejected) {
            (0, true) => format!("{rejected}     - -          - -"),
            (0, false) => format!("{begin} {mtu:>5} {window:<5} {irtt:>6} {interface}"),
            (1, true) => format!("{rejected} {metric:<6} -  {uses:>7} -"),
            (1, false) => format!("{begin} {metric:<6} {references:<2} {uses:>7} {interface}"),
            (_, true) => format!("{rejected} {metric:<6} -  {uses:>7} -        -     -      -"),
            (_, false) => format!(
                "{begin} {metric:<6} {references:<3} {uses:>6} {interface:<6.6}   {mtu:<5} {window:<6} {irtt}"
            ),
        }
    }

    fn line6(&self, words: &Words) -> String {
        let destination = format!("{}/{}", words.host(self.destination), self.prefix_length);
        let gateway = words.host(self.gateway);
        let Self {
            flags,
            references,
            uses,
            interface,
            ..
        } = self;
        // As net-tools reads it.
        let metric = self.metric.cast_signed();
        format!(
            "{destination:<30} {gateway:<26} {flags:<4} {metric:<3} {references:<1} {uses:>6} {interface}"
        )
    }
}

/// The routes of the table.
///
/// # Errors
/// `Denied`; `NotFound` where the kernel has no such family.
pub fn routes(view: View) -> Result<Vec<Route>, Error> {
    if !view.inet6 {
        let text = procfs::counters("net.route")?;
        let routes = text.lines().skip(1).filter_map(Route::parse);
        return Ok(routes.filter(|route| route.bits & UP != 0).collect());
    }
    let text = procfs::counters("net.ipv6_route")?;
    let routes = text.lines().filter_map(Route::parse6);
    Ok(routes
        .filter(|route| (route.bits & CACHE != 0) == view.cache)
        .collect())
}

/// The table as text.
///
/// # Errors
/// As [`routes`].
pub async fn text(view: View) -> Result<String, Error> {
    const BRIEF: &str =
        "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n";
    const METRIC: &str =
        "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n";
    const ALL: &str = "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n";
    const INET6: &str =
        "Destination                    Next Hop                   Flag Met Ref  Use If\n";
    let heading = match (view.inet6, view.extended) {
        (true, _) => INET6,
        (_, 0) => BRIEF,
        (_, 1) => METRIC,
        _ => ALL,
    };
    if view.cache && !view.inet6 {
        // The kernel keeps none since Linux 3.6; its file has a heading alone.
        let columns = heading.trim_end().replace(
            "Destination     Gateway         Genmask",
            "Source          Destination     Gateway",
        );
        let more = match view.extended {
            0 | 1 => "",
            _ => "  TOS HHRef HHUptod     SpecDst",
        };
        return Ok(format!("Kernel IP routing cache\n{columns}{more}\n"));
    }
    let routes = routes(view)?;
    let mut words = Words::new(view);
    words.learn(&routes).await;
    let mut text = String::new();
    text += match (view.inet6, view.cache) {
        (false, _) => "Kernel IP routing table\n",
        (true, false) => "Kernel IPv6 routing table\n",
        (true, true) => "Kernel IPv6 routing cache\n",
    };
    text += heading;
    for route in &routes {
        text += &match view.inet6 {
            true => route.line6(&words),
            false => route.line(&words, view.extended),
        };
        text.push('\n');
    }
    Ok(text)
}

/// The names of hosts and networks.
struct Words {
    hosts: Option<Names>,
    networks: HashMap<IpAddr, String>,
}

impl Words {
    fn new(view: View) -> Self {
        Self {
            hosts: (!view.numeric).then(|| Names::new(Settings::default())),
            networks: HashMap::new(),
        }
    }

    async fn learn(&mut self, routes: &[Route]) {
        let Some(hosts) = &mut self.hosts else {
            return;
        };
        if routes.iter().any(|route| !route.is_to_host()) {
            self.networks = networks();
        }
        let hosts_of = |route: &Route| {
            let destination = route.is_to_host().then_some(route.destination);
            [destination, Some(route.gateway)]
        };
        let shown = routes.iter().flat_map(hosts_of).flatten();
        hosts
            .find_all(shown.filter(|address| has_name(*address)))
            .await;
    }

    fn host(&self, address: IpAddr) -> String {
        let Some(hosts) = &self.hosts else {
            return plain(address);
        };
        match address {
            IpAddr::V6(any) if any.is_unspecified() => "[::]".to_owned(),
            address if !has_name(address) => plain(address),
            address => match hosts.get(address).known() {
                Some(name) => printable(name).into_owned(),
                None => plain(address),
            },
        }
    }

    fn network(&self, address: IpAddr) -> String {
        let known = self.networks.get(&address);
        known.cloned().unwrap_or_else(|| plain(address))
    }
}

/// The networks that have names (networks(5)).
fn networks() -> HashMap<IpAddr, String> {
    let text = files::read("/etc/networks").unwrap_or_default();
    let mut networks = HashMap::new();
    for (name, number, _) in named_networks(&String::from_utf8_lossy(&text)) {
        networks.entry(number.into()).or_insert(name);
    }
    networks
}

/// The address of a network by its name or an alias (networks(5)).
///
/// # Errors
/// `Denied` and others of the file.
pub fn network(name: &str) -> Result<Option<Ipv4Addr>, Error> {
    let bytes = match files::read("/etc/networks") {
        Ok(bytes) => bytes,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let known = named_networks(&text);
    let found = known
        .into_iter()
        .find(|(first, _, aliases)| first == name || aliases.contains(&name));
    Ok(found.map(|(_, number, _)| number))
}

/// An address as inet_aton(3) reads it: up to four numbers, decimal, octal or hexadecimal, the last of which fills
/// what is left.
///
/// ```
/// use nethost_sdk::routing_table::number;
/// assert_eq!(number("10.1").unwrap().to_string(), "10.0.0.1");
/// assert_eq!(number("0x7f.1").unwrap().to_string(), "127.0.0.1");
/// assert!(number("10.256.0.1").is_none());
/// ```
#[must_use]
pub fn number(text: &str) -> Option<Ipv4Addr> {
    let mut parts = Vec::with_capacity(4);
    for word in text.split('.') {
        let (digits, radix) = match word.as_bytes() {
            [b'0', b'x' | b'X', _, ..] => (&word[2..], 16),
            [b'0', _, ..] => (&word[1..], 8),
            _ => (word, 10),
        };
        if parts.len() == 4 || !digits.bytes().all(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        parts.push(u32::from_str_radix(digits, radix).ok()?);
    }
    let (last, first) = parts.split_last()?;
    let mut bits = 0;
    for (index, part) in first.iter().enumerate() {
        bits |= u32::from(u8::try_from(*part).ok()?) << (24 - 8 * index as u32);
    }
    let left = 32 - 8 * first.len() as u32;
    (left == 32 || *last < 1 << left).then(|| Ipv4Addr::from(bits | last))
}

/// The lines of networks(5): a name, a number with its missing octets taken as 0, aliases.
fn named_networks(text: &str) -> Vec<(String, Ipv4Addr, Vec<&str>)> {
    let line = |line| -> Option<(String, Ipv4Addr, Vec<&str>)> {
        let line = str::split(line, '#').next()?;
        let mut words = line.split_whitespace();
        let (name, number) = (words.next()?, words.next()?);
        let mut octets = [0; 4];
        for (index, word) in number.split('.').enumerate() {
            *octets.get_mut(index)? = word.parse().ok()?;
        }
        let name = printable(name).into_owned();
        Some((name, octets.into(), words.collect()))
    };
    text.lines().filter_map(line).collect()
}

/// Whether it is looked up. net-tools finds no names of mapped addresses.
fn has_name(address: IpAddr) -> bool {
    !address.is_unspecified() && address.to_canonical() == address
}

/// Without a name, as inet_ntop(3) writes it.
fn plain(address: IpAddr) -> String {
    let address = match address.to_canonical() {
        IpAddr::V4(address) => return address.to_string(),
        IpAddr::V6(address) => address,
    };
    let segments = address.segments();
    if segments[..6] == [0; 6] && segments[6] != 0 {
        let [.., a, b, c, d] = address.octets();
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    address.to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_net_tools() {
        let line = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
        let route = Route::parse(line).unwrap();
        let words = Words::new(View {
            numeric: true,
            ..View::default()
        });
        assert_eq!(
            route.line(&words, 0),
            "192.0.2.0       0.0.0.0         255.255.255.0   U         0 0          0 eth0"
        );
        let line = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000003 00000000 00000003     eth0";
        let route = Route::parse6(line).unwrap();
        assert_eq!(
            route.line6(&words),
            "::/0                           fd00::1                    UG   1024 3      0 eth0"
        );
    }
}
