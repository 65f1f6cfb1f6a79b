//! What links count beside struct rtnl_link_stats64, and which of it hardware counts (linux/if_link.h, if_bridge.h,
//! if_bonding.h, mpls.h).

use super::about::About;
use super::header::Form::{Long, Octet};
use super::header::{Header, header, part};
use super::{Bus, Family, changes, read};
use crate::attribute::Type::{Bytes, List, Nest, U8, U64};
use crate::attribute::{Entry, entry};

/// RTM_NEWSTATS, GETSTATS and SETSTATS.
pub(super) const FAMILY: Family = Family::new(
    "link-statistics",
    Bus::Route,
    &[
        read(94, 92, &STATS),
        changes(95, "set", &STATS).with(CHANGED),
    ],
    IFLA_STATS,
    About::Header(4),
);

/// struct if_stats_msg: the link, and which statistics are asked for.
const STATS: Header = header(
    12,
    &[
        part(0, "family", Octet),
        part(4, "ifindex", Long),
        part(8, "filter", Long),
    ],
);

/// IFLA_STATS_SET_….
const CHANGED: &[Entry] = &[entry(2, "l3-stats", U8)];

/// IFLA_STATS_….
const IFLA_STATS: &[Entry] = &[
    entry(1, "link", Bytes),
    entry(2, "xstats", Nest(XSTATS)),
    entry(3, "port-xstats", Nest(XSTATS)),
    entry(4, "offload-xstats", Nest(OFFLOAD)),
    entry(5, "families", Nest(FAMILIES)),
];

/// LINK_XSTATS_TYPE_….
const XSTATS: &[Entry] = &[
    entry(1, "bridge", Nest(BRIDGE)),
    entry(2, "bond", Nest(BOND)),
];

/// BRIDGE_XSTATS_….
const BRIDGE: &[Entry] = &[
    entry(1, "vlan", Bytes),
    entry(2, "multicast", Bytes),
    entry(4, "stp", Bytes),
];

/// BOND_XSTATS_3AD, BOND_3AD_STAT_….
const BOND: &[Entry] = &[entry(
    1,
    "802.3ad",
    Nest(&[
        entry(0, "lacpdu-rx", U64),
        entry(1, "lacpdu-tx", U64),
        entry(2, "lacpdu-unknown-rx", U64),
        entry(3, "lacpdu-illegal-rx", U64),
        entry(4, "marker-rx", U64),
        entry(5, "marker-tx", U64),
        entry(6, "marker-response-rx", U64),
        entry(7, "marker-response-tx", U64),
        entry(8, "marker-unknown-rx", U64),
    ]),
)];

/// IFLA_OFFLOAD_XSTATS_….
const OFFLOAD: &[Entry] = &[
    entry(1, "cpu-hit", Bytes),
    entry(
        2,
        "hardware",
        List(&[entry(1, "request", U8), entry(2, "used", U8)]),
    ),
    entry(3, "l3", Bytes),
];

/// AF_MPLS; MPLS_STATS_LINK.
const FAMILIES: &[Entry] = &[entry(28, "mpls", Nest(&[entry(1, "link", Bytes)]))];
