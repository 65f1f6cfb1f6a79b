//! IPsec: XFRM_MSG_… and XFRMA_… (linux/xfrm.h). Associations and policies are listed as records; here are their changes,
//! and what is counted of them. No record has a key.

use super::about::About;
use super::header::Form::{Address, BigLong, BigShort, Long, Octet, Quad, Short};
use super::header::{Header, NONE, Part, header, part};
use super::{Bus, Family, changes, read};
use crate::attribute::Type::{Bytes, Secret, U8, U32};
use crate::attribute::{Entry, entry};

pub(super) const FAMILY: Family = Family::new(
    "security",
    Bus::Security,
    &[
        changes(0x10, "add-association", &USERSA_INFO),
        changes(0x11, "delete-association", &USERSA_ID),
        changes(0x13, "add-policy", &USERPOLICY_INFO),
        changes(0x14, "delete-policy", &USERPOLICY_ID),
        changes(0x16, "allocate-spi", &USERSPI_INFO),
        changes(0x19, "update-policy", &USERPOLICY_INFO),
        changes(0x1a, "update-association", &USERSA_INFO),
        changes(0x1c, "flush-associations", &USERSA_FLUSH),
        changes(0x1d, "flush-policies", NONE),
        read(0x23, 0x22, &FLAGS).with(COUNTED),
        changes(0x24, "set-thresholds", &FLAGS).with(COUNTED),
        read(0x25, 0x24, &FLAGS).with(COUNTED),
        changes(0x27, "set-default", &DEFAULT),
        read(0x28, 0x28, &DEFAULT),
    ],
    XFRMA,
    About::Any,
);

/// XFRMA_SAD_CNT and HINFO; XFRMA_SPD_INFO, HINFO, IPV4_HTHRESH and IPV6_HTHRESH: structures, or numbers of 32 bits.
const COUNTED: &[Entry] = &[
    entry(1, "count", Bytes),
    entry(2, "hash", Bytes),
    entry(3, "threshold", Bytes),
    entry(4, "threshold6", Bytes),
];

/// XFRMA_….
const XFRMA: &[Entry] = &[
    entry(1, "auth", Secret(NAME)),
    entry(2, "enc", Secret(NAME)),
    entry(3, "comp", Secret(NAME)),
    entry(4, "encapsulation", Bytes),
    entry(5, "templates", Bytes),
    entry(10, "replay", Bytes),
    entry(13, "src", Bytes),
    entry(14, "care-of-address", Bytes),
    entry(16, "type", Bytes),
    entry(18, "aead", Secret(NAME)),
    entry(20, "auth-trunc", Secret(NAME)),
    entry(21, "mark", Bytes),
    entry(22, "padding", U32),
    entry(23, "extended-replay", Bytes),
    entry(24, "extra-flags", U32),
    entry(28, "offload", Bytes),
    entry(29, "set-mark", U32),
    entry(30, "set-mark-mask", U32),
    entry(31, "if-id", U32),
    entry(33, "direction", U8),
];

/// The name of an algorithm in struct xfrm_algo and the like.
const NAME: usize = crate::xfrm::NAME;

/// struct xfrm_selector, at the beginning of the others.
const SELECTOR: [Part; 11] = [
    part(0, "selector-to", Address(40)),
    part(16, "selector-from", Address(40)),
    part(32, "dport", BigShort),
    part(34, "dport-mask", BigShort),
    part(36, "sport", BigShort),
    part(38, "sport-mask", BigShort),
    part(42, "selector-to-length", Octet),
    part(43, "selector-from-length", Octet),
    part(44, "upper-protocol", Octet),
    part(48, "ifindex", Long),
    part(52, "user", Long),
];

/// struct xfrm_usersa_info.
const USERSA_INFO: Header = header(224, ASSOCIATION);
/// struct xfrm_userspi_info: the same, and a range.
const USERSPI_INFO: Header = header(232, &range());

const ASSOCIATION: &[Part] = &association();

const fn association() -> [Part; 27] {
    let [a, b, c, d, e, f, g, h, i, j, k] = SELECTOR;
    [
        part(56, "dst", Address(212)),
        part(80, "src", Address(212)),
        part(72, "spi", BigLong),
        part(76, "protocol", Octet),
        part(96, "soft-bytes", Quad),
        part(104, "hard-bytes", Quad),
        part(112, "soft-packets", Quad),
        part(120, "hard-packets", Quad),
        part(128, "soft-seconds", Quad),
        part(136, "hard-seconds", Quad),
        part(204, "sequence", Long),
        part(208, "reqid", Long),
        part(212, "family", Short),
        part(214, "mode", Octet),
        part(215, "replay-window", Octet),
        part(216, "flags", Octet),
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
    ]
}

const fn range() -> [Part; 6] {
    [
        part(56, "dst", Address(212)),
        part(80, "src", Address(212)),
        part(76, "protocol", Octet),
        part(208, "reqid", Long),
        part(224, "spi-min", Long),
        part(228, "spi-max", Long),
    ]
}

/// struct xfrm_usersa_id.
const USERSA_ID: Header = header(
    24,
    &[
        part(0, "dst", Address(20)),
        part(16, "spi", BigLong),
        part(20, "family", Short),
        part(22, "protocol", Octet),
    ],
);

/// struct xfrm_userpolicy_info.
const USERPOLICY_INFO: Header = header(168, &policy());

const fn policy() -> [Part; 23] {
    let [a, b, c, d, e, f, g, h, i, j, k] = SELECTOR;
    [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        part(56, "soft-bytes", Quad),
        part(64, "hard-bytes", Quad),
        part(72, "soft-packets", Quad),
        part(80, "hard-packets", Quad),
        part(88, "soft-seconds", Quad),
        part(96, "hard-seconds", Quad),
        part(152, "priority", Long),
        part(156, "index", Long),
        part(160, "direction", Octet),
        part(161, "action", Octet),
        part(162, "flags", Octet),
        part(163, "share", Octet),
    ]
}

/// struct xfrm_userpolicy_id.
const USERPOLICY_ID: Header = header(64, &policy_id());

const fn policy_id() -> [Part; 13] {
    let [a, b, c, d, e, f, g, h, i, j, k] = SELECTOR;
    [
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
        k,
        part(56, "index", Long),
        part(60, "direction", Octet),
    ]
}

/// struct xfrm_usersa_flush.
const USERSA_FLUSH: Header = header(1, &[part(0, "protocol", Octet)]);
/// What is asked for, or nothing.
const FLAGS: Header = header(4, &[part(0, "flags", Long)]);
/// struct xfrm_userpolicy_default.
const DEFAULT: Header = header(
    3,
    &[
        part(0, "in", Octet),
        part(1, "fwd", Octet),
        part(2, "out", Octet),
    ],
);
