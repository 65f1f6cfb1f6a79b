//! The attributes of each kind of link, and those of its ports (linux/if_link.h, linux/if_tunnel.h).

use crate::attribute::Type::{
    Be16, Be32, Bytes, Flag, I32, Ip, Mac, Nest, Repeated, Text, U8, U16, U32, U64,
};
use crate::attribute::{Entry, entry};

/// IFLA_INFO_DATA of a link of this kind.
pub fn data(kind: &str) -> &'static [Entry] {
    match kind {
        "amt" => AMT,
        "bareudp" => BAREUDP,
        "batadv" => BATADV,
        "bond" => BOND,
        "bridge" => BRIDGE,
        "geneve" => GENEVE,
        "gtp" => GTP,
        "gre" | "gretap" | "ip6gre" | "ip6gretap" | "erspan" | "ip6erspan" => GRE,
        "hsr" => HSR,
        "ipip" | "sit" | "ip6tnl" => IPTUN,
        "ipoib" => IPOIB,
        "ipvlan" | "ipvtap" => IPVLAN,
        "macsec" => MACSEC,
        "macvlan" | "macvtap" => MACVLAN,
        "rmnet" => RMNET,
        "tun" => TUN,
        "vlan" => VLAN,
        "vrf" => VRF,
        "vti" | "vti6" => VTI,
        "vxlan" => VXLAN,
        "xfrm" => XFRM,
        _ => &[],
    }
}

/// IFLA_INFO_SLAVE_DATA of a port of a link of this kind.
pub fn port_data(kind: &str) -> &'static [Entry] {
    match kind {
        "bond" => BOND_PORT,
        "bridge" => BRIDGE_PORT,
        "vrf" => VRF,
        _ => &[],
    }
}

/// IFLA_VLAN_….
const VLAN: &[Entry] = &[
    entry(1, "id", U16),
    entry(2, "flags", Bytes),
    entry(3, "egress-qos", Repeated(QOS)),
    entry(4, "ingress-qos", Repeated(QOS)),
    entry(5, "protocol", Be16),
];

/// IFLA_VLAN_QOS_MAPPING: struct ifla_vlan_qos_mapping.
const QOS: &[Entry] = &[entry(1, "qos-mapping", Bytes)];

/// IFLA_MACVLAN_….
const MACVLAN: &[Entry] = &[
    entry(1, "mode", U32),
    entry(2, "flags", U16),
    entry(3, "macaddr-mode", U32),
    entry(4, "macaddr", Mac),
    entry(5, "macaddr-data", Repeated(MACADDRS)),
    entry(6, "macaddr-count", U32),
    entry(7, "bc-queue-len", U32),
    entry(8, "bc-queue-len-used", U32),
];

/// The addresses of a macvlan in source mode.
const MACADDRS: &[Entry] = &[entry(4, "macaddr", Mac)];

/// IFLA_VRF_….
const VRF: &[Entry] = &[entry(1, "table", U32)];

/// IFLA_IPVLAN_….
const IPVLAN: &[Entry] = &[entry(1, "mode", U16), entry(2, "flags", U16)];

/// IFLA_VXLAN_….
const VXLAN: &[Entry] = &[
    entry(1, "id", U32),
    entry(2, "group", Ip),
    entry(3, "link", U32),
    entry(4, "local", Ip),
    entry(5, "ttl", U8),
    entry(6, "tos", U8),
    entry(7, "learning", U8),
    entry(8, "ageing", U32),
    entry(9, "limit", U32),
    entry(10, "port-range", Bytes),
    entry(11, "proxy", U8),
    entry(12, "rsc", U8),
    entry(13, "l2miss", U8),
    entry(14, "l3miss", U8),
    entry(15, "port", Be16),
    entry(16, "group6", Ip),
    entry(17, "local6", Ip),
    entry(18, "udp-csum", U8),
    entry(19, "udp-zero-csum6-tx", U8),
    entry(20, "udp-zero-csum6-rx", U8),
    entry(21, "remcsum-tx", U8),
    entry(22, "remcsum-rx", U8),
    entry(23, "gbp", Flag),
    entry(24, "remcsum-nopartial", Flag),
    entry(25, "collect-metadata", U8),
    entry(26, "label", Be32),
    entry(27, "gpe", Flag),
    entry(28, "ttl-inherit", Flag),
    entry(29, "df", U8),
    entry(30, "vnifilter", U8),
];

