//! A route as text and JSON.

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{Field, NextHop, Route, ip as address_of};

use super::encapsulation::{self, show::labels};
use super::whole;
use crate::color;
use crate::entity::octets;
use crate::ip::Ip;
use crate::options::MPLS;
use crate::value::{Address, Shown};
use crate::words::{Done, INET, INET6, bits, family_of};

/// RTN_… by number.
pub(crate) const KINDS: &[&str] = &[
    "none",
    "unicast",
    "local",
    "broadcast",
    "anycast",
    "multicast",
    "blackhole",
    "unreachable",
    "prohibit",
    "throw",
    "nat",
    "xresolve",
];
const UNICAST: u8 = 1;
/// RTM_F_CLONED.
const CLONED: u32 = 0x200;

/// RTNH_F_… and RTM_F_…, in the order in which they are shown.
const FLAGS: &[(u32, &str)] = &[
    (0x1, "dead"),
    (0x4, "onlink"),
    (0x2, "pervasive"),
    (0x8, "offload"),
    (0x40, "trap"),
    (0x100, "notify"),
    (0x10, "linkdown"),
    (0x20, "unresolved"),
    (0x4000, "rt_offload"),
    (0x8000, "rt_trap"),
];

/// RTCF_… of what was made for one packet.
const CACHED: &[(u32, &str)] = &[
    (0x8000_0000, "local"),
    (0x4000_0000, "reject"),
    (0x2000_0000, "mc"),
    (0x1000_0000, "brd"),
    (0x0200_0000, "dst-direct"),
    (0x0400_0000, "src-direct"),
    (0x0004_0000, "redirected"),
    (0x0100_0000, "redirect"),
    (0x0001_0000, "notify"),
];

/// Columns that the filter makes the same for all.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hidden {
    pub(crate) table: bool,
    pub(crate) protocol: bool,
    pub(crate) scope: bool,
    pub(crate) tos: bool,
    pub(crate) metric: bool,
    pub(crate) output: bool,
    pub(crate) input: bool,
    pub(crate) via: bool,
    pub(crate) source: bool,
}

