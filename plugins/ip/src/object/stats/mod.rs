//! `ip stats`, `ip link xstats` and `ip link afstats`: what links count beside their usual statistics.

mod counters;
mod select;

use nethost_sdk::netlink::{Entity, EntityKind, How};

use crate::color;
use crate::entity::{children, entity, number as counted};
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, Words, duplicate, failed, usage, wrong};
use select::{Leaf, Selection};

/// RTM_GETSTATS and RTM_SETSTATS.
const GET: u16 = 94;
const SET: u16 = 95;
/// IFLA_STATS_….
const XSTATS: u16 = 2;
const PORT_XSTATS: u16 = 3;
const FAMILIES: u16 = 5;
/// IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS.
const L3_STATS: u16 = 2;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    match words.next().as_deref() {
        None => show(ip, words),
        Some("help") => Err(help()),
        Some("show") => {
            // Here, -d is another -s.
            let details = ip.options.details;
            ip.options.statistics = ip.options.statistics.saturating_add(details + 1);
            show(ip, words)
        }
        Some("set") => set(ip, words),
        Some(other) => Err(failed(1, super::unknown(other, "stats").stderr)),
    }
}

/// For this object, with exit code 0.
fn help() -> nethost_sdk::Exit {
    let mut help = crate::help::of("stats");
    help.code = 0;
    help
}

/// struct if_stats_msg.
fn header(index: u32, filter: u32) -> [u8; 12] {
    let mut header = [0; 12];
    header[4..8].copy_from_slice(&index.to_ne_bytes());
    header[8..].copy_from_slice(&filter.to_ne_bytes());
    header
}

/// The link that statistics are of.
fn index_of(one: &Entity) -> u32 {
    let index = one.header.get(4..).and_then(<[u8]>::first_chunk);
    index.map_or(0, |index| u32::from_ne_bytes(*index))
}

fn device(words: &mut Words, before: &Option<String>) -> Done<String> {
    let name = words.need()?;
    if before.is_some() {
        return Err(duplicate("dev", &name));
    }
    super::link::change::check_name("dev", &name)?;
    Ok(name)
}

/// A link that is there, or exit code 255 as here.
fn link(ip: &mut Ip, name: &str) -> Done<u32> {
    ip.link_index(name)
}

fn set(ip: &mut Ip, words: &mut Words) -> Done {
    let (mut name, mut on) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => name = Some(device(words, &name)?),
            "l3_stats" => {
                let text = words.need()?;
                if on.is_some() {
                    return Err(failed(
                        22,
                        "A statistics suite to toggle was already given.",
                    ));
                }
                let told = super::link::change::on_or_off("l3_stats", &text);
                on = Some(told.map_err(|error| failed(22, error.stderr))?);
            }
            "help" => return Err(help()),
            other => return Err(what_is(other)),
        }
    }
    let name =
        name.ok_or_else(|| usage("Not enough information: \"dev\" argument is required."))?;
    let on = on.ok_or_else(|| usage("Not enough information: stat type to toggle is required."))?;
    let index = link(ip, &name)?;
    let mut change = entity(EntityKind::LinkStatistics, SET, &header(index, 0));
    change.fields.push(counted(L3_STATS, u8::from(on)));
    ip.change_entity(&change, How::empty())
}

/// EINVAL is what it ends with.
fn what_is(word: &str) -> nethost_sdk::Exit {
    let word = nethost_sdk::text::printable(word);
    failed(22, format!("What is \"{word}\"?"))
}

fn show(ip: &mut Ip, words: &mut Words) -> Done {
    let mut name = None;
    let mut selection = Selection::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => name = Some(device(words, &name)?),
            "help" => return Err(help()),
            word => {
                if !selection.take(words, word)? {
                    return Err(what_is(word));
                }
            }
        }
    }
    let leaves = selection.leaves()?;
    let index = match &name {
        Some(name) => link(ip, name)?,
        None => 0,
    };
    let filter = leaves
        .iter()
        .fold(0, |filter, leaf| filter | 1 << (leaf.attribute - 1));
    let query = entity(EntityKind::LinkStatistics, GET, &header(index, filter));
    let found = ip.entities(&query, index == 0)?;
    let found = found.map_err(|error| match index {
        0 => dump_answer(&error),
        _ => answer(&error),
    })?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        for leaf in &leaves {
            ip.out.open_object();
            head(ip, index_of(one), leaf)?;
            counters::show(ip, leaf, &one.fields);
            ip.out.close_object();
            ip.out.line();
        }
        if index == 0 {
            ip.out.line();
        }
    }
    ip.out.end();
    Ok(())
}

fn head(ip: &mut Ip, index: u32, leaf: &Leaf) -> Done {
    let name = ip.link_name(index)?;
    ip.out.any("ifindex", index, format_args!("{index}:"));
    ip.out
        .any_in(color::INTERFACE, "ifname", &name, format_args!(" {name}:"));
    for (level, name) in select::LEVELS.iter().zip(leaf.path) {
        ip.out.any(level, *name, format_args!(" {level} {name}"));
    }
    Ok(())
}

