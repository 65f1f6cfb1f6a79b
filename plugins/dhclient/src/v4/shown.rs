//! Values of options in words for people, where the syntax of dhcp-options(5) has octets only.

use std::net::Ipv4Addr;

use super::{lease, option, value};

/// A value: in words if its option has some, or else in the syntax of dhcp-options(5).
pub fn text(code: u8, octets: &[u8]) -> String {
    let words = match code {
        43 => boot_suboptions(octets),
        81 => full_name(octets),
        82 => relay_suboptions(octets),
        93 => architectures(octets),
        94 => interface(octets),
        97 => machine(octets),
        108 => rest(octets),
        120 => sip_servers(octets),
        121 | 249 => routes(octets),
        124 | 125 => by_vendor(octets),
        212 => rapid_deployment(octets),
        _ => None,
    };
    words.unwrap_or_else(|| value::text(option::form(code), octets))
}

/// As ip(8) writes routes (RFC 3442).
fn routes(octets: &[u8]) -> Option<String> {
    let routes = lease::classless(octets).filter(|routes| !routes.is_empty())?;
    let shown = routes.iter();
    let shown = shown.map(|(to, length, gateway)| format!("{to}/{length} via {gateway}"));
    Some(shown.collect::<Vec<_>>().join(", "))
}

/// Names, or addresses (RFC 3361).
fn sip_servers(octets: &[u8]) -> Option<String> {
    match octets.split_first()? {
        (0, names) => {
            let names = value::domains(names).filter(|names| !names.is_empty())?;
            let quoted = names.iter().map(|name| value::quoted(name.as_bytes()));
            Some(quoted.collect::<Vec<_>>().join(", "))
        }
        (1, addresses) => {
            let (all, rest) = addresses.as_chunks::<4>();
            let shown: Vec<String> = all
                .iter()
                .map(|octets| Ipv4Addr::from(*octets).to_string())
                .collect();
            (rest.is_empty() && !all.is_empty()).then(|| shown.join(", "))
        }
        _ => None,
    }
}

/// The registry of processor architectures (RFC 5970 section 3.3).
const ARCHITECTURES: &[(u16, &str)] = &[
    (0, "x86 BIOS"),
    (1, "NEC/PC98"),
    (2, "Itanium"),
    (3, "DEC Alpha"),
    (4, "Arc x86"),
    (5, "Intel Lean Client"),
    (6, "x86 UEFI"),
    (7, "x64 UEFI"),
    (8, "EFI Xscale"),
    (9, "EBC"),
    (10, "ARM 32-bit UEFI"),
    (11, "ARM 64-bit UEFI"),
    (12, "PowerPC Open Firmware"),
    (13, "PowerPC ePAPR"),
    (14, "POWER OPAL v3"),
    (15, "x86 UEFI boot from HTTP"),
    (16, "x64 UEFI boot from HTTP"),
    (17, "EBC boot from HTTP"),
    (18, "ARM 32-bit UEFI boot from HTTP"),
    (19, "ARM 64-bit UEFI boot from HTTP"),
    (20, "x86 BIOS boot from HTTP"),
    (25, "RISC-V 32-bit UEFI"),
    (26, "RISC-V 32-bit UEFI boot from HTTP"),
    (27, "RISC-V 64-bit UEFI"),
    (28, "RISC-V 64-bit UEFI boot from HTTP"),
];

/// Numbers with their names (RFC 4578 section 2.1).
pub(crate) fn architectures(octets: &[u8]) -> Option<String> {
    let (all, rest) = octets.as_chunks::<2>();
    let shown = all.iter().map(|octets| {
        let number = u16::from_be_bytes(*octets);
        let known = ARCHITECTURES.iter().find(|(known, _)| *known == number);
        match known {
            Some((_, name)) => format!("{number} ({name})"),
            None => number.to_string(),
        }
    });
    let shown: Vec<String> = shown.collect();
    (rest.is_empty() && !shown.is_empty()).then(|| shown.join(", "))
}

/// The network interface of a client that boots (RFC 4578 section 2.2).
fn interface(octets: &[u8]) -> Option<String> {
    match octets {
        [1, major, minor] => Some(format!("UNDI {major}.{minor}")),
        _ => None,
    }
}

