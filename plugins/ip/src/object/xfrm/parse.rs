//! The words of associations and policies, as the kernel's structures (linux/xfrm.h).

use std::net::IpAddr;

use super::show::PROTOCOLS;
use crate::ip::Ip;
use crate::words::{
    Done, INET, INET6, Words, failed, matches, number, prefix, unsigned, usage, wrong,
};

/// A word that must be there.
pub(super) fn required(what: &str) -> nethost_sdk::Exit {
    usage(format!("Error: argument \"{what}\" is required"))
}

/// 16 octets for an address of either family.
pub(super) fn address(of: Option<IpAddr>) -> [u8; 16] {
    let mut octets = [0; 16];
    match of {
        Some(IpAddr::V4(of)) => octets[..4].copy_from_slice(&of.octets()),
        Some(IpAddr::V6(of)) => octets = of.octets(),
        None => {}
    }
    octets
}

fn family_of(of: IpAddr) -> u8 {
    if of.is_ipv4() { INET } else { INET6 }
}

const OTHER_FAMILY: &str =
    "the same address family is required between values after \"src\" and \"dst\"";

/// What names an association: `src ADDRESS dst ADDRESS proto PROTOCOL spi NUMBER`.
#[derive(Clone, Default)]
pub(super) struct Id {
    pub(super) source: Option<IpAddr>,
    pub(super) destination: Option<IpAddr>,
    pub(super) protocol: u8,
    pub(super) index: u32,
    /// Something was said.
    pub(super) is_there: bool,
    pub(super) last: String,
}

impl Id {
    /// Takes the words as long as they are its own.
    pub(super) fn take(&mut self, words: &mut Words, family: u8) -> Done<bool> {
        let mut any = false;
        while let Some(word @ ("src" | "dst" | "proto" | "spi")) = words.peek() {
            let word = word.to_owned();
            words.next();
            let text = words.need()?;
            self.last.clone_from(&text);
            match word.as_str() {
                "proto" => {
                    let known = PROTOCOLS.iter().find(|(_, name)| *name == text);
                    let known = known.map(|(number, _)| *number);
                    let known = known.or_else(|| {
                        let number = unsigned(&text)?.try_into().ok()?;
                        let mut all = PROTOCOLS.iter();
                        all.any(|(known, _)| *known == number).then_some(number)
                    });
                    self.protocol =
                        known.ok_or_else(|| wrong(&text, "XFRM-PROTO value is invalid"))?;
                }
                "spi" => self.index = number(&text, "SPI value is invalid")?,
                side => {
                    let found = prefix(&text, family)?.address;
                    let why = format!("value after \"{side}\" has an unrecognized address family");
                    let found = found.ok_or_else(|| wrong(&text, &why))?;
                    if side == "src" {
                        self.source = Some(found);
                    } else {
                        self.destination = Some(found);
                    }
                }
            }
            any = true;
        }
        self.is_there |= any;
        Ok(any)
    }

    /// What cannot be together; `whole` also asks for a protocol.
    pub(super) fn check(&self, whole: bool) -> Done {
        if let (Some(source), Some(destination)) = (self.source, self.destination)
            && source.is_ipv4() != destination.is_ipv4()
        {
            return Err(wrong(&self.last, OTHER_FAMILY));
        }
        const COMPRESSION: u8 = 108;
        let name = super::show::protocol(self.protocol);
        if self.index != 0 && matches!(self.protocol, 43 | 60) {
            return Err(failed(
                1,
                format!("\"spi\" is invalid with XFRM-PROTO value \"{name}\""),
            ));
        }
        if self.index >= 0x1_0000 && self.protocol == COMPRESSION {
            return Err(failed(
                1,
                format!("SPI value is too large with XFRM-PROTO value \"{name}\""),
            ));
        }
        if whole && self.protocol == 0 {
            return Err(required("XFRM-PROTO"));
        }
        Ok(())
    }

    /// The family of its addresses; 0 if there is none.
    pub(super) fn family(&self) -> u8 {
        self.destination.or(self.source).map_or(0, family_of)
    }
}

/// Which packets: struct xfrm_selector.
#[derive(Clone, Default)]
pub(super) struct Selector {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    lengths: (u8, u8),
    protocol: u8,
    /// Port and mask of each side.
    ports: [(u16, u16); 2],
    link: u32,
    pub(super) is_there: bool,
}

