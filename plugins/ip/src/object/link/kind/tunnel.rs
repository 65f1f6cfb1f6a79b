//! Tunnels: GRE, IP in IP, VTI, Geneve, XFRM interfaces.

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{Attribute, AttributeValue, ip as address_of};

use super::super::show::{number, value};
use super::field::Form::{Flag, Hex, Link, Number, Plain};
use super::field::{Field, field};
use crate::ip::Ip;
use crate::words::Done;

pub(super) const GENEVE: &[Field] = &[
    field(1, "id", "id", Number),
    field(2, "remote", "remote", Plain),
    field(7, "remote6", "remote", Plain),
    field(3, "ttl", "ttl", Number),
    field(4, "tos", "tos", Number),
    field(5, "port", "dstport", Number),
    field(6, "external", "external", Flag),
];

pub(super) const XFRM: &[Field] = &[
    field(1, "link", "dev", Link),
    field(2, "if_id", "if_id", Hex),
    field(3, "external", "external", Flag),
];

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
    if number(data, 10) == Some(0) {
        ip.out.any("pmtudisc", false, format_args!("nopmtudisc "));
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
    if let Some(protocol) = number(data, 9).filter(|_| kind != "ipip" || number(data, 9) != Some(4))
    {
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
    mark(ip, data, 20);
    Ok(())
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
