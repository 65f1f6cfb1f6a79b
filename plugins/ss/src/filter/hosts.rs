//! Hosts in the filter language of ss: addresses, networks, names and ports, of each family.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use nethost_sdk::{Exit, Family, resolver};

use super::parse::Surroundings;
use super::{Host, INET, INET6, NETLINK, PACKET, UNIX, UNSPEC, VSOCK};
use crate::link_protocol;
use crate::number::any_base;
use crate::services::Transport;

/// A name is looked for no longer.
const TIMEOUT: Duration = Duration::from_secs(10);

const UNPARSED: &str = "Cannot parse dst/src address.";

pub(super) fn unparsed(why: &str) -> Exit {
    let why = nethost_sdk::text::printable(why);
    match why.is_empty() {
        true => Exit::failed(1, UNPARSED),
        false => Exit::failed(1, format!("{why}\n{UNPARSED}")),
    }
}

pub(super) async fn hosts(
    word: &str,
    is_port: bool,
    surroundings: &mut Surroundings<'_>,
) -> Result<Vec<Host>, Exit> {
    const PREFIXES: &[(&str, u8)] = &[
        ("unix:", UNIX),
        ("link:", PACKET),
        ("netlink:", NETLINK),
        ("vsock:", VSOCK),
        ("inet:", INET),
        ("inet6:", INET6),
    ];
    let said = PREFIXES
        .iter()
        .find_map(|(prefix, family)| Some((word.strip_prefix(prefix)?, *family)));
    let (text, family) = said.unwrap_or((word, surroundings.family));
    if family != UNSPEC {
        surroundings.family = family;
        surroundings.said = Some(family);
    }
    match family {
        UNIX => Ok(vec![Host {
            family,
            pattern: Some(text.to_owned()),
            ..Host::default()
        }]),
        PACKET | NETLINK | VSOCK => other(text, is_port, family).map(|host| vec![host]),
        _ => internet(text, is_port, family, surroundings).await,
    }
}

/// `ADDRESS:PORT` of another family than IP, whose parts are numbers or names.
fn other(text: &str, is_port: bool, family: u8) -> Result<Host, Exit> {
    let (address, port) = match (is_port, text.split_once(':')) {
        (true, _) => ("", Some(text.strip_prefix(':').unwrap_or(text))),
        (false, Some((address, port))) => (address, Some(port)),
        (false, None) => (text, None),
    };
    let wrong = || unparsed("");
    let is_given = |part: &&str| !part.is_empty() && *part != "*";
    let port = match port.filter(is_given) {
        None => None,
        Some(port) => {
            let number = any_base(port).map(|number| number as i32);
            let named = || match family {
                PACKET => resolver::interface_index(port)
                    .ok()
                    .map(|index| index as i32),
                NETLINK if port == "kernel" => Some(0),
                _ => None,
            };
            Some(number.or_else(named).ok_or_else(wrong)?)
        }
    };
    let mut host = Host {
        family,
        port,
        ..Host::default()
    };
    if let Some(address) = Some(address).filter(is_given) {
        let number = match family {
            PACKET => link_protocol::number(address).map(u32::from),
            NETLINK => link_protocol::netlink_number(address),
            _ => any_base(address).and_then(|cid| u32::try_from(cid).ok()),
        };
        let mut octets = [0; 16];
        octets[..4].copy_from_slice(&number.ok_or_else(wrong)?.to_be_bytes());
        host.addresses.push(octets);
        host.bits = 32;
    }
    Ok(host)
}

