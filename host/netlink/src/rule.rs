//! Policy routing rules: RTM_NEWRULE and related messages, struct fib_rule_hdr and FRA_… (linux/fib_rules.h).

use crate::message_builder::{INET, INET6, MessageBuilder};
use crate::{Error, Range, Rule, invalid, route};
use nethost_core::Target;

/// struct fib_rule_hdr.
pub const HEADER: usize = 12;

/// RTM_NEWRULE.
pub const NEW: u16 = 32;
/// RTM_DELRULE.
pub const DELETE: u16 = 33;

/// FRA_DST.
pub const DESTINATION: u16 = 1;
/// FRA_SRC.
pub const SOURCE: u16 = 2;
/// FRA_IIFNAME.
pub const INPUT: u16 = 3;
/// FRA_GOTO.
pub const GOTO: u16 = 4;
/// FRA_PRIORITY.
pub const PRIORITY: u16 = 6;
/// FRA_FWMARK.
pub const MARK: u16 = 10;
/// FRA_FLOW.
pub const REALMS: u16 = 11;
/// FRA_TUN_ID.
pub const TUNNEL: u16 = 12;
/// FRA_SUPPRESS_IFGROUP.
pub const SUPPRESS_GROUP: u16 = 13;
/// FRA_SUPPRESS_PREFIXLEN.
pub const SUPPRESS_LENGTH: u16 = 14;
/// FRA_TABLE.
pub const TABLE: u16 = 15;
/// FRA_FWMASK.
pub const MARK_MASK: u16 = 16;
/// FRA_OIFNAME.
pub const OUTPUT: u16 = 17;
/// FRA_L3MDEV.
pub const THROUGH_VRF: u16 = 19;
/// FRA_UID_RANGE.
pub const USERS: u16 = 20;
/// FRA_PROTOCOL.
pub const PROTOCOL: u16 = 21;
/// FRA_IP_PROTO.
pub const IP_PROTOCOL: u16 = 22;
/// FRA_SPORT_RANGE.
pub const SOURCE_PORTS: u16 = 23;
/// FRA_DPORT_RANGE.
pub const DESTINATION_PORTS: u16 = 24;

pub(crate) fn write(kind: u16, flags: u16, rule: &Rule) -> Result<MessageBuilder, Error> {
    let mut header = [0; HEADER];
    header[0] = rule.family;
    header[1] = rule.destination_length;
    header[2] = rule.source_length;
    header[3] = rule.tos;
    // A larger number is only in the attribute.
    header[4] = u8::try_from(rule.table).unwrap_or_default();
    header[7] = rule.action;
    header[8..].copy_from_slice(&rule.flags.to_ne_bytes());
    let mut builder = MessageBuilder::new(kind, flags, &header);
    builder.u32(PRIORITY, "priority", rule.priority);
    let family = inner_family(rule.family);
    if family != rule.family {
        builder.note("family", rule.family);
    }
    builder.ip_of(family, SOURCE, "from", rule.source)?;
    builder.note("from-length", rule.source_length);
    builder.ip_of(family, DESTINATION, "to", rule.destination)?;
    builder.note("to-length", rule.destination_length);
    builder.note("tos", rule.tos);
    builder.note("action", rule.action);
    builder.note("flags", rule.flags);
    builder.note("table", rule.table);
    if rule.table > 255 {
        builder.raw(TABLE, &rule.table.to_ne_bytes());
    }
    if let Some(name) = &rule.input_interface {
        builder.text(INPUT, "iif", name)?;
    }
    if let Some(name) = &rule.output_interface {
        builder.text(OUTPUT, "oif", name)?;
    }
    builder.u32(MARK, "fwmark", rule.mark);
    builder.u32(MARK_MASK, "fwmask", rule.mark_mask);
    builder.u32(REALMS, "realms", rule.realms);
    builder.u32(GOTO, "goto", rule.goto_priority);
    builder.u32(
        SUPPRESS_LENGTH,
        "suppress-prefix-length",
        rule.suppress_prefix_length,
    );
    builder.u32(SUPPRESS_GROUP, "suppress-group", rule.suppress_group);
    builder.u8(PROTOCOL, "protocol", rule.protocol);
    builder.u8(IP_PROTOCOL, "ip-protocol", rule.ip_protocol);
    put_ports(
        SOURCE_PORTS,
        "source-ports",
        rule.source_ports,
        &mut builder,
    )?;
    put_ports(
        DESTINATION_PORTS,
        "destination-ports",
        rule.destination_ports,
        &mut builder,
    )?;
    if let Some(users) = rule.users {
        let mut range = users.first.to_ne_bytes().to_vec();
        range.extend_from_slice(&users.last.to_ne_bytes());
        let shown = format_args!("{}-{}", users.first, users.last);
        builder.bytes(USERS, "users", &range, shown);
    }
    if rule.through_vrf {
        builder.u8(THROUGH_VRF, "l3mdev", Some(1));
    }
    if let Some(id) = rule.tunnel_id {
        builder.bytes(TUNNEL, "tunnel-id", &id.to_be_bytes(), id);
    }
    Ok(builder)
}

fn put_ports(
    id: u16,
    name: &'static str,
    ports: Option<Range>,
    builder: &mut MessageBuilder,
) -> Result<(), Error> {
    let Some(ports) = ports else {
        return Ok(());
    };
    let port = |port: u32| {
        u16::try_from(port).map_err(|_| invalid(format!("{name}: {port} is not a port")))
    };
    let mut range = port(ports.first)?.to_ne_bytes().to_vec();
    range.extend_from_slice(&port(ports.last)?.to_ne_bytes());
    builder.bytes(
        id,
        name,
        &range,
        format_args!("{}-{}", ports.first, ports.last),
    );
    Ok(())
}

/// The target of the request: the network whose traffic the rule redirects.
pub(crate) fn target(rule: &Rule) -> Result<Target, Error> {
    match (rule.source, rule.destination) {
        (source @ Some(_), _) => route::target(rule.family, source, rule.source_length),
        (None, to) => route::target(rule.family, to, rule.destination_length),
    }
}

/// The family of the addresses: rules of RTNL_FAMILY_IPMR and RTNL_FAMILY_IP6MR have IPv4 and IPv6 addresses.
pub(crate) fn inner_family(family: u8) -> u8 {
    match family {
        128 => INET,
        129 => INET6,
        other => other,
    }
}
