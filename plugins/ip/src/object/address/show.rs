//! Addresses as text and JSON.

use nethost_sdk::netlink::{Address, Link, ip as address_of};

use super::super::link::show as link_show;
use crate::color;
use crate::ip::Ip;
use crate::words::{Done, INET, INET6};

/// IFA_F_….
pub(crate) const SECONDARY: u32 = 0x1;
pub(crate) const PERMANENT: u32 = 0x80;
const DEPRECATED: u32 = 0x20;

/// IFA_F_… in the order in which they are shown.
const FLAGS: &[(u32, &str)] = &[
    (0x2, "nodad"),
    (0x4, "optimistic"),
    (0x8, "dadfailed"),
    (0x10, "home"),
    (DEPRECATED, "deprecated"),
    (0x40, "tentative"),
    (PERMANENT, "permanent"),
    (0x100, "mngtmpaddr"),
    (0x200, "noprefixroute"),
    (0x400, "autojoin"),
    (0x800, "stable-privacy"),
];

/// The flag that a word of the command line means, and whether it must be set.
pub(crate) fn flag(word: &str) -> Option<(u32, bool)> {
    let (name, negated) = match word.strip_prefix('-') {
        Some(name) => (name, true),
        None => (word, false),
    };
    let (flag, set) = match name {
        "secondary" | "temporary" => (SECONDARY, true),
        "primary" => (SECONDARY, false),
        "permanent" => (PERMANENT, true),
        "dynamic" => (PERMANENT, false),
        name => {
            let (flag, _) = FLAGS.iter().find(|(_, known)| *known == name)?;
            (*flag, true)
        }
    };
    Some((flag, set != negated))
}

/// The flags that a new address may have.
pub(crate) fn settable(word: &str) -> Option<u32> {
    match word {
        "home" | "nodad" | "mngtmpaddr" | "noprefixroute" | "autojoin" | "optimistic" => FLAGS
            .iter()
            .find(|(_, name)| *name == word)
            .map(|(flag, _)| *flag),
        _ => None,
    }
}

/// A link with its addresses; without a view, only those.
pub(crate) fn link(
    ip: &mut Ip,
    link: &Link,
    addresses: &[&Address],
    view: Option<link_show::View>,
) -> Done {
    let one_line = ip.options.one_line && !ip.options.brief;
    ip.out.open_object();
    if ip.options.brief {
        link_show::brief(ip, link)?;
    } else if !one_line && let Some(view) = view {
        link_show::full(ip, link, view)?;
    }
    ip.out.open_array("addr_info");
    for one in addresses {
        ip.out.open_object();
        address(ip, &link.name, one, one_line);
        ip.out.close_object();
    }
    ip.out.close_array();
    if ip.options.brief {
        ip.out.text(format_args!("\n"));
    } else if !one_line && ip.options.statistics > 0 {
        super::super::link::statistics::behind_addresses(ip, link);
    }
    ip.out.close_object();
    Ok(())
}

/// One address; with `head` it begins with the link that it belongs to.
pub(crate) fn address(ip: &mut Ip, link: &str, address: &Address, head: bool) {
    let local = address.local.or(address.peer).map(address_of);
    let peer = address.peer.or(address.local).map(address_of);
    let (Some(local), Some(peer)) = (local, peer) else {
        return;
    };
    let (brief, length) = (ip.options.brief, address.prefix_length);
    if !brief {
        if head {
            ip.out
                .any("index", address.index, format_args!("{}: ", address.index));
            ip.out.any("dev", link, format_args!("{link}    "));
        } else {
            ip.out.text(format_args!("    "));
        }
        let family = match address.family {
            INET => "inet".to_owned(),
            INET6 => "inet6".to_owned(),
            other => format!("family {other}"),
        };
        ip.out.any("family", &family, format_args!("{family} "));
    }
    let color = color::of_family(address.family);
    ip.out.host(color, "local", local, ["", ""]);
    if peer == local {
        ip.out.any("prefixlen", length, format_args!("/{length} "));
    } else {
        ip.out.text(format_args!(" peer "));
        ip.out.host(color, "address", peer, ["", ""]);
        ip.out.any("prefixlen", length, format_args!("/{length} "));
    }
    if brief {
        return;
    }
    if let Some(metric) = address.metric {
        ip.out
            .any("metric", metric, format_args!("metric {metric} "));
    }
    for (key, text, other) in [
        ("broadcast", "brd", address.broadcast),
        ("anycast", "any", address.anycast),
    ] {
        if let Some(other) = other.map(address_of) {
            ip.out.text(format_args!("{text} "));
            ip.out.host(color, key, other, ["", " "]);
        }
    }
    let scope = ip.names.scope(address.scope);
    ip.out.any("scope", scope, format_args!("scope {scope} "));
    flags(ip, address);
    if let Some(label) = &address.label {
        ip.out.any("label", label, format_args!("{label}"));
    }
    if let Some(lifetime) = address.lifetime {
        ip.out.line();
        ip.out.json("valid_life_time", lifetime.valid);
        ip.out
            .text(format_args!("       valid_lft {}", seconds(lifetime.valid)));
        ip.out.json("preferred_life_time", lifetime.preferred);
        if address.flags & DEPRECATED != 0 {
            ip.out.text(format_args!(" preferred_lft 0sec"));
        } else {
            ip.out.text(format_args!(
                " preferred_lft {}",
                seconds(lifetime.preferred)
            ));
        }
    }
    ip.out.text(format_args!("\n"));
}

fn seconds(seconds: u32) -> String {
    match seconds {
        u32::MAX => "forever".to_owned(),
        seconds => format!("{seconds}sec"),
    }
}

fn flags(ip: &mut Ip, address: &Address) {
    let mut left = address.flags;
    let mut put = |name: &str| ip.out.any(name, true, format_args!("{name} "));
    if left & SECONDARY != 0 {
        put(if address.family == INET6 {
            "temporary"
        } else {
            "secondary"
        });
        left &= !SECONDARY;
    }
    for (flag, name) in FLAGS {
        if *flag == PERMANENT {
            if left & PERMANENT == 0 {
                put("dynamic");
            }
        } else if left & flag != 0 {
            put(name);
        }
        left &= !flag;
    }
    if left != 0 {
        ip.out.any(
            "ifa_flags",
            format!("{left:02x}"),
            format_args!("flags {left:02x} "),
        );
    }
}