/// IFLA_GENEVE_….
const GENEVE: &[Entry] = &[
    entry(1, "id", U32),
    entry(2, "remote", Ip),
    entry(3, "ttl", U8),
    entry(4, "tos", U8),
    entry(5, "port", Be16),
    entry(6, "collect-metadata", Flag),
    entry(7, "remote6", Ip),
    entry(8, "udp-csum", U8),
    entry(9, "udp-zero-csum6-tx", U8),
    entry(10, "udp-zero-csum6-rx", U8),
    entry(11, "label", Be32),
    entry(12, "ttl-inherit", U8),
    entry(13, "df", U8),
    entry(14, "inner-proto-inherit", Flag),
];

/// IFLA_BR_….
const BRIDGE: &[Entry] = &[
    entry(1, "forward-delay", U32),
    entry(2, "hello-time", U32),
    entry(3, "max-age", U32),
    entry(4, "ageing-time", U32),
    entry(5, "stp-state", U32),
    entry(6, "priority", U16),
    entry(7, "vlan-filtering", U8),
    entry(8, "vlan-protocol", Be16),
    entry(9, "group-fwd-mask", U16),
    entry(10, "root-id", Bytes),
    entry(11, "bridge-id", Bytes),
    entry(12, "root-port", U16),
    entry(13, "root-path-cost", U32),
    entry(14, "topology-change", U8),
    entry(15, "topology-change-detected", U8),
    entry(16, "hello-timer", U64),
    entry(17, "tcn-timer", U64),
    entry(18, "topology-change-timer", U64),
    entry(19, "gc-timer", U64),
    entry(20, "group-addr", Mac),
    entry(21, "fdb-flush", Flag),
    entry(22, "mcast-router", U8),
    entry(23, "mcast-snooping", U8),
    entry(24, "mcast-query-use-ifaddr", U8),
    entry(25, "mcast-querier", U8),
    entry(26, "mcast-hash-elasticity", U32),
    entry(27, "mcast-hash-max", U32),
    entry(28, "mcast-last-member-count", U32),
    entry(29, "mcast-startup-query-count", U32),
    entry(30, "mcast-last-member-interval", U64),
    entry(31, "mcast-membership-interval", U64),
    entry(32, "mcast-querier-interval", U64),
    entry(33, "mcast-query-interval", U64),
    entry(34, "mcast-query-response-interval", U64),
    entry(35, "mcast-startup-query-interval", U64),
    entry(36, "nf-call-iptables", U8),
    entry(37, "nf-call-ip6tables", U8),
    entry(38, "nf-call-arptables", U8),
    entry(39, "vlan-default-pvid", U16),
    entry(41, "vlan-stats-enabled", U8),
    entry(42, "mcast-stats-enabled", U8),
    entry(43, "mcast-igmp-version", U8),
    entry(44, "mcast-mld-version", U8),
    entry(45, "vlan-stats-per-port", U8),
    entry(46, "multi-boolopt", Bytes),
];

/// IFLA_BRPORT_….
const BRIDGE_PORT: &[Entry] = &[
    entry(1, "state", U8),
    entry(2, "priority", U16),
    entry(3, "cost", U32),
    entry(4, "hairpin", U8),
    entry(5, "guard", U8),
    entry(6, "root-block", U8),
    entry(7, "fastleave", U8),
    entry(8, "learning", U8),
    entry(9, "flood", U8),
    entry(10, "proxy-arp", U8),
    entry(11, "learning-sync", U8),
    entry(12, "proxy-arp-wifi", U8),
    entry(13, "root-id", Bytes),
    entry(14, "bridge-id", Bytes),
    entry(15, "designated-port", U16),
    entry(16, "designated-cost", U16),
    entry(17, "id", U16),
    entry(18, "no", U16),
    entry(19, "topology-change-ack", U8),
    entry(20, "config-pending", U8),
    entry(21, "message-age-timer", U64),
    entry(22, "forward-delay-timer", U64),
    entry(23, "hold-timer", U64),
    entry(24, "flush", Flag),
    entry(25, "multicast-router", U8),
    entry(27, "mcast-flood", U8),
    entry(28, "mcast-to-unicast", U8),
    entry(29, "vlan-tunnel", U8),
    entry(30, "bcast-flood", U8),
    entry(31, "group-fwd-mask", U16),
    entry(32, "neigh-suppress", U8),
    entry(33, "isolated", U8),
    entry(34, "backup-port", U32),
    entry(35, "mrp-ring-open", U8),
    entry(36, "mrp-in-open", U8),
    entry(37, "mcast-eht-hosts-limit", U32),
    entry(38, "mcast-eht-hosts-cnt", U32),
    entry(39, "locked", U8),
];

