//! A rule as text and JSON.

use std::net::IpAddr;

use nethost_sdk::netlink::{Range, Rule, ip as address_of};

use super::super::route::show::KINDS;
use crate::color;
use crate::ip::Ip;
use crate::value::{Address, Shown};
use crate::words::bits;

/// RTPROT_UNSPEC and RTPROT_KERNEL.
const UNSPECIFIED: u8 = 0;
const KERNEL: u8 = 2;

/// FIB_RULE_….
const INVERT: u32 = 2;
const UNRESOLVED: u32 = 4;
const INPUT_DETACHED: u32 = 8;
const OUTPUT_DETACHED: u32 = 16;

/// FR_ACT_….
pub(crate) const TO_TABLE: u8 = 1;
pub(crate) const GOTO: u8 = 2;
pub(crate) const NOP: u8 = 3;

/// One rule.
pub(crate) fn rule(ip: &mut Ip, rule: &Rule) {
    ip.out.open_object();
    ip.mark_deleted();
    body(ip, rule);
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
}

fn body(ip: &mut Ip, rule: &Rule) {
    let priority = rule.priority.unwrap_or_default();
    ip.out
        .any("priority", priority, format_args!("{priority}:\t"));
    if rule.flags & INVERT != 0 {
        ip.out.any("not", (), format_args!("not "));
    }
    let host = bits(super::super::family::inner(rule.family));
    let source = rule.source.map(address_of);
    match source {
        Some(source) => {
            ip.out.text(format_args!("from "));
            prefix(ip, ["src", "srclen"], source, rule.source_length, host);
        }
        None if rule.source_length != 0 => {
            ip.out.any("src", "0", format_args!("from 0"));
            ip.out.any(
                "srclen",
                rule.source_length,
                format_args!("/{}", rule.source_length),
            );
        }
        None => ip.out.any("src", "all", format_args!("from all")),
    }
    if let Some(destination) = rule.destination.map(address_of) {
        ip.out.text(format_args!(" to "));
        let length = rule.destination_length;
        prefix(ip, ["dst", "dstlen"], destination, length, host);
    } else if rule.destination_length != 0 {
        ip.out.any("dst", "0", format_args!(" to 0"));
        ip.out.any(
            "dstlen",
            rule.destination_length,
            format_args!("/{}", rule.destination_length),
        );
    }
    if rule.tos != 0 {
        let tos = ip.names.field(rule.tos);
        ip.out.any("tos", &tos, format_args!(" tos {tos}"));
    }
    mark(ip, rule);
    for (name, key, gone) in [
        (&rule.input_interface, "iif", INPUT_DETACHED),
        (&rule.output_interface, "oif", OUTPUT_DETACHED),
    ] {
        if let Some(name) = name {
            ip.out.text(format_args!(" {key} "));
            ip.out
                .any_in(color::INTERFACE, key, name, format_args!("{name}"));
            if rule.flags & gone != 0 {
                let key = format!("{key}_detached");
                ip.out.any(&key, (), format_args!(" [detached]"));
            }
        }
    }
    if rule.through_vrf {
        ip.out
            .any("l3mdev", (), format_args!(" lookup [l3mdev-table]"));
    }
    if let Some(users) = rule.users {
        ip.out.any(
            "uid_start",
            users.first,
            format_args!(" uidrange {}", users.first),
        );
        ip.out
            .any("uid_end", users.last, format_args!("-{}", users.last));
    }
    if let Some(protocol) = rule.ip_protocol {
        let known = ip.names.ip_protocols.name(protocol.into());
        let name = match known.filter(|_| !ip.names.numeric) {
            Some(name) => name.to_owned(),
            None => format!("ipproto-{protocol}"),
        };
        ip.out
            .any("ipproto", &name, format_args!(" ipproto {name}"));
    }
    ports(ip, "sport", rule.source_ports);
    ports(ip, "dport", rule.destination_ports);
    if let Some(id) = rule.tunnel_id.filter(|id| *id != 0) {
        ip.out.any("tun_id", id, format_args!(" tun_id {id}"));
    }
    if rule.table != 0 {
        let table = ip.names.table(rule.table);
        ip.out.any("table", table, format_args!(" lookup {table}"));
        if let Some(length) = rule.suppress_prefix_length {
            ip.out.any(
                "suppress_prefixlen",
                length,
                format_args!(" suppress_prefixlength {length}"),
            );
        }
        if let Some(group) = rule.suppress_group {
            let name = ip.names.group(group);
            ip.out.any(
                "suppress_ifgroup",
                name,
                format_args!(" suppress_ifgroup {name}"),
            );
        }
    }
    if let Some(realms) = rule.realms {
        let (from, to) = (realms >> 16, realms & 0xffff);
        let many = if from != 0 { "s" } else { "" };
        ip.out.text(format_args!(" realm{many} "));
        if from != 0 {
            let name = ip.names.realm(from);
            ip.out.any("flow_from", name, format_args!("{name}/"));
        }
        let name = ip.names.realm(to);
        ip.out.any("flow_to", name, format_args!("{name}"));
    }
    match rule.action {
        NAT => ip.out.text(format_args!(" masquerade")),
        GOTO => {
            match rule.goto_priority {
                Some(to) => ip.out.any("goto", to, format_args!(" goto {to}")),
                None => ip.out.any("goto", "none", format_args!(" goto none")),
            }
            if rule.flags & UNRESOLVED != 0 {
                ip.out.any("unresolved", (), format_args!(" [unresolved]"));
            }
        }
        NOP => ip.out.any("nop", (), format_args!(" nop")),
        TO_TABLE => {}
        other => {
            let known = KINDS.get(usize::from(other));
            let name = known
                .filter(|_| !ip.names.numeric)
                .map_or_else(|| other.to_string(), |n| (*n).to_owned());
            ip.out.any("action", &name, format_args!(" {name}"));
        }
    }
    if let Some(protocol) = rule.protocol
        && (ip.options.details > 0 || !matches!(protocol, UNSPECIFIED | KERNEL))
    {
        let name = ip.names.protocol(protocol);
        ip.out.any("protocol", name, format_args!(" proto {name}"));
    }
}

