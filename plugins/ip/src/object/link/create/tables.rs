//! The words of each kind of link, in iproute2's order: that decides what the beginning of a word means.

use super::super::kind as field;
use super::{Of, Setting, mapping, option, tunnel};

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
    option(
        "flag",
        2,
        Of::Word(&[("nopromisc", 1), ("nodst", 2), ("null", 0)]),
    ),
    option("macaddr", 3, Of::Own(mapping::link_addresses)),
    option("nopromisc", 2, Of::Yes),
    option("nodst", 2, Of::Is(2)),
    option("bcqueuelen", 7, Of::Number(32)),
];

const VLAN: &[Setting] = &[
    option("protocol", 5, Of::Own(mapping::ethertype)),
    option("id", 1, Of::Number(16)),
    option("reorder_hdr", 2, Of::Own(mapping::flag)),
    option("gvrp", 2, Of::Own(mapping::flag)),
    option("mvrp", 2, Of::Own(mapping::flag)),
    option("loose_binding", 2, Of::Own(mapping::flag)),
    option("bridge_binding", 2, Of::Own(mapping::flag)),
    option("ingress-qos-map", 4, Of::Own(mapping::priorities)),
    option("egress-qos-map", 3, Of::Own(mapping::priorities)),
];

const GENEVE: &[Setting] = &[
    option("id", 1, Of::Number(24)),
    option("vni", 1, Of::Number(24)),
    option("remote", 2, Of::AddressOr(7)),
    option("ttl", 3, Of::LifeOr(12)),
    option("hoplimit", 3, Of::LifeOr(12)),
    option("tos", 4, Of::Service),
    option("dsfield", 4, Of::Service),
    option("df", 13, FRAGMENTS),
    option("label", 11, Of::Number(20)),
    option("flowlabel", 11, Of::Number(20)),
    option("dstport", 5, Of::Number(16)),
    option("external", 6, Of::Flag),
    option("noexternal", 6, Of::Without),
    option("udpcsum", 8, Of::Yes),
    option("noudpcsum", 8, Of::No),
    option("udp6zerocsumtx", 9, Of::Yes),
    option("noudp6zerocsumtx", 9, Of::No),
    option("udp6zerocsumrx", 10, Of::Yes),
    option("noudp6zerocsumrx", 10, Of::No),
    option("innerprotoinherit", 14, Of::Flag),
];

const FRAGMENTS: Of = Of::Word(&[("unset", 0), ("set", 1), ("inherit", 2)]);

const VRF: &[Setting] = &[option("table", 1, Of::Number(32))];

const IPVLAN: &[Setting] = &[
    option("mode", 1, Of::Word(&[("l2", 0), ("l3", 1), ("l3s", 2)])),
    option("private", 2, Of::Yes),
    option("vepa", 2, Of::Is(2)),
    option("bridge", 2, Of::No),
];

const VXLAN: &[Setting] = &[
    option("id", 1, Of::Number(32)),
    option("vni", 1, Of::Number(32)),
    option("group", 2, Of::AddressOr(16)),
    option("remote", 2, Of::AddressOr(16)),
    option("local", 4, Of::AddressOr(17)),
    option("dev", 3, Of::Link),
    option("ttl", 5, Of::LifeOr(28)),
    option("hoplimit", 5, Of::LifeOr(28)),
    option("tos", 6, Of::Service),
    option("dsfield", 6, Of::Service),
    option("flowlabel", 26, Of::Number(32)),
    option("label", 26, Of::Number(32)),
    option("ageing", 8, Of::Number(32)),
    option("maxaddress", 9, Of::Number(32)),
    option("dstport", 15, Of::Number(16)),
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
    option("df", 29, FRAGMENTS),
    option("port", 10, Of::Own(mapping::ports)),
    option("srcport", 10, Of::Own(mapping::ports)),
    option("vnifilter", 30, Of::Yes),
    option("novnifilter", 30, Of::No),
];