/// IFLA_BOND_….
const BOND: &[Entry] = &[
    entry(1, "mode", U8),
    entry(2, "active-slave", U32),
    entry(3, "miimon", U32),
    entry(4, "updelay", U32),
    entry(5, "downdelay", U32),
    entry(6, "use-carrier", U8),
    entry(7, "arp-interval", U32),
    entry(8, "arp-ip-target", Nest(TARGETS)),
    entry(9, "arp-validate", U32),
    entry(10, "arp-all-targets", U32),
    entry(11, "primary", U32),
    entry(12, "primary-reselect", U8),
    entry(13, "fail-over-mac", U8),
    entry(14, "xmit-hash-policy", U8),
    entry(15, "resend-igmp", U32),
    entry(16, "num-peer-notif", U8),
    entry(17, "all-slaves-active", U8),
    entry(18, "min-links", U32),
    entry(19, "lp-interval", U32),
    entry(20, "packets-per-slave", U32),
    entry(21, "ad-lacp-rate", U8),
    entry(22, "ad-select", U8),
    entry(23, "ad-info", Nest(BOND_AD)),
    entry(24, "ad-actor-sys-prio", U16),
    entry(25, "ad-user-port-key", U16),
    entry(26, "ad-actor-system", Mac),
    entry(27, "tlb-dynamic-lb", U8),
    entry(28, "peer-notif-delay", U32),
    entry(29, "ad-lacp-active", U8),
    entry(30, "missed-max", U8),
    entry(31, "ns-ip6-target", Nest(TARGETS)),
];

/// The targets of a bond's ARP or ND monitor, by their index.
const TARGETS: &[Entry] = &[
    entry(0, "target", Ip),
    entry(1, "target", Ip),
    entry(2, "target", Ip),
    entry(3, "target", Ip),
    entry(4, "target", Ip),
    entry(5, "target", Ip),
    entry(6, "target", Ip),
    entry(7, "target", Ip),
    entry(8, "target", Ip),
    entry(9, "target", Ip),
    entry(10, "target", Ip),
    entry(11, "target", Ip),
    entry(12, "target", Ip),
    entry(13, "target", Ip),
    entry(14, "target", Ip),
    entry(15, "target", Ip),
];

/// IFLA_BOND_AD_INFO_….
const BOND_AD: &[Entry] = &[
    entry(1, "aggregator", U16),
    entry(2, "num-ports", U16),
    entry(3, "actor-key", U16),
    entry(4, "partner-key", U16),
    entry(5, "partner-mac", Mac),
];

/// IFLA_BOND_SLAVE_….
const BOND_PORT: &[Entry] = &[
    entry(1, "state", U8),
    entry(2, "mii-status", U8),
    entry(3, "link-failure-count", U32),
    entry(4, "perm-hwaddr", Mac),
    entry(5, "queue-id", U16),
    entry(6, "ad-aggregator-id", U16),
    entry(7, "ad-actor-oper-port-state", U8),
    entry(8, "ad-partner-oper-port-state", U16),
    entry(9, "prio", I32),
];

/// IFLA_TUN_….
const TUN: &[Entry] = &[
    entry(1, "owner", U32),
    entry(2, "group", U32),
    entry(3, "type", U8),
    entry(4, "pi", U8),
    entry(5, "vnet-hdr", U8),
    entry(6, "persist", U8),
    entry(7, "multi-queue", U8),
    entry(8, "num-queues", U32),
    entry(9, "num-disabled-queues", U32),
];

/// IFLA_IPTUN_….
const IPTUN: &[Entry] = &[
    entry(1, "link", U32),
    entry(2, "local", Ip),
    entry(3, "remote", Ip),
    entry(4, "ttl", U8),
    entry(5, "tos", U8),
    entry(6, "encap-limit", U8),
    entry(7, "flowinfo", Be32),
    entry(8, "flags", Bytes),
    entry(9, "proto", U8),
    entry(10, "pmtudisc", U8),
    entry(11, "6rd-prefix", Ip),
    entry(12, "6rd-relay-prefix", Be32),
    entry(13, "6rd-prefixlen", U16),
    entry(14, "6rd-relay-prefixlen", U16),
    entry(15, "encap-type", U16),
    entry(16, "encap-flags", U16),
    entry(17, "encap-sport", Be16),
    entry(18, "encap-dport", Be16),
    entry(19, "collect-metadata", Flag),
    entry(20, "fwmark", U32),
];