async fn internet(
    text: &str,
    is_port: bool,
    family: u8,
    surroundings: &mut Surroundings<'_>,
) -> Result<Vec<Host>, Exit> {
    let (address, port) = match text.strip_prefix('[') {
        _ if is_port => ("", Some(text)),
        Some(rest) => {
            let (address, port) = rest.split_once(']').ok_or_else(|| unparsed(""))?;
            (address, Some(port))
        }
        None if text.starts_with('*') => ("", text.get(1..)),
        None => {
            let from = text.find('/').unwrap_or_default();
            match text[from..].rfind(':') {
                Some(at) => (&text[..from + at], Some(&text[from + at..])),
                None => (text, None),
            }
        }
    };
    let port = port.map(|port| port.strip_prefix(':').unwrap_or(port));
    let port = match port.filter(|port| !port.is_empty() && !port.starts_with('*')) {
        Some(port) => Some(port_of(port, surroundings)?),
        None => None,
    };
    if address.is_empty() || address.starts_with('*') {
        return Ok(vec![Host {
            port,
            ..Host::default()
        }]);
    }
    if let Some(host) = prefix(address, family) {
        return Ok(vec![Host { port, ..host }]);
    }
    let mut found = Vec::new();
    for (of, wanted) in [(INET, Family::V4), (INET6, Family::V6)] {
        if family != UNSPEC && family != of {
            continue;
        }
        let addresses = resolver::addresses(address, Some(wanted), TIMEOUT).await;
        let addresses = addresses.unwrap_or_default();
        // ss compiles the addresses of a name as those of one family, so the others are not found.
        if !addresses.is_empty() && found.is_empty() {
            found.push(Host {
                family: of,
                port,
                addresses: addresses.into_iter().map(octets).collect(),
                bits: if of == INET { 32 } else { 128 },
                pattern: None,
            });
        }
    }
    match found.is_empty() {
        true => Err(unparsed(&format!(
            "Error: an inet prefix is expected rather than \"{address}\"."
        ))),
        false => Ok(found),
    }
}

fn port_of(port: &str, surroundings: &mut Surroundings<'_>) -> Result<i32, Exit> {
    if let Some(number) = any_base(port) {
        return i32::try_from(number).map_err(|_| unparsed(""));
    }
    let Surroundings {
        services, tcp, udp, ..
    } = surroundings;
    let of_udp = udp.then(|| services.port(port, Transport::Udp)).flatten();
    let of_tcp = tcp.then(|| services.port(port, Transport::Tcp)).flatten();
    match (of_udp, of_tcp) {
        (Some(one), Some(other)) if one != other => {
            Err(unparsed(&format!("Error: ambiguous port \"{port}\".")))
        }
        (Some(port), _) | (None, Some(port)) => Ok(port.into()),
        (None, None) => Err(unparsed(&format!(
            "Error: \"{port}\" does not look like a port."
        ))),
    }
}

fn octets(address: IpAddr) -> [u8; 16] {
    let mut octets = [0; 16];
    match address {
        IpAddr::V4(address) => octets[..4].copy_from_slice(&address.octets()),
        IpAddr::V6(address) => octets = address.octets(),
    }
    octets
}

/// An address or a network. An IPv4 address may lack octets at its end, as `10.1`.
fn prefix(text: &str, family: u8) -> Option<Host> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let (family, address) = if matches!(address, "default" | "any" | "all") {
        return Some(Host {
            family,
            ..Host::default()
        });
    } else if address.contains(':') {
        if family == INET {
            return None;
        }
        let address: Ipv6Addr = address.parse().ok()?;
        (INET6, IpAddr::from(address))
    } else {
        if family == INET6 {
            return None;
        }
        let mut octets = [0; 4];
        let parts: Vec<&str> = address.split('.').collect();
        if parts.len() > 4 {
            return None;
        }
        for (octet, part) in octets.iter_mut().zip(parts) {
            *octet = u8::try_from(any_base(part)?).ok()?;
        }
        (INET, Ipv4Addr::from(octets).into())
    };
    let most = if family == INET { 32 } else { 128 };
    let bits = match length {
        None => most,
        Some(length) => match any_base(length) {
            Some(bits) => u8::try_from(bits).ok().filter(|bits| *bits <= most)?,
            None => {
                let mask: Ipv4Addr = length.parse().ok()?;
                let mask = mask.to_bits();
                (mask.leading_ones() + mask.trailing_zeros() >= 32)
                    .then_some(mask.leading_ones() as u8)?
            }
        },
    };
    Some(Host {
        family,
        addresses: vec![octets(address)],
        bits,
        ..Host::default()
    })
}
