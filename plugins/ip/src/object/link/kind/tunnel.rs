//! Tunnels: GRE, IP in IP, VTI, Geneve, XFRM interfaces.

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{Attribute, AttributeValue, ip as address_of};

use super::super::show::{number, value};
use super::field::Form::{Flag, Hex};
use super::field::{Field, field};
use crate::ip::Ip;
use crate::value::Shown;
use crate::words::Done;

pub(super) const XFRM: &[Field] = &[
    field(2, "if_id", "if_id", Hex),
    field(3, "external", "external", Flag),
];

/// IFLA_GENEVE_….
pub(super) fn geneve(ip: &mut Ip, data: &[Attribute]) {
    if value(data, 6).is_some() {
        ip.out.any("external", true, format_args!("external "));
    }
    if let Some(id) = number(data, 1) {
        ip.out.any("id", id, format_args!("id {id} "));
    }
    for (id, key) in [(2, "remote"), (7, "remote6")] {
        if let Some(AttributeValue::Address(remote)) = value(data, id) {
            ip.out
                .host(Color::Plain, key, address_of(*remote), ["remote ", " "]);
        }
    }
    let inherits = number(data, 12).is_some_and(|inherits| inherits != 0);
    match number(data, 3) {
        _ if inherits => ip.out.any("ttl", "inherit", format_args!("ttl inherit ")),
        Some(0) => ip.out.any("ttl", 0_u8, format_args!("ttl auto ")),
        Some(ttl) => ip.out.any("ttl", ttl, format_args!("ttl {ttl} ")),
        None => {}
    }
    match number(data, 4) {
        Some(1) => ip.out.any("tos", "inherit", format_args!("tos inherit ")),
        Some(0) | None => {}
        Some(tos) => {
            let shown = format!("{tos:#x}");
            ip.out.any("tos", &shown, format_args!("tos {shown} "));
        }
    }
    match number(data, 13) {
        Some(0) => ip.out.json("df", "unset"),
        Some(1) => ip.out.any("df", "set", format_args!("df set ")),
        Some(2) => ip.out.any("df", "inherit", format_args!("df inherit ")),
        _ => {}
    }
    if let Some(label) = number(data, 11).filter(|label| *label != 0) {
        let shown = format!("{label:#x}");
        ip.out
            .any("label", &shown, format_args!("flowlabel {shown} "));
    }
    if let Some(port) = number(data, 5) {
        ip.out.any("port", port, format_args!("dstport {port} "));
    }
    if let Some(on) = number(data, 8).map(|on| on != 0) {
        let no = if on { "" } else { "no" };
        ip.out.any("udp_csum", on, format_args!("{no}udpcsum "));
    }
    for (id, key, text) in [
        (9, "udp_zero_csum6_tx", "udp6zerocsumtx"),
        (10, "udp_zero_csum6_rx", "udp6zerocsumrx"),
    ] {
        if number(data, id).is_some_and(|on| on != 0) {
            ip.out.any(key, true, format_args!("{text} "));
        }
    }
    if value(data, 14).is_some() {
        let key = "inner_proto_inherit";
        ip.out.any(key, true, format_args!("innerprotoinherit "));
    }
}

/// IFLA_GRE_…: GRE_KEY is bit 13 of the flags in network byte order.
pub(super) fn gre(ip: &mut Ip, data: &[Attribute]) -> Done {
    if value(data, 18).is_some() {
        ip.out.any("external", true, format_args!("external "));
    }
    ends(ip, data, 7, 6);
    if let Some(link) = number(data, 1).filter(|link| *link != 0) {
        let name = ip.link_name(link as u32)?;
        ip.out.any("link", &name, format_args!("dev {name} "));
    }
    life(ip, data, 8, 9);
    match number(data, 10) {
        Some(0) => ip.out.any("pmtudisc", false, format_args!("nopmtudisc ")),
        Some(_) => ip.out.json("pmtudisc", true),
        None => {}
    }
    for (flags, key, name) in [(2, 4, "ikey"), (3, 5, "okey")] {
        if number(data, flags).is_some_and(|flags| flags & 0x2000 != 0)
            && let Some(key) = number(data, key)
        {
            let shown = std::net::Ipv4Addr::from(key as u32).to_string();
            ip.out.any(name, &shown, format_args!("{name} {shown} "));
        }
    }
    for (flags, name) in [(2, "iseq"), (3, "oseq")] {
        if number(data, flags).is_some_and(|flags| flags & 0x1000 != 0) {
            ip.out.any(name, true, format_args!("{name} "));
        }
    }
    for (flags, name) in [(2, "icsum"), (3, "ocsum")] {
        if number(data, flags).is_some_and(|flags| flags & 0x8000 != 0) {
            ip.out.any(name, true, format_args!("{name} "));
        }
    }
    mark(ip, data, 20);
    Ok(())
}

