//! `ip token`: the interface part of IPv6 addresses that routers announce the prefix of.

use nethost_sdk::netlink::{
    Attribute, AttributeValue, Change, How, Link, LinkChange, ip as address_of, to_wit,
};

use super::link;
use crate::color;
use crate::ip::Ip;
use crate::words::{Done, INET6, Words, failed, matches, prefix, usage};

/// IFLA_INET6_TOKEN within AF_INET6.
const TOKEN: u32 = 10 << 16 | 7;
const LOOPBACK: u32 = 8;
const NOARP: u32 = 0x80;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "list".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("show") || is("lst") || is("get") {
        return list(ip, words);
    }
    if is("set") {
        return set(ip, words, false);
    }
    if is("delete") {
        return set(ip, words, true);
    }
    if matches(&command, "help") {
        return Err(crate::help::of("token"));
    }
    Err(super::unknown(&command, "token"))
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let mut filter = link::Filter::default();
    while let Some(word) = words.next() {
        let name = if word == "dev" { words.need()? } else { word };
        ip.link_index(&name)?;
        filter.device(&name)?;
    }
    let links = filter.links(ip, false)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for link in &links {
        one(ip, link);
    }
    ip.out.end();
    Ok(())
}

fn one(ip: &mut Ip, link: &Link) {
    if link.flags & (LOOPBACK | NOARP) != 0 {
        return;
    }
    let details = link.details.as_deref().unwrap_or_default();
    if let Some(AttributeValue::Address(token)) = link::show::value(details, TOKEN) {
        let token = address_of(*token);
        ip.out.open_object();
        ip.out.text(format_args!("token "));
        ip.out.host(color::of(token), "token", token, ["", ""]);
        ip.out.text(format_args!(" dev "));
        ip.out.any_in(
            color::INTERFACE,
            "ifname",
            &link.name,
            format_args!("{}\n", link.name),
        );
        ip.out.close_object();
    }
}

fn set(ip: &mut Ip, words: &mut Words, unset: bool) -> Done {
    let mut token = unset.then(|| std::net::Ipv6Addr::UNSPECIFIED.into());
    let mut device = None;
    while let Some(word) = words.next() {
        if word == "dev" {
            device = Some(words.need()?);
        } else if token.is_none() {
            token = Some(match prefix(&word, INET6)?.address {
                Some(token) => token,
                None => std::net::Ipv6Addr::UNSPECIFIED.into(),
            });
        } else {
            return Err(crate::words::second("token", &word));
        }
    }
    let Some(token) = token else {
        return Err(usage("Not enough information: token is required."));
    };
    let device =
        device.ok_or_else(|| failed(1, "Not enough information: \"dev\" argument is required."))?;
    let change = LinkChange {
        index: ip.link_index(&device)?,
        attributes: vec![Attribute {
            id: TOKEN,
            value: AttributeValue::Address(to_wit(token)),
        }],
        ..LinkChange::default()
    };
    ip.put(&Change::Link(change), How::empty())
}
