//! The options of DHCP by their names in dhcp-options(5), and the form of their values.

/// The form of a value, as dhcp-options(5) writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One address.
    Address,
    /// Addresses.
    Addresses,
    /// Pairs of addresses.
    Pairs,
    /// Numbers without a sign, of this many octets; one, or several.
    Number(usize, bool),
    /// A number of four octets with a sign.
    Signed,
    /// true or false.
    Flag,
    /// A text in quotes.
    Text,
    /// Octets: a text in quotes if they are printable, otherwise hexadecimal.
    Octets,
    /// Names of domains (RFC 3397).
    Domains,
}

use Form::{Address, Addresses, Domains, Flag, Number, Octets, Pairs, Signed, Text};

const U8: Form = Number(1, false);
const U16: Form = Number(2, false);
const U32: Form = Number(4, false);

/// Code, name, form.
pub const OPTIONS: &[(u8, &str, Form)] = &[
    (1, "subnet-mask", Address),
    (2, "time-offset", Signed),
    (3, "routers", Addresses),
    (4, "time-servers", Addresses),
    (5, "ien116-name-servers", Addresses),
    (6, "domain-name-servers", Addresses),
    (7, "log-servers", Addresses),
    (8, "cookie-servers", Addresses),
    (9, "lpr-servers", Addresses),
    (10, "impress-servers", Addresses),
    (11, "resource-location-servers", Addresses),
    (12, "host-name", Text),
    (13, "boot-size", U16),
    (14, "merit-dump", Text),
    (15, "domain-name", Text),
    (16, "swap-server", Address),
    (17, "root-path", Text),
    (18, "extensions-path", Text),
    (19, "ip-forwarding", Flag),
    (20, "non-local-source-routing", Flag),
    (21, "policy-filter", Pairs),
    (22, "max-dgram-reassembly", U16),
    (23, "default-ip-ttl", U8),
    (24, "path-mtu-aging-timeout", U32),
    (25, "path-mtu-plateau-table", Number(2, true)),
    (26, "interface-mtu", U16),
    (27, "all-subnets-local", Flag),
    (28, "broadcast-address", Address),
    (29, "perform-mask-discovery", Flag),
    (30, "mask-supplier", Flag),
    (31, "router-discovery", Flag),
    (32, "router-solicitation-address", Address),
    (33, "static-routes", Pairs),
    (34, "trailer-encapsulation", Flag),
    (35, "arp-cache-timeout", U32),
    (36, "ieee802-3-encapsulation", Flag),
    (37, "default-tcp-ttl", U8),
    (38, "tcp-keepalive-interval", U32),
    (39, "tcp-keepalive-garbage", Flag),
    (40, "nis-domain", Text),
    (41, "nis-servers", Addresses),
    (42, "ntp-servers", Addresses),
    (43, "vendor-encapsulated-options", Octets),
    (44, "netbios-name-servers", Addresses),
    (45, "netbios-dd-server", Addresses),
    (46, "netbios-node-type", U8),
    (47, "netbios-scope", Text),
    (48, "font-servers", Addresses),
    (49, "x-display-manager", Addresses),
    (50, "dhcp-requested-address", Address),
    (51, "dhcp-lease-time", U32),
    (52, "dhcp-option-overload", U8),
    (53, "dhcp-message-type", U8),
    (54, "dhcp-server-identifier", Address),
    (55, "dhcp-parameter-request-list", Number(1, true)),
    (56, "dhcp-message", Text),
    (57, "dhcp-max-message-size", U16),
    (58, "dhcp-renewal-time", U32),
    (59, "dhcp-rebinding-time", U32),
    (60, "vendor-class-identifier", Octets),
    (61, "dhcp-client-identifier", Octets),
    (62, "nwip-domain", Octets),
    (64, "nisplus-domain", Text),
    (65, "nisplus-servers", Addresses),
    (66, "tftp-server-name", Text),
    (67, "bootfile-name", Text),
    (68, "mobile-ip-home-agent", Addresses),
    (69, "smtp-server", Addresses),
    (70, "pop-server", Addresses),
    (71, "nntp-server", Addresses),
    (72, "www-server", Addresses),
    (73, "finger-server", Addresses),
    (74, "irc-server", Addresses),
    (75, "streettalk-server", Addresses),
    (76, "streettalk-directory-assistance-server", Addresses),
    (77, "user-class", Octets),
    (80, "rapid-commit", Octets),
    (82, "relay-agent-information", Octets),
    (85, "nds-servers", Addresses),
    (86, "nds-tree-name", Text),
    (87, "nds-context", Text),
    (88, "bcms-controller-names", Domains),
    (89, "bcms-controller-address", Addresses),
    (91, "client-last-transaction-time", U32),
    (92, "associated-ip", Addresses),
    (93, "pxe-system-type", Number(2, true)),
    (94, "pxe-interface-id", Octets),
    (97, "pxe-client-id", Octets),
    (98, "uap-servers", Text),
    (99, "geoconf-civic", Octets),
    (100, "pcode", Text),
    (101, "tcode", Text),
    (108, "v6-only-preferred", U32),
    (112, "netinfo-server-address", Addresses),
    (113, "netinfo-server-tag", Text),
    (114, "default-url", Text),
    (116, "auto-config", U8),
    (117, "name-service-search", Number(2, true)),
    (118, "subnet-selection", Address),
    (119, "domain-search", Domains),
    (120, "sip-servers", Octets),
    (121, "rfc3442-classless-static-routes", Number(1, true)),
    (124, "vivco", Octets),
    (125, "vivso", Octets),
    (136, "pana-agent", Addresses),
    (137, "v4-lost", Domains),
    (138, "capwap-ac-v4", Addresses),
    (141, "sip-ua-cs-domains", Domains),
    (142, "ipv4-address-andsf", Addresses),
    (150, "tftp-server-address", Addresses),
    (159, "v4-portparams", Octets),
    (160, "v4-captive-portal", Text),
    (209, "loader-configfile", Text),
    (210, "loader-pathprefix", Text),
    (211, "loader-reboottime", U32),
    (212, "option-6rd", Octets),
    (213, "v4-access-domain", Domains),
    (252, "wpad-url", Text),
];

/// The name of an option: `unknown-` and its code if it has none.
pub fn name(code: u8) -> String {
    match known(code) {
        Some((_, name, _)) => (*name).to_owned(),
        None => format!("unknown-{code}"),
    }
}

/// The form of an option's value.
pub fn form(code: u8) -> Form {
    known(code).map_or(Octets, |(_, _, form)| *form)
}

/// An option by its name.
pub fn named(name: &str) -> Option<u8> {
    let name = name.strip_prefix("dhcp.").unwrap_or(name);
    if let Some(code) = name.strip_prefix("unknown-") {
        return code.parse().ok();
    }
    let found = OPTIONS.iter().find(|(_, known, _)| *known == name);
    found.map(|(code, _, _)| *code)
}

fn known(code: u8) -> Option<&'static (u8, &'static str, Form)> {
    OPTIONS.iter().find(|(known, _, _)| *known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_code_is_there_once() {
        for code in 0..=255 {
            assert_eq!(named(&name(code)), Some(code));
        }
        assert!(OPTIONS.is_sorted_by_key(|(code, _, _)| *code));
        assert_eq!(named("nothing"), None);
        assert_eq!(named("unknown-256"), None);
    }
}
