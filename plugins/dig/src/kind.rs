//! Record types: number, mnemonic, and how their data is laid out. The table feeds the parser of `-t`, the
//! presentation format and JSON, so one line adds a type.

use crate::rdata::{Field, Presenter, Problem};
use crate::rdata::{
    amtrelay, apl, atm, caa, cert, dhcid, doa, dsync, gateway, hip, key, loc, nsec, nxt, opt, sig,
    soa, svcb, tsig, wks,
};

/// What a type's data is made of.
#[derive(Clone, Copy)]
pub(crate) enum Layout {
    /// Named fields, one after the other.
    Fields(&'static [(&'static str, Field)]),
    /// A presentation of its own.
    Special(fn(&mut Presenter<'_, '_>) -> Result<(), Problem>),
    /// RFC 3597's, for what has no other.
    Generic,
}

/// One record type.
pub(crate) struct Kind {
    pub(crate) code: u16,
    pub(crate) name: &'static str,
    pub(crate) layout: Layout,
    /// Known in class IN alone.
    pub(crate) internet: bool,
}

const fn any(code: u16, name: &'static str, layout: Layout) -> Kind {
    Kind {
        code,
        name,
        layout,
        internet: false,
    }
}

const fn internet(code: u16, name: &'static str, layout: Layout) -> Kind {
    Kind {
        code,
        name,
        layout,
        internet: true,
    }
}

const NAME: Layout = Layout::Fields(&[("target", Field::Name)]);
const TEXTS: Layout = Layout::Fields(&[("text", Field::Texts)]);
const MAILBOXES: Layout = Layout::Fields(&[("mailbox", Field::Name), ("other", Field::Name)]);
const PREFERRED: Layout = Layout::Fields(&[("preference", Field::U16), ("target", Field::Name)]);
const DELEGATION_SIGNER: Layout = Layout::Fields(&[
    ("key_tag", Field::U16),
    ("algorithm", Field::U8),
    ("digest_type", Field::U8),
    ("digest", Field::CryptoHex),
]);
const CERTIFICATE_ASSOCIATION: Layout = Layout::Fields(&[
    ("usage", Field::U8),
    ("selector", Field::U8),
    ("matching_type", Field::U8),
    ("data", Field::Hex),
]);
const KEY: Layout = Layout::Special(key::present);
const LOCATOR: Layout = Layout::Fields(&[("preference", Field::U16), ("locator", Field::Locator)]);
const SERVICE: Layout = Layout::Special(svcb::present);

