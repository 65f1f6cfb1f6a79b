//! A neighbour as text and JSON.

use nethost_sdk::netlink::{Neighbour, ip as address_of};

use super::super::link::layer::link_address;
use super::super::route::show::device;
use crate::color;
use crate::ip::Ip;
use crate::words::Done;

/// NUD_….
pub(crate) const STATES: &[(u16, &str)] = &[
    (0x01, "INCOMPLETE"),
    (0x02, "REACHABLE"),
    (0x04, "STALE"),
    (0x08, "DELAY"),
    (0x10, "PROBE"),
    (0x20, "FAILED"),
    (0x40, "NOARP"),
    (0x80, "PERMANENT"),
];

/// NTF_… that have a word.
const FLAGS: &[(u32, &str, &str)] = &[
    (0x80, "router", "router"),
    (0x08, "proxy", "proxy"),
    (0x10, "extern_learn", "extern_learn"),
    (0x20, "offload", "offload"),
    (0x100, "managed", "managed"),
];

/// A state by name or number.
pub(crate) fn state(name: &str) -> Option<u16> {
    let upper = name.to_ascii_uppercase();
    if name.is_empty() || name != name.to_ascii_lowercase() {
        return None;
    }
    match name {
        "none" => return Some(0),
        "all" => return Some(0xff | 0x100),
        _ => {}
    }
    let known = STATES.iter().find(|(_, known)| known.starts_with(&upper));
    known.map(|(state, _)| *state).or_else(|| {
        let number = crate::words::unsigned(name)?;
        u16::try_from(number).ok().filter(|number| *number < 0x100)
    })
}

/// One neighbour.
pub(crate) fn neighbour(ip: &mut Ip, neighbour: &Neighbour, device_known: bool) -> Done {
    let brief = ip.options.brief;
    ip.out.open_object();
    ip.mark_deleted();
    if let Some(address) = neighbour.destination.map(address_of) {
        let width = if brief { 39 } else { 0 };
        ip.out
            .host_in_column(color::of(address), "dst", address, ["", " "], width);
    }
    if !device_known && neighbour.index != 0 {
        if brief {
            let name = ip.link_name(neighbour.index)?;
            ip.out
                .any_in(color::INTERFACE, "dev", &name, format_args!("{name:<16} "));
        } else {
            device(ip, neighbour.index, color::INTERFACE)?;
        }
    }
    if let Some(address) = &neighbour.link_address {
        let (kernel, links) = ip.kernel_and_links()?;
        let of = links
            .get(kernel, neighbour.index)
            .map_or(1, |link| link.link_type);
        let shown = link_address(address, of);
        if brief {
            ip.out.any_in(
                color::LINK_ADDRESS,
                "lladdr",
                &shown,
                format_args!("{shown}"),
            );
        } else {
            ip.out.text(format_args!("lladdr "));
            ip.out.any_in(
                color::LINK_ADDRESS,
                "lladdr",
                &shown,
                format_args!("{shown} "),
            );
        }
    }
    if brief {
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
        return Ok(());
    }
    for (flag, key, name) in FLAGS {
        if neighbour.flags & flag != 0 {
            ip.out.any(key, (), format_args!("{name} "));
        }
    }
    if ip.options.statistics > 0 {
        if let Some(cache) = neighbour.cache {
            // The kernel counts in 1/100 s.
            let [used, confirmed, updated] =
                [cache.used, cache.confirmed, cache.updated].map(|t| t / 100);
            if cache.users != 0 {
                ip.out
                    .any("refcnt", cache.users, format_args!(" ref {}", cache.users));
            }
            ip.out.any("used", used, format_args!(" used {used}"));
            ip.out
                .any("confirmed", confirmed, format_args!("/{confirmed}"));
            ip.out.any("updated", updated, format_args!("/{updated}"));
        }
        if let Some(probes) = neighbour.probes {
            ip.out
                .any("probes", probes, format_args!("probes {probes} "));
        }
    }
    if neighbour.state != 0 {
        ip.out.open_array("state");
        for (_, name) in STATES
            .iter()
            .filter(|(state, _)| neighbour.state & state != 0)
        {
            ip.out.element(*name, format_args!("{name} "));
        }
        ip.out.close_array();
    }
    if let Some(protocol) = neighbour.protocol.filter(|protocol| *protocol != 0) {
        let name = ip.names.protocol(protocol);
        ip.out.any("protocol", name, format_args!("proto {name} "));
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}
