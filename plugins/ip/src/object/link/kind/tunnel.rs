//! Tunnels: GRE, IP in IP, VTI, Geneve, XFRM interfaces.

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{Attribute, AttributeValue, ip as address_of};

use super::super::show::{number, value};
use crate::ip::Ip;
use crate::value::Shown;
use crate::words::Done;

/// IFLA_XFRM_….
pub(super) fn xfrm(ip: &mut Ip, data: &[Attribute]) {
    if value(data, 3).is_some() {
        ip.out.any("external", true, format_args!("external "));
    } else if let Some(id) = number(data, 2) {
        hexadecimal(ip, "if_id", id);
    }
}

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

/// The numbers of attributes that GRE and IP in IP both have.
struct Ids {
    local: u32,
    remote: u32,
    ttl: u32,
    tos: u32,
    limit: u32,
    flow: u32,
    flags: u32,
    /// Type, flags, source and destination.
    encapsulation: [u32; 4],
    external: u32,
}

/// IFLA_GRE_….
const GRE: Ids = Ids {
    local: 6,
    remote: 7,
    ttl: 8,
    tos: 9,
    limit: 11,
    flow: 12,
    flags: 13,
    encapsulation: [14, 15, 16, 17],
    external: 18,
};
/// IFLA_IPTUN_….
const IP: Ids = Ids {
    local: 2,
    remote: 3,
    ttl: 4,
    tos: 5,
    limit: 6,
    flow: 7,
    flags: 8,
    encapsulation: [15, 16, 17, 18],
    external: 19,
};
/// IFLA_GRE_FWMARK and IFLA_IPTUN_FWMARK.
const MARK: u32 = 20;
/// SIT_ISATAP.
const ISATAP: u64 = 1;
/// IP6_TNL_F_USE_ORIG_FWMARK.
const SAME_MARK: u64 = 0x20;

/// GRE and ERSPAN: GRE_KEY is bit 13 of the flags in network byte order.
pub(super) fn gre(ip: &mut Ip, kind: &str, data: &[Attribute]) -> Done {
    let six = kind.starts_with("ip6");
    external(ip, data, GRE.external);
    ends(ip, data, GRE.remote, GRE.local);
    below(ip, data)?;
    let flags = bits(data, GRE.flags);
    if six {
        six_life(ip, data, &GRE, flags);
    } else {
        life(ip, data, &GRE);
        match number(data, 10) {
            Some(0) => ip.out.any("pmtudisc", false, format_args!("nopmtudisc ")),
            Some(_) => ip.out.json("pmtudisc", true),
            None => {}
        }
        if number(data, 19).is_some_and(|ignores| ignores != 0) {
            ip.out.any("ignore_df", true, format_args!("ignore-df "));
        }
    }
    for (flags, key, name) in [(2, 4, "ikey"), (3, 5, "okey")] {
        if number(data, flags).is_some_and(|flags| flags & 0x2000 != 0)
            && let Some(key) = number(data, key)
        {
            let shown = std::net::Ipv4Addr::from(key as u32).to_string();
            ip.out.any(name, &shown, format_args!("{name} {shown} "));
        }
    }
    for (flags, bit, name) in [
        (2, 0x1000, "iseq"),
        (3, 0x1000, "oseq"),
        (2, 0x8000, "icsum"),
        (3, 0x8000, "ocsum"),
    ] {
        if number(data, flags).is_some_and(|flags| flags & bit != 0) {
            ip.out.any(name, true, format_args!("{name} "));
        }
    }
    if six {
        copied(ip, flags, &[ALLOWS_BOTH]);
    }
    same_mark(ip, data, six && flags & SAME_MARK != 0);
    mirror(ip, data);
    encapsulation(ip, data, GRE.encapsulation);
    Ok(())
}

/// IFLA_GRE_ERSPAN_….
fn mirror(ip: &mut Ip, data: &[Attribute]) {
    for (id, name) in [(21, "erspan_index"), (22, "erspan_ver")] {
        if let Some(number) = number(data, id) {
            ip.out.any(name, number, format_args!("{name} {number} "));
        }
    }
    if let Some(direction) = number(data, 23) {
        let shown = if direction == 0 { "ingress" } else { "egress" };
        ip.out
            .any("erspan_dir", shown, format_args!("erspan_dir {shown} "));
    }
    if let Some(hardware) = number(data, 24) {
        hexadecimal(ip, "erspan_hwid", hardware);
    }
}

