//! The rows of the table, and those kinds that are short (linux/nexthop.h, netconf.h, mptcp.h).

use super::about::About;
use super::encapsulation::ENCAPSULATIONS;
use super::header::Form::{Long, Octet};
use super::header::{Header, NONE, header, part};
use super::{Bus, Command, EntityKind, Family, changes, read};
use super::{link_statistics, macsec, route, security, segments, tunnels};
use crate::attribute::Type::{By, Bytes, Flag, I32, Ip, Nest, U8, U16, U32, U64};
use crate::attribute::{Entry, entry};

pub(super) fn of(kind: EntityKind) -> &'static Family {
    match kind {
        EntityKind::NextHops => &NEXT_HOPS,
        EntityKind::ForwardingSettings => &FORWARDING_SETTINGS,
        EntityKind::Mptcp => &MPTCP,
        EntityKind::Routes => &route::FAMILY,
        EntityKind::LinkStatistics => &link_statistics::FAMILY,
        EntityKind::Macsec => &macsec::FAMILY,
        EntityKind::FooOverUdp => &tunnels::FOO_OVER_UDP,
        EntityKind::SegmentRouting => &segments::ROUTING,
        EntityKind::InSituOam => &segments::OAM,
        EntityKind::IdentifierLocators => &segments::LOCATORS,
        EntityKind::L2tp => &tunnels::L2TP,
        EntityKind::Security => &security::FAMILY,
    }
}

/// RTM_NEWNEXTHOP, DELNEXTHOP, GETNEXTHOP; struct nhmsg; NHA_….
const NEXT_HOPS: Family = Family::new(
    "next-hops",
    Bus::Route,
    NEXT_HOP_COMMANDS,
    NHA,
    About::Attribute(&[104], &[5]),
);

const NEXT_HOP_COMMANDS: &[Command] = &[
    changes(104, "add", &NHMSG),
    changes(105, "delete", &NHMSG),
    read(106, 104, &NHMSG),
];

const NHMSG: Header = header(
    8,
    &[
        part(0, "family", Octet),
        part(1, "scope", Octet),
        part(2, "protocol", Octet),
        part(4, "flags", Long),
    ],
);

const NHA: &[Entry] = &[
    entry(1, "id", U32),
    entry(2, "group", Bytes),
    entry(3, "group-type", U16),
    entry(4, "blackhole", Flag),
    entry(5, "oif", U32),
    entry(6, "via", Ip),
    entry(7, "encap-type", U16),
    entry(8, "encap", By(7, ENCAPSULATIONS)),
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
const FORWARDING_SETTINGS: Family = Family::new(
    "forwarding-settings",
    Bus::Route,
    &[read(82, 80, &NETCONFMSG)],
    NETCONFA,
    About::Any,
);

const NETCONFMSG: Header = header(4, &[part(0, "family", Octet)]);

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
const MPTCP: Family = Family::new(
    "mptcp",
    Bus::Generic("mptcp_pm"),
    &[
        changes(1, "add-address", NONE),
        changes(2, "delete-address", NONE),
        read(3, 0, NONE),
        changes(4, "flush-addresses", NONE),
        changes(5, "set-limits", NONE),
        read(6, 0, NONE),
        changes(7, "set-flags", NONE),
    ],
    &[
        entry(1, "endpoint", Nest(MPTCP_ADDRESS)),
        entry(2, "add-addr-accepted", U32),
        entry(3, "subflows", U32),
    ],
    About::Attribute(&[1], &[1, 7]),
);

const MPTCP_ADDRESS: &[Entry] = &[
    entry(1, "family", U16),
    entry(2, "id", U8),
    entry(3, "address", Ip),
    entry(4, "address", Ip),
    entry(5, "port", U16),
    entry(6, "flags", U32),
    entry(7, "dev-index", I32),
];