const BRIDGE: &[Setting] = &[
    option("forward_delay", 1, Of::Number(32)),
    option("hello_time", 2, Of::Number(32)),
    option("max_age", 3, Of::Number(32)),
    option("ageing_time", 4, Of::Number(32)),
    option("stp_state", 5, Of::Number(32)),
    option("priority", 6, Of::Number(16)),
    option("vlan_filtering", 7, Of::Number(8)),
    option("vlan_protocol", 8, Of::Own(mapping::ethertype)),
    option("group_fwd_mask", 9, Of::Number(16)),
    option("group_address", 20, Of::Mac),
    option("fdb_flush", 21, Of::Flag),
    option("vlan_default_pvid", 39, Of::Number(16)),
    option("vlan_stats_enabled", 41, Of::Number(8)),
    option("vlan_stats_per_port", 45, Of::Number(8)),
    option("mcast_router", 22, Of::Number(8)),
    option("mcast_snooping", 23, Of::Number(8)),
    option("mcast_query_use_ifaddr", 24, Of::Number(8)),
    option("mcast_querier", 25, Of::Number(8)),
    option("mcast_hash_elasticity", 26, Of::Number(32)),
    option("mcast_hash_max", 27, Of::Number(32)),
    option("mcast_last_member_count", 28, Of::Number(32)),
    option("mcast_startup_query_count", 29, Of::Number(32)),
    option("mcast_last_member_interval", 30, Of::Number(64)),
    option("mcast_membership_interval", 31, Of::Number(64)),
    option("mcast_querier_interval", 32, Of::Number(64)),
    option("mcast_query_interval", 33, Of::Number(64)),
    option("mcast_query_response_interval", 34, Of::Number(64)),
    option("mcast_startup_query_interval", 35, Of::Number(64)),
    option("mcast_stats_enabled", 42, Of::Number(8)),
    option("mcast_igmp_version", 43, Of::Number(8)),
    option("mcast_mld_version", 44, Of::Number(8)),
    option("nf_call_iptables", 36, Of::Number(8)),
    option("nf_call_ip6tables", 37, Of::Number(8)),
    option("nf_call_arptables", 38, Of::Number(8)),
    option("no_linklocal_learn", 46, Of::Own(mapping::boolean)),
    option("mcast_vlan_snooping", 46, Of::Own(mapping::boolean)),
];

const BRIDGE_PORT: &[Setting] = &[
    option("fdb_flush", 24, Of::Flag),
    option("state", 1, Of::Number(8)),
    option("priority", 2, Of::Number(16)),
    option("cost", 3, Of::Number(32)),
    option("hairpin", 4, Of::Switch),
    option("guard", 5, Of::Switch),
    option("root_block", 6, Of::Switch),
    option("fastleave", 7, Of::Switch),
    option("learning", 8, Of::Switch),
    option("flood", 9, Of::Switch),
    option("proxy_arp", 10, Of::Switch),
    option("proxy_arp_wifi", 12, Of::Switch),
    option("mcast_router", 25, Of::Number(8)),
    option("mcast_fast_leave", 7, Of::Switch),
    option("mcast_flood", 27, Of::Switch),
    option("bcast_flood", 30, Of::Switch),
    option("mcast_to_unicast", 28, Of::Switch),
    option("group_fwd_mask", 31, Of::Number(16)),
    option("neigh_suppress", 32, Of::Switch),
    option("vlan_tunnel", 29, Of::Switch),
    option("isolated", 33, Of::Switch),
    option("locked", 39, Of::Switch),
    option("backup_port", 34, Of::Link),
    option("nobackup_port", 34, Of::No),
];

const BOND: &[Setting] = &[
    option("mode", 1, Of::Named(field::bond::MODES)),
    option("active_slave", 2, Of::Link),
    option("clear_active_slave", 2, Of::No),
    option("miimon", 3, Of::Number(32)),
    option("updelay", 4, Of::Number(32)),
    option("downdelay", 5, Of::Number(32)),
    option("peer_notify_delay", 28, Of::Number(32)),
    option("use_carrier", 6, Of::Number(8)),
    option("arp_interval", 7, Of::Number(32)),
    option("arp_ip_target", 8, Of::Own(mapping::targets)),
    option("ns_ip6_target", 31, Of::Own(mapping::targets)),
    option("arp_validate", 9, Of::Named(field::bond::VALIDATE)),
    option("arp_all_targets", 10, Of::Named(field::bond::ALL_TARGETS)),
    option("arp_missed_max", 30, Of::Number(8)),
    option("primary", 11, Of::Link),
    option("primary_reselect", 12, Of::Named(field::bond::RESELECT)),
    option("fail_over_mac", 13, Of::Named(field::bond::FAIL_OVER)),
    option("xmit_hash_policy", 14, Of::Named(field::bond::HASH)),
    option("resend_igmp", 15, Of::Number(32)),
    option("num_grat_arp", 16, Of::Number(8)),
    option("num_unsol_na", 16, Of::Number(8)),
    option("all_slaves_active", 17, Of::Number(8)),
    option("min_links", 18, Of::Number(32)),
    option("lp_interval", 19, Of::Number(32)),
    option("packets_per_slave", 20, Of::Number(32)),
    option("lacp_rate", 21, Of::Named(field::bond::RATE)),
    option("lacp_active", 29, Of::Named(field::bond::ACTIVE)),
    option("ad_select", 22, Of::Named(field::bond::SELECT)),
    option("ad_user_port_key", 25, Of::Number(16)),
    option("ad_actor_sys_prio", 24, Of::Number(16)),
    option("ad_actor_system", 26, Of::Mac),
    option("tlb_dynamic_lb", 27, Of::Number(8)),
];

