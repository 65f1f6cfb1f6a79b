//! A link as text and JSON.

use nethost_sdk::netlink::{Attribute, AttributeValue, Link, octets};

use super::layer::{link_address, link_type};
use super::{kind, statistics};
use crate::color;
use crate::ip::Ip;
use crate::words::{Done, INET6};

/// IFF_….
pub(crate) const UP: u32 = 1;
const LOOPBACK: u32 = 8;
const POINT_TO_POINT: u32 = 0x10;
const RUNNING: u32 = 0x40;

/// IFF_… in the order in which they are shown.
const FLAGS: &[(u32, &str)] = &[
    (LOOPBACK, "LOOPBACK"),
    (0x2, "BROADCAST"),
    (POINT_TO_POINT, "POINTOPOINT"),
    (0x1000, "MULTICAST"),
    (0x80, "NOARP"),
    (0x200, "ALLMULTI"),
    (0x100, "PROMISC"),
    (0x400, "MASTER"),
    (0x800, "SLAVE"),
    (0x4, "DEBUG"),
    (0x8000, "DYNAMIC"),
    (0x4000, "AUTOMEDIA"),
    (0x2000, "PORTSEL"),
    (0x20, "NOTRAILERS"),
    (UP, "UP"),
    (0x10000, "LOWER_UP"),
    (0x20000, "DORMANT"),
    (0x40000, "ECHO"),
];

/// IF_OPER_….
const STATES: &[&str] = &[
    "UNKNOWN",
    "NOTPRESENT",
    "DOWN",
    "LOWERLAYERDOWN",
    "TESTING",
    "DORMANT",
    "UP",
];

/// IF_LINK_MODE_….
const MODES: &[&str] = &["DEFAULT", "DORMANT"];

/// IFLA_EVENT_….
const EVENTS: &[&str] = &[
    "NONE",
    "REBOOT",
    "FEATURE CHANGE",
    "BONDING FAILOVER",
    "NOTIFY PEERS",
    "RESEND IGMP",
    "BONDING OPTION",
];

/// For whom a link is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// `ip link`: everything.
    Link,
    /// `ip address`: without what is about the link alone. The kernel knows more of a link that it is
    /// asked for by name (`one`) than of those that IPv6 lists.
    Address { one: bool },
    /// `ip monitor`.
    Event,
}

/// A link, as much as that view of it shows.
pub(crate) fn full(ip: &mut Ip, link: &Link, view: View) -> Done {
    let whole = view == View::Link;
    ip.out
        .any("ifindex", link.index, format_args!("{}: ", link.index));
    let below_is_down = name(ip, link, false)?;
    flags(ip, link, below_is_down);
    ip.out
        .any("mtu", link.mtu, format_args!("mtu {} ", link.mtu));
    // IPv6's own view of links has none of these.
    let all = view != (View::Address { one: false }) || ip.options.family != INET6;
    if let Some(discipline) = link.queueing_discipline.as_ref().filter(|_| all) {
        ip.out
            .any("qdisc", discipline, format_args!("qdisc {discipline} "));
    }
    if let Some(master) = link.master.filter(|_| all) {
        let master = ip.link_name(master)?;
        ip.out
            .any("master", &master, format_args!("master {master} "));
    }
    state(ip, link, false);
    if whole {
        match MODES.get(usize::from(link.mode)) {
            Some(mode) => ip.out.any("linkmode", *mode, format_args!("mode {mode} ")),
            None => ip.out.any(
                "linkmode_index",
                link.mode,
                format_args!("mode {} ", link.mode),
            ),
        }
    }
    if let Some(group) = link.group.filter(|_| all) {
        let group = ip.names.group(group);
        ip.out.any("group", group, format_args!("group {group} "));
    }
    if let Some(length) = link
        .queue_length
        .filter(|length| *length != 0 && view != View::Event)
    {
        ip.out.any("txqlen", length, format_args!("qlen {length}"));
    }
    let details = link.details.as_deref().unwrap_or_default();
    if (ip.options.details > 0 || view == View::Event)
        && let Some(event) = number(details, 44)
    {
        match EVENTS.get(event as usize) {
            Some(event) if *event != "NONE" => {
                ip.out.any("event", *event, format_args!("event {event} "))
            }
            Some(_) => {}
            None => ip.out.any("event", event, format_args!("event {event} ")),
        }
    }
    let family = ip.options.family;
    let second = !matches!(view, View::Address { .. })
        || matches!(family, 0 | crate::options::LINK)
        || ip.options.details > 0;
    if second {
        second_line(ip, link, details);
    }
    if ip.options.details > 0 {
        more(ip, link, details, whole)?;
    }
    if second
        && (whole || ip.options.details > 0)
        && let Some(alias) = &link.alias
    {
        ip.out.line();
        ip.out
            .any("ifalias", alias, format_args!("    alias {alias}"));
    }
    if whole
        && ip.options.statistics > 0
        && let Some(numbers) = &link.statistics
    {
        ip.out.line();
        statistics::show(ip, numbers, link.carrier_changes);
    }
    if let Some(names) = link.other_names.as_ref().filter(|_| all) {
        ip.out.open_array("altnames");
        for name in names {
            ip.out.line();
            ip.out.element(name, format_args!("    altname {name}"));
        }
        ip.out.close_array();
    }
    ip.out.text(format_args!("\n"));
    Ok(())
}

