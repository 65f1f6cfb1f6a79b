//! `type KIND …`: what each kind takes, and `type KIND_slave …` for ports.

use nethost_sdk::netlink::{Attribute, AttributeValue as Value, to_wit};
use nethost_sdk::output::complain;

use super::change::{Said, on_off, peer};
use crate::ip::Ip;
use crate::words::{
    Done, Words, address, failed, link_address, matches, number, one_of, usage, wrong,
};

/// A word of a kind, and the attribute it sets.
struct Setting {
    word: &'static str,
    id: u32,
    of: Of,
}

/// What follows the word.
#[derive(Clone, Copy)]
enum Of {
    Number,
    /// `on` or `off`, as 1 or 0.
    Switch,
    /// Nothing: the word is 1.
    Yes,
    /// Nothing: the word is 0.
    No,
    /// Nothing: the attribute is there.
    Flag,
    Link,
    /// IPv4 under this number, IPv6 under the other.
    AddressOr(u32),
    Mac,
    Word(&'static [(&'static str, u64)]),
    /// 1 for `inherit`.
    Inherit,
}

const fn option(word: &'static str, id: u32, of: Of) -> Setting {
    Setting { word, id, of }
}

const MACVLAN: &[Setting] = &[
    option(
        "mode",
        1,
        Of::Word(&[
            ("private", 1),
            ("vepa", 2),
            ("bridge", 4),
            ("passthru", 8),
            ("source", 16),
        ]),
    ),
    option("nopromisc", 2, Of::Yes),
    option("bcqueuelen", 7, Of::Number),
];

const VLAN: &[Setting] = &[
    option(
        "protocol",
        5,
        Of::Word(&[("802.1q", 0x8100), ("802.1Q", 0x8100), ("802.1ad", 0x88a8)]),
    ),
    option("id", 1, Of::Number),
];

const GENEVE: &[Setting] = &[
    option("id", 1, Of::Number),
    option("vni", 1, Of::Number),
    option("remote", 2, Of::AddressOr(7)),
    option("ttl", 3, Of::Number),
    option("tos", 4, Of::Number),
    option("dstport", 5, Of::Number),
    option("external", 6, Of::Flag),
];

const VRF: &[Setting] = &[option("table", 1, Of::Number)];

const IPVLAN: &[Setting] = &[
    option("mode", 1, Of::Word(&[("l2", 0), ("l3", 1), ("l3s", 2)])),
    option("bridge", 2, Of::No),
    option("private", 2, Of::Yes),
];

const VXLAN: &[Setting] = &[
    option("id", 1, Of::Number),
    option("vni", 1, Of::Number),
    option("group", 2, Of::AddressOr(16)),
    option("remote", 2, Of::AddressOr(16)),
    option("local", 4, Of::AddressOr(17)),
    option("dev", 3, Of::Link),
    option("ttl", 5, Of::Inherit),
    option("hoplimit", 5, Of::Inherit),
    option("tos", 6, Of::Inherit),
    option("dsfield", 6, Of::Inherit),
    option("flowlabel", 26, Of::Number),
    option("label", 26, Of::Number),
    option("ageing", 8, Of::Number),
    option("maxaddress", 9, Of::Number),
    option("dstport", 15, Of::Number),
    option("learning", 7, Of::Yes),
    option("nolearning", 7, Of::No),
    option("proxy", 11, Of::Yes),
    option("noproxy", 11, Of::No),
    option("rsc", 12, Of::Yes),
    option("norsc", 12, Of::No),
    option("l2miss", 13, Of::Yes),
    option("nol2miss", 13, Of::No),
    option("l3miss", 14, Of::Yes),
    option("nol3miss", 14, Of::No),
    option("udpcsum", 18, Of::Yes),
    option("noudpcsum", 18, Of::No),
    option("udp6zerocsumtx", 19, Of::Yes),
    option("noudp6zerocsumtx", 19, Of::No),
    option("udp6zerocsumrx", 20, Of::Yes),
    option("noudp6zerocsumrx", 20, Of::No),
    option("remcsumtx", 21, Of::Yes),
    option("noremcsumtx", 21, Of::No),
    option("remcsumrx", 22, Of::Yes),
    option("noremcsumrx", 22, Of::No),
    option("external", 25, Of::Yes),
    option("noexternal", 25, Of::No),
    option("gbp", 23, Of::Flag),
    option("gpe", 27, Of::Flag),
    option(
        "df",
        29,
        Of::Word(&[("unset", 0), ("set", 1), ("inherit", 2)]),
    ),
];

