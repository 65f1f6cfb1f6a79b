//! Settings of IPv6 that change packets on their way: segment routing, in situ OAM, identifier-locator addressing
//! (linux/seg6_genl.h, ioam6_genl.h, ila.h).

use super::about::About;
use super::header::NONE;
use super::{Bus, Family, changes, read};
use crate::attribute::Type::{Be64, Bytes, Flag, I32, Ip, Secret, U8, U16, U32, U64};
use crate::attribute::entry;

/// SEG6_CMD_…; SEG6_ATTR_….
pub(super) const ROUTING: Family = Family {
    secrets: &[4],
    ..Family::new(
        "segment-routing",
        Bus::Generic("SEG6"),
        &[
            changes(1, "set-hmac", NONE),
            read(2, 0, NONE),
            changes(3, "set-tunnel-source", NONE),
            read(4, 0, NONE),
        ],
        &[
            entry(1, "source", Ip),
            entry(3, "hmac-key-id", U32),
            entry(4, "secret", Secret(0)),
            entry(5, "secret-length", U8),
            entry(6, "algorithm", U8),
        ],
        About::Any,
    )
};

/// IOAM6_CMD_…; IOAM6_ATTR_….
pub(super) const OAM: Family = Family::new(
    "in-situ-oam",
    Bus::Generic("IOAM6"),
    &[
        changes(1, "add-namespace", NONE),
        changes(2, "delete-namespace", NONE),
        read(3, 0, NONE),
        changes(4, "add-schema", NONE),
        changes(5, "delete-schema", NONE),
        read(6, 0, NONE),
        changes(7, "set-schema", NONE),
    ],
    &[
        entry(1, "namespace", U16),
        entry(2, "data", U32),
        entry(3, "wide", U64),
        entry(4, "schema", U32),
        entry(5, "schema-data", Bytes),
        entry(6, "no-schema", Flag),
    ],
    About::Any,
);

/// ILA_CMD_…; ILA_ATTR_….
pub(super) const LOCATORS: Family = Family::new(
    "identifier-locators",
    Bus::Generic("ila"),
    &[
        changes(1, "add", NONE),
        changes(2, "delete", NONE),
        read(3, 0, NONE),
        changes(4, "flush", NONE),
    ],
    &[
        entry(1, "locator", Be64),
        entry(2, "identifier", Be64),
        entry(3, "locator-match", Be64),
        entry(4, "ifindex", I32),
        entry(5, "direction", U32),
        entry(7, "csum-mode", U8),
        entry(8, "ident-type", U8),
        entry(9, "hook-type", U8),
    ],
    About::Attribute(&[1, 2], &[4]),
);
