//! Addresses of links: which one a change is about, and whether it is as the change has set it.

use std::net::IpAddr;

use crate::address::{DELETE, HEADER, LABEL, LIFETIME, LOCAL, METRIC, NEW, PEER, PROTOCOL, write};
use crate::message::{ip, text, u8_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, DUMP, INET, INET6, MessageBuilder};
use crate::undo::Snapshot;
use crate::{Address, Error, invalid};

/// RTM_GETADDR.
const GET: u16 = 22;
/// An address that lasts forever.
const FOREVER: u32 = u32::MAX;

pub(super) fn check(address: &Address) -> Result<(), Error> {
    if ![INET, INET6].contains(&address.family) || address.index == 0 || own(address).is_none() {
        return Err(invalid(
            "a change of an address that can be undone has an address of IPv4 or IPv6, and a link",
        ));
    }
    Ok(())
}

/// The message that asks for the addresses of a link; of all families if there is none.
pub(super) fn question(family: u8, index: u32) -> Result<Vec<u8>, Error> {
    let mut header = [0; HEADER];
    header[0] = family;
    header[4..].copy_from_slice(&index.to_ne_bytes());
    Ok(MessageBuilder::new(GET, DUMP, &header).finish()?.0)
}

fn own(address: &Address) -> Option<IpAddr> {
    address.local.or(address.peer).map(IpAddr::from)
}

/// The kernel knows an IPv4 address by its prefix as well, and an IPv6 address by itself.
pub(super) fn is(address: &Address, found: &Snapshot) -> bool {
    let Some(payload) = found.payload(NEW) else {
        return false;
    };
    let attribute = |id| found.attribute(NEW, id).and_then(ip);
    let peer = attribute(PEER);
    u8_at(payload, 0) == Some(address.family)
        && u32_at(payload, 4) == Some(address.index)
        && attribute(LOCAL).or(peer) == own(address)
        && (address.family == INET6
            || (u8_at(payload, 1) == Some(address.prefix_length)
                && network(peer, address.prefix_length)
                    == network(
                        address.peer.map(IpAddr::from).or(own(address)),
                        address.prefix_length,
                    )))
}

fn network(address: Option<IpAddr>, length: u8) -> Option<IpAddr> {
    let network = ipnet::IpNet::new(address?, length).ok()?;
    Some(network.network())
}

/// Its valid lifetime in seconds.
pub(super) fn lasts(found: &Snapshot) -> u32 {
    let times = found.attribute(NEW, LIFETIME);
    times.and_then(|times| u32_at(times, 4)).unwrap_or(FOREVER)
}

/// When it was last changed, in 1/100 s since the start of the kernel.
pub(super) fn changed_at(found: &Snapshot) -> Option<u32> {
    u32_at(found.attribute(NEW, LIFETIME)?, 12)
}

/// Whether it has what the change says. Its lifetime passes; a longer one is of somebody else.
pub(super) fn is_set(address: &Address, found: &Snapshot) -> bool {
    let valid = address.lifetime.map_or(FOREVER, |lifetime| lifetime.valid);
    let number = |id| found.attribute(NEW, id).and_then(|value| u32_at(value, 0));
    let octet = |id| found.attribute(NEW, id).and_then(|value| u8_at(value, 0));
    let label = || found.attribute(NEW, LABEL).map(text);
    lasts(found) <= valid
        && (valid == FOREVER) == (lasts(found) == FOREVER)
        && (address.label.is_none() || address.label == label())
        && (address.metric.unwrap_or_default() == 0 || address.metric == number(METRIC))
        && (address.protocol.is_none() || address.protocol == octet(PROTOCOL))
}

pub(super) fn removing(address: &Address) -> Result<MessageBuilder, Error> {
    let alone = Address {
        flags: 0,
        broadcast: None,
        anycast: None,
        label: None,
        metric: None,
        protocol: None,
        lifetime: None,
        ..address.clone()
    };
    write(DELETE, ACKNOWLEDGE, &alone)
}
