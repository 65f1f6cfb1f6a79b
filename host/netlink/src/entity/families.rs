//! The rows of the table (linux/nexthop.h, netconf.h, if_link.h, mptcp.h, if_macsec.h, fou.h, seg6_genl.h, ioam6_genl.h,
//! ila.h, l2tp.h).

use super::{Bus, EntityKind, Family, Part};
use crate::attribute::Type::{Be16, Bytes, Flag, I32, Ip, List, Nest, Text, U8, U16, U32, U64};
use crate::attribute::{Entry, entry};

pub(super) fn of(kind: EntityKind) -> &'static Family {
    match kind {
        EntityKind::NextHops => &NEXT_HOPS,
        EntityKind::NextHopBuckets => &NEXT_HOP_BUCKETS,
        EntityKind::ForwardingSettings => &FORWARDING_SETTINGS,
        EntityKind::LinkStatistics => &LINK_STATISTICS,
        EntityKind::Mptcp => &MPTCP,
        EntityKind::Macsec => &MACSEC,
        EntityKind::FouPorts => &FOU_PORTS,
        EntityKind::SegmentRouting => &SEGMENT_ROUTING,
        EntityKind::Ioam => &IOAM,
        EntityKind::Ila => &ILA,
        EntityKind::L2tp => &L2TP,
    }
}

const fn octet(at: usize, name: &'static str) -> Part {
    let is_long = false;
    Part { at, name, is_long }
}

const fn long(at: usize, name: &'static str) -> Part {
    let is_long = true;
    Part { at, name, is_long }
}

/// A family of generic netlink without a header of its own.
const fn generic(
    name: &'static str,
    family: &'static str,
    reads: &'static [u16],
    changes: &'static [(u16, &'static str)],
    table: &'static [Entry],
) -> Family {
    Family {
        name,
        bus: Bus::Generic(family),
        header_length: 0,
        header: &[],
        reads,
        changes,
        table,
        link: None,
    }
}

/// RTM_NEWNEXTHOP, DELNEXTHOP, GETNEXTHOP; struct nhmsg; NHA_….
const NEXT_HOPS: Family = Family {
    name: "next-hops",
    bus: Bus::Route(104),
    header_length: 8,
    header: NHMSG,
    reads: &[106],
    changes: &[(104, "add"), (105, "delete")],
    table: NHA,
    link: Some(5),
};

/// RTM_NEWNEXTHOPBUCKET, GETNEXTHOPBUCKET.
const NEXT_HOP_BUCKETS: Family = Family {
    name: "next-hops",
    bus: Bus::Route(116),
    header_length: 8,
    header: NHMSG,
    reads: &[118],
    changes: &[],
    table: NHA,
    link: None,
};

const NHMSG: &[Part] = &[
    octet(0, "family"),
    octet(1, "scope"),
    octet(2, "protocol"),
    long(4, "flags"),
];

const NHA: &[Entry] = &[
    entry(1, "id", U32),
    entry(2, "group", Bytes),
    entry(3, "group-type", U16),
    entry(4, "blackhole", Flag),
    entry(5, "oif", U32),
    entry(6, "via", Ip),
    entry(7, "encap-type", U16),
    entry(9, "groups", Flag),
    entry(10, "master", U32),
    entry(11, "fdb", Flag),
    entry(12, "resilient", Nest(NHA_RES_GROUP)),
    entry(13, "bucket", Nest(NHA_RES_BUCKET)),
];

const NHA_RES_GROUP: &[Entry] = &[
    entry(1, "buckets", U16),
    entry(2, "idle-timer", U32),
    entry(3, "unbalanced-timer", U32),
    entry(4, "unbalanced-time", U64),
];

const NHA_RES_BUCKET: &[Entry] = &[
    entry(1, "index", U16),
    entry(2, "idle-time", U64),
    entry(3, "nh-id", U32),
];

/// RTM_NEWNETCONF, GETNETCONF; struct netconfmsg, aligned; NETCONFA_….
const FORWARDING_SETTINGS: Family = Family {
    name: "forwarding-settings",
    bus: Bus::Route(80),
    header_length: 4,
    header: &[octet(0, "family")],
    reads: &[82],
    changes: &[],
    table: NETCONFA,
    link: None,
};

const NETCONFA: &[Entry] = &[
    entry(1, "dev", I32),
    entry(2, "forwarding", I32),
    entry(3, "rp-filter", I32),
    entry(4, "mc-forwarding", I32),
    entry(5, "proxy-neigh", I32),
    entry(6, "ignore-routes-with-linkdown", I32),
    entry(7, "input", I32),
    entry(8, "bc-forwarding", I32),
];

/// RTM_NEWSTATS, GETSTATS, SETSTATS; struct if_stats_msg; IFLA_STATS_….
const LINK_STATISTICS: Family = Family {
    name: "link-statistics",
    bus: Bus::Route(92),
    header_length: 12,
    header: &[octet(0, "family"), long(4, "index"), long(8, "filter")],
    reads: &[94],
    changes: &[(95, "set")],
    table: IFLA_STATS,
    link: None,
};