/// IP in IP, and IPv6 in IPv4.
pub(super) fn ip(ip: &mut Ip, kind: &str, data: &[Attribute]) -> Done {
    external(ip, data, IP.external);
    if let Some(protocol) = number(data, 9) {
        let name = match protocol {
            4 => Some("ipip"),
            41 => Some("ip6ip"),
            137 => Some("mplsip"),
            0 => Some("any"),
            _ => None,
        };
        if let Some(name) = name {
            ip.out.any("proto", name, format_args!("{name} "));
        }
    }
    ends(ip, data, IP.remote, IP.local);
    below(ip, data)?;
    life(ip, data, &IP);
    let discovers = number(data, 10).unwrap_or_default();
    let no = if discovers == 0 { "no" } else { "" };
    ip.out
        .any("pmtudisc", discovers != 0, format_args!("{no}pmtudisc "));
    if bits(data, IP.flags) & ISATAP != 0 {
        ip.out.any("isatap", true, format_args!("isatap "));
    }
    if kind == "sit" {
        let keys = ["prefix", "prefixlen", "relay_prefix", "relay_prefixlen"];
        six_rd(ip, data, ["", " "], keys);
    }
    same_mark(ip, data, false);
    encapsulation(ip, data, IP.encapsulation);
    Ok(())
}

/// IP in IPv6.
pub(super) fn ip6(ip: &mut Ip, data: &[Attribute]) -> Done {
    external(ip, data, IP.external);
    if let Some(protocol) = number(data, 9) {
        let name = match protocol {
            4 => Some("ipip6"),
            41 => Some("ip6ip6"),
            0 => Some("any"),
            _ => None,
        };
        if let Some(name) = name {
            ip.out.any("proto", name, format_args!("{name} "));
        }
    }
    ends(ip, data, IP.remote, IP.local);
    below(ip, data)?;
    let flags = bits(data, IP.flags);
    six_life(ip, data, &IP, flags);
    copied(ip, flags, &[MOBILE, ALLOWS_BOTH]);
    same_mark(ip, data, flags & SAME_MARK != 0);
    encapsulation(ip, data, IP.encapsulation);
    Ok(())
}

/// IP6_TNL_F_…: the bit, the key and the word.
type Copied = (u64, &'static str, &'static str);
const COPIES_DSCP: Copied = (0x10, "ip6_tnl_f_rcv_dscp_copy", "dscp inherit");
const MOBILE: Copied = (8, "ip6_tnl_f_mip6_dev", "mip6");
const ALLOWS_BOTH: Copied = (0x40, "ip6_tnl_f_allow_local_remote", "allow-localremote");

fn copied(ip: &mut Ip, flags: u64, known: &[Copied]) {
    for (bit, key, text) in known {
        if flags & bit != 0 {
            ip.out.any(key, true, format_args!("{text} "));
        }
    }
}

/// Hop limit, limit of encapsulation, class and label.
fn six_life(ip: &mut Ip, data: &[Attribute], ids: &Ids, flags: u64) {
    let limit = number(data, ids.ttl).unwrap_or_default();
    if limit == 0 {
        ip.out.any("ttl", 0_u8, format_args!("hoplimit inherit "));
    } else {
        ip.out.any("ttl", limit, format_args!("hoplimit {limit} "));
    }
    if flags & 1 != 0 {
        let key = "ip6_tnl_f_ign_encap_limit";
        ip.out.any(key, true, format_args!("encaplimit none "));
    } else if let Some(limit) = number(data, ids.limit) {
        ip.out
            .any("encap_limit", limit, format_args!("encaplimit {limit} "));
    }
    let flow = number(data, ids.flow);
    if flags & 2 != 0 {
        let key = "ip6_tnl_f_use_orig_tclass";
        ip.out.any(key, true, format_args!("tclass inherit "));
    } else if let Some(flow) = flow {
        let class = format!("{:#04x}", flow >> 20 & 0xff);
        ip.out
            .any("tclass", &class, format_args!("tclass {class} "));
    }
    if flags & 4 != 0 {
        let key = "ip6_tnl_f_use_orig_flowlabel";
        ip.out.any(key, true, format_args!("flowlabel inherit "));
    } else if let Some(flow) = flow {
        let label = format!("{:#07x}", flow & 0xf_ffff);
        ip.out
            .any("flowlabel", &label, format_args!("flowlabel {label} "));
    }
    copied(ip, flags, &[COPIES_DSCP]);
}