/// IFLA_IPTUN_….
pub(super) fn ip(ip: &mut Ip, kind: &str, data: &[Attribute]) -> Done {
    if value(data, 19).is_some() {
        ip.out.any("external", true, format_args!("external "));
    }
    if let Some(protocol) = number(data, 9) {
        let name = match protocol {
            4 => "ipip",
            41 => "ip6ip",
            137 => "mplsip",
            _ => "any",
        };
        ip.out.any("proto", name, format_args!("{name} "));
    }
    ends(ip, data, 3, 2);
    if let Some(link) = number(data, 1).filter(|link| *link != 0) {
        let name = ip.link_name(link as u32)?;
        ip.out.any("link", &name, format_args!("dev {name} "));
    }
    life(ip, data, 4, 5);
    if let Some(discovers) = number(data, 10) {
        let no = if discovers == 0 { "no" } else { "" };
        ip.out
            .any("pmtudisc", discovers != 0, format_args!("{no}pmtudisc "));
    }
    if kind == "sit" {
        let keys = ["prefix", "prefixlen", "relay_prefix", "relay_prefixlen"];
        six_rd(ip, data, ["", " "], keys);
    }
    mark(ip, data, 20);
    Ok(())
}

/// IFLA_IPTUN_6RD_…: the prefix, and that of a relay; with what stands before and behind each.
pub(in super::super::super) fn six_rd(
    ip: &mut Ip,
    data: &[Attribute],
    [before, behind]: [&str; 2],
    keys: [&'static str; 4],
) {
    let [prefix_key, length_key, relay_key, relay_length_key] = keys;
    let Some(AttributeValue::Address(prefix)) = value(data, 11) else {
        return;
    };
    let Some(length) = number(data, 13).filter(|length| *length != 0) else {
        return;
    };
    let prefix = address_of(*prefix);
    ip.out
        .text(format_args!("{before}6rd-prefix {prefix}/{length}{behind}"));
    ip.out.json(prefix_key, Shown(prefix));
    ip.out.json(length_key, length);
    if let Some(relay) = number(data, 12).filter(|relay| *relay != 0) {
        let relay = std::net::Ipv4Addr::from(relay as u32);
        let length = number(data, 14).unwrap_or_default();
        ip.out.text(format_args!(
            "{before}6rd-relay_prefix {relay}/{length}{behind}"
        ));
        ip.out.json(relay_key, Shown(relay));
        ip.out.json(relay_length_key, length);
    }
}

/// IFLA_VTI_….
pub(super) fn vti(ip: &mut Ip, data: &[Attribute]) -> Done {
    ends(ip, data, 5, 4);
    if let Some(link) = number(data, 1).filter(|link| *link != 0) {
        let name = ip.link_name(link as u32)?;
        ip.out.any("link", &name, format_args!("dev {name} "));
    }
    for (id, name) in [(2, "ikey"), (3, "okey")] {
        if let Some(key) = number(data, id).filter(|key| *key != 0) {
            let shown = std::net::Ipv4Addr::from(key as u32).to_string();
            ip.out.any(name, &shown, format_args!("{name} {shown} "));
        }
    }
    mark(ip, data, 6);
    Ok(())
}

fn ends(ip: &mut Ip, data: &[Attribute], remote: u32, local: u32) {
    for (id, name) in [(remote, "remote"), (local, "local")] {
        if let Some(AttributeValue::Address(address)) = value(data, id) {
            let address = address_of(*address);
            ip.out.text(format_args!("{name} "));
            if address.is_unspecified() {
                ip.out.any(name, "any", format_args!("any "));
            } else {
                ip.out.host(Color::Plain, name, address, ["", " "]);
            }
        }
    }
}

fn life(ip: &mut Ip, data: &[Attribute], ttl: u32, tos: u32) {
    if let Some(ttl) = number(data, ttl) {
        let shown = if ttl == 0 {
            "inherit".to_owned()
        } else {
            ttl.to_string()
        };
        ip.out.any("ttl", ttl, format_args!("ttl {shown} "));
    }
    match number(data, tos) {
        Some(1) => ip.out.any("tos", "inherit", format_args!("tos inherit ")),
        Some(0) | None => {}
        Some(tos) => {
            let shown = format!("{tos:#x}");
            ip.out.any("tos", &shown, format_args!("tos {shown} "));
        }
    }
}

fn mark(ip: &mut Ip, data: &[Attribute], id: u32) {
    if let Some(mark) = number(data, id).filter(|mark| *mark != 0) {
        let shown = format!("{mark:#x}");
        ip.out
            .any("fwmark", &shown, format_args!("fwmark {shown} "));
    }
}
