//! L2TP tunnels and sessions: the generic netlink family `l2tp` (linux/l2tp.h).

use super::attribute::Type::{Bytes, Flag, Ip, Text, U8, U16, U32, U64};
use super::attribute::{self, Entry, entry};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_netlink::generic::HEADER;

/// L2TP_ATTR_….
const TABLE: &[Entry] = &[
    entry(1, "pseudowire", U16),
    entry(2, "encapsulation", U16),
    entry(3, "offset", U16),
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
    entry(20, "lns", U8),
    entry(21, "ipsec", U8),
    entry(22, "reorder-timeout", U64),
    entry(24, "source", Ip),
    entry(25, "destination", Ip),
    entry(26, "source-port", U16),
    entry(27, "destination-port", U16),
    entry(28, "mtu", U16),
    entry(31, "source6", Ip),
    entry(32, "destination6", Ip),
    entry(33, "no-checksum6-sent", Flag),
    entry(34, "no-checksum6-received", Flag),
];

pub(super) fn decode(payload: &[u8]) -> Option<wit::L2tpObject> {
    Some(wit::L2tpObject {
        attributes: attribute::read(TABLE, payload.get(HEADER..)?),
    })
}