const IFLA_STATS: &[Entry] = &[
    entry(1, "link-64", Bytes),
    entry(2, "xstats", Nest(XSTATS)),
    entry(3, "port-xstats", Nest(XSTATS)),
    entry(4, "offload", Nest(OFFLOAD)),
    entry(5, "families", Nest(AF_STATS)),
    // IFLA_STATS_GET_FILTERS has the same number.
];

/// LINK_XSTATS_TYPE_BRIDGE and BOND.
const XSTATS: &[Entry] = &[
    entry(1, "bridge", Nest(BRIDGE_XSTATS)),
    entry(2, "bond", Nest(BOND_XSTATS)),
];
const BRIDGE_XSTATS: &[Entry] = &[
    entry(1, "vlan", Bytes),
    entry(2, "mcast", Bytes),
    entry(4, "stp", Bytes),
];
const BOND_XSTATS: &[Entry] = &[entry(1, "3ad", Nest(BOND_3AD))];
const BOND_3AD: &[Entry] = &[
    entry(0, "lacpdu-rx", U64),
    entry(1, "lacpdu-tx", U64),
    entry(2, "lacpdu-unknown-rx", U64),
    entry(3, "lacpdu-illegal-rx", U64),
    entry(4, "marker-rx", U64),
    entry(5, "marker-tx", U64),
    entry(6, "marker-resp-rx", U64),
    entry(7, "marker-resp-tx", U64),
    entry(8, "marker-unknown-rx", U64),
];
const OFFLOAD: &[Entry] = &[
    entry(1, "cpu-hit", Bytes),
    entry(2, "hw-s-info", Nest(HW_S_INFO)),
    entry(3, "l3-stats", Bytes),
];
const HW_S_INFO: &[Entry] = &[entry(3, "l3-stats", Nest(HW_S))];
const HW_S: &[Entry] = &[entry(1, "request", U8), entry(2, "used", U8)];
/// AF_MPLS.
const AF_STATS: &[Entry] = &[entry(28, "mpls", Nest(MPLS_STATS))];
const MPLS_STATS: &[Entry] = &[entry(1, "link", Bytes)];

/// MPTCP_PM_CMD_…; MPTCP_PM_ATTR_….
const MPTCP: Family = generic(
    "mptcp",
    "mptcp_pm",
    &[3, 6],
    &[
        (1, "add-address"),
        (2, "delete-address"),
        (4, "flush-addresses"),
        (5, "set-limits"),
        (7, "set-flags"),
    ],
    &[
        entry(1, "endpoint", Nest(MPTCP_ADDRESS)),
        entry(2, "add-addr-accepted", U32),
        entry(3, "subflows", U32),
    ],
);

const MPTCP_ADDRESS: &[Entry] = &[
    entry(1, "family", U16),
    entry(2, "id", U8),
    entry(3, "address", Ip),
    entry(4, "address", Ip),
    entry(5, "port", U16),
    entry(6, "flags", U32),
    entry(7, "dev", I32),
];

/// MACSEC_CMD_…; MACSEC_ATTR_…. Keys are written and never read.
const MACSEC: Family = Family {
    link: Some(1),
    ..generic(
        "macsec",
        "macsec",
        &[0],
        &[
            (1, "add-receive-channel"),
            (2, "delete-receive-channel"),
            (3, "set-receive-channel"),
            (7, "delete-receive-association"),
            (5, "delete-send-association"),
            (6, "set-send-association"),
            (9, "set-receive-association"),
            (10, "set-offload"),
        ],
        &[
            entry(1, "dev-index", U32),
            entry(2, "receive-channel", Nest(MACSEC_CONFIG)),
            entry(3, "association", Nest(MACSEC_SA)),
            entry(4, "secy", Nest(MACSEC_SECY)),
            entry(5, "send-associations", List(MACSEC_SA)),
            entry(6, "receive-channels", List(MACSEC_CHANNEL)),
            entry(7, "send-statistics", Nest(MACSEC_STATS)),
            entry(8, "secy-statistics", Nest(MACSEC_STATS)),
            entry(9, "offload", Nest(MACSEC_OFFLOAD)),
        ],
    )
};
const MACSEC_CONFIG: &[Entry] = &[entry(1, "sci", U64), entry(2, "active", U8)];
const MACSEC_SECY: &[Entry] = &[
    entry(1, "sci", U64),
    entry(2, "encoding-sa", U8),
    entry(3, "window", U32),
    entry(4, "cipher-suite", U64),
    entry(5, "icv-len", U8),
    entry(6, "protect", U8),
    entry(7, "replay", U8),
    entry(8, "operational", U8),
    entry(9, "validate", U8),
    entry(10, "encrypt", U8),
    entry(11, "include-sci", U8),
    entry(12, "end-station", U8),
    entry(13, "scb", U8),
];
const MACSEC_CHANNEL: &[Entry] = &[
    entry(1, "sci", U64),
    entry(2, "active", U8),
    entry(3, "associations", List(MACSEC_SA)),
    entry(4, "statistics", Nest(MACSEC_STATS)),
];
/// Without the key: MACSEC_SA_ATTR_KEY, 4.
const MACSEC_SA: &[Entry] = &[
    entry(1, "number", U8),
    entry(2, "active", U8),
    entry(3, "packet-number", U32),
    entry(5, "key-id", Bytes),
    entry(6, "statistics", Nest(MACSEC_STATS)),
    entry(8, "ssci", U32),
    entry(9, "salt", Bytes),
];
const MACSEC_STATS: &[Entry] = &[
    entry(1, "1", U64),
    entry(2, "2", U64),
    entry(3, "3", U64),
    entry(4, "4", U64),
    entry(5, "5", U64),
    entry(6, "6", U64),
    entry(7, "7", U64),
    entry(8, "8", U64),
    entry(9, "9", U64),
    entry(10, "10", U64),
    entry(11, "11", U64),
];
const MACSEC_OFFLOAD: &[Entry] = &[entry(1, "type", U8)];