const BRIDGE: &[Setting] = &[
    option("forward_delay", 1, Of::Number),
    option("hello_time", 2, Of::Number),
    option("max_age", 3, Of::Number),
    option("ageing_time", 4, Of::Number),
    option("stp_state", 5, Of::Number),
    option("priority", 6, Of::Number),
    option("vlan_filtering", 7, Of::Number),
    option(
        "vlan_protocol",
        8,
        Of::Word(&[("802.1Q", 0x8100), ("802.1q", 0x8100), ("802.1ad", 0x88a8)]),
    ),
    option("group_fwd_mask", 9, Of::Number),
    option("group_address", 20, Of::Mac),
    option("fdb_flush", 21, Of::Flag),
    option("vlan_default_pvid", 39, Of::Number),
    option("vlan_stats_enabled", 41, Of::Number),
    option("vlan_stats_per_port", 45, Of::Number),
    option("mcast_router", 22, Of::Number),
    option("mcast_snooping", 23, Of::Number),
    option("mcast_query_use_ifaddr", 24, Of::Number),
    option("mcast_querier", 25, Of::Number),
    option("mcast_hash_elasticity", 26, Of::Number),
    option("mcast_hash_max", 27, Of::Number),
    option("mcast_last_member_count", 28, Of::Number),
    option("mcast_startup_query_count", 29, Of::Number),
    option("mcast_last_member_interval", 30, Of::Number),
    option("mcast_membership_interval", 31, Of::Number),
    option("mcast_querier_interval", 32, Of::Number),
    option("mcast_query_interval", 33, Of::Number),
    option("mcast_query_response_interval", 34, Of::Number),
    option("mcast_startup_query_interval", 35, Of::Number),
    option("mcast_stats_enabled", 42, Of::Number),
    option("mcast_igmp_version", 43, Of::Number),
    option("mcast_mld_version", 44, Of::Number),
    option("nf_call_iptables", 36, Of::Number),
    option("nf_call_ip6tables", 37, Of::Number),
    option("nf_call_arptables", 38, Of::Number),
];

const BRIDGE_PORT: &[Setting] = &[
    option("fdb_flush", 24, Of::Flag),
    option("state", 1, Of::Number),
    option("priority", 2, Of::Number),
    option("cost", 3, Of::Number),
    option("hairpin", 4, Of::Switch),
    option("guard", 5, Of::Switch),
    option("root_block", 6, Of::Switch),
    option("fastleave", 7, Of::Switch),
    option("learning", 8, Of::Switch),
    option("flood", 9, Of::Switch),
    option("proxy_arp", 10, Of::Switch),
    option("proxy_arp_wifi", 12, Of::Switch),
    option("mcast_router", 25, Of::Number),
    option("mcast_fast_leave", 7, Of::Switch),
    option("mcast_flood", 27, Of::Switch),
    option("bcast_flood", 30, Of::Switch),
    option("mcast_to_unicast", 28, Of::Switch),
    option("group_fwd_mask", 31, Of::Number),
    option("neigh_suppress", 32, Of::Switch),
    option("vlan_tunnel", 29, Of::Switch),
    option("isolated", 33, Of::Switch),
    option("locked", 39, Of::Switch),
    option("backup_port", 34, Of::Link),
    option("nobackup_port", 34, Of::No),
];