/// IFLA_GRE_….
const GRE: &[Entry] = &[
    entry(1, "link", U32),
    entry(2, "iflags", Be16),
    entry(3, "oflags", Be16),
    entry(4, "ikey", Be32),
    entry(5, "okey", Be32),
    entry(6, "local", Ip),
    entry(7, "remote", Ip),
    entry(8, "ttl", U8),
    entry(9, "tos", U8),
    entry(10, "pmtudisc", U8),
    entry(11, "encap-limit", U8),
    entry(12, "flowinfo", Be32),
    entry(13, "flags", U32),
    entry(14, "encap-type", U16),
    entry(15, "encap-flags", U16),
    entry(16, "encap-sport", Be16),
    entry(17, "encap-dport", Be16),
    entry(18, "collect-metadata", Flag),
    entry(19, "ignore-df", U8),
    entry(20, "fwmark", U32),
    entry(21, "erspan-index", U32),
    entry(22, "erspan-ver", U8),
    entry(23, "erspan-dir", U8),
    entry(24, "erspan-hwid", U16),
];

/// IFLA_VTI_….
const VTI: &[Entry] = &[
    entry(1, "link", U32),
    entry(2, "ikey", Be32),
    entry(3, "okey", Be32),
    entry(4, "local", Ip),
    entry(5, "remote", Ip),
    entry(6, "fwmark", U32),
];

/// IFLA_XFRM_….
const XFRM: &[Entry] = &[
    entry(1, "link", U32),
    entry(2, "if-id", U32),
    entry(3, "collect-metadata", Flag),
];

/// IFLA_MACSEC_….
const MACSEC: &[Entry] = &[
    entry(1, "sci", U64),
    entry(2, "port", Be16),
    entry(3, "icv-length", U8),
    entry(4, "cipher-suite", U64),
    entry(5, "window", U32),
    entry(6, "encoding-sa", U8),
    entry(7, "encrypt", U8),
    entry(8, "protect", U8),
    entry(9, "inc-sci", U8),
    entry(10, "es", U8),
    entry(11, "scb", U8),
    entry(12, "replay-protect", U8),
    entry(13, "validation", U8),
    entry(15, "offload", U8),
];

/// IFLA_BAREUDP_….
const BAREUDP: &[Entry] = &[
    entry(1, "port", Be16),
    entry(2, "ethertype", Be16),
    entry(3, "source-port-min", U16),
    entry(4, "multiproto", Flag),
];

/// IFLA_GTP_…. Not the descriptors of sockets: those of the broker are not a plugin's.
const GTP: &[Entry] = &[
    entry(3, "hash-size", U32),
    entry(4, "role", U32),
    entry(5, "create-sockets", U8),
    entry(6, "restart-count", U8),
];

/// IFLA_HSR_….
const HSR: &[Entry] = &[
    entry(1, "slave1", U32),
    entry(2, "slave2", U32),
    entry(3, "multicast-spec", U8),
    entry(4, "supervision", Mac),
    entry(5, "sequence", U16),
    entry(6, "version", U8),
    entry(7, "protocol", U8),
];

/// IFLA_AMT_….
const AMT: &[Entry] = &[
    entry(1, "mode", U32),
    entry(2, "relay-port", Be16),
    entry(3, "gateway-port", Be16),
    entry(4, "link", U32),
    entry(5, "local", Ip),
    entry(6, "remote", Ip),
    entry(7, "discovery", Ip),
    entry(8, "max-tunnels", U32),
];

/// IFLA_BATADV_ALGO_NAME.
const BATADV: &[Entry] = &[entry(1, "algorithm", Text)];

/// IFLA_IPOIB_….
const IPOIB: &[Entry] = &[
    entry(1, "pkey", U16),
    entry(2, "mode", U16),
    entry(3, "umcast", U16),
];

/// IFLA_RMNET_….
const RMNET: &[Entry] = &[entry(1, "mux-id", U16), entry(2, "flags", Bytes)];
