//! IPsec associations and policies: NETLINK_XFRM (linux/xfrm.h). The broker removes the keys.

use std::net::{IpAddr, Ipv6Addr};

use super::attribute::Type::{Bytes, U8, U32, U64};
use super::attribute::{self, Entry, entry};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink::INET;
use nethost_netlink::message::{Attributes, text, u8_at, u16_at, u32_at, u64_at};
pub(super) use nethost_netlink::xfrm::NEW_ASSOCIATION;
use nethost_netlink::xfrm::{
    AEAD, ASSOCIATION, AUTHENTICATION, COMPRESSION, ENCRYPTION, NAME, TRUNCATED,
};

/// XFRM_MSG_NEWPOLICY.
pub(super) const NEW_POLICY: u16 = 0x13;

/// struct xfrm_selector, xfrm_id, xfrm_lifetime_cfg, xfrm_lifetime_cur, xfrm_user_tmpl.
const SELECTOR: usize = 56;
const ID: usize = 24;
const LIMITS: usize = 64;
const USAGE: usize = 32;
const TEMPLATE: usize = 64;
/// struct xfrm_userpolicy_info.
const POLICY: usize = 168;

/// XFRMA_TMPL.
const TEMPLATES: u16 = 5;

/// XFRMA_….
const TABLE: &[Entry] = &[
    entry(4, "encapsulation", Bytes),
    entry(10, "replay", Bytes),
    entry(14, "care-of-address", Bytes),
    entry(15, "last-used", U64),
    entry(16, "kind", Bytes),
    entry(21, "mark", Bytes),
    entry(22, "padding", U32),
    entry(23, "extended-replay", Bytes),
    entry(24, "extra-flags", U32),
    entry(28, "offload", Bytes),
    entry(29, "set-mark", U32),
    entry(30, "set-mark-mask", U32),
    entry(31, "interface-id", U32),
    entry(33, "direction", U8),
];

pub(super) fn decode_association(payload: &[u8]) -> Option<wit::SecurityAssociation> {
    let (selector, rest) = payload.split_at_checked(SELECTOR)?;
    let (id, rest) = rest.split_at_checked(ID)?;
    let (source, rest) = rest.split_at_checked(16)?;
    let (limits, rest) = rest.split_at_checked(LIMITS)?;
    let (usage, rest) = rest.split_at_checked(USAGE)?;
    let family = u16_at(rest, 20)? as u8;
    let attributes = payload.get(ASSOCIATION..)?;
    Some(wit::SecurityAssociation {
        family,
        source: address(source, 0, family)?,
        destination: address(id, 0, family)?,
        protocol: u8_at(id, 20)?,
        index: u32::from_be(u32_at(id, 16)?),
        request: u32_at(rest, 16)?,
        sequence: u32_at(rest, 12)?,
        mode: u8_at(rest, 22)?,
        replay_window: u8_at(rest, 23)?,
        flags: u8_at(rest, 24)?,
        selector: decode_selector(selector, family)?,
        limits: decode_limits(limits)?,
        usage: decode_usage(usage)?,
        errors: (u32_at(rest, 0)?, u32_at(rest, 4)?, u32_at(rest, 8)?),
        algorithms: Attributes(attributes).filter_map(algorithm).collect(),
        attributes: attribute::read(TABLE, attributes),
    })
}

pub(super) fn decode_policy(payload: &[u8]) -> Option<wit::SecurityPolicy> {
    let (selector, rest) = payload.split_at_checked(SELECTOR)?;
    let (limits, rest) = rest.split_at_checked(LIMITS)?;
    let (usage, rest) = rest.split_at_checked(USAGE)?;
    let attributes = payload.get(POLICY..)?;
    let templates = Attributes(attributes).find(|(id, _)| *id == TEMPLATES);
    let templates = templates.map_or(&[][..], |(_, bytes)| bytes);
    Some(wit::SecurityPolicy {
        selector: decode_selector(selector, 0)?,
        limits: decode_limits(limits)?,
        usage: decode_usage(usage)?,
        priority: u32_at(rest, 0)?,
        index: u32_at(rest, 4)?,
        direction: u8_at(rest, 8)?,
        action: u8_at(rest, 9)?,
        flags: u8_at(rest, 10)?,
        share: u8_at(rest, 11)?,
        templates: templates
            .chunks_exact(TEMPLATE)
            .filter_map(template)
            .collect(),
        attributes: attribute::read(TABLE, attributes),
    })
}

