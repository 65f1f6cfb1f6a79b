//! An encapsulation as it is shown.

use std::net::Ipv6Addr;

use nethost_sdk::netlink::Field;

use super::super::super::ila;
use super::{
    ILA, IOAM6, IP, IP6, MPLS, RPL, SEG6, SEG6_LOCAL, TYPES, XFRM, parse, segments, trace,
};
use crate::color;
use crate::entity::{address, children, octets, unsigned};
use crate::ip::Ip;
use crate::value::{Address, Shown};
use crate::words::Done;

/// ` encap TYPE `, and what is known of it.
pub(in super::super::super) fn show(ip: &mut Ip, kind: u16, fields: Option<&[Field]>) -> Done {
    let name = TYPES.iter().find(|(known, _)| *known == kind);
    let name = name.map_or("unknown", |(_, name)| name);
    ip.out.any("encap", name, format_args!(" encap {name} "));
    let Some(fields) = fields else {
        return Ok(());
    };
    match kind {
        MPLS => {
            if let Some(stack) = octets(fields, 1).map(labels) {
                ip.out.any("dst", &stack, format_args!(" {stack} "));
            }
            counted(ip, fields, 2, "ttl");
        }
        IP | IP6 => tunnel(ip, fields, kind == IP6),
        ILA => identifier(ip, fields),
        SEG6 => source(ip, fields),
        SEG6_LOCAL => action(ip, fields)?,
        RPL => loose(ip, octets(fields, 1).unwrap_or_default()),
        IOAM6 => trace(ip, fields),
        XFRM => {
            counted(ip, fields, 1, "if_id");
            link(ip, fields, 2, "link_dev")?;
        }
        _ => {}
    }
    Ok(())
}

fn counted(ip: &mut Ip, fields: &[Field], id: u16, name: &str) {
    if let Some(number) = unsigned(fields, id) {
        ip.out.any(name, number, format_args!("{name} {number} "));
    }
}

fn link(ip: &mut Ip, fields: &[Field], id: u16, name: &str) -> Done {
    if let Some(index) = unsigned(fields, id) {
        let link = ip.link_name(index as u32)?;
        ip.out.any(name, &link, format_args!("{name} {link} "));
    }
    Ok(())
}

/// Labels of MPLS with slashes between them.
pub(in super::super::super) fn labels(stack: &[u8]) -> String {
    const BOTTOM: u32 = 1 << 8;
    let mut shown = String::new();
    for entry in stack.chunks_exact(4) {
        let entry = u32::from_be_bytes([entry[0], entry[1], entry[2], entry[3]]);
        if !shown.is_empty() {
            shown.push('/');
        }
        shown += &(entry >> 12).to_string();
        if entry & BOTTOM != 0 {
            break;
        }
    }
    shown
}

fn tunnel(ip: &mut Ip, fields: &[Field], six: bool) {
    counted(ip, fields, 1, "id");
    for (id, name) in [(3, "src"), (2, "dst")] {
        if let Some(end) = address(fields, id) {
            let shown = Address(end).to_string();
            ip.out.any_in(
                color::of(end),
                name,
                &shown,
                format_args!("{name} {shown} "),
            );
        }
    }
    let [life, service] = if six {
        ["hoplimit", "tc"]
    } else {
        ["ttl", "tos"]
    };
    counted(ip, fields, 4, life);
    counted(ip, fields, 5, service);
    let flags = unsigned(fields, 6).unwrap_or_default();
    for (flag, name) in [(4, "key"), (1, "csum"), (8, "seq")] {
        if flags & flag != 0 {
            ip.out.any(name, true, format_args!("{name} "));
        }
    }
    options(ip, &children(fields, 8));
}