const BOND: &[Setting] = &[
    option(
        "mode",
        1,
        Of::Word(&[
            ("balance-rr", 0),
            ("active-backup", 1),
            ("balance-xor", 2),
            ("broadcast", 3),
            ("802.3ad", 4),
            ("balance-tlb", 5),
            ("balance-alb", 6),
        ]),
    ),
    option("active_slave", 2, Of::Link),
    option("clear_active_slave", 2, Of::No),
    option("miimon", 3, Of::Number),
    option("updelay", 4, Of::Number),
    option("downdelay", 5, Of::Number),
    option("use_carrier", 6, Of::Number),
    option("arp_interval", 7, Of::Number),
    option("primary", 11, Of::Link),
    option(
        "xmit_hash_policy",
        14,
        Of::Word(&[
            ("layer2", 0),
            ("layer3+4", 1),
            ("layer2+3", 2),
            ("encap2+3", 3),
            ("encap3+4", 4),
            ("vlan+srcmac", 5),
        ]),
    ),
    option("min_links", 18, Of::Number),
    option("lacp_rate", 21, Of::Word(&[("slow", 0), ("fast", 1)])),
];

/// The words behind `type KIND`.
pub(super) fn kind(ip: &mut Ip, words: &mut Words, said: &mut Said, kind: &str) -> Done {
    if let Some(of) = kind.strip_suffix("_slave") {
        let table = match of {
            "bridge" => BRIDGE_PORT,
            _ => {
                return Err(failed(
                    1,
                    format!("Garbage instead of arguments \"{kind} ...\". Try \"ip link help\"."),
                ));
            }
        };
        said.change.port_kind = Some(of.to_owned());
        said.change.port_data = options(ip, words, kind, table)?;
        return Ok(());
    }
    said.change.kind = Some(kind.to_owned());
    if kind == "veth" {
        if words.peek() == Some("peer") {
            words.next();
            said.change.peer = Some(peer(ip, words)?);
        }
        return rest(words, kind);
    }
    let table = match kind {
        "bond" => BOND,
        "bridge" => BRIDGE,
        "geneve" => GENEVE,
        "ipvlan" | "ipvtap" => IPVLAN,
        "macvlan" | "macvtap" => MACVLAN,
        "vlan" => VLAN,
        "vrf" => VRF,
        "vxlan" => VXLAN,
        _ => return rest(words, kind),
    };
    said.change.kind_data = options(ip, words, kind, table)?;
    Ok(())
}

/// What a new link needs besides, and what cannot be together.
pub(super) fn complete(kind: &str, data: &mut Vec<Attribute>) -> Done {
    match kind {
        "vxlan" => vxlan(data),
        "macvlan" | "macvtap" => macvlan(kind, data),
        _ => Ok(()),
    }
}

/// Kinds without words of their own.
fn rest(words: &mut Words, kind: &str) -> Done {
    match words.next() {
        None => Ok(()),
        Some(word) => Err(usage(format!(
            "Garbage instead of arguments \"{} ...\". Try \"ip link help\" ({kind}).",
            nethost_sdk::text::printable(&word)
        ))),
    }
}

