//! `arp -s` and `arp -d`.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::netlink::{
    Change, Failure, How, LinkQuery, Namespace, Neighbour, RouteLookup, link_address, to_wit,
};

use crate::flags::Options;
use crate::{Done, entry, host};

const INET: u8 = 2;
/// NUD_PERMANENT, NUD_REACHABLE, NTF_PROXY.
const PERMANENT: u16 = 0x80;
const REACHABLE: u16 = 0x02;
const PROXY: u32 = 8;

fn say(what: &str, error: &Failure) -> (u8, String) {
    match error {
        Failure::Refused(error) => (2, format!("arp: {error}")),
        Failure::Kernel { text, .. } => (255, format!("{what}: {text}")),
    }
}

fn kernel() -> Done<Namespace> {
    Namespace::open(None).map_err(|error| (2, format!("arp: {error}")))
}

/// The link that the host is on: the one named, or the one that the way to it leads over.
fn index(kernel: &Namespace, options: &Options, address: Ipv4Addr) -> Done<u32> {
    if let Some(name) = &options.interface {
        let query = LinkQuery {
            name: Some(name.clone()),
            ..LinkQuery::default()
        };
        let found = kernel
            .links(query)
            .and_then(nethost_sdk::netlink::Listing::all);
        let found = found.map_err(|error| say("SIOCSARP", &error))?;
        return Ok(found.first().map_or(0, |link| link.index));
    }
    let lookup = RouteLookup {
        destination: to_wit(IpAddr::V4(address)),
        destination_length: 32,
        source: None,
        source_length: 0,
        input_interface: None,
        output_interface: None,
        tos: 0,
        mark: None,
        user: None,
        ip_protocol: None,
        source_port: None,
        destination_port: None,
        fib_match: false,
    };
    let route = kernel
        .look_up(&lookup)
        .map_err(|error| say("SIOCSARP", &error))?;
    match (route.gateway, route.output_interface) {
        // A host behind a router has no place in this link's cache.
        (None, Some(index)) => Ok(index),
        _ => Err((255, "SIOCSARP: Network is unreachable".into())),
    }
}

/// `HOST HWADDR [temp] [pub]`
pub(crate) async fn set(options: &Options) -> Done {
    let mut words = options.operands.iter();
    let name = words
        .next()
        .ok_or((255, "arp: need host name".to_owned()))?;
    let address = host(name).await?;
    let hardware = words
        .next()
        .ok_or((255, "arp: need hardware address".to_owned()))?;
    let (mut temporary, mut published) = (false, false);
    for word in words {
        match word.as_str() {
            "temp" => temporary = true,
            "pub" => published = true,
            "priv" | "trail" | "dontpub" | "auto" | "netmask" | "255.255.255.255" => {}
            "dev" => {}
            other if options.interface.is_none() && !other.is_empty() => {
                let other = nethost_sdk::text::printable(other);
                return Err((
                    255,
                    format!("arp: {other}: not temp or pub; name an interface with -i"),
                ));
            }
            _ => {}
        }
    }
    let kernel = kernel()?;
    let octets = if options.use_device {
        published = true;
        None
    } else {
        Some(octets(hardware).ok_or((255, "arp: invalid hardware address".to_owned()))?)
    };
    let neighbour = Neighbour {
        family: INET,
        index: index(&kernel, options, address)?,
        state: if temporary { REACHABLE } else { PERMANENT },
        flags: if published { PROXY } else { 0 },
        destination: Some(to_wit(IpAddr::V4(address))),
        link_address: octets
            .filter(|_| !published)
            .map(|octets| link_address(&octets)),
        ..Neighbour::default()
    };
    let done = kernel.put(&Change::Neighbour(neighbour), How::CREATE | How::REPLACE);
    done.map_err(|error| say("SIOCSARP", &error))?;
    Ok(())
}

fn octets(text: &str) -> Option<[u8; 6]> {
    let octets: Option<Vec<u8>> = text
        .split(':')
        .map(|part| {
            u8::from_str_radix(part, 16)
                .ok()
                .filter(|_| part.len() <= 2)
        })
        .collect();
    octets?.try_into().ok()
}

/// `HOST [pub]`
pub(crate) async fn delete(options: &Options) -> Done {
    let mut words = options.operands.iter();
    let name = words
        .next()
        .ok_or((255, "arp: need host name".to_owned()))?;
    let address = host(name).await?;
    let published = words.any(|word| word == "pub");
    let entries = entry::all().map_err(|error| (1, format!("arp: {error}")))?;
    let found = entries.iter().find(|entry| {
        entry.address == address
            && (!published || entry.published)
            && options
                .interface
                .as_ref()
                .is_none_or(|name| *name == entry.interface)
    });
    let Some(found) = found else {
        return Err((
            255,
            format!("No ARP entry for {}", nethost_sdk::text::printable(name)),
        ));
    };
    let kernel = kernel()?;
    let query = LinkQuery {
        name: Some(found.interface.clone()),
        ..LinkQuery::default()
    };
    let links = kernel
        .links(query)
        .and_then(nethost_sdk::netlink::Listing::all);
    let links = links.map_err(|error| say("SIOCDARP(dontpub)", &error))?;
    let neighbour = Neighbour {
        family: INET,
        index: links.first().map_or(0, |link| link.index),
        flags: if found.published { PROXY } else { 0 },
        destination: Some(to_wit(IpAddr::V4(address))),
        ..Neighbour::default()
    };
    let done = kernel.remove(&Change::Neighbour(neighbour));
    done.map_err(|error| say("SIOCDARP(dontpub)", &error))?;
    Ok(())
}