/// LWTUNNEL_IP_OPTS_….
fn options(ip: &mut Ip, fields: &[Field]) {
    let (policy, erspan) = (children(fields, 2), children(fields, 3));
    if !policy.is_empty() {
        let policy = unsigned(&policy, 1).unwrap_or_default();
        begin(ip, "vxlan_opts");
        ip.out.any("gbp", policy, format_args!("{policy} "));
        end(ip);
    } else if !erspan.is_empty() {
        let get = |id| unsigned(&erspan, id).unwrap_or_default();
        let version = get(1);
        begin(ip, "erspan_opts");
        ip.out.any("ver", version, format_args!("{version}"));
        let numbers = match version {
            1 => [get(2), 0, 0],
            _ => [0, get(3), get(4)],
        };
        for ((key, after), number) in [("index", ""), ("dir", ""), ("hwid", " ")]
            .iter()
            .zip(numbers)
        {
            ip.out.any(key, number, format_args!(":{number}{after}"));
        }
        end(ip);
    }
}

fn begin(ip: &mut Ip, name: &str) {
    ip.out.line();
    ip.out.text(format_args!("\t{name} "));
    ip.out.open_array(name);
    ip.out.open_object();
}

fn end(ip: &mut Ip) {
    ip.out.close_object();
    ip.out.close_array();
}

fn identifier(ip: &mut Ip, fields: &[Field]) {
    if let Some(locator) = unsigned(fields, 1).map(ila::shown) {
        ip.out.any("locator", &locator, format_args!(" {locator} "));
    }
    for (id, key, word, table) in [
        (7, "csum_mode", "csum-mode", ila::CHECKSUMS),
        (8, "ident_type", "ident-type", ila::IDENTIFIERS),
        (9, "hook_type", "hook-type", parse::HOOKS),
    ] {
        if let Some(number) = unsigned(fields, id) {
            let name = table.iter().find(|(known, _)| *known == number);
            let name = name.map_or("unknown", |(_, name)| name);
            ip.out.any(key, name, format_args!(" {word} {name} "));
        }
    }
}

/// The segments of struct ipv6_sr_hdr, and the key.
fn routing_header(ip: &mut Ip, header: &[u8]) {
    let [_, units, _, _, last, flags, ..] = *header else {
        return;
    };
    let listed = header.get(8..).unwrap_or_default().chunks_exact(16);
    let count = usize::from(last) + 1;
    let listed: Vec<_> = listed.take(count).collect();
    ip.out.text(format_args!("segs {count} [ "));
    ip.out.open_array("segs");
    for octets in listed.into_iter().rev() {
        segment(ip, octets);
    }
    ip.out.close_array();
    ip.out.text(format_args!("] "));
    const WITH_KEY: u8 = 1 << 3;
    let end = (usize::from(units) + 1) * 8;
    if flags & WITH_KEY != 0
        && let Some(key) = end.checked_sub(36).and_then(|at| header.get(at..))
        && let Some(key) = key.first_chunk()
    {
        let key = u32::from_be_bytes(*key);
        ip.out.any(
            "hmac",
            Shown(format_args!("{key:#x}")),
            format_args!("hmac {key:X} "),
        );
    }
}

fn segment(ip: &mut Ip, octets: &[u8]) {
    if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        let shown = Address(Ipv6Addr::from(octets).into()).to_string();
        ip.out.element(&shown, format_args!("{shown} "));
    }
}

fn source(ip: &mut Ip, fields: &[Field]) {
    let bytes = octets(fields, 1).unwrap_or_default();
    let Some((mode, header)) = bytes.split_first_chunk() else {
        return;
    };
    let mode = u32::from_ne_bytes(*mode) as usize;
    let name = segments::MODES.get(mode).copied().unwrap_or("<unknown>");
    ip.out.any("mode", name, format_args!("mode {name} "));
    routing_header(ip, header);
}

/// struct ipv6_rpl_sr_hdr.
fn loose(ip: &mut Ip, header: &[u8]) {
    let left = header.get(3).copied().map_or(0, usize::from);
    let listed = header.get(8..).unwrap_or_default().chunks_exact(16);
    let listed: Vec<_> = listed.take(left).collect();
    ip.out.text(format_args!("segs {left} [ "));
    ip.out.open_array("segs");
    for octets in listed.into_iter().rev() {
        segment(ip, octets);
    }
    ip.out.close_array();
    ip.out.text(format_args!("] "));
}