fn options(ip: &mut Ip, words: &mut Words, kind: &str, table: &[Setting]) -> Done<Vec<Attribute>> {
    let mut attributes = Vec::new();
    while let Some(word) = words.next() {
        if kind == "vxlan" && (word == "srcport" || word == "port") {
            let low: u16 = number(&words.need()?, "min port")?;
            let high: u16 = number(&words.need()?, "max port")?;
            let mut range = low.to_be_bytes().to_vec();
            range.extend(high.to_be_bytes());
            attributes.push(Attribute {
                id: 10,
                value: Value::Bytes(range),
            });
            continue;
        }
        if kind == "vlan"
            && matches!(
                word.as_str(),
                "reorder_hdr" | "gvrp" | "mvrp" | "loose_binding" | "bridge_binding"
            )
        {
            let bit: u32 = match word.as_str() {
                "reorder_hdr" => 1,
                "gvrp" => 2,
                "loose_binding" => 4,
                "mvrp" => 8,
                _ => 16,
            };
            let flags = if on_off(&word, &words.need()?)? {
                bit
            } else {
                0
            };
            let mut bytes = flags.to_ne_bytes().to_vec();
            bytes.extend(bit.to_ne_bytes());
            attributes.push(Attribute {
                id: 2,
                value: Value::Bytes(bytes),
            });
            continue;
        }
        let Some(found) = table.iter().find(|option| {
            // Only this kind takes the beginnings of its words.
            option.word == word || kind == "vlan" && matches(&word, option.word)
        }) else {
            return Err(usage(format!(
                "{kind}: unknown command \"{}\"?",
                nethost_sdk::text::printable(&word)
            )));
        };
        let (id, value) = value(ip, words, found)?;
        attributes.retain(|attribute: &Attribute| attribute.id != id);
        attributes.push(Attribute { id, value });
    }
    Ok(attributes)
}

fn value(ip: &mut Ip, words: &mut Words, option: &Setting) -> Done<(u32, Value)> {
    let (id, word) = (option.id, option.word);
    let value = match option.of {
        Of::Yes => Value::Number(1),
        Of::No => Value::Number(0),
        Of::Flag => Value::Flag,
        Of::Switch => Value::Number(on_off(word, &words.need()?)?.into()),
        Of::Number => Value::Number(number(&words.need()?, &format!("invalid {word}"))?),
        Of::Link => {
            let name = words.need()?;
            Value::Number(ip.link_index(&name)?.into())
        }
        Of::AddressOr(other) => {
            let address = address(&words.need()?, 0)?;
            let id = if address.is_ipv4() { id } else { other };
            return Ok((id, Value::Address(to_wit(address))));
        }
        Of::Mac => {
            let octets = link_address(&words.need()?)?;
            Value::LinkAddress(nethost_sdk::netlink::link_address(&octets))
        }
        Of::Word(known) => {
            let name = words.need()?;
            let found = known.iter().find(|(word, _)| *word == name);
            let (_, number) = found.ok_or_else(|| {
                let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                one_of(word, &names, &name)
            })?;
            Value::Number(*number)
        }
        Of::Inherit => {
            let text = words.need()?;
            match text.as_str() {
                "inherit" if id == 5 => return Ok((28, Value::Flag)),
                "inherit" => Value::Number(1),
                "auto" => Value::Number(0),
                text => Value::Number(number::<u8>(text, &format!("invalid {word}"))?.into()),
            }
        }
    };
    Ok((id, value))
}

fn macvlan(kind: &str, data: &[Attribute]) -> Done {
    let is = |id, number| {
        let wanted = Attribute {
            id,
            value: Value::Number(number),
        };
        data.iter()
            .any(|attribute| format!("{attribute:?}") == format!("{wanted:?}"))
    };
    if is(2, 1) && !is(1, 8) {
        return Err(failed(
            1,
            format!("{kind}: nopromisc flag only valid in passthru mode"),
        ));
    }
    Ok(())
}

/// What iproute2 says and adds on its own account.
fn vxlan(data: &mut Vec<Attribute>) -> Done {
    let has = |data: &[Attribute], id| data.iter().any(|attribute| attribute.id == id);
    if let Some(Attribute {
        value: Value::Number(id),
        ..
    }) = data.iter().find(|a| a.id == 1)
        && *id >= 1 << 24
    {
        return Err(wrong(&id.to_string(), "invalid id"));
    }
    let external = has(data, 25);
    if external && !has(data, 7) {
        data.push(Attribute {
            id: 7,
            value: Value::Number(0),
        });
    }
    if !has(data, 15) && !external {
        complain(format_args!(
            "vxlan: destination port not specified\nWill use Linux kernel default (non-standard value)"
        ));
        complain(format_args!(
            "Use 'dstport 4789' to get the IANA assigned value\nUse 'dstport 0' to get default and quiet this message"
        ));
    }
    Ok(())
}
