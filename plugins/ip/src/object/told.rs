//! What `ip monitor` and objects of their own show alike: how links forward, next hops by number; and prefixes that
//! routers announce.

use nethost_sdk::netlink::{
    AnnouncedPrefix, Attribute, AttributeValue as Value, Field, ForwardingSettings, NextHopObject,
    ip as address_of,
};

use super::link::show::{number, value};
use super::route::{encapsulation, show as route};
use crate::color;
use crate::ip::Ip;
use crate::value::{Address, Shown, Significant};
use crate::words::{Done, INET, INET6};

/// NETCONFA_IFINDEX_ALL and NETCONFA_IFINDEX_DEFAULT.
const ALL: i64 = -1;
const DEFAULT: i64 = -2;

/// NETCONFA_… that are on or off.
const SWITCHES: &[(u32, &str)] = &[
    (4, "mc_forwarding"),
    (5, "proxy_neigh"),
    (6, "ignore_routes_with_linkdown"),
    (7, "input"),
];

/// The link that settings are of, if they are of one.
pub(super) fn link_of(settings: &ForwardingSettings) -> Option<i64> {
    match value(&settings.attributes, 1) {
        Some(Value::Signed(index)) => Some(*index),
        _ => None,
    }
}

/// How one link, or all, forward.
pub(super) fn settings(ip: &mut Ip, settings: &ForwardingSettings) -> Done {
    let signed = |id| match value(&settings.attributes, id) {
        Some(Value::Signed(number)) => Some(*number),
        _ => None,
    };
    ip.out.open_object();
    ip.mark_deleted();
    let family = match settings.family {
        INET => "inet",
        INET6 => "inet6",
        _ => "mpls",
    };
    ip.out.any("family", family, format_args!("{family} "));
    let name = match signed(1) {
        Some(ALL) => "all".to_owned(),
        Some(DEFAULT) => "default".to_owned(),
        index => ip.link_name(index.and_then(|index| index.try_into().ok()).unwrap_or(0))?,
    };
    ip.out.any_in(
        color::INTERFACE,
        "interface",
        &name,
        format_args!("{name} "),
    );
    switch(ip, "forwarding", signed(2));
    if let Some(filter) = signed(3) {
        let word = match filter {
            0 => "off",
            1 => "strict",
            2 => "loose",
            _ => "unknown",
        };
        ip.out
            .any("rp_filter", word, format_args!("rp_filter {word} "));
    }
    for (id, key) in SWITCHES {
        switch(ip, key, signed(*id));
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

fn switch(ip: &mut Ip, key: &str, value: Option<i64>) {
    if let Some(on) = value.map(|value| value != 0) {
        let word = if on { "on" } else { "off" };
        ip.out.any(key, on, format_args!("{key} {word} "));
    }
}

/// A next hop, with what is nested in its encapsulation if that is known.
pub(super) fn hop(ip: &mut Ip, hop: &NextHopObject, encapsulation: Option<&[Field]>) -> Done {
    let attributes = &hop.attributes;
    ip.out.open_object();
    ip.mark_deleted();
    if let Some(id) = number(attributes, 1) {
        ip.out.any("id", id, format_args!("id {id} "));
    }
    if let Some(Value::Bytes(group)) = value(attributes, 2) {
        members(ip, group, number(attributes, 3));
    }
    resilient(ip, attributes);
    if let Some(kind) = number(attributes, 7) {
        encapsulation::show::show(ip, kind as u16, encapsulation)?;
    }
    if let Some(Value::Address(via)) = value(attributes, 6) {
        route::gateway(ip, address_of(*via), hop.family);
    }
    if let Some(index) = number(attributes, 5) {
        let name = ip.link_name(index as u32)?;
        ip.out.text(format_args!("dev "));
        ip.out
            .any_in(color::INTERFACE, "dev", &name, format_args!("{name} "));
    }
    let details = ip.options.details > 0;
    if hop.scope != 0 || details {
        let scope = ip.names.scope(hop.scope);
        ip.out.any("scope", scope, format_args!("scope {scope} "));
    }
    if is_there(attributes, 4) {
        ip.out.any("blackhole", (), format_args!("blackhole "));
    }
    if hop.protocol != 0 || details {
        let protocol = ip.names.protocol(hop.protocol);
        ip.out
            .any("protocol", protocol, format_args!("proto {protocol} "));
    }
    route::flags(ip, hop.flags);
    if is_there(attributes, 11) {
        ip.out.any("fdb", (), format_args!("fdb"));
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

fn is_there(attributes: &[Attribute], id: u32) -> bool {
    value(attributes, id).is_some()
}

/// struct nexthop_grp: number, weight less one, and three octets that are reserved.
fn members(ip: &mut Ip, group: &[u8], kind: Option<u64>) {
    ip.out.open_array("group");
    ip.out.text(format_args!("group "));
    for (place, member) in group.chunks_exact(8).enumerate() {
        let id = super::xfrm::word(member, 0);
        let weight = u32::from(member[4]) + 1;
        let between = if place == 0 { "" } else { "/" };
        ip.out.open_object();
        ip.out.any("id", id, format_args!("{between}{id}"));
        if weight > 1 {
            ip.out.any("weight", weight, format_args!(",{weight}"));
        }
        ip.out.close_object();
    }
    ip.out.close_array();
    ip.out.text(format_args!(" "));
    if kind == Some(1) {
        ip.out
            .any("type", "resilient", format_args!("type resilient "));
    }
}

/// NHA_RES_GROUP, with times in 1/100 s.
fn resilient(ip: &mut Ip, attributes: &[Attribute]) {
    const NESTED: u32 = 12 << 16;
    let Some(buckets) = number(attributes, NESTED | 1) else {
        return;
    };
    ip.out.open_object_at("resilient_args");
    ip.out
        .any("buckets", buckets, format_args!("buckets {buckets} "));
    for (id, name) in [
        (2, "idle_timer"),
        (3, "unbalanced_timer"),
        (4, "unbalanced_time"),
    ] {
        let seconds = number(attributes, NESTED | id).unwrap_or_default() as f64 / 100.0;
        let shown = Significant(seconds);
        ip.out.any(name, shown, format_args!("{name} {seconds} "));
    }
    ip.out.close_object();
}

/// A prefix.
pub(super) fn prefix(ip: &mut Ip, prefix: &AnnouncedPrefix) -> Done {
    const ON_LINK: u8 = 1;
    const AUTONOMOUS: u8 = 2;
    let address = Address(address_of(prefix.prefix));
    let length = prefix.prefix_length;
    ip.out.open_object();
    ip.mark_deleted();
    // Without a blank, as there.
    ip.out.any(
        "prefix",
        Shown(format_args!("{address}/{length}")),
        format_args!("prefix {address}/{length}"),
    );
    let name = ip.link_name(prefix.index)?;
    ip.out.any("dev", &name, format_args!("dev {name} "));
    for (flag, word) in [(ON_LINK, "onlink"), (AUTONOMOUS, "autoconf")] {
        if prefix.flags & flag != 0 {
            ip.out.any(word, true, format_args!("{word} "));
        }
    }
    if let Some(lifetime) = prefix.lifetime {
        let (valid, preferred) = (lifetime.valid, lifetime.preferred);
        ip.out.any("valid", valid, format_args!("valid {valid} "));
        ip.out.any(
            "preferred",
            preferred,
            format_args!("preferred {preferred} "),
        );
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}
