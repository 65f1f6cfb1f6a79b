//! The options of DHCPv6 by their names in dhcp-options(5), and their values as text.

use std::net::Ipv6Addr;

use crate::v4::option::Form;
use crate::v4::value;

/// The form of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form6 {
    /// Addresses.
    Addresses,
    /// As in DHCP for IPv4.
    As(Form),
    /// A status: its word, and a text.
    Status,
}

use Form6::{Addresses, As, Status};

/// Code, name, form.
const OPTIONS: &[(u16, &str, Form6)] = &[
    (1, "client-id", As(Form::Octets)),
    (2, "server-id", As(Form::Octets)),
    (3, "ia-na", As(Form::Octets)),
    (4, "ia-ta", As(Form::Octets)),
    (5, "ia-addr", As(Form::Octets)),
    (6, "oro", As(Form::Number(2, true))),
    (7, "preference", As(Form::Number(1, false))),
    (8, "elapsed-time", As(Form::Number(2, false))),
    (11, "auth", As(Form::Octets)),
    (12, "unicast", Addresses),
    (13, "status-code", Status),
    (14, "rapid-commit", As(Form::Octets)),
    (15, "user-class", As(Form::Octets)),
    (16, "vendor-class", As(Form::Octets)),
    (17, "vendor-opts", As(Form::Octets)),
    (18, "interface-id", As(Form::Octets)),
    (19, "reconf-msg", As(Form::Octets)),
    (20, "reconf-accept", As(Form::Octets)),
    (21, "sip-servers-names", As(Form::Domains)),
    (22, "sip-servers-addresses", Addresses),
    (23, "name-servers", Addresses),
    (24, "domain-search", As(Form::Domains)),
    (25, "ia-pd", As(Form::Octets)),
    (26, "ia-prefix", As(Form::Octets)),
    (27, "nis-servers", Addresses),
    (28, "nisp-servers", Addresses),
    (29, "nis-domain-name", As(Form::Domains)),
    (30, "nisp-domain-name", As(Form::Domains)),
    (31, "sntp-servers", Addresses),
    (32, "info-refresh-time", As(Form::Number(4, false))),
    (33, "bcms-server-d", As(Form::Domains)),
    (34, "bcms-server-a", Addresses),
    (36, "geoconf-civic", As(Form::Octets)),
    (37, "remote-id", As(Form::Octets)),
    (38, "subscriber-id", As(Form::Octets)),
    (39, "fqdn", As(Form::Octets)),
    (40, "pana-agent", Addresses),
    (41, "new-posix-timezone", As(Form::Text)),
    (42, "new-tzdb-timezone", As(Form::Text)),
    (51, "v6-lost", As(Form::Domains)),
    (52, "capwap-ac-v6", Addresses),
    (56, "ntp-servers", As(Form::Octets)),
    (57, "v6-access-domain", As(Form::Domains)),
    (58, "sip-ua-cs-list", As(Form::Domains)),
    (59, "bootfile-url", As(Form::Text)),
    (60, "bootfile-param", As(Form::Octets)),
    (61, "client-arch-type", As(Form::Number(2, true))),
    (62, "nii", As(Form::Octets)),
    (64, "aftr-name", As(Form::Domains)),
    (65, "erp-local-domain-name", As(Form::Domains)),
    (82, "solmax-rt", As(Form::Number(4, false))),
    (83, "inf-max-rt", As(Form::Number(4, false))),
    (88, "dhcp4-o-dhcp6-server", Addresses),
    (94, "s46-cont-mape", As(Form::Octets)),
    (95, "s46-cont-mapt", As(Form::Octets)),
    (96, "s46-cont-lw", As(Form::Octets)),
    (103, "v6-captive-portal", As(Form::Text)),
    (143, "ipv6-address-andsf", Addresses),
    (144, "v6-dnr", As(Form::Octets)),
];

/// The words of a status (RFC 8415 section 21.13), as ISC's dhclient writes them.
const STATUSES: &[&str] = &[
    "success",
    "UnspecFail",
    "NoAddrsAvail",
    "NoBinding",
    "NotOnLink",
    "UseMulticast",
    "NoPrefixAvail",
];

/// The name of an option: `unknown-` and its code if it has none.
pub fn name(code: u16) -> String {
    let known = OPTIONS.iter().find(|(known, _, _)| *known == code);
    match known {
        Some((_, name, _)) => (*name).to_owned(),
        None => format!("unknown-{code}"),
    }
}

/// A value as text.
pub fn text(code: u16, octets: &[u8]) -> String {
    let known = OPTIONS.iter().find(|(known, _, _)| *known == code);
    match known.map(|(_, _, form)| *form) {
        Some(Addresses) if !octets.is_empty() && octets.len().is_multiple_of(16) => {
            let all: Vec<String> = addresses(octets).iter().map(Ipv6Addr::to_string).collect();
            all.join(",")
        }
        Some(Status) => match status(octets) {
            Some((number, text)) => {
                let word = STATUSES
                    .get(usize::from(number))
                    .copied()
                    .unwrap_or("unknown");
                format!("{word} {}", value::quoted(text))
            }
            None => value::text(Form::Octets, octets),
        },
        // As ISC's dhclient writes them, with the final dot.
        Some(As(Form::Domains)) => match value::domains(octets) {
            Some(names) => {
                let quoted = names
                    .iter()
                    .map(|name| value::quoted(format!("{name}.").as_bytes()));
                quoted.collect::<Vec<_>>().join(", ")
            }
            None => value::text(Form::Octets, octets),
        },
        Some(As(form)) => value::text(form, octets),
        _ => value::text(Form::Octets, octets),
    }
}

/// The addresses of an option.
pub fn addresses(octets: &[u8]) -> Vec<Ipv6Addr> {
    let (all, _) = octets.as_chunks::<16>();
    all.iter().map(|octets| Ipv6Addr::from(*octets)).collect()
}

/// A status and its text.
pub fn status(octets: &[u8]) -> Option<(u16, &[u8])> {
    let (number, text) = octets.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*number), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_dhcp_options_has_them() {
        let server = "fd00::2".parse::<Ipv6Addr>().map(|server| server.octets());
        for (code, octets, shown) in [
            (2, vec![0, 1, 0xab], "0:1:ab"),
            (13, b"\0\0success".to_vec(), "success \"success\""),
            (13, b"\0\x02none".to_vec(), "NoAddrsAvail \"none\""),
            (13, vec![0], "0"),
            (23, server.unwrap_or_default().to_vec(), "fd00::2"),
            (23, vec![1, 2, 3], "1:2:3"),
            (24, b"\x01a\x04test\0".to_vec(), "\"a.test.\""),
        ] {
            assert_eq!(text(code, &octets), shown);
        }
        assert_eq!(name(999), "unknown-999");
    }
}