fn external(ip: &mut Ip, data: &[Attribute], id: u32) {
    if value(data, id).is_some() {
        ip.out.any("external", true, format_args!("external "));
    }
}

/// The link that packets leave by.
fn below(ip: &mut Ip, data: &[Attribute]) -> Done {
    if let Some(link) = number(data, 1).filter(|link| *link != 0) {
        let name = ip.link_name(link as u32)?;
        ip.out.any("link", &name, format_args!("dev {name} "));
    }
    Ok(())
}

/// Flags, which some kinds have as octets.
fn bits(data: &[Attribute], id: u32) -> u64 {
    match value(data, id) {
        Some(AttributeValue::Number(number)) => *number,
        Some(AttributeValue::Bytes(bytes)) => {
            let octets = bytes.iter().take(8).rev();
            octets.fold(0, |bits, octet| bits << 8 | u64::from(*octet))
        }
        _ => 0,
    }
}

fn hexadecimal(ip: &mut Ip, name: &str, number: u64) {
    let shown = format!("{number:#x}");
    ip.out.any(name, &shown, format_args!("{name} {shown} "));
}

/// What is between the tunnel's packets and those that carry them: UDP.
fn encapsulation(ip: &mut Ip, data: &[Attribute], ids: [u32; 4]) {
    let [kind, flags, from, to] = ids.map(|id| number(data, id).unwrap_or_default());
    let name = match kind {
        0 => return,
        1 => Some("fou"),
        2 => Some("gue"),
        _ => None,
    };
    ip.out.open_object_at("encap");
    ip.out.text(format_args!("encap "));
    match name {
        Some(name) => ip.out.any("type", name, format_args!("{name} ")),
        None => ip.out.any("type", (), format_args!("unknown ")),
    }
    ip.out.json("sport", from);
    ip.out.json("dport", to);
    if from == 0 {
        ip.out.text(format_args!("encap-sport auto "));
    } else {
        ip.out.text(format_args!("encap-sport {from} "));
    }
    ip.out.text(format_args!("encap-dport {to} "));
    for (bit, name) in [(1, "csum"), (2, "csum6"), (4, "remcsum")] {
        let on = flags & bit != 0;
        let no = if on { "" } else { "no" };
        ip.out.any(name, on, format_args!("{no}encap-{name} "));
    }
    ip.out.close_object();
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
    below(ip, data)?;
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
        ip.out.text(format_args!("{name} "));
        match value(data, id) {
            Some(AttributeValue::Address(address)) if !address_of(*address).is_unspecified() => {
                let address = address_of(*address);
                ip.out.host(Color::Plain, name, address, ["", " "]);
            }
            _ => ip.out.any(name, "any", format_args!("any ")),
        }
    }
}

fn life(ip: &mut Ip, data: &[Attribute], ids: &Ids) {
    let ttl = number(data, ids.ttl).unwrap_or_default();
    if ttl == 0 {
        ip.out.any("ttl", 0_u8, format_args!("ttl inherit "));
    } else {
        ip.out.any("ttl", ttl, format_args!("ttl {ttl} "));
    }
    match number(data, ids.tos) {
        Some(0) | None => {}
        Some(1) => ip.out.any("tos", "0x1", format_args!("tos inherit ")),
        Some(tos) => hexadecimal(ip, "tos", tos),
    }
}

fn same_mark(ip: &mut Ip, data: &[Attribute], inherits: bool) {
    if inherits {
        let key = "ip6_tnl_f_use_orig_fwmark";
        ip.out.any(key, true, format_args!("fwmark inherit "));
    } else {
        mark(ip, data, MARK);
    }
}

fn mark(ip: &mut Ip, data: &[Attribute], id: u32) {
    if let Some(mark) = number(data, id).filter(|mark| *mark != 0) {
        hexadecimal(ip, "fwmark", mark);
    }
}
