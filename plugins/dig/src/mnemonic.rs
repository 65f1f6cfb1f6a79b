//! Small registries that have names: response codes, operations, algorithms, certificates, extended errors.

use std::fmt::Write as _;

/// Numbers and their names.
pub(crate) type Table = &'static [(u16, &'static str)];

/// Response codes (RFC 1035, 2136, 6891, 7873).
pub(crate) static RCODES: Table = &[
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (11, "RESERVED11"),
    (12, "RESERVED12"),
    (13, "RESERVED13"),
    (14, "RESERVED14"),
    (15, "RESERVED15"),
    (16, "BADVERS"),
    (23, "BADCOOKIE"),
];

/// Errors within TSIG and TKEY (RFC 8945 section 3).
pub(crate) static TSIG_ERRORS: Table = &[
    (0, "NOERROR"),
    (1, "FORMERR"),
    (2, "SERVFAIL"),
    (3, "NXDOMAIN"),
    (4, "NOTIMP"),
    (5, "REFUSED"),
    (6, "YXDOMAIN"),
    (7, "YXRRSET"),
    (8, "NXRRSET"),
    (9, "NOTAUTH"),
    (10, "NOTZONE"),
    (16, "BADSIG"),
    (17, "BADKEY"),
    (18, "BADTIME"),
    (19, "BADMODE"),
    (20, "BADNAME"),
    (21, "BADALG"),
    (22, "BADTRUNC"),
];

/// DNSSEC algorithms.
pub(crate) static ALGORITHMS: Table = &[
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
    (5, "RSASHA1"),
    (6, "NSEC3DSA"),
    (7, "NSEC3RSASHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECCGOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// Kinds of certificates (RFC 4398 section 2.1).
pub(crate) static CERTIFICATES: Table = &[
    (1, "PKIX"),
    (2, "SPKI"),
    (3, "PGP"),
    (4, "IPKIX"),
    (5, "ISPKI"),
    (6, "IPGP"),
    (7, "ACPKIX"),
    (8, "IACPKIX"),
    (253, "URI"),
    (254, "OID"),
];

/// Extended errors (RFC 8914 section 4).
pub(crate) static EXTENDED_ERRORS: [&str; 25] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
];

/// Operations.
pub(crate) static OPCODES: [&str; 16] = [
    "QUERY",
    "IQUERY",
    "STATUS",
    "RESERVED3",
    "NOTIFY",
    "UPDATE",
    "RESERVED6",
    "RESERVED7",
    "RESERVED8",
    "RESERVED9",
    "RESERVED10",
    "RESERVED11",
    "RESERVED12",
    "RESERVED13",
    "RESERVED14",
    "RESERVED15",
];

/// The name of a number, or the number.
pub(crate) fn write(out: &mut String, table: Table, number: u16) {
    match table.iter().find(|(code, _)| *code == number) {
        Some((_, name)) => out.push_str(name),
        None => {
            let _ = write!(out, "{number}");
        }
    }
}

/// A response code for dig's header: a question mark before a bare number.
pub(crate) fn rcode(number: u16) -> String {
    let mut out = String::new();
    write(&mut out, RCODES, number);
    if out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert(0, '?');
    }
    out
}

/// The name of an operation.
pub(crate) fn opcode(number: u8) -> &'static str {
    OPCODES
        .get(usize::from(number))
        .copied()
        .unwrap_or_default()
}