impl Selector {
    /// Takes the words as long as they are its own.
    pub(super) fn take(&mut self, ip: &mut Ip, words: &mut Words, family: u8) -> Done<bool> {
        let (mut any, mut last) = (false, String::new());
        while let Some(word) = words.peek().map(str::to_owned) {
            match word.as_str() {
                "src" | "dst" => {
                    words.next();
                    let text = words.need()?;
                    last.clone_from(&text);
                    let found = prefix(&text, family)?;
                    let why = format!("value after \"{word}\" has an unrecognized address family");
                    let address = found.address.ok_or_else(|| wrong(&text, &why))?;
                    if word == "src" {
                        self.source = Some(address);
                        self.lengths.0 = found.length;
                    } else {
                        self.destination = Some(address);
                        self.lengths.1 = found.length;
                    }
                }
                "dev" => {
                    words.next();
                    let name = words.need()?;
                    self.link = match name.as_str() {
                        "none" => 0,
                        name => ip
                            .link_index(name)
                            .map_err(|_| wrong(name, "DEV value is invalid"))?,
                    };
                }
                "proto" => {
                    words.next();
                    let text = words.need()?;
                    self.protocol = match text.as_str() {
                        "any" => 0,
                        name => super::super::rule::protocol(ip, name)
                            .map_err(|_| wrong(name, "PROTO value is invalid"))?,
                    };
                }
                "sport" | "dport" | "type" | "code" => {
                    words.next();
                    let text = words.need()?;
                    let why = format!("value after \"{word}\" is invalid");
                    let is_port = word.ends_with("port");
                    let value: u16 = if is_port {
                        number(&text, &why)?
                    } else {
                        number::<u8>(&text, &why)?.into()
                    };
                    let mask = if is_port && value == 0 { 0 } else { u16::MAX };
                    let side = usize::from(matches!(word.as_str(), "dport" | "code"));
                    self.ports[side] = (value, mask);
                }
                "key" => {
                    words.next();
                    let text = words.need()?;
                    let dotted = text.parse::<std::net::Ipv4Addr>().map(u32::from).ok();
                    let key = dotted.or_else(|| unsigned(&text)?.try_into().ok());
                    let key = key.ok_or_else(|| usage("value after \"key\" is invalid"))?;
                    self.ports = [(key >> 16) as u16, key as u16].map(|half| (half, u16::MAX));
                }
                _ => break,
            }
            any = true;
        }
        if let (Some(source), Some(destination)) = (self.source, self.destination)
            && source.is_ipv4() != destination.is_ipv4()
        {
            return Err(wrong(&last, OTHER_FAMILY));
        }
        self.is_there |= any;
        Ok(any)
    }

    pub(super) fn family(&self) -> u8 {
        self.destination.or(self.source).map_or(0, family_of)
    }

    /// The structure, of this family if it has no addresses.
    pub(super) fn octets(&self, otherwise: u8) -> Vec<u8> {
        let family = match self.family() {
            0 => otherwise,
            family => family,
        };
        let mut octets = Vec::with_capacity(56);
        octets.extend(address(self.destination));
        octets.extend(address(self.source));
        for (port, mask) in [self.ports[1], self.ports[0]] {
            octets.extend(port.to_be_bytes());
            octets.extend(mask.to_be_bytes());
        }
        octets.extend(u16::from(family).to_ne_bytes());
        octets.extend([self.lengths.1, self.lengths.0, self.protocol, 0, 0, 0]);
        octets.extend(self.link.to_ne_bytes());
        octets.extend([0; 4]);
        octets
    }
}

/// How long, and how much: struct xfrm_lifetime_cfg.
#[derive(Clone, Copy)]
pub(super) struct Limits([u64; 8]);

impl Default for Limits {
    fn default() -> Self {
        Self([u64::MAX, u64::MAX, u64::MAX, u64::MAX, 0, 0, 0, 0])
    }
}

impl Limits {
    /// `KIND NUMBER` behind `limit`.
    pub(super) fn take(&mut self, words: &mut Words) -> Done {
        const KINDS: [&str; 8] = [
            "byte-soft",
            "byte-hard",
            "packet-soft",
            "packet-hard",
            "time-soft",
            "time-hard",
            "time-use-soft",
            "time-use-hard",
        ];
        let kind = words.need()?;
        let place = KINDS.iter().position(|known| *known == kind);
        let place = place.ok_or_else(|| wrong(&kind, "LIMIT value is invalid"))?;
        let why = format!("value after \"{kind}\" is invalid");
        self.0[place] = number(&words.need()?, &why)?;
        Ok(())
    }

    pub(super) fn octets(&self) -> Vec<u8> {
        self.0.map(u64::to_ne_bytes).concat()
    }
}

/// XFRM_MODE_….
pub(super) fn mode(words: &mut Words) -> Done<u8> {
    const MODES: [(&str, u8); 5] = [
        ("transport", 0),
        ("tunnel", 1),
        ("ro", 2),
        ("in_trigger", 3),
        ("beet", 4),
    ];
    let text = words.need()?;
    let known = MODES.iter().find(|(name, _)| matches(&text, name));
    let (_, mode) = known.ok_or_else(|| wrong(&text, "MODE value is invalid"))?;
    Ok(*mode)
}

/// `MARK [ mask MASK ]`: struct xfrm_mark; None if no bit of it counts.
pub(super) fn mark(words: &mut Words) -> Done<Option<Vec<u8>>> {
    let mark: u32 = number(&words.need()?, "MARK value is invalid")?;
    let mut mask = u32::MAX;
    if words.peek() == Some("mask") {
        words.next();
        mask = number(&words.need()?, "MASK value is invalid")?;
    }
    Ok((mask != 0).then(|| [mark, mask].map(u32::to_ne_bytes).concat()))
}

/// Names of flags as long as they come, or one number in hexadecimal.
pub(super) fn flags(words: &mut Words, names: &[(u32, &str)], why: &str) -> Done<u32> {
    let first = words.need()?;
    if let Some(digits) = first.strip_prefix("0x") {
        return u32::from_str_radix(digits, 16).map_err(|_| wrong(&first, why));
    }
    let find = |word: &str| {
        let found = names.iter().find(|(_, name)| *name == word);
        found.map(|(flag, _)| *flag)
    };
    let mut flags = find(&first).ok_or_else(|| wrong(&first, "unknown"))?;
    while let Some(flag) = words.peek().and_then(find) {
        words.next();
        flags |= flag;
    }
    Ok(flags)
}