fn prefix(ip: &mut Ip, [key, length_key]: [&str; 2], address: IpAddr, length: u8, host: u8) {
    let address = Address(address);
    ip.out.any_in(
        address.color(),
        key,
        Shown(address),
        format_args!("{address}"),
    );
    if length != host {
        ip.out.any(length_key, length, format_args!("/{length}"));
    }
}

/// RTN_NAT.
const NAT: u8 = 10;

fn mark(ip: &mut Ip, rule: &Rule) {
    if rule.mark.is_none() && rule.mark_mask.is_none() {
        return;
    }
    let mark = rule.mark.unwrap_or_default();
    match rule.mark_mask {
        Some(mask) if mask != u32::MAX => {
            ip.out.any(
                "fwmark",
                Shown(format_args!("{mark:#x}")),
                format_args!(" fwmark {mark:#x}"),
            );
            ip.out.any(
                "fwmask",
                Shown(format_args!("{mask:#x}")),
                format_args!("/{mask:#x}"),
            );
        }
        _ => {
            ip.out.any(
                "fwmark",
                Shown(format_args!("{mark:#x}")),
                format_args!(" fwmark {mark:#x}"),
            );
        }
    }
}

fn ports(ip: &mut Ip, name: &str, ports: Option<Range>) {
    let Some(Range { first, last }) = ports else {
        return;
    };
    if first == last {
        ip.out.any(name, first, format_args!(" {name} {first}"));
    } else {
        ip.out.any(
            &format!("{name}_start"),
            first,
            format_args!(" {name} {first}"),
        );
        ip.out
            .any(&format!("{name}_end"), last, format_args!("-{last}"));
    }
}