/// The identifier of a machine (RFC 4578 section 2.3): a UUID.
fn machine(octets: &[u8]) -> Option<String> {
    let (kind, uuid) = octets.split_first()?;
    if *kind != 0 || uuid.len() != 16 {
        return None;
    }
    let part = |from: usize, to: usize| -> String {
        let octets = uuid.get(from..to).unwrap_or_default();
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    };
    Some(format!(
        "UUID {}-{}-{}-{}-{}",
        part(0, 4),
        part(4, 6),
        part(6, 8),
        part(8, 10),
        part(10, 16)
    ))
}

/// Seconds for which a client does without IPv4 (RFC 8925).
fn rest(octets: &[u8]) -> Option<String> {
    let seconds = u32::from_be_bytes(octets.try_into().ok()?);
    Some(format!("{seconds} seconds"))
}

/// A code, a length, a value, and again; a last octet of 255 ends some of them.
fn suboptions(mut octets: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut all = Vec::new();
    while let [code, length, rest @ ..] = octets {
        if *code == 255 {
            break;
        }
        let (value, rest) = rest.split_at_checked((*length).into())?;
        all.push((*code, value));
        octets = rest;
    }
    let ended = octets.is_empty() || octets.first() == Some(&255);
    (ended && !all.is_empty()).then_some(all)
}

fn listed(octets: &[u8], name: impl Fn(u8) -> Option<&'static str>) -> Option<String> {
    let shown = suboptions(octets)?.into_iter().map(|(code, value)| {
        let value = value::text(option::Form::Octets, value);
        match name(code) {
            Some(name) => format!("{name} {value}"),
            None => format!("{code} {value}"),
        }
    });
    Some(shown.collect::<Vec<_>>().join(", "))
}

/// What servers of PXE say (PXE 2.1 table 2-1). Other vendors' options have codes of their own, so these names are given
/// only where the first one fits.
fn boot_suboptions(octets: &[u8]) -> Option<String> {
    let name = |code| {
        Some(match code {
            1 => "pxe-mtftp-address",
            2 => "pxe-mtftp-client-port",
            3 => "pxe-mtftp-server-port",
            4 => "pxe-mtftp-timeout",
            5 => "pxe-mtftp-delay",
            6 => "pxe-discovery-control",
            7 => "pxe-discovery-address",
            8 => "pxe-boot-servers",
            9 => "pxe-boot-menu",
            10 => "pxe-menu-prompt",
            71 => "pxe-boot-item",
            _ => return None,
        })
    };
    let is_pxe = suboptions(octets)?
        .first()
        .is_some_and(|(code, value)| matches!((code, value.len()), (6, 1) | (1 | 7, 4)));
    is_pxe.then(|| listed(octets, name)).flatten()
}

/// What a relay agent says of the client's place (RFC 3046, RFC 3527, RFC 5107).
fn relay_suboptions(octets: &[u8]) -> Option<String> {
    listed(octets, |code| {
        Some(match code {
            1 => "circuit-id",
            2 => "remote-id",
            5 => "link-selection",
            6 => "subscriber-id",
            11 => "server-id-override",
            _ => return None,
        })
    })
}

/// Flags and a name, as text or in the form of DNS (RFC 4702).
fn full_name(octets: &[u8]) -> Option<String> {
    let (&[flags, _, _], name) = octets.split_first_chunk::<3>()?;
    let name = match flags & 4 {
        0 => value::quoted(name),
        _ => {
            let names = value::domains(name)?;
            value::quoted(names.join(" ").as_bytes())
        }
    };
    let set: String = [(8, 'N'), (4, 'E'), (2, 'O'), (1, 'S')]
        .into_iter()
        .filter(|(bit, _)| flags & bit != 0)
        .map(|(_, letter)| letter)
        .collect();
    Some(match set.is_empty() {
        true => name,
        false => format!("{name} flags {set}"),
    })
}

/// Enterprise numbers, each with its data (RFC 3925).
fn by_vendor(mut octets: &[u8]) -> Option<String> {
    let mut all = Vec::new();
    while let Some((number, rest)) = octets.split_first_chunk::<4>() {
        let (length, rest) = rest.split_first()?;
        let (value, rest) = rest.split_at_checked((*length).into())?;
        let value = value::text(option::Form::Octets, value);
        all.push(format!("vendor {} {value}", u32::from_be_bytes(*number)));
        octets = rest;
    }
    (octets.is_empty() && !all.is_empty()).then(|| all.join(", "))
}

