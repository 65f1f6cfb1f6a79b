//! `arp -s` and `arp -d`.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::Exit;
use nethost_sdk::netlink::{
    Change, Failure, How, Link, LinkAddress, LinkQuery, Namespace, Neighbour, RouteLookup,
    link_address, to_wit,
};
use nethost_sdk::wire::ethernet::Address;

use crate::flags::Options;
use crate::{Done, entry, host};

const INET: u8 = 2;
/// NUD_PERMANENT, NUD_STALE, NTF_PROXY.
const PERMANENT: u16 = 0x80;
const STALE: u16 = 0x04;
const PROXY: u32 = 8;

fn say(what: &str, error: &Failure) -> Exit {
    match error {
        Failure::Refused(error) => Exit::failed(2, format!("arp: {error}")),
        Failure::Kernel { text, .. } => Exit::failed(255, format!("{what}: {text}")),
    }
}

fn kernel() -> Done<Namespace> {
    Namespace::open(None).map_err(|error| Exit::failed(2, format!("arp: {error}")))
}

/// A word that is not expected here.
fn strange(word: &str) -> Exit {
    let word = nethost_sdk::text::printable(word);
    Exit::failed(3, format!("arp: {word}: not expected here; see arp --help"))
}

fn link(kernel: &Namespace, name: &str) -> Result<Option<Link>, Failure> {
    let query = LinkQuery {
        name: Some(name.to_owned()),
        ..LinkQuery::default()
    };
    Ok(kernel.links(query)?.all()?.into_iter().next())
}

/// The link address of an interface.
fn address_of(kernel: &Namespace, name: &str) -> Done<[u8; 6]> {
    let shown = nethost_sdk::text::printable(name);
    let what = format!("arp: cant get HW-Address for `{shown}'");
    let found = link(kernel, name).map_err(|error| {
        let mut exit = say(&what, &error);
        if let Failure::Kernel { .. } = error {
            exit.stderr.push('.');
        }
        exit
    })?;
    match found.and_then(|link| link.address) {
        Some(LinkAddress::Mac((a, b, c, d, e, f))) => Ok([a, b, c, d, e, f]),
        _ => Err(Exit::failed(255, format!("{what}: it has none."))),
    }
}

/// The link of the host: the named one, or the one on the route to it.
fn index(kernel: &Namespace, interface: Option<&str>, address: Ipv4Addr) -> Done<u32> {
    if let Some(name) = interface {
        let found = link(kernel, name).map_err(|error| say("SIOCSARP", &error))?;
        return Ok(found.map_or(0, |link| link.index));
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
        // A host behind a router does not belong into the cache of this link.
        (None, Some(index)) => Ok(index),
        _ => Err(Exit::failed(255, "SIOCSARP: Network is unreachable")),
    }
}

/// `HOST HWADDR [temp] [pub]`
pub(crate) async fn set(options: &Options, operands: &[String]) -> Done {
    let mut words = operands.iter();
    let name = words
        .next()
        .ok_or(Exit::failed(255, "arp: need host name"))?;
    let address = host(name).await?;
    let hardware = words
        .next()
        .ok_or(Exit::failed(255, "arp: need hardware address"))?;
    let (mut temporary, mut published) = (false, false);
    let mut interface = options.interface.clone();
    while let Some(word) = words.next() {
        match word.as_str() {
            "temp" => temporary = true,
            "pub" => published = true,
            "dontpub" | "priv" | "auto" => {}
            "dev" => {
                let name = words.next();
                interface = Some(name.ok_or_else(|| strange(word))?.clone());
            }
            _ => return Err(strange(word)),
        }
    }
    let kernel = kernel()?;
    let octets = if options.use_device {
        address_of(&kernel, hardware)?
    } else {
        let parsed = hardware.parse::<Address>();
        let wrong = |_| Exit::failed(255, "arp: invalid hardware address");
        parsed.map_err(wrong)?.0
    };
    let neighbour = Neighbour {
        family: INET,
        index: index(&kernel, interface.as_deref(), address)?,
        state: if temporary { STALE } else { PERMANENT },
        flags: if published { PROXY } else { 0 },
        destination: Some(to_wit(IpAddr::V4(address))),
        // The published address is that of the interface.
        link_address: (!published).then(|| link_address(&octets)),
        ..Neighbour::default()
    };
    let done = kernel.put(&Change::Neighbour(neighbour), How::CREATE | How::REPLACE);
    done.map_err(|error| say("SIOCSARP", &error))?;
    Ok(())
}

/// `HOST [pub]`
pub(crate) async fn delete(options: &Options) -> Done {
    let mut words = options.operands.iter();
    let name = words
        .next()
        .ok_or(Exit::failed(255, "arp: need host name"))?;
    let address = host(name).await?;
    let mut published = false;
    for word in words {
        match word.as_str() {
            "pub" => published = true,
            "dontpub" | "priv" | "temp" | "auto" => {}
            _ => return Err(strange(word)),
        }
    }
    let kernel = kernel()?;
    if let Some(name) = &options.interface {
        link(&kernel, name).map_err(|error| say("SIOCDARP(dontpub)", &error))?;
    }
    let entries = entry::all().map_err(|error| Exit::failed(1, format!("arp: {error}")))?;
    let found = entries.iter().find(|entry| {
        entry.address == address
            && (!published || entry.published)
            && options
                .interface
                .as_ref()
                .is_none_or(|name| *name == entry.interface)
    });
    let Some(found) = found else {
        let shown = nethost_sdk::text::printable(name);
        return Err(Exit {
            stdout: format!("No ARP entry for {shown}\n"),
            ..Exit::silent(255)
        });
    };
    let link = link(&kernel, &found.interface).map_err(|error| say("SIOCDARP(dontpub)", &error))?;
    let neighbour = Neighbour {
        family: INET,
        index: link.map_or(0, |link| link.index),
        flags: if found.published { PROXY } else { 0 },
        destination: Some(to_wit(IpAddr::V4(address))),
        ..Neighbour::default()
    };
    let done = kernel.remove(&Change::Neighbour(neighbour));
    done.map_err(|error| say("SIOCDARP(dontpub)", &error))?;
    Ok(())
}
