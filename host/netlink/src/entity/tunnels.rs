//! What tunnels need beside a link: UDP ports that carry them (linux/fou.h), and L2TP's tunnels and sessions
//! (linux/l2tp.h).

use super::about::About;
use super::header::NONE;
use super::{Bus, Family, changes, read};
use crate::attribute::Type::{Be16, Bytes, Flag, I32, Ip, Text, U8, U16, U32, U64};
use crate::attribute::{Entry, entry};

/// FOU_CMD_…; FOU_ATTR_….
pub(super) const FOO_OVER_UDP: Family = Family::new(
    "foo-over-udp",
    Bus::Generic("fou"),
    &[
        changes(1, "add", NONE),
        changes(2, "delete", NONE),
        read(3, 0, NONE),
    ],
    &[
        entry(1, "port", Be16),
        entry(2, "family", U8),
        entry(3, "protocol", U8),
        entry(4, "type", U8),
        entry(5, "remcsum-nopartial", Flag),
        entry(6, "local", Ip),
        entry(7, "local", Ip),
        entry(8, "peer", Ip),
        entry(9, "peer", Ip),
        entry(10, "peer-port", Be16),
        entry(11, "ifindex", I32),
    ],
    About::Attribute(&[1, 2], &[11]),
);

/// L2TP_CMD_…; L2TP_ATTR_…. Not the descriptor of a socket: those of the broker are not a plugin's.
pub(super) const L2TP: Family = Family::new(
    "l2tp",
    Bus::Generic("l2tp"),
    &[
        changes(1, "create-tunnel", NONE),
        changes(2, "delete-tunnel", NONE),
        changes(3, "modify-tunnel", NONE),
        changes(5, "create-session", NONE),
        changes(6, "delete-session", NONE),
        changes(7, "modify-session", NONE),
    ],
    L2TP_ATTR,
    About::Any,
);

const L2TP_ATTR: &[Entry] = &[
    entry(1, "pseudowire-type", U16),
    entry(2, "encap", U16),
    entry(3, "offset", U16),
    entry(4, "data-sequence", U8),
    entry(5, "l2spec-type", U8),
    entry(6, "l2spec-length", U8),
    entry(7, "version", U8),
    entry(8, "name", Text),
    entry(9, "tunnel-id", U32),
    entry(10, "peer-tunnel-id", U32),
    entry(11, "session-id", U32),
    entry(12, "peer-session-id", U32),
    entry(13, "udp-csum", U8),
    entry(15, "cookie", Bytes),
    entry(16, "peer-cookie", Bytes),
    entry(18, "receive-sequence", U8),
    entry(19, "send-sequence", U8),
    entry(20, "lns-mode", U8),
    entry(22, "receive-timeout", U64),
    entry(24, "local", Ip),
    entry(25, "remote", Ip),
    entry(26, "udp-sport", U16),
    entry(27, "udp-dport", U16),
    entry(31, "local", Ip),
    entry(32, "remote", Ip),
    entry(33, "udp-zero-csum6-tx", Flag),
    entry(34, "udp-zero-csum6-rx", Flag),
];