/// IPv6 by tunnels to the provider (RFC 5969 section 7.1.1).
fn rapid_deployment(octets: &[u8]) -> Option<String> {
    let (&[mask, length], rest) = octets.split_first_chunk::<2>()?;
    let (prefix, relays) = rest.split_first_chunk::<16>()?;
    let (relays, cut) = relays.as_chunks::<4>();
    if !cut.is_empty() || relays.is_empty() || mask > 32 || length > 128 {
        return None;
    }
    let relays: Vec<String> = relays
        .iter()
        .map(|octets| Ipv4Addr::from(*octets).to_string())
        .collect();
    let prefix = std::net::Ipv6Addr::from(*prefix);
    Some(format!(
        "6rd prefix {prefix}/{length}, {mask} common bits of IPv4, relays {}",
        relays.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_in_words() {
        for (code, octets, shown) in [
            (120, &b"\x00\x03sip\x04test\x00"[..], "\"sip.test\""),
            (120, &[1, 10, 0, 0, 9, 10, 0, 0, 8], "10.0.0.9, 10.0.0.8"),
            (
                121,
                &[16, 10, 5, 10, 0, 0, 2, 0, 10, 0, 0, 2],
                "10.5.0.0/16 via 10.0.0.2, 0.0.0.0/0 via 10.0.0.2",
            ),
            (249, &[0, 10, 0, 0, 2], "0.0.0.0/0 via 10.0.0.2"),
            (108, &[0, 0, 7, 8], "1800 seconds"),
            (114, b"https://portal.test/", "\"https://portal.test/\""),
            (119, b"\x01a\x04test\x00", "\"a.test\""),
            (150, &[10, 0, 0, 2], "10.0.0.2"),
            (60, b"PXEClient", "\"PXEClient\""),
            (93, &[0, 0, 0, 7], "0 (x86 BIOS), 7 (x64 UEFI)"),
            (93, &[1, 1], "257"),
            (94, &[1, 3, 16], "UNDI 3.16"),
            (
                97,
                &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
                "UUID 01020304-0506-0708-090a-0b0c0d0e0f10",
            ),
            (
                43,
                &[6, 1, 8, 10, 3, 0, b'h', b'i', 255],
                "pxe-discovery-control 8, pxe-menu-prompt 0:68:69",
            ),
            (
                82,
                &[1, 2, b'v', b'0', 2, 1, 7, 9, 0],
                "circuit-id \"v0\", remote-id 7, 9 \"\"",
            ),
            (81, b"\x01\x00\x00host", "\"host\" flags S"),
            (
                81,
                b"\x05\x00\x00\x04host\x04test\x00",
                "\"host.test\" flags ES",
            ),
            (125, &[0, 0, 0x0d, 0xe9, 1, 7], "vendor 3561 7"),
            (
                212,
                &[
                    8, 32, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1,
                ],
                "6rd prefix 2001:db8::/32, 8 common bits of IPv4, relays 192.0.2.1",
            ),
        ] {
            assert_eq!(text(code, octets), shown, "{code}");
        }
    }

    #[test]
    fn what_has_another_form_is_shown_as_octets() {
        for (code, octets, shown) in [
            (120, &[][..], "\"\""),
            (120, &[0], "0"),
            (120, &[1, 10, 0, 0], "1:a:0:0"),
            (120, &[2, 7], "2:7"),
            (120, &[0, 0xc0, 0], "0:c0:0"),
            (121, &[33, 1], "33,1"),
            (93, &[7], "7"),
            (43, &[1, 1, 7], "1:1:7"),
            (43, &[6, 9, 1], "6:9:1"),
            (82, &[1, 9, 1], "1:9:1"),
            (97, &[0, 1], "0:1"),
            (108, &[7], "7"),
            (81, &[4, 0, 0, 0xc0], "4:0:0:c0"),
            (125, &[0, 0, 0, 1, 9], "0:0:0:1:9"),
            (212, &[8, 32, 1], "8:20:1"),
        ] {
            assert_eq!(text(code, octets), shown, "{code}");
        }
    }
}
