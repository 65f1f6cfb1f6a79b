//! Policy routing rules: RTM_NEWRULE and related messages, struct fib_rule_hdr and FRA_… (linux/fib_rules.h).

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink::message::{Attributes, ip, text, u8_at, u16_at, u32_at, u64_at};
pub(super) use nethost_netlink::rule::{DELETE, NEW};
use nethost_netlink::rule::{
    DESTINATION, DESTINATION_PORTS, GOTO, HEADER, INPUT, IP_PROTOCOL, MARK, MARK_MASK, OUTPUT,
    PRIORITY, PROTOCOL, REALMS, SOURCE, SOURCE_PORTS, SUPPRESS_GROUP, SUPPRESS_LENGTH, TABLE,
    THROUGH_VRF, TUNNEL, USERS,
};
use nethost_netlink::{DUMP, MessageBuilder};

pub(super) const GET: u16 = 34;

/// The kernel's value for "no suppression".
const NONE: u32 = u32::MAX;

pub(super) fn decode(payload: &[u8]) -> Option<wit::Rule> {
    let mut rule = wit::Rule {
        family: u8_at(payload, 0)?,
        destination_length: u8_at(payload, 1)?,
        source_length: u8_at(payload, 2)?,
        tos: u8_at(payload, 3)?,
        table: u8_at(payload, 4)?.into(),
        action: u8_at(payload, 7)?,
        flags: u32_at(payload, 8)?,
        priority: Some(0),
        source: None,
        destination: None,
        input_interface: None,
        output_interface: None,
        mark: None,
        mark_mask: None,
        realms: None,
        goto_priority: None,
        suppress_prefix_length: None,
        suppress_group: None,
        protocol: None,
        ip_protocol: None,
        source_ports: None,
        destination_ports: None,
        users: None,
        through_vrf: false,
        tunnel_id: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            DESTINATION => rule.destination = ip(value).map(address_to),
            SOURCE => rule.source = ip(value).map(address_to),
            INPUT => rule.input_interface = Some(text(value)),
            OUTPUT => rule.output_interface = Some(text(value)),
            GOTO => rule.goto_priority = u32_at(value, 0),
            PRIORITY => rule.priority = u32_at(value, 0),
            MARK => rule.mark = u32_at(value, 0),
            MARK_MASK => rule.mark_mask = u32_at(value, 0),
            REALMS => rule.realms = u32_at(value, 0),
            TUNNEL => rule.tunnel_id = u64_at(value, 0).map(u64::from_be),
            SUPPRESS_GROUP => rule.suppress_group = u32_at(value, 0).filter(|n| *n != NONE),
            SUPPRESS_LENGTH => {
                rule.suppress_prefix_length = u32_at(value, 0).filter(|n| *n != NONE);
            }
            TABLE => rule.table = u32_at(value, 0)?,
            THROUGH_VRF => rule.through_vrf = u8_at(value, 0)? != 0,
            PROTOCOL => rule.protocol = u8_at(value, 0),
            IP_PROTOCOL => rule.ip_protocol = u8_at(value, 0),
            USERS => {
                let (first, last) = (u32_at(value, 0)?, u32_at(value, 4)?);
                rule.users = Some(wit::Range { first, last });
            }
            SOURCE_PORTS => rule.source_ports = ports(value),
            DESTINATION_PORTS => rule.destination_ports = ports(value),
            _ => {}
        }
    }
    Some(rule)
}

fn ports(bytes: &[u8]) -> Option<wit::Range> {
    Some(wit::Range {
        first: u16_at(bytes, 0)?.into(),
        last: u16_at(bytes, 2)?.into(),
    })
}

pub(super) fn query(family: u8) -> MessageBuilder {
    let mut header = [0; HEADER];
    header[0] = family;
    MessageBuilder::new(GET, DUMP, &header)
}
