//! VXLAN.

use std::net::IpAddr;

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{Attribute, AttributeValue, ip as address_of};

use super::super::show::{number, value};
use crate::ip::Ip;
use crate::words::Done;

pub(super) fn show(ip: &mut Ip, data: &[Attribute]) -> Done {
    if value(data, 25).is_some() && number(data, 25) == Some(1) {
        ip.out.any("external", true, format_args!("external "));
    }
    if number(data, 30) == Some(1) {
        ip.out.any("vnifilter", true, format_args!("vnifilter"));
    }
    if let Some(id) = number(data, 1) {
        ip.out.any("id", id, format_args!("id {id} "));
    }
    for (id, six) in [(2, ""), (16, "6")] {
        if let Some(AttributeValue::Address(address)) = value(data, id) {
            let address = address_of(*address);
            if address.is_unspecified() {
                continue;
            }
            let (key, text) = if address.is_multicast() {
                (format!("group{six}"), "group")
            } else {
                (format!("remote{six}"), "remote")
            };
            shown(ip, &key, text, address);
        }
    }
    for (id, key) in [(4, "local"), (17, "local6")] {
        if let Some(AttributeValue::Address(address)) = value(data, id) {
            let address = address_of(*address);
            if !address.is_unspecified() {
                shown(ip, key, "local", address);
            }
        }
    }
    if let Some(link) = number(data, 3).filter(|link| *link != 0) {
        let name = ip.link_name(link as u32)?;
        ip.out.any("link", &name, format_args!("dev {name} "));
    }
    if let Some(AttributeValue::Bytes(bytes)) = value(data, 10)
        && let [a, b, c, d] = bytes[..]
    {
        let (low, high) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        ip.out.open_object_at("port_range");
        ip.out.any("low", low, format_args!("srcport {low} "));
        ip.out.any("high", high, format_args!("{high} "));
        ip.out.close_object();
    }
    if let Some(port) = number(data, 15) {
        ip.out.any("port", port, format_args!("dstport {port} "));
    }
    if let Some(learns) = number(data, 7) {
        ip.out.json("learning", learns != 0);
        if learns == 0 {
            ip.out.text(format_args!("nolearning "));
        }
    }
    for (id, key) in [(11, "proxy"), (12, "rsc"), (13, "l2miss"), (14, "l3miss")] {
        if number(data, id) == Some(1) {
            ip.out.any(key, true, format_args!("{key} "));
        }
    }
    match number(data, 6) {
        Some(1) => ip.out.any("tos", "inherit", format_args!("tos inherit ")),
        Some(0) | None => {}
        Some(tos) => ip.out.any("tos", tos, format_args!("tos {tos:#x} ")),
    }
    if number(data, 28) == Some(1) {
        ip.out.any("ttl", "inherit", format_args!("ttl inherit "));
    } else if let Some(ttl) = number(data, 5) {
        let text = if ttl == 0 {
            "auto".to_owned()
        } else {
            ttl.to_string()
        };
        ip.out.any("ttl", ttl, format_args!("ttl {text} "));
    }
    if let Some(fragment) = number(data, 29) {
        let name = ["unset", "set", "inherit"]
            .get(fragment as usize)
            .copied()
            .unwrap_or("unknown");
        ip.out.json("df", name);
        if fragment != 0 {
            ip.out.text(format_args!("df {name} "));
        }
    }
    if let Some(label) = number(data, 26).filter(|label| *label != 0) {
        ip.out
            .any("label", label, format_args!("flowlabel {label:#x} "));
    }
    if let Some(age) = number(data, 8) {
        let text = if age == 0 {
            "none".to_owned()
        } else {
            age.to_string()
        };
        ip.out.any("ageing", age, format_args!("ageing {text} "));
    }
    if let Some(limit) = number(data, 9).filter(|limit| *limit != 0) {
        ip.out.any("limit", limit, format_args!("maxaddr {limit} "));
    }
    for (id, key, text) in [
        (18, "udp_csum", "udpcsum"),
        (19, "udp_zero_csum6_tx", "udp6zerocsumtx"),
        (20, "udp_zero_csum6_rx", "udp6zerocsumrx"),
    ] {
        if let Some(is) = number(data, id) {
            let no = if is == 0 { "no" } else { "" };
            ip.out.any(key, is != 0, format_args!("{no}{text} "));
        }
    }
    for (id, key, text) in [
        (21, "remcsum_tx", "remcsumtx"),
        (22, "remcsum_rx", "remcsumrx"),
    ] {
        if number(data, id) == Some(1) {
            ip.out.any(key, true, format_args!("{text} "));
        }
    }
    for (id, key) in [(23, "gbp"), (27, "gpe")] {
        if value(data, id).is_some() {
            ip.out.any(key, true, format_args!("{key} "));
        }
    }
    Ok(())
}

fn shown(ip: &mut Ip, key: &str, text: &str, address: IpAddr) {
    ip.out.text(format_args!("{text} "));
    ip.out.host(Color::Plain, key, address, ["", " "]);
}
