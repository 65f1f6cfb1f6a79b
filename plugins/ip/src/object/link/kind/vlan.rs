//! Links that are part of another: VLAN, macvlan, ipvlan, VRF.

use nethost_sdk::netlink::{Attribute, AttributeValue};

use super::super::show::{number, value};
use crate::ip::Ip;
use crate::words::Done;

/// ETH_P_… of VLAN tags.
pub(super) const ETHERTYPES: &[(u64, &str)] = &[(0x8100, "802.1Q"), (0x88a8, "802.1ad")];

const VLAN_FLAGS: &[(u32, &str)] = &[
    (1, "REORDER_HDR"),
    (2, "GVRP"),
    (8, "MVRP"),
    (4, "LOOSE_BINDING"),
    (16, "BRIDGE_BINDING"),
];

pub(super) fn vlan(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(protocol) = number(data, 5) {
        let name = ETHERTYPES.iter().find(|(number, _)| *number == protocol);
        let name = name.map_or_else(|| format!("[{protocol}]"), |(_, name)| (*name).to_owned());
        ip.out
            .any("protocol", &name, format_args!("protocol {name} "));
    }
    if let Some(id) = number(data, 1) {
        ip.out.any("id", id, format_args!("id {id} "));
    }
    if let Some(AttributeValue::Bytes(bytes)) = value(data, 2)
        && let Some(flags) = bytes.first_chunk().copied().map(u32::from_ne_bytes)
    {
        ip.out.open_array("flags");
        ip.out.text(format_args!("<"));
        let mut between = "";
        for (_, name) in VLAN_FLAGS.iter().filter(|(flag, _)| flags & flag != 0) {
            ip.out.element(*name, format_args!("{between}{name}"));
            between = ",";
        }
        ip.out.text(format_args!("> "));
        ip.out.close_array();
    }
    quality(ip, data, 4, "ingress_qos", "ingress-qos-map");
    quality(ip, data, 3, "egress_qos", "egress-qos-map");
    Ok(())
}

/// Priorities: struct ifla_vlan_qos_mapping.
fn quality(ip: &mut Ip, data: &[Attribute], outer: u32, key: &str, text: &str) {
    let mappings: Vec<(u32, u32)> = data
        .iter()
        .filter(|attribute| attribute.id >> 16 == outer)
        .filter_map(|attribute| match &attribute.value {
            AttributeValue::Bytes(bytes) => Some((
                u32::from_ne_bytes(*bytes.first_chunk()?),
                u32::from_ne_bytes(*bytes.get(4..)?.first_chunk()?),
            )),
            _ => None,
        })
        .collect();
    if mappings.is_empty() {
        return;
    }
    ip.out.open_array(key);
    ip.out.line();
    ip.out.text(format_args!("      {text} {{ "));
    for (from, to) in mappings {
        ip.out.open_object();
        ip.out.any("from", from, format_args!("{from}"));
        ip.out.any("to", to, format_args!(":{to} "));
        ip.out.close_object();
    }
    ip.out.text(format_args!("}} "));
    ip.out.close_array();
}

const MACVLAN_MODES: &[(u64, &str)] = &[
    (1, "private"),
    (2, "vepa"),
    (4, "bridge"),
    (8, "passthru"),
    (16, "source"),
];

pub(super) fn macvlan(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(mode) = number(data, 1) {
        let name = MACVLAN_MODES.iter().find(|(number, _)| *number == mode);
        let name = name.map_or("unknown", |(_, name)| name);
        ip.out.any("mode", name, format_args!("mode {name} "));
    }
    for (flag, name) in [(1, "nopromisc"), (2, "nodst")] {
        if number(data, 2).is_some_and(|flags| flags & flag != 0) {
            ip.out.any(name, true, format_args!("{name} "));
        }
    }
    for (id, text) in [(7, "bcqueuelen"), (8, "usedbcqueuelen")] {
        if let Some(length) = number(data, id) {
            ip.out.any(text, length, format_args!("{text} {length} "));
        }
    }
    const SOURCE: u64 = 16;
    if let Some(count) = number(data, 6)
        && number(data, 1) == Some(SOURCE)
    {
        ip.out
            .any("macaddr_count", count, format_args!("remotes ({count}) "));
        ip.out.open_array("macaddr_data");
        for address in data.iter().filter(|attribute| attribute.id >> 16 == 5) {
            if let Some(shown) = super::field::plain(&address.value) {
                ip.out.element(&shown, format_args!("{shown} "));
            }
        }
        ip.out.close_array();
    }
    Ok(())
}

pub(super) fn ipvlan(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(mode) = number(data, 1) {
        let name = ["l2", "l3", "l3s"]
            .get(mode as usize)
            .copied()
            .unwrap_or("unknown");
        ip.out.any("mode", name, format_args!(" mode {name} "));
    }
    if let Some(flags) = number(data, 2) {
        let name = match flags {
            1 => "private",
            2 => "vepa",
            _ => "bridge",
        };
        ip.out.any("mode_flag", name, format_args!("{name} "));
    }
    Ok(())
}

/// A VRF's table, or that of one of its ports.
pub(super) fn table(ip: &mut Ip, data: &[Attribute]) {
    if let Some(table) = number(data, 1) {
        ip.out.any("table", table, format_args!("table {table} "));
    }
}
