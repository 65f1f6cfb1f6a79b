//! A lease of DHCPv6, as dhclient.leases(5) keeps it.

use std::fmt::Write as _;
use std::net::Ipv6Addr;

use super::message::{Options, code, emitted, options};
use super::option;
use crate::syntax::Statement;

/// What an identity association is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// IA_NA: addresses.
    Addresses,
    /// IA_TA: temporary addresses.
    Temporary,
    /// IA_PD: prefixes.
    Prefixes,
}

impl Kind {
    /// All of them, in the order in which they are asked for.
    pub const ALL: [Self; 3] = [Self::Addresses, Self::Temporary, Self::Prefixes];

    /// The code of its option.
    pub fn code(self) -> u16 {
        match self {
            Self::Addresses => code::IA_NA,
            Self::Temporary => code::IA_TA,
            Self::Prefixes => code::IA_PD,
        }
    }

    /// Its name in RFC 8415.
    pub fn name(self) -> &'static str {
        match self {
            Self::Addresses => "IA_NA",
            Self::Temporary => "IA_TA",
            Self::Prefixes => "IA_PD",
        }
    }

    /// Its name in the file.
    fn word(self) -> &'static str {
        match self {
            Self::Addresses => "ia-na",
            Self::Temporary => "ia-ta",
            Self::Prefixes => "ia-pd",
        }
    }
}

/// An address or a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The address, or the first address of the prefix.
    pub address: Ipv6Addr,
    /// The length of the prefix; none for an address.
    pub length: Option<u8>,
    /// Seconds for which it is preferred, and valid.
    pub preferred: u32,
    /// As above.
    pub valid: u32,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.length {
            Some(length) => write!(f, "{}/{length}", self.address),
            None => write!(f, "{}", self.address),
        }
    }
}

/// An identity association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Association {
    /// What it is for.
    pub kind: Kind,
    /// Its number.
    pub id: u32,
    /// Seconds since 1970.
    pub starts: i64,
    /// Seconds until it is renewed, and rebound; 0 for the client's choice.
    pub renew: u32,
    /// As above.
    pub rebind: u32,
    /// What it has.
    pub parts: Vec<Part>,
}

impl Association {
    /// The association in an option. None if it is malformed, or refused by its status.
    pub fn parse(kind: Kind, value: &[u8], now: i64) -> Option<Self> {
        let number = |at: usize| {
            let octets = value.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(octets))
        };
        let head = if kind == Kind::Temporary { 4 } else { 12 };
        let (renew, rebind) = match kind {
            Kind::Temporary => (0, 0),
            _ => (number(4)?, number(8)?),
        };
        let inner = options(value.get(head..)?)?;
        if inner
            .iter()
            .any(|(code, value)| *code == code::STATUS && !matches!(value.as_slice(), [0, 0, ..]))
        {
            return None;
        }
        let parts = inner
            .iter()
            .filter_map(|(code, value)| part(kind, *code, value));
        Some(Self {
            kind,
            id: number(0)?,
            starts: now,
            renew,
            rebind,
            parts: parts
                .filter(|part| part.valid > 0 && part.preferred <= part.valid)
                .collect(),
        })
    }

    /// Its option, with these lifetimes.
    pub fn emit(&self, times: (u32, u32), lifetimes: (u32, u32)) -> (u16, Vec<u8>) {
        let mut value = self.id.to_be_bytes().to_vec();
        if self.kind != Kind::Temporary {
            value.extend(times.0.to_be_bytes());
            value.extend(times.1.to_be_bytes());
        }
        let parts: Options = self
            .parts
            .iter()
            .map(|part| {
                let (preferred, valid) = (lifetimes.0.to_be_bytes(), lifetimes.1.to_be_bytes());
                let address = part.address.octets();
                match part.length {
                    Some(length) => (
                        code::PREFIX,
                        [&preferred[..], &valid, &[length], &address].concat(),
                    ),
                    None => (code::ADDRESS, [&address[..], &preferred, &valid].concat()),
                }
            })
            .collect();
        value.extend(emitted(&parts));
        (self.kind.code(), value)
    }

    /// The number as ISC's dhclient shows it.
    pub fn shown(&self) -> String {
        colons(&self.id.to_be_bytes())
    }
}