/// One route.
pub(crate) fn route(ip: &mut Ip, route: &Route, hidden: &Hidden) -> Done {
    ip.out.open_object();
    ip.mark_deleted();
    body(ip, route, hidden)?;
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

fn body(ip: &mut Ip, route: &Route, hidden: &Hidden) -> Done {
    let details = ip.options.details > 0;
    if route.kind != UNICAST || details {
        let numeric = ip.options.numeric;
        match KINDS.get(usize::from(route.kind)) {
            Some(kind) if !numeric => ip.out.any("type", *kind, format_args!("{kind} ")),
            _ => ip.out.any(
                "type",
                route.kind.to_string(),
                format_args!("{} ", route.kind),
            ),
        }
    }
    destination(ip, route);
    if let Some(source) = route.source.map(address_of).map(Address) {
        let length = route.source_length;
        if length == bits(route.family) {
            ip.out
                .host(source.color(), "from", source.0, ["from ", " "]);
        } else {
            let shown = format_args!("{source}/{length}");
            ip.out.any_in(
                source.color(),
                "from",
                Shown(shown),
                format_args!("from {source}/{length} "),
            );
        }
    } else if route.source_length != 0 {
        let length = route.source_length;
        ip.out.any(
            "from",
            Shown(format_args!("0/{length}")),
            format_args!("from 0/{length} "),
        );
    }
    if let Some(id) = route.next_hop_id {
        ip.out.any("nhid", id, format_args!("nhid {id} "));
    }
    let needed = route.family == MPLS || route.encapsulation.is_some();
    let whole = if needed { whole::of(ip, route)? } else { None };
    let fields = whole.as_ref().map(|whole| whole.fields.as_slice());
    if let Some(stack) = fields.and_then(|fields| octets(fields, whole::NEW_DESTINATION)) {
        let shown = labels(stack);
        ip.out.any("to", &shown, format_args!("as to {shown} "));
    }
    if let Some(kind) = route.encapsulation {
        let inside = fields.map(whole::encapsulation);
        encapsulation::show::show(ip, kind, inside.as_deref())?;
    }
    if route.tos != 0 && !hidden.tos {
        let tos = ip.names.field(route.tos);
        ip.out.any("tos", &tos, format_args!("tos {tos} "));
    }
    if let Some(via) = route.gateway.map(address_of)
        && !hidden.via
    {
        gateway(ip, via, route.family);
    }
    if let Some(index) = route.output_interface
        && !hidden.output
    {
        device(ip, index, color::INTERFACE)?;
    }
    // A lookup of no address has a route of no table.
    let is_in_table = route.table != 0;
    if is_in_table && (route.table != super::filter::MAIN || details) && !hidden.table {
        let table = ip.names.table(route.table);
        ip.out.any("table", table, format_args!("table {table} "));
    }
    if route.flags & CLONED == 0 {
        if (route.protocol != BOOT || details) && !hidden.protocol {
            let protocol = ip.names.protocol(route.protocol);
            ip.out
                .any("protocol", protocol, format_args!("proto {protocol} "));
        }
        if (route.scope != 0 || details) && !hidden.scope {
            let scope = ip.names.scope(route.scope);
            ip.out.any("scope", scope, format_args!("scope {scope} "));
        }
    }
    if let Some(source) = route.preferred_source.map(address_of).map(Address)
        && !hidden.source
    {
        ip.out.text(format_args!("src "));
        ip.out.any_in(
            source.color(),
            "prefsrc",
            Shown(source),
            format_args!("{source} "),
        );
    }
    if let Some(metric) = route.metric
        && !hidden.metric
    {
        ip.out
            .any("metric", metric, format_args!("metric {metric} "));
    }
    flags(ip, route.flags);
    if let Some(mark) = route.mark.filter(|mark| *mark != 0) {
        if mark >= 16 {
            ip.out.any(
                "mark",
                Shown(format_args!("{mark:#x}")),
                format_args!("mark {mark:#x} "),
            );
        } else {
            ip.out.any("mark", mark, format_args!("mark {mark} "));
        }
    }
    if let Some(realms) = route.realms {
        realm(ip, realms);
    }
    if let Some(user) = route.user {
        ip.out.any("uid", user, format_args!("uid {user} "));
    }
    cache(ip, route);
    super::metric::show(ip, route);
    if let Some(index) = route.input_interface
        && !hidden.input
    {
        let name = ip.link_name(index)?;
        ip.out.any("iif", &name, format_args!("iif {name} "));
    }
    if let Some(preference) = route.preference {
        match preference {
            0 => ip.out.any("pref", "medium", format_args!("pref medium")),
            1 => ip.out.any("pref", "high", format_args!("pref high")),
            3 => ip.out.any("pref", "low", format_args!("pref low")),
            other => ip.out.any("pref", other, format_args!("{other}")),
        }
    }
    if let Some(hops) = &route.next_hops {
        let encapsulates = hops.iter().any(|hop| hop.encapsulation.is_some());
        let whole = match encapsulates || route.family == MPLS {
            true => whole::of(ip, route)?,
            false => None,
        };
        ip.out.open_array("nexthops");
        for (place, hop) in hops.iter().enumerate() {
            let fields = whole.as_ref().map(|whole| whole::hop(&whole.fields, place));
            ip.out.open_object();
            next_hop(ip, route, hop, fields.as_deref())?;
            ip.out.close_object();
        }
        ip.out.close_array();
    }
    Ok(())
}

/// RTPROT_BOOT.
const BOOT: u8 = 3;

fn destination(ip: &mut Ip, route: &Route) {
    let length = route.destination_length;
    if route.family == MPLS
        && let Some(std::net::IpAddr::V4(label)) = route.destination.map(address_of)
    {
        let shown = labels(&label.octets());
        ip.out.any("dst", &shown, format_args!("{shown} "));
        return;
    }
    match route.destination.map(address_of).map(Address) {
        Some(address) if length == bits(route.family) => {
            ip.out.host(address.color(), "dst", address.0, ["", " "]);
        }
        Some(address) => {
            ip.out.any_in(
                address.color(),
                "dst",
                Shown(format_args!("{address}/{length}")),
                format_args!("{address}/{length} "),
            );
        }
        None if length != 0 => {
            ip.out.any(
                "dst",
                Shown(format_args!("0/{length}")),
                format_args!("0/{length} "),
            );
        }
        None => ip.out.any("dst", "default", format_args!("default ")),
    }
}

pub(in super::super) fn gateway(ip: &mut Ip, via: std::net::IpAddr, family: u8) {
    if family_of(via) == family {
        ip.out.text(format_args!("via "));
        ip.out.host(color::of(via), "gateway", via, ["", " "]);
        return;
    }
    let name = if family_of(via) == INET {
        "inet"
    } else {
        "inet6"
    };
    ip.out.open_object_at("via");
    ip.out.any("family", name, format_args!("via {name} "));
    ip.out.host(color::of(via), "host", via, ["", " "]);
    ip.out.close_object();
}

pub(in super::super) fn device(ip: &mut Ip, index: u32, color: Color) -> Done {
    // A million times: no copy of the name.
    ip.kernel()?;
    let Ip { out, links, .. } = ip;
    if let Some(name) = links.remembered(index) {
        out.text(format_args!("dev "));
        out.any_in(color, "dev", name, format_args!("{name} "));
        return Ok(());
    }
    let name = ip.link_name(index)?;
    ip.out.text(format_args!("dev "));
    ip.out.any_in(color, "dev", &name, format_args!("{name} "));
    Ok(())
}

pub(in super::super) fn flags(ip: &mut Ip, flags: u32) {
    ip.out.open_array("flags");
    for (_, name) in FLAGS.iter().filter(|(flag, _)| flags & flag != 0) {
        ip.out.element(*name, format_args!("{name} "));
    }
    ip.out.close_array();
}

fn realm(ip: &mut Ip, realms: u32) {
    let (from, to) = (realms >> 16, realms & 0xffff);
    let many = if from != 0 { "s" } else { "" };
    ip.out.text(format_args!("realm{many} "));
    if from != 0 {
        let name = ip.names.realm(from);
        ip.out.any("flow_from", name, format_args!("{name}/"));
    }
    let name = ip.names.realm(to);
    ip.out.any("flow_to", name, format_args!("{name} "));
}

fn cache(ip: &mut Ip, route: &Route) {
    let cloned = route.flags & CLONED != 0;
    if route.family == INET && cloned {
        ip.out.line();
        ip.out.text(format_args!("    cache "));
        ip.out.open_array("cache");
        let mut between = "<";
        for (_, name) in CACHED.iter().filter(|(flag, _)| route.flags & flag != 0) {
            ip.out.element(*name, format_args!("{between}{name}"));
            between = ",";
        }
        if between == "," {
            ip.out.text(format_args!("> "));
        }
        ip.out.close_array();
    } else if route.family != INET6 && !cloned {
        return;
    }
    let Some(cache) = route.cache else {
        return;
    };
    if cache.expires != 0 {
        let seconds = cache.expires / 100;
        ip.out
            .any("expires", seconds, format_args!("expires {seconds}sec "));
    }
    if cache.error != 0 {
        let error = cache.error.cast_signed();
        ip.out.any("error", error, format_args!("error {error} "));
    }
    if ip.options.statistics > 0 {
        if cache.users != 0 {
            ip.out
                .any("users", cache.users, format_args!("users {} ", cache.users));
        }
        if cache.used != 0 {
            ip.out
                .any("used", cache.used, format_args!("used {} ", cache.used));
        }
        if cache.last_use != 0 {
            let age = cache.last_use / 100;
            ip.out.any("age", age, format_args!("age {age}sec "));
        }
    }
}

fn next_hop(ip: &mut Ip, route: &Route, hop: &NextHop, fields: Option<&[Field]>) -> Done {
    if ip.options.one_line {
        ip.out.text(format_args!("\\\tnexthop "));
    } else {
        ip.out.text(format_args!("\n\tnexthop "));
    }
    if let Some(stack) = fields.and_then(|fields| octets(fields, whole::NEW_DESTINATION)) {
        let shown = labels(stack);
        ip.out.any("to", &shown, format_args!("as to {shown} "));
    }
    if let Some(kind) = hop.encapsulation {
        let inside = fields.map(whole::encapsulation);
        encapsulation::show::show(ip, kind, inside.as_deref())?;
    }
    if let Some(via) = hop.gateway.map(address_of) {
        gateway(ip, via, route.family);
    }
    device(ip, hop.output_interface, Color::Plain)?;
    if let Some(realms) = hop.realms {
        realm(ip, realms);
    }
    let weight = u32::from(hop.hops) + 1;
    ip.out
        .any("weight", weight, format_args!("weight {weight} "));
    flags(ip, hop.flags.into());
    Ok(())
}