/// FOU_CMD_…; FOU_ATTR_….
const FOU_PORTS: Family = generic(
    "fou-ports",
    "fou",
    &[3],
    &[(1, "add"), (2, "delete")],
    &[
        entry(1, "port", Be16),
        entry(2, "family", U8),
        entry(3, "ip-protocol", U8),
        entry(4, "type", U8),
        entry(5, "remcsum-nopartial", Flag),
        entry(6, "local", Ip),
        entry(7, "local", Ip),
        entry(8, "peer", Ip),
        entry(9, "peer", Ip),
        entry(10, "peer-port", Be16),
        entry(11, "dev-index", I32),
    ],
);

/// SEG6_CMD_…; SEG6_ATTR_…. Secrets stay in the kernel.
const SEGMENT_ROUTING: Family = generic(
    "segment-routing",
    "SEG6",
    &[2, 4],
    &[(3, "set-tunnel-source")],
    &[
        entry(1, "source", Ip),
        entry(3, "key-id", U32),
        entry(5, "secret-length", U8),
        entry(6, "algorithm", U8),
    ],
);

/// IOAM6_CMD_…; IOAM6_ATTR_….
const IOAM: Family = generic(
    "ioam",
    "IOAM6",
    &[3, 6],
    &[
        (1, "add-namespace"),
        (2, "delete-namespace"),
        (4, "add-schema"),
        (5, "delete-schema"),
        (7, "set-schema"),
    ],
    &[
        entry(1, "namespace", U16),
        entry(2, "data", U32),
        entry(3, "data-wide", U64),
        entry(4, "schema", U32),
        entry(5, "schema-data", Bytes),
        entry(6, "none", Flag),
    ],
);

/// ILA_CMD_…; ILA_ATTR_….
const ILA: Family = Family {
    link: Some(4),
    ..generic(
        "ila",
        "ila",
        &[3],
        &[(1, "add"), (2, "delete"), (4, "flush")],
        &[
            entry(1, "locator", U64),
            entry(2, "identifier", U64),
            entry(3, "locator-match", U64),
            entry(4, "dev-index", I32),
            entry(5, "direction", U32),
            entry(7, "checksum-mode", U8),
            entry(8, "identifier-type", U8),
            entry(9, "hook", U8),
        ],
    )
};

/// L2TP_CMD_…; L2TP_ATTR_….
const L2TP: Family = generic(
    "l2tp",
    "l2tp",
    &[4, 8],
    &[
        (1, "add-tunnel"),
        (2, "delete-tunnel"),
        (5, "add-session"),
        (6, "delete-session"),
    ],
    &[
        entry(1, "pseudowire", U16),
        entry(2, "encapsulation", U16),
        entry(3, "offset", U16),
        entry(5, "layer2-specific", U8),
        entry(6, "layer2-specific-length", U8),
        entry(7, "version", U8),
        entry(8, "interface", Text),
        entry(9, "tunnel", U32),
        entry(10, "peer-tunnel", U32),
        entry(11, "session", U32),
        entry(12, "peer-session", U32),
        entry(13, "checksum", U8),
        entry(15, "cookie", Bytes),
        entry(16, "peer-cookie", Bytes),
        entry(18, "receive-sequence", U8),
        entry(19, "send-sequence", U8),
        entry(22, "reorder-timeout", U64),
        entry(24, "source", Ip),
        entry(25, "destination", Ip),
        entry(26, "source-port", U16),
        entry(27, "destination-port", U16),
        entry(31, "source6", Ip),
        entry(32, "destination6", Ip),
        entry(33, "no-checksum6-sent", Flag),
        entry(34, "no-checksum6-received", Flag),
    ],
);
