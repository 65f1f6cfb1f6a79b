//! How a route or a next hop encapsulates packets: LWTUNNEL_ENCAP_… and their attributes (linux/lwtunnel.h,
//! mpls_iptunnel.h, seg6_iptunnel.h, seg6_local.h, ioam6_iptunnel.h, ila.h, rpl_iptunnel.h).

use super::{Entity, EntityKind};
use crate::attribute::Type::{Be16, Be32, Be64, Bytes, Ip, Nest, U8, U32, U64};
use crate::attribute::{Entry, Tables, entry};
use crate::field::number_of;

/// LWTUNNEL_ENCAP_SEG6_LOCAL and LWTUNNEL_ENCAP_XFRM.
const SEGMENT_ACTION: u64 = 7;
const SECURITY: u64 = 10;

/// By LWTUNNEL_ENCAP_…. BPF programs are not among them: no plugin can load one.
pub(super) const ENCAPSULATIONS: Tables = &[
    (1, MPLS),
    (2, IP),
    (3, ILA),
    (4, IP),
    (5, SEGMENTS),
    (SEGMENT_ACTION, ACTION),
    (8, SEGMENTS),
    (9, OAM),
    (SECURITY, XFRM),
];

/// Whether packets can leave by another link than that of the route: the encapsulation itself names a link, or a table.
pub(super) fn leads_elsewhere(entity: &Entity) -> bool {
    // RTA_ENCAP_TYPE and NHA_ENCAP_TYPE.
    let id = match entity.kind {
        EntityKind::Routes => 21,
        EntityKind::NextHops => 7,
        _ => return false,
    };
    let number = number_of(&entity.fields, 0, id);
    number.is_some_and(|number| matches!(number, SEGMENT_ACTION | SECURITY))
}

/// MPLS_IPTUNNEL_….
const MPLS: &[Entry] = &[entry(1, "labels", Bytes), entry(2, "ttl", U8)];

/// LWTUNNEL_IP_… and LWTUNNEL_IP6_….
const IP: &[Entry] = &[
    entry(1, "id", Be64),
    entry(2, "dst", Ip),
    entry(3, "src", Ip),
    entry(4, "ttl", U8),
    entry(5, "tos", U8),
    entry(6, "flags", Be16),
    entry(8, "opts", Nest(OPTIONS)),
];

/// LWTUNNEL_IP_OPTS_….
const OPTIONS: &[Entry] = &[
    entry(2, "vxlan", Nest(&[entry(1, "gbp", U32)])),
    entry(3, "erspan", Nest(ERSPAN)),
];

/// LWTUNNEL_IP_OPT_ERSPAN_….
const ERSPAN: &[Entry] = &[
    entry(1, "version", U8),
    entry(2, "index", Be32),
    entry(3, "direction", U8),
    entry(4, "hwid", U8),
];

/// ILA_ATTR_….
const ILA: &[Entry] = &[
    entry(1, "locator", Be64),
    entry(7, "csum-mode", U8),
    entry(8, "ident-type", U8),
    entry(9, "hook-type", U8),
];

/// SEG6_IPTUNNEL_SRH and RPL_IPTUNNEL_SRH.
const SEGMENTS: &[Entry] = &[entry(1, "segments", Bytes)];

/// SEG6_LOCAL_….
const ACTION: &[Entry] = &[
    entry(1, "action", U32),
    entry(2, "segments", Bytes),
    entry(3, "lookup-table", U32),
    entry(4, "nh4", Ip),
    entry(5, "nh6", Ip),
    entry(6, "iif", U32),
    entry(7, "action-oif", U32),
    entry(9, "vrf-table", U32),
    entry(10, "counters", Nest(COUNTERS)),
    entry(11, "flavors", Nest(FLAVORS)),
];

/// SEG6_LOCAL_CNT_….
const COUNTERS: &[Entry] = &[
    entry(2, "packets", U64),
    entry(3, "bytes", U64),
    entry(4, "errors", U64),
];

/// SEG6_LOCAL_FLV_….
const FLAVORS: &[Entry] = &[
    entry(1, "operation", U32),
    entry(2, "block-bits", U8),
    entry(3, "node-bits", U8),
];

/// IOAM6_IPTUNNEL_….
const OAM: &[Entry] = &[
    entry(1, "mode", U8),
    entry(2, "tunnel", Ip),
    entry(3, "trace", Bytes),
    entry(4, "freq-k", U32),
    entry(5, "freq-n", U32),
];

/// LWT_XFRM_….
const XFRM: &[Entry] = &[entry(1, "if-id", U32), entry(2, "link", U32)];