/// `NAME@PARENT: `; whether the parent is down.
pub(crate) fn name(ip: &mut Ip, link: &Link, brief: bool) -> Done<bool> {
    let mut shown = link.name.clone();
    let mut below_is_down = false;
    match link.parent {
        None => {}
        Some(0) => {
            ip.out.json("link", ());
            shown += "@NONE";
        }
        Some(parent) if link.parent_namespace.is_some() => {
            ip.out.json("link_index", parent);
            shown += &format!("@if{parent}");
        }
        Some(parent) => {
            let below = ip.link_name(parent)?;
            ip.out.json("link", &below);
            shown += &format!("@{below}");
            let (kernel, links) = ip.kernel_and_links()?;
            below_is_down = links
                .get(kernel, parent)
                .is_some_and(|below| below.flags & UP == 0);
        }
    }
    if brief {
        ip.out.any_in(
            color::INTERFACE,
            "ifname",
            &link.name,
            format_args!("{shown:<16} "),
        );
    } else {
        ip.out.any_in(
            color::INTERFACE,
            "ifname",
            &link.name,
            format_args!("{shown}: "),
        );
    }
    Ok(below_is_down)
}

fn flags(ip: &mut Ip, link: &Link, below_is_down: bool) {
    ip.out.open_array("flags");
    ip.out.text(format_args!("<"));
    let mut left = link.flags;
    let mut between = "";
    let mut put = |name: &str, more: bool| {
        ip.out.element(name, format_args!("{between}{name}"));
        between = if more { "," } else { "" };
    };
    if left & UP != 0 && left & RUNNING == 0 {
        put("NO-CARRIER", true);
    }
    left &= !RUNNING;
    for (flag, name) in FLAGS {
        if left & flag != 0 {
            left &= !flag;
            put(name, true);
        }
    }
    if left != 0 {
        put(&format!("{left:x}"), true);
    }
    if below_is_down {
        put("M-DOWN", false);
    }
    ip.out.text(format_args!("> "));
    ip.out.close_array();
}

fn state(ip: &mut Ip, link: &Link, brief: bool) {
    let name = STATES.get(usize::from(link.operational_state));
    match (name, brief) {
        (Some(name), true) => ip.out.any_in(
            color::of_state(name),
            "operstate",
            *name,
            format_args!("{name:<14} "),
        ),
        (Some(name), false) => {
            ip.out.text(format_args!("state "));
            ip.out.any_in(
                color::of_state(name),
                "operstate",
                *name,
                format_args!("{name} "),
            );
        }
        (None, _) => {
            let number = link.operational_state;
            ip.out.any(
                "operstate_index",
                number,
                format_args!("state {number:#x} "),
            );
        }
    }
}

fn second_line(ip: &mut Ip, link: &Link, details: &[Attribute]) {
    ip.out.line();
    let of = if ip.names.numeric {
        format!("[{}]", link.link_type)
    } else {
        link_type(link.link_type)
    };
    ip.out.any("link_type", &of, format_args!("    link/{of} "));
    if let Some(address) = &link.address {
        let shown = link_address(address, link.link_type);
        ip.out.any_in(
            color::LINK_ADDRESS,
            "address",
            &shown,
            format_args!("{shown}"),
        );
    }
    if let Some(address) = &link.broadcast {
        let shown = link_address(address, link.link_type);
        if link.flags & POINT_TO_POINT != 0 {
            ip.out.json("link_pointtopoint", true);
            ip.out.text(format_args!(" peer "));
        } else {
            ip.out.text(format_args!(" brd "));
        }
        ip.out.any_in(
            color::LINK_ADDRESS,
            "broadcast",
            &shown,
            format_args!("{shown}"),
        );
    }
    if let Some(AttributeValue::LinkAddress(permanent)) = value(details, 54)
        && link.address.as_ref().map(octets) != Some(octets(permanent))
    {
        let shown = link_address(permanent, link.link_type);
        ip.out
            .any("permaddr", &shown, format_args!(" permaddr {shown}"));
    }
    if let Some(id) = link.parent_namespace {
        if id >= 0 {
            let shown = match ip.namespace_name(id) {
                Some(name) => format!("link-netns {name}"),
                None => format!("link-netnsid {id}"),
            };
            ip.out.any("link_netnsid", id, format_args!(" {shown}"));
        } else {
            ip.out
                .any("link_netnsid", (), format_args!(" link-netnsid unknown"));
        }
    }
    if let Some(AttributeValue::Signed(id)) = value(details, 45) {
        ip.out
            .any("new_netnsid", *id, format_args!(" new-netnsid {id}"));
    }
    if let Some(index) = number(details, 49) {
        ip.out
            .any("new_ifindex", index, format_args!(" new-ifindex {index}"));
    }
    if number(details, 39).is_some_and(|down| down != 0) {
        ip.out
            .any("proto_down", true, format_args!(" protodown on "));
    }
}

