//! What words say of a rule: to add or delete one, or to choose which are shown.

use nethost_sdk::netlink::{Range, Rule, to_wit};

use super::show::{GOTO, NOP, TO_TABLE};
use crate::ip::Ip;
use crate::words::{Done, Words, matches, number, prefix, trimmed, unsigned, usage, wrong};

/// FIB_RULE_INVERT.
const INVERT: u32 = 2;
/// RT_TABLE_MAIN.
const MAIN: u32 = 254;
/// RTN_NAT.
const NAT: u8 = 10;

/// A rule to add or delete.
pub(super) fn parse(ip: &mut Ip, words: &mut Words, adds: bool) -> Done<Rule> {
    let mut rule = Rule {
        family: ip.options.family,
        action: if adds { TO_TABLE } else { 0 },
        ..Rule::default()
    };
    let mut table = false;
    while let Some(word) = words.next() {
        one(ip, words, &word, &mut rule, &mut table)?;
    }
    if adds && !table && rule.action == TO_TABLE && !rule.through_vrf {
        rule.table = MAIN;
    }
    if rule.family == 0 {
        rule.family = crate::words::INET;
    }
    Ok(rule)
}

fn one(ip: &mut Ip, words: &mut Words, word: &str, rule: &mut Rule, table: &mut bool) -> Done {
    let is = |keyword| matches(word, keyword);
    if word == "not" {
        rule.flags |= INVERT;
    } else if word == "from" {
        let from = prefix(&words.need()?, rule.family)?;
        rule.source = from.address.map(to_wit);
        rule.source_length = from.length;
        family(rule, from.family());
    } else if word == "to" {
        let to = prefix(&words.need()?, rule.family)?;
        rule.destination = to.address.map(to_wit);
        rule.destination_length = to.length;
        family(rule, to.family());
    } else if is("preference") || is("order") || is("priority") {
        rule.priority =
            Some(number(&words.need()?, "preference value is invalid\n").map_err(trimmed)?);
    } else if word == "tos" || is("dsfield") {
        let name = words.need()?;
        let field = super::super::route::named::tos(ip, &name);
        rule.tos = field.map_err(|_| trimmed(wrong(&name, "TOS value is invalid\n")))?;
    } else if word == "fwmark" {
        let text = words.need()?;
        let (mark, mask) = match text.split_once('/') {
            Some((mark, mask)) => (mark, Some(mask)),
            None => (text.as_str(), None),
        };
        let invalid = |_| trimmed(wrong(&text, "fwmark value is invalid\n"));
        rule.mark = Some(number(mark, "").map_err(invalid)?);
        if let Some(mask) = mask {
            rule.mark_mask = Some(
                number(mask, "").map_err(|_| trimmed(wrong(mask, "fwmask value is invalid\n")))?,
            );
        }
    } else if is("realms") {
        let text = words.need()?;
        rule.realms = Some(
            super::super::route::named::realms(ip, &text)
                .map_err(|_| trimmed(wrong(&text, "invalid realms\n")))?,
        );
    } else if is("protocol") {
        let name = words.need()?;
        let known = ip
            .names
            .protocols
            .number(&name)
            .map(u64::from)
            .or_else(|| unsigned(&name));
        rule.protocol = Some(
            known
                .filter(|number| *number < 256)
                .ok_or_else(|| trimmed(wrong(&name, "\"protocol\" value is invalid\n")))?
                as u8,
        );
    } else if is("table") || word == "lookup" {
        let name = words.need()?;
        let number = super::super::route::named::table(ip, &name);
        rule.table = number.map_err(|_| trimmed(wrong(&name, "invalid table ID\n")))?;
        *table = true;
    } else if word == "suppress_prefixlength" || word == "sup_pl" {
        rule.suppress_prefix_length = Some(
            number(&words.need()?, "suppress_prefixlength value is invalid\n").map_err(trimmed)?,
        );
    } else if word == "suppress_ifgroup" || word == "sup_group" {
        let name = words.need()?;
        let group = ip
            .names
            .groups
            .number(&name)
            .map(u64::from)
            .or_else(|| unsigned(&name));
        rule.suppress_group = Some(
            group.ok_or_else(|| trimmed(wrong(&name, "Invalid \"suppress_ifgroup\" value\n")))?
                as u32,
        );
    } else if word == "dev" || word == "iif" {
        rule.input_interface = Some(interface(&words.need()?)?);
    } else if word == "oif" {
        rule.output_interface = Some(interface(&words.need()?)?);
    } else if word == "l3mdev" {
        rule.through_vrf = true;
        *table = true;
    } else if word == "uidrange" {
        let text = words.need()?;
        let range = text.split_once('-').and_then(|(first, last)| {
            Some(Range {
                first: unsigned(first)?.try_into().ok()?,
                last: unsigned(last)?.try_into().ok()?,
            })
        });
        rule.users = Some(range.ok_or_else(|| trimmed(wrong(&text, "invalid UID range\n")))?);
    } else if word == "nat" || is("map-to") {
        let text = words.need()?;
        return Err(wrong(
            &text,
            "Linux has no NAT in routing rules since 2.6; see nft(8)",
        ));
    } else if word == "ipproto" {
        rule.ip_protocol = Some(protocol(ip, &words.need()?)?);
    } else if word == "sport" {
        rule.source_ports = Some(ports(&words.need()?, "invalid sport range\n")?);
    } else if word == "dport" {
        rule.destination_ports = Some(ports(&words.need()?, "invalid dport range\n")?);
    } else if word == "tun_id" {
        rule.tunnel_id =
            Some(number(&words.need()?, "tun_id value is invalid\n").map_err(trimmed)?);
    } else {
        action(words, word, rule)?;
    }
    Ok(())
}