/// `ip link xstats type KIND …`.
pub(crate) fn of_kind(ip: &mut Ip, words: &mut Words) -> Done {
    const USAGE: &str = "Usage: ... xstats type TYPE [ ARGS ]\n";
    let Some(word) = words.next() else {
        return Err(failed(1, "xstats: missing argument"));
    };
    if crate::words::matches(&word, "help") && !crate::words::matches(&word, "type") {
        return Err(nethost_sdk::Exit::done(USAGE));
    }
    if !crate::words::matches(&word, "type") {
        return Err(wrong(&word, "unknown argument"));
    }
    let kind = words.need()?;
    let (of, attribute) = match kind.strip_suffix("_slave") {
        Some(of) => (of, PORT_XSTATS),
        None => (kind.as_str(), XSTATS),
    };
    if !matches!(of, "bridge" | "bond") {
        return Err(match is_kind(&kind) {
            true => failed(
                1,
                format!("xstats: link type {kind} doesn't support xstats"),
            ),
            false => wrong(&kind, "invalid type"),
        });
    }
    let (mut suite, mut wanted) = (None, None);
    while let Some(word) = words.next() {
        match (of, word.as_str()) {
            ("bridge", "igmp" | "mcast") => suite = Some("mcast"),
            ("bridge", "stp") => suite = Some("stp"),
            ("bond", "lacp" | "802.3ad") => suite = Some("802.3ad"),
            (_, "dev") => {
                let name = words.need()?;
                wanted = Some(ip.link_index(&name)?);
            }
            (_, "help") => {
                let suite = if of == "bridge" { "igmp" } else { "802.3ad" };
                let text = format!("Usage: ... {kind} [ {suite} ] [ dev DEVICE ]\n");
                return Err(nethost_sdk::Exit::done(text));
            }
            (_, word) => return Err(wrong(word, "unknown attribute")),
        }
    }
    let filter = 1 << (attribute - 1);
    let query = entity(EntityKind::LinkStatistics, GET, &header(0, filter));
    let found = ip.entities(&query, true)?;
    let found = found.map_err(|error| dump_answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        let index = index_of(one);
        let of = children(&children(&one.fields, attribute), select::of_kind(of));
        if wanted.is_some_and(|wanted| wanted != index) || of.is_empty() {
            continue;
        }
        let name = ip.link_name(index)?;
        ip.out.open_object();
        ip.out.any("ifname", &name, format_args!("{name:<16}\n"));
        counters::of_kind(ip, &kind, &of, suite);
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

/// Kinds of links that iproute2 knows, with nothing more to count.
fn is_kind(kind: &str) -> bool {
    const KINDS: &[&str] = &[
        "amt",
        "bareudp",
        "batadv",
        "can",
        "dsa",
        "dummy",
        "erspan",
        "geneve",
        "gre",
        "gretap",
        "gtp",
        "hsr",
        "ifb",
        "ip6erspan",
        "ip6gre",
        "ip6gretap",
        "ip6tnl",
        "ipip",
        "ipoib",
        "ipvlan",
        "ipvtap",
        "macsec",
        "macvlan",
        "macvtap",
        "netdevsim",
        "nlmon",
        "rmnet",
        "sit",
        "team",
        "vcan",
        "veth",
        "virt_wifi",
        "vlan",
        "vrf",
        "vti",
        "vxcan",
        "vxlan",
        "wwan",
        "xfrm",
    ];
    KINDS.contains(&kind)
}

/// `ip link afstats`.
pub(crate) fn of_families(ip: &mut Ip, words: &mut Words) -> Done {
    let mut name = None;
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => {
                let text = words.need()?;
                if name.is_some() {
                    return Err(duplicate("dev", &text));
                }
                name = Some(text);
            }
            word if crate::words::matches(word, "help") => return Err(crate::help::of("link")),
            word => return Err(super::unknown(word, "link")),
        }
    }
    let wanted = match name {
        None => None,
        Some(name) => match ip.link_index(&name) {
            Ok(index) => Some(index),
            Err(_) => {
                // With exit code 0, as there.
                nethost_sdk::output::complain(format_args!(
                    "Device \"{}\" does not exist.",
                    nethost_sdk::text::printable(&name)
                ));
                return Ok(());
            }
        },
    };
    let filter = 1 << (FAMILIES - 1);
    let query = entity(EntityKind::LinkStatistics, GET, &header(0, filter));
    let found = ip.entities(&query, true)?;
    let found = found.map_err(|error| dump_answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        let index = index_of(one);
        let families = children(&one.fields, FAMILIES);
        if wanted.is_some_and(|wanted| wanted != index) || families.is_empty() {
            continue;
        }
        let name = ip.link_name(index)?;
        ip.out.open_object();
        ip.out.any("ifindex", index, format_args!("{index}:"));
        ip.out
            .any_in(color::INTERFACE, "ifname", &name, format_args!("{name}"));
        ip.out.line();
        ip.out.text(format_args!("    mpls:"));
        ip.out.line();
        counters::labels(ip, &families, "        ");
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}
