//! Policy routing rules: RTM_NEWRULE and its relatives, struct fib_rule_hdr and FRA_… (linux/fib_rules.h).

use super::draft::{DUMP, Draft};
use super::message::{Attributes, ip, text, u8_at, u16_at, u32_at, u64_at};
use super::route;
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_to, invalid};
use nethost_core::Target;

/// struct fib_rule_hdr.
const HEADER: usize = 12;

pub(super) const NEW: u16 = 32;
pub(super) const DELETE: u16 = 33;
pub(super) const GET: u16 = 34;

const DESTINATION: u16 = 1;
const SOURCE: u16 = 2;
const INPUT: u16 = 3;
const GOTO: u16 = 4;
const PRIORITY: u16 = 6;
const MARK: u16 = 10;
const REALMS: u16 = 11;
const TUNNEL: u16 = 12;
const SUPPRESS_GROUP: u16 = 13;
const SUPPRESS_LENGTH: u16 = 14;
const TABLE: u16 = 15;
const MARK_MASK: u16 = 16;
const OUTPUT: u16 = 17;
const THROUGH_VRF: u16 = 19;
const USERS: u16 = 20;
const PROTOCOL: u16 = 21;
const IP_PROTOCOL: u16 = 22;
const SOURCE_PORTS: u16 = 23;
const DESTINATION_PORTS: u16 = 24;

/// "No suppression", in the kernel's words.
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

pub(super) fn query(family: u8) -> Draft {
    let mut header = [0; HEADER];
    header[0] = family;
    Draft::new(GET, DUMP, &header)
}

pub(super) fn write(kind: u16, flags: u16, rule: &wit::Rule) -> Result<Draft, ErrorCode> {
    let mut header = [0; HEADER];
    header[0] = rule.family;
    header[1] = rule.destination_length;
    header[2] = rule.source_length;
    header[3] = rule.tos;
    // Larger ones stand in the attribute alone.
    header[4] = u8::try_from(rule.table).unwrap_or_default();
    header[7] = rule.action;
    header[8..].copy_from_slice(&rule.flags.to_ne_bytes());
    let mut draft = Draft::new(kind, flags, &header);
    draft.u32(PRIORITY, "priority", rule.priority);
    let family = inner_family(rule.family);
    draft.ip_of(family, SOURCE, "from", rule.source)?;
    draft.note("from-length", rule.source_length);
    draft.ip_of(family, DESTINATION, "to", rule.destination)?;
    draft.note("to-length", rule.destination_length);
    draft.note("tos", rule.tos);
    draft.note("action", rule.action);
    draft.note("flags", rule.flags);
    draft.note("table", rule.table);
    if rule.table > 255 {
        draft.raw(TABLE, &rule.table.to_ne_bytes());
    }
    if let Some(name) = &rule.input_interface {
        draft.text(INPUT, "iif", name)?;
    }
    if let Some(name) = &rule.output_interface {
        draft.text(OUTPUT, "oif", name)?;
    }
    draft.u32(MARK, "fwmark", rule.mark);
    draft.u32(MARK_MASK, "fwmask", rule.mark_mask);
    draft.u32(REALMS, "realms", rule.realms);
    draft.u32(GOTO, "goto", rule.goto_priority);
    draft.u32(
        SUPPRESS_LENGTH,
        "suppress-prefix-length",
        rule.suppress_prefix_length,
    );
    draft.u32(SUPPRESS_GROUP, "suppress-group", rule.suppress_group);
    draft.u8(PROTOCOL, "protocol", rule.protocol);
    draft.u8(IP_PROTOCOL, "ip-protocol", rule.ip_protocol);
    put_ports(SOURCE_PORTS, "source-ports", rule.source_ports, &mut draft)?;
    put_ports(
        DESTINATION_PORTS,
        "destination-ports",
        rule.destination_ports,
        &mut draft,
    )?;
    if let Some(users) = rule.users {
        let mut range = users.first.to_ne_bytes().to_vec();
        range.extend_from_slice(&users.last.to_ne_bytes());
        let shown = format_args!("{}-{}", users.first, users.last);
        draft.bytes(USERS, "users", &range, shown);
    }
    if rule.through_vrf {
        draft.u8(THROUGH_VRF, "l3mdev", Some(1));
    }
    if let Some(id) = rule.tunnel_id {
        draft.bytes(TUNNEL, "tunnel-id", &id.to_be_bytes(), id);
    }
    Ok(draft)
}

fn put_ports(
    id: u16,
    name: &'static str,
    ports: Option<wit::Range>,
    draft: &mut Draft,
) -> Result<(), ErrorCode> {
    let Some(ports) = ports else {
        return Ok(());
    };
    let port = |port: u32| {
        u16::try_from(port).map_err(|_| invalid(format!("{name}: {port} is not a port")))
    };
    let mut range = port(ports.first)?.to_ne_bytes().to_vec();
    range.extend_from_slice(&port(ports.last)?.to_ne_bytes());
    draft.bytes(
        id,
        name,
        &range,
        format_args!("{}-{}", ports.first, ports.last),
    );
    Ok(())
}

/// What the gate is asked about: whose traffic it takes elsewhere.
pub(super) fn target(rule: &wit::Rule) -> Result<Target, ErrorCode> {
    match (rule.source, rule.destination) {
        (source @ Some(_), _) => route::target(rule.family, source, rule.source_length),
        (None, to) => route::target(rule.family, to, rule.destination_length),
    }
}

/// RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR speak of addresses of these families.
pub(super) fn inner_family(family: u8) -> u8 {
    match family {
        128 => super::draft::INET,
        129 => super::draft::INET6,
        other => other,
    }
}
