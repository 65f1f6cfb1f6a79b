//! The rows of the table (linux/nexthop.h, netconf.h, mptcp.h).

use super::{Bus, EntityKind, Family, Part};
use crate::attribute::Type::{Bytes, Flag, I32, Ip, Nest, U8, U16, U32, U64};
use crate::attribute::{Entry, entry};

pub(super) fn of(kind: EntityKind) -> &'static Family {
    match kind {
        EntityKind::NextHops => &NEXT_HOPS,
        EntityKind::ForwardingSettings => &FORWARDING_SETTINGS,
        EntityKind::Mptcp => &MPTCP,
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

/// RTM_NEWNEXTHOP, DELNEXTHOP, GETNEXTHOP; struct nhmsg; NHA_….
const NEXT_HOPS: Family = Family {
    name: "next-hops",
    bus: Bus::Route(104),
    header_length: 8,
    header: NHMSG,
    reads: &[106],
    changes: &[(104, "add"), (105, "delete")],
    table: NHA,
    link: Some((104, &[5])),
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
];

const NHA_RES_GROUP: &[Entry] = &[
    entry(1, "buckets", U16),
    entry(2, "idle-timer", U32),
    entry(3, "unbalanced-timer", U32),
    entry(4, "unbalanced-time", U64),
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

pub(super) const NETCONFA: &[Entry] = &[
    entry(1, "dev", I32),
    entry(2, "forwarding", I32),
    entry(3, "rp-filter", I32),
    entry(4, "mc-forwarding", I32),
    entry(5, "proxy-neigh", I32),
    entry(6, "ignore-routes-with-linkdown", I32),
    entry(7, "input", I32),
    entry(8, "bc-forwarding", I32),
];

/// MPTCP_PM_CMD_…; MPTCP_PM_ATTR_….
const MPTCP: Family = Family {
    name: "mptcp",
    bus: Bus::Generic("mptcp_pm"),
    header_length: 0,
    header: &[],
    reads: &[3, 6],
    changes: &[
        (1, "add-address"),
        (2, "delete-address"),
        (4, "flush-addresses"),
        (5, "set-limits"),
        (7, "set-flags"),
    ],
    table: &[
        entry(1, "endpoint", Nest(MPTCP_ADDRESS)),
        entry(2, "add-addr-accepted", U32),
        entry(3, "subflows", U32),
    ],
    link: Some((1, &[1, 7])),
};

const MPTCP_ADDRESS: &[Entry] = &[
    entry(1, "family", U16),
    entry(2, "id", U8),
    entry(3, "address", Ip),
    entry(4, "address", Ip),
    entry(5, "port", U16),
    entry(6, "flags", U32),
    entry(7, "dev-index", I32),
];