/// In the order of their numbers.
pub(crate) static KINDS: &[Kind] = &[
    internet(1, "A", Layout::Fields(&[("address", Field::V4)])),
    any(2, "NS", NAME),
    any(3, "MD", NAME),
    any(4, "MF", NAME),
    any(5, "CNAME", NAME),
    any(6, "SOA", Layout::Special(soa::present)),
    any(7, "MB", NAME),
    any(8, "MG", NAME),
    any(9, "MR", NAME),
    any(10, "NULL", Layout::Generic),
    internet(11, "WKS", Layout::Special(wks::present)),
    any(12, "PTR", NAME),
    any(
        13,
        "HINFO",
        Layout::Fields(&[("cpu", Field::Text), ("os", Field::Text)]),
    ),
    any(14, "MINFO", MAILBOXES),
    any(15, "MX", PREFERRED),
    any(16, "TXT", TEXTS),
    any(17, "RP", MAILBOXES),
    any(18, "AFSDB", PREFERRED),
    any(19, "X25", Layout::Fields(&[("address", Field::Text)])),
    any(20, "ISDN", TEXTS),
    any(21, "RT", PREFERRED),
    internet(22, "NSAP", Layout::Special(atm::nsap)),
    internet(23, "NSAP-PTR", NAME),
    any(24, "SIG", Layout::Special(sig::present_sig)),
    any(25, "KEY", KEY),
    internet(
        26,
        "PX",
        Layout::Fields(&[
            ("preference", Field::U16),
            ("map822", Field::Name),
            ("mapx400", Field::Name),
        ]),
    ),
    any(
        27,
        "GPOS",
        Layout::Fields(&[
            ("longitude", Field::Text),
            ("latitude", Field::Text),
            ("altitude", Field::Text),
        ]),
    ),
    internet(28, "AAAA", Layout::Fields(&[("address", Field::V6)])),
    any(29, "LOC", Layout::Special(loc::present)),
    any(30, "NXT", Layout::Special(nxt::present)),
    internet(31, "EID", Layout::Fields(&[("data", Field::BlockHex)])),
    internet(32, "NIMLOC", Layout::Fields(&[("data", Field::BlockHex)])),
    internet(
        33,
        "SRV",
        Layout::Fields(&[
            ("priority", Field::U16),
            ("weight", Field::U16),
            ("port", Field::U16),
            ("target", Field::Name),
        ]),
    ),
    internet(34, "ATMA", Layout::Special(atm::atma)),
    any(
        35,
        "NAPTR",
        Layout::Fields(&[
            ("order", Field::U16),
            ("preference", Field::U16),
            ("flags", Field::Text),
            ("service", Field::Text),
            ("regexp", Field::Text),
            ("replacement", Field::Name),
        ]),
    ),
    internet(36, "KX", PREFERRED),
    any(37, "CERT", Layout::Special(cert::present)),
    internet(38, "A6", Layout::Special(apl::a6)),
    any(39, "DNAME", NAME),
    any(
        40,
        "SINK",
        Layout::Fields(&[
            ("meaning", Field::U8),
            ("coding", Field::U8),
            ("subcoding", Field::U8),
            ("data", Field::Base64),
        ]),
    ),
    any(41, "OPT", Layout::Special(opt::present)),
    internet(42, "APL", Layout::Special(apl::present)),
    any(43, "DS", DELEGATION_SIGNER),
    any(
        44,
        "SSHFP",
        Layout::Fields(&[
            ("algorithm", Field::U8),
            ("digest_type", Field::U8),
            ("digest", Field::Hex),
        ]),
    ),
    any(45, "IPSECKEY", Layout::Special(gateway::ipseckey)),
    any(46, "RRSIG", Layout::Special(sig::present)),
    any(47, "NSEC", Layout::Special(nsec::nsec)),
    any(48, "DNSKEY", KEY),
    internet(49, "DHCID", Layout::Special(dhcid::present)),
    any(50, "NSEC3", Layout::Special(nsec::nsec3)),
    any(
        51,
        "NSEC3PARAM",
        Layout::Fields(&[
            ("hash", Field::U8),
            ("flags", Field::U8),
            ("iterations", Field::U16),
            ("salt", Field::Salt),
        ]),
    ),
    any(52, "TLSA", CERTIFICATE_ASSOCIATION),
    any(53, "SMIMEA", CERTIFICATE_ASSOCIATION),
    any(55, "HIP", Layout::Special(hip::present)),
    any(56, "NINFO", TEXTS),
    any(57, "RKEY", KEY),
    any(
        58,
        "TALINK",
        Layout::Fields(&[("previous", Field::Name), ("next", Field::Name)]),
    ),
    any(59, "CDS", DELEGATION_SIGNER),
    any(60, "CDNSKEY", KEY),
    any(
        61,
        "OPENPGPKEY",
        Layout::Fields(&[("keyring", Field::CryptoBlock)]),
    ),
    any(62, "CSYNC", Layout::Special(nsec::csync)),
    any(
        63,
        "ZONEMD",
        Layout::Fields(&[
            ("serial", Field::U32),
            ("scheme", Field::U8),
            ("hash", Field::U8),
            ("digest", Field::CryptoHex),
        ]),
    ),
    internet(64, "SVCB", SERVICE),
    internet(65, "HTTPS", SERVICE),
    any(66, "DSYNC", Layout::Special(dsync::present)),
    any(67, "HHIT", Layout::Fields(&[("data", Field::CryptoBlock)])),
    any(68, "BRID", Layout::Fields(&[("data", Field::CryptoBlock)])),
    any(99, "SPF", TEXTS),
    any(100, "UINFO", Layout::Generic),
    any(101, "UID", Layout::Generic),
    any(102, "GID", Layout::Generic),
    any(103, "UNSPEC", Layout::Generic),
    any(104, "NID", LOCATOR),
    any(
        105,
        "L32",
        Layout::Fields(&[("preference", Field::U16), ("locator", Field::V4)]),
    ),
    any(106, "L64", LOCATOR),
    any(107, "LP", PREFERRED),
    any(108, "EUI48", Layout::Fields(&[("address", Field::Mac(6))])),
    any(109, "EUI64", Layout::Fields(&[("address", Field::Mac(8))])),
    any(249, "TKEY", Layout::Special(tsig::tkey)),
    any(250, "TSIG", Layout::Special(tsig::present)),
    any(251, "IXFR", Layout::Generic),
    any(252, "AXFR", Layout::Generic),
    any(253, "MAILB", Layout::Generic),
    any(254, "MAILA", Layout::Generic),
    any(255, "ANY", Layout::Generic),
    any(
        256,
        "URI",
        Layout::Fields(&[
            ("priority", Field::U16),
            ("weight", Field::U16),
            ("target", Field::LongText),
        ]),
    ),
    any(257, "CAA", Layout::Special(caa::present)),
    any(258, "AVC", TEXTS),
    any(259, "DOA", Layout::Special(doa::present)),
    any(260, "AMTRELAY", Layout::Special(amtrelay::present)),
    any(261, "RESINFO", TEXTS),
    any(262, "WALLET", TEXTS),
    any(32768, "TA", DELEGATION_SIGNER),
    any(32769, "DLV", DELEGATION_SIGNER),
    any(65533, "KEYDATA", Layout::Generic),
];