fn action(ip: &mut Ip, fields: &[Field]) -> Done {
    let Some(action) = unsigned(fields, 1) else {
        return Ok(());
    };
    let name = segments::ACTIONS.get(action as usize).copied();
    let name = name.filter(|name| !name.is_empty()).unwrap_or("<unknown>");
    ip.out.any("action", name, format_args!("action {name} "));
    if let Some(header) = octets(fields, 2) {
        ip.out.open_object_at("srh");
        routing_header(ip, header);
        ip.out.close_object();
    }
    for (id, key) in [(3, "table"), (9, "vrftable")] {
        if let Some(table) = unsigned(fields, id) {
            let name = ip.names.table(table as u32);
            ip.out.any(key, name, format_args!("{key} {name} "));
        }
    }
    for (id, key) in [(4, "nh4"), (5, "nh6")] {
        if let Some(hop) = address(fields, id) {
            let shown = Address(hop).to_string();
            ip.out.any(key, &shown, format_args!("{key} {shown} "));
        }
    }
    link(ip, fields, 6, "iif")?;
    link(ip, fields, 7, "oif")?;
    let counters = children(fields, 10);
    if ip.options.statistics > 0 && !counters.is_empty() {
        ip.out.open_object_at("stats64");
        for (id, name) in [(2, "packets"), (3, "bytes"), (4, "errors")] {
            let number = unsigned(&counters, id).unwrap_or_default();
            ip.out.any(name, number, format_args!("{name} {number} "));
        }
        ip.out.close_object();
    }
    flavors(ip, &children(fields, 11));
    Ok(())
}

fn flavors(ip: &mut Ip, fields: &[Field]) {
    let Some(mask) = unsigned(fields, 1) else {
        return;
    };
    ip.out.text(format_args!("flavors "));
    ip.out.open_array("flavors");
    let mut between = "";
    for (place, name) in segments::FLAVORS.iter().enumerate() {
        if mask >> place & 1 != 0 && !name.is_empty() {
            ip.out.element(*name, format_args!("{between}{name}"));
            between = ",";
        }
    }
    ip.out.close_array();
    ip.out.text(format_args!(" "));
    for (id, key) in [(2, "lblen"), (3, "nflen")] {
        counted(ip, fields, id, key);
    }
}

fn trace(ip: &mut Ip, fields: &[Field]) {
    let get = |id| unsigned(fields, id).unwrap_or_default();
    let (k, n, mode) = (get(4), get(5), get(1) as usize);
    ip.out.any("freqk", k, format_args!("freq {k}"));
    ip.out.any("freqn", n, format_args!("/{n} "));
    let name = trace::MODES.get(mode).copied();
    let name = name.filter(|name| !name.is_empty()).unwrap_or("<unknown>");
    ip.out.any("mode", name, format_args!("mode {name} "));
    if let Some(tunnel) = address(fields, 2) {
        let shown = Address(tunnel).to_string();
        ip.out
            .any("tundst", &shown, format_args!("tundst {shown} "));
    }
    let bytes = octets(fields, 3).unwrap_or_default();
    let [a, b, _, left, kind @ ..] = bytes else {
        return;
    };
    let namespace = u16::from_be_bytes([*a, *b]);
    let kind = kind
        .first_chunk()
        .map_or(0, |kind| u32::from_be_bytes(*kind) >> 8);
    let size = u32::from(left & 0x7f) * 4;
    ip.out.any("trace", (), format_args!("trace "));
    ip.out.any("prealloc", (), format_args!("prealloc "));
    ip.out.any(
        "type",
        Shown(format_args!("{kind:x}")),
        format_args!("type {kind:#08x} "),
    );
    ip.out.any("ns", namespace, format_args!("ns {namespace} "));
    ip.out.any("size", size, format_args!("size {size} "));
}
