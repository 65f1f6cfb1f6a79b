//! `-r`: the routing tables, from /proc/net/route and ipv6_route.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::{Error, Exit, procfs};
use serde::Serialize;

use crate::flags::Options;
use crate::names::Words;

/// A route.
#[derive(Debug, Serialize, PartialEq, Eq)]
pub(crate) struct Route {
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
            interface: nethost_sdk::text::printable(interface).into_owned(),
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
            interface: nethost_sdk::text::printable(interface).into_owned(),
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

    /// A line of the table of IPv4. `-e` shows the metric instead of the MSS, `-ee` both.
    fn line(&self, words: &Words, options: &Options) -> String {
        let numeric = options.hosts_are_numbers();
        let destination = match self.destination {
            any if any.is_unspecified() && !numeric => "default".to_owned(),
            address => words.host(address),
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
        match (options.extended, is_rejected) {
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

fn read(name: &str) -> Result<String, Exit> {
    procfs::counters(name).map_err(|error| match error {
        Error::NotFound => Exit::failed(1, format!("/proc/{}: {error}", name.replace('.', "/"))),
        error => Exit::failed(1, format!("netstat: {error}")),
    })
}

/// The routes of a family.
pub(crate) fn all(options: &Options) -> Result<Vec<Route>, Exit> {
    match options.family().as_str() {
        "inet" => {
            let text = read("net.route")?;
            let routes = text.lines().skip(1).filter_map(Route::parse);
            Ok(routes.filter(|route| route.bits & UP != 0).collect())
        }
        "inet6" => {
            let text = read("net.ipv6_route")?;
            let routes = text.lines().filter_map(Route::parse6);
            Ok(routes
                .filter(|route| (route.bits & CACHE != 0) == options.cache)
                .collect())
        }
        other => {
            let name = match other {
                "unix" => "UNIX Domain",
                "bluetooth" => "Bluetooth",
                other => other,
            };
            Err(Exit::failed(
                1,
                format!("netstat: no support for routes of `{name}' here."),
            ))
        }
    }
}

/// The text of `-r`.
pub(crate) async fn text(options: &Options) -> Result<String, Exit> {
    let mut words = Words::new(options);
    let is_inet6 = options.family() == "inet6";
    if options.cache && !is_inet6 {
        // The kernel keeps none since Linux 3.6; its file has a heading alone.
        return Ok("Kernel IP routing cache\nSource          Destination     Gateway         Flags   MSS Window  irtt Iface\n".to_owned());
    }
    let routes = all(options)?;
    let ends = routes
        .iter()
        .flat_map(|route| [route.destination, route.gateway]);
    words.learn(ends.collect::<Vec<_>>()).await;
    let mut text = String::new();
    text += match (is_inet6, options.cache) {
        (false, _) => "Kernel IP routing table\n",
        (true, false) => "Kernel IPv6 routing table\n",
        (true, true) => "Kernel IPv6 routing cache\n",
    };
    text += match (is_inet6, options.extended) {
        (true, _) => {
            "Destination                    Next Hop                   Flag Met Ref  Use If\n"
        }
        (_, 0) => {
            "Destination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n"
        }
        (_, 1) => "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface\n",
        _ => {
            "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface    MSS   Window irtt\n"
        }
    };
    for route in &routes {
        text += &match is_inet6 {
            true => route.line6(&words),
            false => route.line(&words, options),
        };
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_net_tools() {
        let line = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0";
        let route = Route::parse(line).unwrap();
        let options = Options {
            numeric: true,
            ..Options::default()
        };
        let words = Words::new(&options);
        assert_eq!(
            route.line(&words, &options),
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
