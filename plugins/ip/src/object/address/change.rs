//! `ip address add`, `change`, `replace`, `del`, `flush`.

use std::net::IpAddr;

use nethost_sdk::netlink::{Address, Change, How, Lifetime, to_wit};
use nethost_sdk::output::complain;

use super::super::flush::Flushed;
use super::{Filter, addresses, show};
use crate::ip::Ip;
use crate::words::{
    Done, INET, Prefix, Words, address, bits, duplicate, failed, matches, number, prefix, second,
    trimmed, unsigned, wrong,
};

/// RT_SCOPE_HOST.
const HOST: u8 = 254;

/// What is done with an address, by the word for it, or none.
pub(super) fn verb(word: &str) -> Option<Option<How>> {
    if matches(word, "add") {
        Some(Some(How::CREATE | How::EXCLUSIVE))
    } else if matches(word, "change") || word == "chg" {
        Some(Some(How::REPLACE))
    } else if matches(word, "replace") {
        Some(Some(How::CREATE | How::REPLACE))
    } else if matches(word, "delete") {
        Some(None)
    } else {
        None
    }
}

/// A broadcast address to work out of the prefix.
#[derive(Clone, Copy)]
enum Broadcast {
    Given(IpAddr),
    /// `+`: all ones; `-`: all zeros.
    Ones,
    Zeros,
}

pub(super) fn change(ip: &mut Ip, words: &mut Words, how: Option<How>) -> Done {
    let new = parse(ip, words, how.is_none())?;
    match how {
        Some(how) => ip.put(&Change::Address(new), how),
        None => ip.remove(&Change::Address(new)),
    }
}

fn parse(ip: &mut Ip, words: &mut Words, removes: bool) -> Done<Address> {
    let mut new = Address {
        family: ip.options.family,
        ..Address::default()
    };
    let (mut local, mut peer): (Option<Prefix>, Option<Prefix>) = (None, None);
    let (mut device, mut broadcast, mut scope) = (None, None, None);
    let mut lifetime = (None, None);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        match word.as_str() {
            "peer" | "remote" => {
                let text = words.need()?;
                if peer.is_some() {
                    return Err(duplicate("peer", &text));
                }
                peer = Some(of_family(&text, &mut new)?);
            }
            _ if is("broadcast") || word == "brd" => {
                let text = words.need()?;
                if broadcast.is_some() {
                    return Err(duplicate("broadcast", &text));
                }
                broadcast = Some(match text.as_str() {
                    "+" => Broadcast::Ones,
                    "-" => Broadcast::Zeros,
                    text => Broadcast::Given(address(text, new.family)?),
                });
            }
            "anycast" => new.anycast = Some(to_wit(address(&words.need()?, new.family)?)),
            "scope" => {
                let name = words.need()?;
                let number = ip
                    .names
                    .scopes
                    .number(&name)
                    .map(u64::from)
                    .or_else(|| unsigned(&name));
                let number = number.filter(|number| *number < 256);
                scope = Some(
                    number.ok_or_else(|| trimmed(wrong(&name, "invalid scope value.")))? as u8,
                );
            }
            "dev" => device = Some(words.need()?),
            "label" => new.label = Some(words.need()?),
            "metric" | "priority" | "preference" => {
                new.metric = Some(number(&words.need()?, "\"metric\" value is invalid")?);
            }
            _ if is("valid_lft") => lifetime.0 = Some(seconds(&words.need()?, "valid_lft value")?),
            _ if is("preferred_lft") => {
                lifetime.1 = Some(seconds(&words.need()?, "preferred_lft value")?);
            }
            other => {
                if let Some(flag) = show::settable(other) {
                    new.flags |= flag;
                    continue;
                }
                let text = if other == "local" {
                    words.need()?
                } else {
                    word
                };
                if local.is_some() {
                    return Err(second("local", &text));
                }
                local = Some(of_family(&text, &mut new)?);
            }
        }
    }
    let device =
        device.ok_or_else(|| failed(1, "Not enough information: \"dev\" argument is required."))?;
    let wildcard = removes
        && peer.is_none()
        && local.is_some_and(|local| local.family() == INET && !local.explicit);
    if wildcard
        && let Some(local) = local
        && let Some(address) = local.address
    {
        complain(format_args!(
            "Warning: Executing wildcard deletion to stay compatible with old scripts.\n         \
             Explicitly specify the prefix length ({address}/{}) to avoid this warning.\n         \
             This special behaviour is likely to disappear in further releases,\n         fix your scripts!",
            local.length
        ));
    }
    let other = peer.or(local);
    new.local = local.and_then(|local| local.address).map(to_wit);
    // Without a length the local address alone decides what is deleted.
    new.peer = other
        .filter(|_| !wildcard)
        .and_then(|other| other.address)
        .map(to_wit);
    new.prefix_length = other.map_or(0, |other| other.length);
    new.broadcast = match broadcast {
        Some(Broadcast::Given(address)) => Some(to_wit(address)),
        Some(kind) => {
            let base = other.and_then(|other| other.address);
            Some(to_wit(worked_out(base, new.prefix_length, kind)?))
        }
        None => None,
    };
    let is_loopback =
        matches!(local.and_then(|l| l.address), Some(IpAddr::V4(v4)) if v4.octets()[0] == 127);
    new.scope = scope.unwrap_or(if !removes && is_loopback { HOST } else { 0 });
    if let (valid, preferred) = lifetime
        && (valid.is_some() || preferred.is_some())
    {
        let valid = valid.unwrap_or(u32::MAX);
        let preferred = preferred.unwrap_or(u32::MAX);
        if valid < preferred {
            return Err(failed(1, "preferred_lft is greater than valid_lft"));
        }
        new.lifetime = Some(Lifetime { preferred, valid });
    }
    new.index = ip.link_index(&device)?;
    Ok(new)
}

fn of_family(text: &str, new: &mut Address) -> Done<Prefix> {
    let found = prefix(text, new.family)?;
    if new.family == 0 {
        new.family = found.family();
    }
    Ok(found)
}

fn worked_out(base: Option<IpAddr>, length: u8, kind: Broadcast) -> Done<IpAddr> {
    let Some(IpAddr::V4(base)) = base else {
        return Err(failed(1, "Broadcast can be set only for IPv4 addresses"));
    };
    if length >= bits(INET) - 1 {
        return Ok(IpAddr::V4(base));
    }
    let host = u32::MAX >> length;
    let base = u32::from(base);
    Ok(IpAddr::V4(match kind {
        Broadcast::Zeros => (base & !host).into(),
        _ => (base | host).into(),
    }))
}

fn seconds(text: &str, what: &str) -> Done<u32> {
    if text == "forever" {
        return Ok(u32::MAX);
    }
    number(text, what)
}

/// Removes the addresses that a filter lets through.
pub(super) fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    if words.is_empty() {
        return Err(failed(1, "Flush requires arguments."));
    }
    let filter = Filter::parse(ip, words)?;
    let links = filter.links.links(ip, false)?;
    let flushed = Flushed {
        plural: "addresses",
        // A secondary address goes with its primary.
        gone: &["Cannot assign requested address", "ddress not found"],
    };
    flushed.flush(ip, |ip| {
        let mut found = addresses(ip, &filter, None)?;
        found.retain(|address| {
            let link = links.iter().find(|link| link.index == address.index);
            link.is_some_and(|link| filter.lets_through(link, address))
        });
        Ok(found.into_iter().map(Change::Address).collect())
    })
}
