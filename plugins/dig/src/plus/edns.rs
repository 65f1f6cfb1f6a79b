//! Options about EDNS and what rides on it.

use nethost_sdk::Exit;

use super::{Plus, number};
use crate::arguments::Parser;
use crate::edns::OPTION_NAMES;
use crate::lookup::{Lookup, Subnet, UDP_SIZE};
use crate::refusal::fatal;

pub(super) fn buffer_size(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.udp_size = Some(match (plus.on, plus.value) {
        (false, _) => return Err(plus.invalid()),
        (true, None) => UDP_SIZE,
        (true, Some(text)) => {
            number(text, 0xffff, "buffer size", "Couldn't parse buffer size")? as u16
        }
    });
    Ok(())
}

pub(super) fn cookie(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if plus.on {
        l.want_edns();
    }
    l.send_cookie = plus.on;
    l.cookie = match plus.value {
        Some(text) if text.len() > 80 => {
            return Err(fatal("COOKIE data too large", 10));
        }
        Some(text) => Some(hex(text, "isc_hex_decodestring")?),
        None => None,
    };
    Ok(())
}

fn hex(text: &str, what: &str) -> Result<Vec<u8>, Exit> {
    data_encoding::HEXUPPER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| fatal(format!("{what}: bad hex encoding"), 1))
}

pub(super) fn edns(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.edns = match (plus.on, plus.value) {
        (false, _) => None,
        (true, None) => Some(0),
        (true, Some(text)) => Some(number(text, 255, "edns", "Couldn't parse edns")? as u8),
    };
    Ok(())
}

pub(super) fn edns_flags(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.edns_flags = match plus.value {
        Some(text) if plus.on => {
            l.want_edns();
            let decimal = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => u64::from_str_radix(digits, 16).map(|n| n.to_string()),
                None if text.len() > 1 && text.starts_with('0') => {
                    u64::from_str_radix(text, 8).map(|n| n.to_string())
                }
                None => Ok(text.to_owned()),
            };
            let decimal = decimal.unwrap_or_else(|_| text.to_owned());
            number(&decimal, 0xffff, "ednsflags", "Couldn't parse ednsflags")? as u16
        }
        _ => 0,
    };
    Ok(())
}

pub(super) fn edns_option(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if !plus.on {
        l.edns_options.clear();
        return Ok(());
    }
    let text = plus
        .value
        .ok_or_else(|| fatal("ednsopt no code point specified", 10))?;
    let (code, value) = text.split_once(':').unwrap_or((text, ""));
    if code.is_empty() {
        return Err(fatal("ednsopt no code point specified", 10));
    }
    let known = OPTION_NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(code));
    let code = match known {
        Some((_, code)) => *code,
        None => {
            let bad = format!("bad edns code point: {code}");
            number(code, 0xffff, "ednsopt", &bad).map_err(|refusal| Exit { code: 1, ..refusal })?
                as u16
        }
    };
    if l.edns_options.len() >= 100 {
        return Err(fatal("too many ednsopts", 1));
    }
    l.edns_options
        .push((code, hex(value, "isc_hex_decodestring")?));
    Ok(())
}

pub(super) fn nsid(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if plus.on {
        l.want_edns();
    }
    l.nsid = plus.on;
    Ok(())
}

pub(super) fn padding(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if plus.on {
        l.want_edns();
    }
    let text = plus.value.ok_or_else(|| plus.invalid())?;
    l.padding = number(text, 512, "padding", "Couldn't parse padding")? as u16;
    Ok(())
}

pub(super) fn subnet(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if !plus.on {
        l.subnet = None;
        return Ok(());
    }
    let text = plus.needed()?;
    l.want_edns();
    l.subnet = Some(parse_subnet(text)?);
    Ok(())
}

fn parse_subnet(text: &str) -> Result<Subnet, Exit> {
    if text == "0" {
        return Ok(Subnet {
            address: None,
            prefix: 0,
        });
    }
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => {
            let wrong = |_| {
                let words = format!("invalid prefix length in '{text}': not a valid number\n");
                fatal(&words, 1)
            };
            (address, Some(prefix.parse::<u32>().map_err(wrong)?))
        }
        None => (text, None),
    };
    // A shortened IPv4 network, as 10/8, needs its length.
    let padded = (0..4).find_map(|zeros| {
        let whole = format!("{address}{}", ".0".repeat(zeros));
        (zeros == 0 || prefix.is_some())
            .then(|| whole.parse::<std::net::IpAddr>().ok())
            .flatten()
    });
    let address = padded.ok_or_else(|| fatal(format!("invalid address '{text}'"), 1))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    Ok(Subnet {
        address: Some(address),
        prefix: prefix.map_or(most, |prefix| prefix.min(u32::from(most)) as u8),
    })
}