/// An address; IPv4 unless the family is IPv6.
fn address(bytes: &[u8], at: usize, family: u8) -> Option<wit::IpAddress> {
    let octets: [u8; 16] = *bytes.get(at..)?.first_chunk()?;
    let address = if family == libc::AF_INET6 as u8 {
        IpAddr::V6(Ipv6Addr::from(octets))
    } else {
        let [a, b, c, d, ..] = octets;
        IpAddr::from([a, b, c, d])
    };
    Some(address_to(address))
}

/// The selector of an association can be without a family; `otherwise` is used then.
fn decode_selector(bytes: &[u8], otherwise: u8) -> Option<wit::TrafficSelector> {
    let family = match u16_at(bytes, 40)? as u8 {
        0 if otherwise == 0 => INET,
        0 => otherwise,
        family => family,
    };
    let port = |at| u16_at(bytes, at).map(u16::from_be);
    Some(wit::TrafficSelector {
        source: address(bytes, 16, family)?,
        source_length: u8_at(bytes, 43)?,
        destination: address(bytes, 0, family)?,
        destination_length: u8_at(bytes, 42)?,
        protocol: u8_at(bytes, 44)?,
        source_port: port(36)?,
        source_port_mask: port(38)?,
        destination_port: port(32)?,
        destination_port_mask: port(34)?,
        index: u32_at(bytes, 48)?,
        user: u32_at(bytes, 52)?,
    })
}

fn decode_limits(bytes: &[u8]) -> Option<wit::SecurityLimits> {
    let number = |place: usize| u64_at(bytes, 8 * place);
    Some(wit::SecurityLimits {
        soft_bytes: number(0)?,
        hard_bytes: number(1)?,
        soft_packets: number(2)?,
        hard_packets: number(3)?,
        soft_seconds: number(4)?,
        hard_seconds: number(5)?,
        soft_use_seconds: number(6)?,
        hard_use_seconds: number(7)?,
    })
}

fn decode_usage(bytes: &[u8]) -> Option<wit::SecurityUsage> {
    Some(wit::SecurityUsage {
        bytes: u64_at(bytes, 0)?,
        packets: u64_at(bytes, 8)?,
        added: u64_at(bytes, 16)?,
        used: u64_at(bytes, 24)?,
    })
}

fn template(bytes: &[u8]) -> Option<wit::SecurityTemplate> {
    let family = u16_at(bytes, 24)? as u8;
    Some(wit::SecurityTemplate {
        family,
        source: address(bytes, 28, family)?,
        destination: address(bytes, 0, family)?,
        protocol: u8_at(bytes, 20)?,
        index: u32::from_be(u32_at(bytes, 16)?),
        request: u32_at(bytes, 44)?,
        mode: u8_at(bytes, 48)?,
        share: u8_at(bytes, 49)?,
        optional: u8_at(bytes, 50)? != 0,
        algorithms: (u32_at(bytes, 52)?, u32_at(bytes, 56)?, u32_at(bytes, 60)?),
    })
}

/// The name and the lengths of an algorithm. The broker has overwritten the key that follows them.
fn algorithm((id, bytes): (u16, &[u8])) -> Option<wit::SecurityAlgorithm> {
    let check_bits = match id {
        AUTHENTICATION | ENCRYPTION | COMPRESSION => None,
        AEAD | TRUNCATED => Some(u32_at(bytes, NAME + 4)?),
        _ => return None,
    };
    Some(wit::SecurityAlgorithm {
        id: id.into(),
        name: text(bytes.get(..NAME)?),
        key_bits: u32_at(bytes, NAME)?,
        check_bits,
    })
}