fn part(kind: Kind, code: u16, value: &[u8]) -> Option<Part> {
    let number = |at: usize| {
        let octets = value.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(octets))
    };
    let address = |at: usize| {
        let octets: [u8; 16] = value.get(at..at + 16)?.try_into().ok()?;
        Some(Ipv6Addr::from(octets))
    };
    match (kind, code) {
        (Kind::Prefixes, code::PREFIX) => Some(Part {
            preferred: number(0)?,
            valid: number(4)?,
            length: Some(*value.get(8).filter(|length| **length <= 128)?),
            address: address(9)?,
        }),
        (Kind::Addresses | Kind::Temporary, code::ADDRESS) => Some(Part {
            address: address(0)?,
            length: None,
            preferred: number(16)?,
            valid: number(20)?,
        }),
        _ => None,
    }
}

/// Octets as two hexadecimal digits each.
pub fn colons(octets: &[u8]) -> String {
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    octets.join(":")
}

/// A lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The interface.
    pub interface: String,
    /// The server's identifier.
    pub server: Vec<u8>,
    /// Its preference.
    pub preference: u8,
    /// What it gives.
    pub associations: Vec<Association>,
    /// Its other options.
    pub options: Options,
}

impl Lease {
    /// Addresses and prefixes with the end of each, in seconds since 1970.
    pub fn parts(&self) -> impl Iterator<Item = (&Association, &Part, i64)> {
        self.associations.iter().flat_map(|one| {
            one.parts.iter().map(move |part| {
                let forever = part.valid == u32::MAX;
                let end = one.starts + i64::from(part.valid);
                (one, part, if forever { i64::MAX } else { end })
            })
        })
    }

    /// When the first association is to be renewed and rebound, and when the last part ends: seconds since 1970.
    pub fn times(&self) -> (i64, i64, i64) {
        let end = self.parts().map(|(_, _, end)| end).max().unwrap_or(0);
        let first = |time: &dyn Fn(&Association) -> i64| {
            let all = self.associations.iter().filter(|one| !one.parts.is_empty());
            all.map(time).min().unwrap_or(end)
        };
        let shortest = |one: &Association| one.parts.iter().map(|part| part.preferred).min();
        let renew = first(&|one| {
            // The recommended times of RFC 8415 section 21.4.
            let chosen = shortest(one).unwrap_or(0) / 2;
            one.starts + i64::from(if one.renew == 0 { chosen } else { one.renew })
        });
        let rebind = first(&|one| {
            let chosen = shortest(one).unwrap_or(0) / 5 * 4;
            one.starts + i64::from(if one.rebind == 0 { chosen } else { one.rebind })
        });
        (renew.min(end), rebind.max(renew).min(end), end)
    }

    /// When the first part stops to be preferred.
    pub fn depreference(&self) -> i64 {
        let each = self.parts().map(|(one, part, _)| match part.preferred {
            u32::MAX => i64::MAX,
            preferred => one.starts + i64::from(preferred),
        });
        each.min().unwrap_or(0)
    }

    /// As a declaration of dhclient.leases(5).
    pub fn declared(&self) -> String {
        let mut text = String::from("lease6 {\n");
        let interface = crate::v4::value::quoted(self.interface.as_bytes());
        let _ = writeln!(text, "  interface {interface};");
        for one in &self.associations {
            let _ = writeln!(text, "  {} {} {{", one.kind.word(), one.shown());
            let _ = writeln!(text, "    starts {};", one.starts);
            if one.kind != Kind::Temporary {
                let _ = writeln!(text, "    renew {};\n    rebind {};", one.renew, one.rebind);
            }
            for part in &one.parts {
                let word = if part.length.is_some() {
                    "iaprefix"
                } else {
                    "iaaddr"
                };
                let _ = writeln!(text, "    {word} {part} {{\n      starts {};", one.starts);
                let _ = writeln!(text, "      preferred-life {};", part.preferred);
                let _ = writeln!(text, "      max-life {};\n    }}", part.valid);
            }
            text.push_str("  }\n");
        }
        for (code, value) in &self.options {
            let shown = option::text(*code, value);
            let _ = writeln!(text, "  option dhcp6.{} {shown};", option::name(*code));
        }
        text.push_str("}\n");
        text
    }