/// The numbers that the engine needs by name.
pub(crate) mod rtype {
    pub(crate) const A: u16 = 1;
    pub(crate) const NS: u16 = 2;
    pub(crate) const CNAME: u16 = 5;
    pub(crate) const SOA: u16 = 6;
    pub(crate) const PTR: u16 = 12;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const DNAME: u16 = 39;
    pub(crate) const OPT: u16 = 41;
    pub(crate) const DS: u16 = 43;
    pub(crate) const SIG: u16 = 24;
    pub(crate) const RRSIG: u16 = 46;
    pub(crate) const NSEC: u16 = 47;
    pub(crate) const DNSKEY: u16 = 48;
    pub(crate) const NSEC3: u16 = 50;
    pub(crate) const TSIG: u16 = 250;
    pub(crate) const IXFR: u16 = 251;
    pub(crate) const AXFR: u16 = 252;
    pub(crate) const ANY: u16 = 255;
}

/// The type of this number, where it is known.
pub(crate) fn find(code: u16) -> Option<&'static Kind> {
    let place = KINDS.binary_search_by_key(&code, |kind| kind.code).ok()?;
    KINDS.get(place)
}

const KEYDATA: u16 = 65533;

/// A mnemonic, or `TYPEnnn`.
pub(crate) fn write_type(out: &mut String, code: u16) {
    match find(code) {
        // BIND reads this name and does not write it: the type is for its own files.
        Some(kind) if code != KEYDATA => out.push_str(kind.name),
        _ => push_numbered(out, "TYPE", code),
    }
}

/// `TYPEnnn` or `CLASSnnn`, as RFC 3597 has it.
pub(crate) fn push_numbered(out: &mut String, word: &str, code: u16) {
    use std::fmt::Write as _;
    let _ = write!(out, "{word}{code}");
}

/// The number of a mnemonic in any case, or of `TYPEnnn`.
pub(crate) fn parse_type(text: &str) -> Option<u16> {
    KINDS
        .iter()
        .find(|kind| kind.name.eq_ignore_ascii_case(text))
        .map(|kind| kind.code)
        .or_else(|| numbered(text, "type"))
}

/// A class: IN, CH, HS, NONE, ANY or `CLASSnnn`.
pub(crate) fn write_class(out: &mut String, class: u16) {
    match CLASSES.iter().find(|(_, code)| *code == class) {
        Some((name, _)) => out.push_str(name),
        None => push_numbered(out, "CLASS", class),
    }
}

/// Class IN.
pub(crate) const IN: u16 = 1;
/// Class CHAOS.
pub(crate) const CH: u16 = 3;

/// The first name of a number is the one that is written.
static CLASSES: &[(&str, u16)] = &[
    ("RESERVED0", 0),
    ("IN", IN),
    ("CH", CH),
    ("CHAOS", CH),
    ("HS", 4),
    ("HESIOD", 4),
    ("NONE", 254),
    ("ANY", 255),
];

/// The number of a class's name in any case, or of `CLASSnnn`.
pub(crate) fn parse_class(text: &str) -> Option<u16> {
    CLASSES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, code)| *code)
        .or_else(|| numbered(text, "class"))
}

fn numbered(text: &str, word: &str) -> Option<u16> {
    let prefix = text.get(..word.len())?;
    let digits = text.get(word.len()..)?;
    (prefix.eq_ignore_ascii_case(word) && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_name_is_read_back() {
        assert!(KINDS.is_sorted_by_key(|kind| kind.code));
        for kind in KINDS {
            assert_eq!(parse_type(&kind.name.to_lowercase()), Some(kind.code));
        }
        assert_eq!(parse_type("TYPE65280"), Some(65280));
        assert_eq!(parse_type("type65536"), None);
        assert_eq!(parse_type("typex"), None);
        assert_eq!(parse_class("chaos"), Some(CH));
        assert_eq!(parse_class("class9"), Some(9));
    }
}