const BOND_PORT: &[Setting] = &[
    option("queue_id", 5, Of::Number(16)),
    option("prio", 9, Of::Signed),
];

const BAREUDP: &[Setting] = &[
    option("dstport", 1, Of::Number(16)),
    option("ethertype", 2, Of::Own(mapping::ethertype)),
    option("srcportmin", 3, Of::Number(16)),
    option("multiproto", 4, Of::Flag),
    option("nomultiproto", 4, Of::Without),
];

const GTP: &[Setting] = &[
    option("role", 4, Of::Named(&[(0, "ggsn"), (1, "sgsn")])),
    option("hsize", 3, Of::Number(17)),
    option("restart_count", 6, Of::Number(8)),
];

const HSR: &[Setting] = &[
    option("supervision", 3, Of::Number(8)),
    option("version", 6, Of::Number(8)),
    option("proto", 7, Of::Number(8)),
    option("slave1", 1, Of::Link),
    option("slave2", 2, Of::Link),
];

const XFRM: &[Setting] = &[
    option("dev", 1, Of::Link),
    option("if_id", 2, Of::Number(32)),
    option("external", 3, Of::Flag),
];

const AMT: &[Setting] = &[
    option("mode", 1, Of::Word(&[("gateway", 0), ("relay", 1)])),
    option("local", 5, Of::AddressOr(5)),
    option("discovery", 7, Of::AddressOr(7)),
    option("max_tunnels", 8, Of::Number(32)),
    option("dev", 4, Of::Link),
    option("gateway_port", 3, Of::Number(16)),
    option("relay_port", 2, Of::Number(16)),
];

const BATADV: &[Setting] = &[option("ra", 1, Of::Text)];

const IPOIB: &[Setting] = &[
    option("pkey", 1, Of::Number(16)),
    option("mode", 2, Of::Word(&[("datagram", 0), ("connected", 1)])),
    option("umcast", 3, Of::Number(16)),
];

const RMNET: &[Setting] = &[option("mux_id", 1, Of::Number(16))];

const VTI: &[Setting] = &[
    option("key", 2, Of::Own(tunnel::both_keys)),
    option("ikey", 2, Of::Own(tunnel::key)),
    option("okey", 3, Of::Own(tunnel::key)),
    option("remote", 5, Of::AddressOr(5)),
    option("local", 4, Of::AddressOr(4)),
    option("dev", 1, Of::Link),
    option("fwmark", 6, Of::Number(32)),
];

/// The words of a kind. None for kinds without any, or with a file of their own.
pub(super) fn of(kind: &str) -> Option<&'static [Setting]> {
    Some(match kind {
        "amt" => AMT,
        "bareudp" => BAREUDP,
        "batadv" => BATADV,
        "bond" => BOND,
        "bond_slave" => BOND_PORT,
        "bridge" => BRIDGE,
        "bridge_slave" => BRIDGE_PORT,
        "geneve" => GENEVE,
        "gtp" => GTP,
        "hsr" => HSR,
        "ipoib" => IPOIB,
        "ipvlan" | "ipvtap" => IPVLAN,
        "macvlan" | "macvtap" => MACVLAN,
        "rmnet" => RMNET,
        "vlan" => VLAN,
        "vrf" => VRF,
        "vti" | "vti6" => VTI,
        "vxlan" => VXLAN,
        "xfrm" => XFRM,
        _ => return None,
    })
}