    /// The lease of a declaration. Its options other than the server are not read.
    pub fn read(statement: &Statement) -> Option<Self> {
        let ["lease6"] = statement.plain().as_slice() else {
            return None;
        };
        let mut lease = Self {
            interface: String::new(),
            server: Vec::new(),
            preference: 0,
            associations: Vec::new(),
            options: Vec::new(),
        };
        for inner in statement.block.as_ref()? {
            match inner.plain().as_slice() {
                ["interface"] => lease.interface = inner.text(1)?,
                ["released"] => return None,
                ["option", "dhcp6.server-id", id] => lease.server = hexadecimal(id)?,
                [word, id] => {
                    let kind = Kind::ALL.into_iter().find(|kind| kind.word() == *word);
                    if let Some(kind) = kind {
                        let block = inner.block.as_deref()?;
                        lease.associations.push(association(kind, id, block)?);
                    }
                }
                _ => {}
            }
        }
        lease.options.push((code::SERVER, lease.server.clone()));
        (!lease.server.is_empty()).then_some(lease)
    }
}

fn association(kind: Kind, id: &str, block: &[Statement]) -> Option<Association> {
    let id: [u8; 4] = hexadecimal(id)?.try_into().ok()?;
    let mut one = Association {
        kind,
        id: u32::from_be_bytes(id),
        starts: 0,
        renew: 0,
        rebind: 0,
        parts: Vec::new(),
    };
    for inner in block {
        match inner.plain().as_slice() {
            ["starts", seconds] => one.starts = seconds.parse().ok()?,
            ["renew", seconds] => one.renew = seconds.parse().ok()?,
            ["rebind", seconds] => one.rebind = seconds.parse().ok()?,
            ["iaaddr" | "iaprefix", address] => {
                let (address, length) = match address.split_once('/') {
                    Some((address, length)) => (address, Some(length.parse().ok()?)),
                    None => (*address, None),
                };
                let mut part = Part {
                    address: address.parse().ok()?,
                    length,
                    preferred: 0,
                    valid: 0,
                };
                for inner in inner.block.as_deref()? {
                    match inner.plain().as_slice() {
                        ["preferred-life", seconds] => part.preferred = seconds.parse().ok()?,
                        ["max-life", seconds] => part.valid = seconds.parse().ok()?,
                        _ => {}
                    }
                }
                one.parts.push(part);
            }
            _ => {}
        }
    }
    Some(one)
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let parts = text.split(':');
    parts
        .map(|part| u8::from_str_radix(part, 16).ok())
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Written by ISC's dhclient 4.4.3-P1.
    const ISC: &str = r#"lease6 {
  interface "eth0";
  ia-na 00:00:00:01 {
    starts 1795990167;
    renew 100;
    rebind 175;
    iaaddr fd00::93 {
      starts 1795990167;
      preferred-life 200;
      max-life 200;
    }
  }
  option dhcp6.server-id 0:1:0:1:32:9f:5f:c:2:0:0:0:0:2;
}
"#;

    #[test]
    fn the_file_of_isc_is_read_and_written_alike() {
        let statements = crate::syntax::parse(ISC.as_bytes()).unwrap();
        let lease = Lease::read(&statements[0]).unwrap();
        assert_eq!(lease.times(), (1_795_990_267, 1_795_990_342, 1_795_990_367));
        assert_eq!(lease.declared(), ISC);
    }

    #[test]
    fn an_association_is_read_as_it_was_written() {
        for kind in Kind::ALL {
            let one = Association {
                kind,
                id: 7,
                starts: 5,
                renew: if kind == Kind::Temporary { 0 } else { 10 },
                rebind: if kind == Kind::Temporary { 0 } else { 20 },
                parts: vec![Part {
                    address: "2001:db8::".parse().unwrap(),
                    length: (kind == Kind::Prefixes).then_some(56),
                    preferred: 30,
                    valid: 40,
                }],
            };
            let (code, value) = one.emit((10, 20), (30, 40));
            assert_eq!(code, kind.code());
            assert_eq!(Association::parse(kind, &value, 5), Some(one));
            for cut in 0..value.len() {
                let cut = Association::parse(kind, &value[..cut], 5);
                assert!(cut.is_none_or(|cut| cut.parts.is_empty()));
            }
        }
        let refused = [&[0; 12][..], &[0, 13, 0, 2, 0, 2]].concat();
        assert_eq!(Association::parse(Kind::Addresses, &refused, 0), None);
    }
}
