//! MACsec: MACSEC_CMD_…, MACSEC_ATTR_… (linux/if_macsec.h). The kernel tells no keys, and no record has one.

use super::about::About;
use super::header::NONE;
use super::{Bus, Family, changes, read};
use crate::attribute::Type::{Bytes, List, Nest, Secret, U8, U32, U64};
use crate::attribute::{Entry, entry};

pub(super) const FAMILY: Family = Family::new(
    "macsec",
    Bus::Generic("macsec"),
    &[
        read(0, 0, NONE),
        changes(1, "add-rxsc", NONE),
        changes(2, "delete-rxsc", NONE),
        changes(3, "update-rxsc", NONE),
        changes(4, "add-txsa", NONE),
        changes(5, "delete-txsa", NONE),
        changes(6, "update-txsa", NONE),
        changes(7, "add-rxsa", NONE),
        changes(8, "delete-rxsa", NONE),
        changes(9, "update-rxsa", NONE),
        changes(10, "update-offload", NONE),
    ],
    &[
        entry(1, "ifindex", U32),
        entry(2, "rxsc", Nest(RXSC)),
        entry(3, "sa", Nest(SA)),
        entry(4, "secy", Nest(SECY)),
        entry(5, "txsa-list", List(SA)),
        entry(6, "rxsc-list", List(RXSC)),
        entry(7, "txsc-stats", Nest(TXSC_STATS)),
        entry(8, "secy-stats", Nest(SECY_STATS)),
        entry(9, "offload", Nest(&[entry(1, "offload", U8)])),
    ],
    About::Attribute(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[1]),
);

/// MACSEC_SA_ATTR_…. A packet number has 32 bits, or 64 if it is extended.
const SA: &[Entry] = &[
    entry(1, "an", U8),
    entry(2, "active", U8),
    entry(3, "pn", Bytes),
    entry(4, "key", Secret(0)),
    entry(5, "key-id", Bytes),
    entry(6, "stats", Nest(SA_STATS)),
    entry(8, "ssci", U32),
    entry(9, "salt", Secret(0)),
];

/// MACSEC_RXSC_ATTR_….
const RXSC: &[Entry] = &[
    entry(1, "sci", U64),
    entry(2, "active", U8),
    entry(3, "sa-list", List(SA)),
    entry(4, "stats", Nest(RXSC_STATS)),
];

/// MACSEC_SECY_ATTR_….
const SECY: &[Entry] = &[
    entry(1, "sci", U64),
    entry(2, "encoding-sa", U8),
    entry(3, "window", U32),
    entry(4, "cipher-suite", U64),
    entry(5, "icv-length", U8),
    entry(6, "protect", U8),
    entry(7, "replay", U8),
    entry(8, "oper", U8),
    entry(9, "validate", U8),
    entry(10, "encrypt", U8),
    entry(11, "inc-sci", U8),
    entry(12, "es", U8),
    entry(13, "scb", U8),
];

/// MACSEC_SA_STATS_ATTR_….
const SA_STATS: &[Entry] = &[
    entry(1, "in-ok", U32),
    entry(2, "in-invalid", U32),
    entry(3, "in-not-valid", U32),
    entry(4, "in-not-using-sa", U32),
    entry(5, "in-unused-sa", U32),
    entry(6, "out-protected", U32),
    entry(7, "out-encrypted", U32),
];

/// MACSEC_RXSC_STATS_ATTR_….
const RXSC_STATS: &[Entry] = &[
    entry(1, "octets-validated", U64),
    entry(2, "octets-decrypted", U64),
    entry(3, "unchecked", U64),
    entry(4, "delayed", U64),
    entry(5, "ok", U64),
    entry(6, "invalid", U64),
    entry(7, "late", U64),
    entry(8, "not-valid", U64),
    entry(9, "not-using-sa", U64),
    entry(10, "unused-sa", U64),
];

/// MACSEC_TXSC_STATS_ATTR_….
const TXSC_STATS: &[Entry] = &[
    entry(1, "protected", U64),
    entry(2, "encrypted", U64),
    entry(3, "octets-protected", U64),
    entry(4, "octets-encrypted", U64),
];

/// MACSEC_SECY_STATS_ATTR_….
const SECY_STATS: &[Entry] = &[
    entry(1, "out-untagged", U64),
    entry(2, "in-untagged", U64),
    entry(3, "out-too-long", U64),
    entry(4, "in-no-tag", U64),
    entry(5, "in-bad-tag", U64),
    entry(6, "in-unknown-sci", U64),
    entry(7, "in-no-sci", U64),
    entry(8, "in-overrun", U64),
];