fn action(words: &mut Words, word: &str, rule: &mut Rule) -> Done {
    let named = if word == "type" {
        Some(words.need()?)
    } else {
        None
    };
    let word = named.as_deref().unwrap_or(word);
    if matches(word, "goto") {
        rule.action = GOTO;
        rule.goto_priority = Some(number(&words.need()?, "invalid target\n").map_err(trimmed)?);
    } else if matches(word, "nop") {
        rule.action = NOP;
    } else {
        let kind = super::super::route::kind(word);
        rule.action = kind.filter(|kind| *kind != NAT).ok_or_else(|| {
            usage(format!(
                "Error: argument \"{}\" is wrong: Failed to parse rule type",
                nethost_sdk::text::printable(word)
            ))
        })?;
    }
    Ok(())
}

fn family(rule: &mut Rule, family: u8) {
    if rule.family == 0 {
        rule.family = family;
    }
}

fn interface(name: &str) -> Done<String> {
    if name.is_empty() || name.len() > 15 || name.contains('/') {
        let why = format!("\"iif/oif\" not a valid ifname: {name}");
        return Err(wrong(name, &why));
    }
    Ok(name.to_owned())
}

fn ports(text: &str, why: &str) -> Done<Range> {
    let port = |text: &str| {
        unsigned(text)
            .filter(|port| *port <= u16::MAX.into())
            .map(|port| port as u32)
    };
    let range = match text.split_once('-') {
        Some((first, last)) => port(first).zip(port(last)),
        None => port(text).map(|port| (port, port)),
    };
    let (first, last) = range.ok_or_else(|| trimmed(wrong(text, why)))?;
    Ok(Range { first, last })
}

/// protocols(5) by name or number.
pub(crate) fn protocol(ip: &mut Ip, name: &str) -> Done<u8> {
    let number = ip.names.ip_protocols.number(name).map(u64::from);
    number
        .or_else(|| unsigned(name))
        .and_then(|number| u8::try_from(number).ok())
        .ok_or_else(|| trimmed(wrong(name, "Invalid \"ipproto\" value\n")))
}

/// Whether a rule has what was asked for.
pub(super) fn fits(rule: &Rule, asked: &Rule) -> bool {
    fn same<T: PartialEq>(asked: Option<T>, is: Option<T>) -> bool {
        asked.is_none() || asked == is
    }
    let address = |asked: Option<_>, length: u8, is: Option<_>, is_length: u8| {
        asked.is_none()
            || (asked.map(nethost_sdk::netlink::ip) == is.map(nethost_sdk::netlink::ip)
                && length == is_length)
    };
    let range = |asked: Option<Range>, is: Option<Range>| {
        asked.is_none_or(|asked| {
            is.is_some_and(|is| (asked.first, asked.last) == (is.first, is.last))
        })
    };
    (asked.flags & INVERT == 0 || rule.flags & INVERT != 0)
        && address(
            asked.source,
            asked.source_length,
            rule.source,
            rule.source_length,
        )
        && address(
            asked.destination,
            asked.destination_length,
            rule.destination,
            rule.destination_length,
        )
        && same(asked.priority, rule.priority)
        && (asked.tos == 0 || asked.tos == rule.tos)
        && same(asked.mark, rule.mark)
        && same(asked.mark_mask, rule.mark_mask)
        && (asked.table == 0 || asked.table == rule.table)
        && same(
            asked.input_interface.as_ref(),
            rule.input_interface.as_ref(),
        )
        && same(
            asked.output_interface.as_ref(),
            rule.output_interface.as_ref(),
        )
        && (!asked.through_vrf || rule.through_vrf)
        && range(asked.users, rule.users)
        && same(asked.ip_protocol, rule.ip_protocol)
        && range(asked.source_ports, rule.source_ports)
        && range(asked.destination_ports, rule.destination_ports)
        && same(asked.protocol, rule.protocol)
        && same(asked.tunnel_id, rule.tunnel_id)
}