/// What -d adds.
fn more(ip: &mut Ip, link: &Link, details: &[Attribute], whole: bool) -> Done {
    for (id, key, before, text) in [
        (30, "promiscuity", " ", "promiscuity"),
        (61, "allmulti", " ", "allmulti"),
        (50, "min_mtu", "", "minmtu"),
        (51, "max_mtu", "", "maxmtu"),
    ] {
        if let Some(number) = number(details, id) {
            ip.out
                .any(key, number, format_args!("{before}{text} {number} "));
        }
    }
    kind::show(ip, link)?;
    // IFLA_INET6_ADDR_GEN_MODE within AF_INET6.
    if whole && let Some(mode) = number(details, (10 << 16) | 8) {
        let mode = match mode {
            0 => "eui64".to_owned(),
            1 => "none".to_owned(),
            2 => "stable_secret".to_owned(),
            3 => "random".to_owned(),
            other => format!("{other:#02x}"),
        };
        ip.out.any(
            "inet6_addr_gen_mode",
            &mode,
            format_args!("addrgenmode {mode} "),
        );
    }
    for (id, key, text) in [
        (31, "num_tx_queues", "numtxqueues"),
        (32, "num_rx_queues", "numrxqueues"),
        (41, "gso_max_size", "gso_max_size"),
        (40, "gso_max_segs", "gso_max_segs"),
        (59, "tso_max_size", "tso_max_size"),
        (60, "tso_max_segs", "tso_max_segs"),
        (58, "gro_max_size", "gro_max_size"),
    ] {
        if let Some(number) = number(details, id) {
            ip.out.any(key, number, format_args!("{text} {number} "));
        }
    }
    for (id, key, text) in [
        (38, "phys_port_name", "portname"),
        (34, "phys_port_id", "portid"),
        (36, "phys_switch_id", "switchid"),
        (57, "parentbus", "parentbus"),
        (56, "parentdev", "parentdev"),
    ] {
        let shown = match value(details, id) {
            Some(AttributeValue::Text(text)) => text.clone(),
            Some(AttributeValue::Bytes(bytes)) => {
                bytes.iter().map(|byte| format!("{byte:02x}")).collect()
            }
            _ => continue,
        };
        ip.out.any(key, &shown, format_args!("{text} {shown} "));
    }
    Ok(())
}

/// `NAME  STATE  ` for -br; whether the parent is down.
pub(crate) fn brief(ip: &mut Ip, link: &Link) -> Done<bool> {
    let below_is_down = name(ip, link, true)?;
    state(ip, link, true);
    Ok(below_is_down)
}

/// The rest of `ip -br link`.
pub(crate) fn brief_flags(ip: &mut Ip, link: &Link, below_is_down: bool) {
    if let Some(address) = &link.address {
        let shown = link_address(address, link.link_type);
        ip.out.any_in(
            color::LINK_ADDRESS,
            "address",
            &shown,
            format_args!("{shown} "),
        );
    }
    flags(ip, link, below_is_down);
    ip.out.text(format_args!("\n"));
}

/// An attribute by its number.
pub(crate) fn value(attributes: &[Attribute], id: u32) -> Option<&AttributeValue> {
    let found = attributes.iter().find(|attribute| attribute.id == id);
    found.map(|attribute| &attribute.value)
}

/// An attribute that is a number.
pub(crate) fn number(attributes: &[Attribute], id: u32) -> Option<u64> {
    match value(attributes, id)? {
        AttributeValue::Number(number) => Some(*number),
        _ => None,
    }
}
