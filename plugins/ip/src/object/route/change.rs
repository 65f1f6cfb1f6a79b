//! `ip route add`, `del`, `change`, `append`, `prepend`, `replace`, `test`: what the words make of a route.

use nethost_sdk::netlink::{AttributeValue as Value, Change, Field, How, NextHop, Route, to_wit};

use super::encapsulation::{self, Encapsulation};
use super::filter::{MAIN, kind};
use super::metric::METRICS;
use super::named::{milliseconds, realms, table, tos};
use super::whole::{self, More};
use crate::entity::{field, number as counted};
use crate::ip::Ip;
use crate::options::MPLS;
use crate::words::{
    Done, INET, INET6, Words, address, duplicate, failed, family_of, matches, number, prefix,
    second, trimmed, unsigned, wrong,
};

/// RT_SCOPE_….
const LINK: u8 = 253;
const HOST: u8 = 254;
const NOWHERE: u8 = 255;
/// RTN_….
const UNICAST: u8 = 1;
const LOCAL: u8 = 2;
const BROADCAST: u8 = 3;
const ANYCAST: u8 = 4;
const MULTICAST: u8 = 5;
/// RT_TABLE_LOCAL.
const LOCAL_TABLE: u32 = 255;
/// RTPROT_BOOT.
const BOOT: u8 = 3;
/// RTNH_F_ONLINK and RTNH_F_PERVASIVE.
const ONLINK: u32 = 4;
const PERVASIVE: u32 = 2;

/// A change to the routing tables by its word, or none.
pub(super) fn verb(word: &str) -> Option<Verb> {
    let put = |how| Some(Verb::Put(how));
    if matches(word, "add") {
        put(How::CREATE | How::EXCLUSIVE)
    } else if matches(word, "change") || word == "chg" {
        put(How::REPLACE)
    } else if matches(word, "replace") {
        put(How::CREATE | How::REPLACE)
    } else if matches(word, "prepend") {
        put(How::CREATE)
    } else if matches(word, "append") {
        put(How::CREATE | How::APPEND)
    } else if matches(word, "test") {
        put(How::EXCLUSIVE)
    } else if matches(word, "delete") {
        Some(Verb::Remove)
    } else {
        None
    }
}

/// What is done.
#[derive(Clone, Copy)]
pub(super) enum Verb {
    Put(How),
    Remove,
}

pub(super) fn change(ip: &mut Ip, words: &mut Words, verb: Verb) -> Done {
    let removes = matches!(verb, Verb::Remove);
    let (route, more) = parse(ip, words, removes)?;
    match verb {
        Verb::Put(how) if more.is_empty() => ip.put(&Change::Route(route), how),
        Verb::Remove if more.is_empty() => ip.remove(&Change::Route(route)),
        Verb::Put(how) => ip.change_entity(&whole::route(whole::NEW, &route, &more), how),
        Verb::Remove => {
            let whole = whole::route(whole::DELETE, &route, &more);
            ip.change_entity(&whole, How::empty())
        }
    }
}

/// What has been said so far.
#[derive(Default)]
struct Said {
    destination: bool,
    table: bool,
    scope: bool,
    gateway: bool,
    kind: bool,
    device: Option<String>,
    locks: u32,
    more: More,
}

fn parse(ip: &mut Ip, words: &mut Words, removes: bool) -> Done<(Route, More)> {
    let mut route = Route {
        family: ip.options.family,
        table: MAIN,
        scope: NOWHERE,
        ..Route::default()
    };
    if !removes {
        route.protocol = BOOT;
        route.scope = 0;
        route.kind = UNICAST;
    }
    let mut said = Said::default();
    while let Some(word) = words.next() {
        one(ip, words, word, &mut route, &mut said)?;
    }
    if !said.destination {
        return Err(crate::help::of("route"));
    }
    if let Some(name) = &said.device {
        route.output_interface = Some(ip.link_index(name)?);
    }
    if said.locks != 0 {
        route.metrics.get_or_insert_default().push((1, said.locks));
    }
    if route.family == 0 {
        route.family = INET;
    }
    if !said.table && matches!(route.kind, LOCAL | BROADCAST | ANYCAST) {
        route.table = LOCAL_TABLE;
    }
    if !said.scope {
        route.scope = match route.kind {
            _ if route.family == INET6 => 0,
            LOCAL => HOST,
            BROADCAST | MULTICAST | ANYCAST => LINK,
            0 | UNICAST if removes => NOWHERE,
            0 | UNICAST
                if !said.gateway && route.next_hops.is_none() && route.next_hop_id.is_none() =>
            {
                LINK
            }
            _ => route.scope,
        };
    }
    // What is not in the record of a route.
    let is_known = |id: u8| usize::from(id) < LAST_RECORDED;
    let metrics = route.metrics.as_deref().unwrap_or_default();
    if route.family == MPLS || metrics.iter().any(|(id, _)| !is_known(*id)) {
        said.more.whole = true;
    }
    Ok((route, said.more))
}

/// The metrics that the record of a route can have: those before RTAX_CC_ALGO.
const LAST_RECORDED: usize = 16;

fn one(ip: &mut Ip, words: &mut Words, word: String, route: &mut Route, said: &mut Said) -> Done {
    let is = |keyword| matches(&word, keyword);
    match word.as_str() {
        "src" => {
            let source = address(&words.need()?, route.family)?;
            set_family(route, family_of(source));
            route.preferred_source = Some(to_wit(source));
        }
        "as" => {
            said.more.fields.push(label(words)?);
        }
        "via" => {
            said.gateway = true;
            let via = gateway(words, route.family)?;
            set_family(route, family_of(via));
            route.gateway = Some(to_wit(via));
        }
        "from" => {
            let from = prefix(&words.need()?, route.family)?;
            route.source = from.address.map(to_wit);
            route.source_length = from.length;
            if from.address.is_some() {
                set_family(route, from.family());
            }
        }
        "expires" => {
            let seconds = number(&words.need()?, "\"expires\" value is invalid")?;
            route.expires = Some(seconds);
        }
        "metric" | "priority" => {
            route.metric = Some(number(&words.need()?, "\"metric\" value is invalid")?);
        }
        "mtu" => metric(words, route, said, 2, "\"mtu\" value is invalid")?,
        "hoplimit" => metric(words, route, said, 10, "\"hoplimit\" value is invalid")?,
        "advmss" => metric(words, route, said, 8, "\"mss\" value is invalid")?,
        "rto_min" => {
            said.locks |= 1 << 13;
            push_metric(route, 13, milliseconds(&words.need()?, 1)?);
        }
        "window" => metric(words, route, said, 3, "\"window\" value is invalid")?,
        "cwnd" => metric(words, route, said, 7, "\"cwnd\" value is invalid")?,
        "initcwnd" => metric(words, route, said, 11, "\"initcwnd\" value is invalid")?,
        "initrwnd" => metric(words, route, said, 14, "\"initrwnd\" value is invalid")?,
        "quickack" => metric(
            words,
            route,
            said,
            15,
            "\"quickack\" value should be 0 or 1",
        )?,
        "rtt" | "rttvar" => {
            let (id, unit) = if word == "rtt" { (4, 8) } else { (5, 4) };
            let value = lock(words, said, id)?;
            push_metric(route, id, milliseconds(&value, unit)?);
        }
        "congctl" => {
            let name = lock(words, said, 16)?;
            route.congestion_control = Some(name);
        }
        "features" => {
            let name = words.need()?;
            if name != "ecn" {
                return Err(trimmed(wrong(&name, "\"features\" value not valid\n")));
            }
            push_metric(route, 12, 1);
        }
        "onlink" => route.flags |= ONLINK,
        "nexthop" => {
            let (hop, family, more) = next_hop(ip, words, route.family)?;
            route.next_hops.get_or_insert_default().push(hop);
            said.more.hops.push(more);
            if family != 0 {
                set_family(route, family);
            }
        }
        "nhid" => route.next_hop_id = Some(number(&words.need()?, "\"id\" value is invalid")?),
        "vrf" => {
            let name = words.need()?;
            route.table = super::super::vrf::table(ip, &name)?;
            said.table = true;
        }
        "dev" | "oif" => {
            let name = words.need()?;
            if said.device.is_some() {
                return Err(duplicate("dev", &name));
            }
            said.device = Some(name);
        }
        "pref" => {
            let name = words.need()?;
            route.preference = Some(match name.as_str() {
                "medium" => 0,
                "high" => 1,
                "low" => 3,
                other => number(other, "\"pref\" value is invalid").map_err(trimmed)?,
            });
        }
        "encap" => {
            if said.more.encapsulation.is_some() {
                let kind = words.need()?;
                return Err(duplicate("encap", &kind));
            }
            said.more.encapsulation = Some(encapsulation::parse(ip, words)?);
        }
        "ttl-propagate" => {
            let text = words.need()?;
            let on = match text.as_str() {
                "enabled" => 1_u8,
                "disabled" => 0,
                _ => return Err(wrong(&text, "\"ttl-propagate\" value is invalid")),
            };
            said.more.fields.push(counted(whole::TTL_PROPAGATION, on));
        }
        "fastopen_no_cookie" => {
            let value = lock(words, said, 17)?;
            let on: u32 = number(&value, "\"fastopen_no_cookie\" value is invalid")?;
            if on > 1 {
                return Err(wrong(
                    &value,
                    "\"fastopen_no_cookie\" value should be 0 or 1",
                ));
            }
            push_metric(route, 17, on);
        }
        "pervasive" => route.flags |= PERVASIVE,
        _ if is("dsfield") || word == "tos" => {
            let name = words.need()?;
            route.tos = tos(ip, &name)?;
        }
        _ if is("preference") => {
            route.metric = Some(number(&words.need()?, "\"metric\" value is invalid")?);
        }
        _ if is("scope") => {
            let name = words.need()?;
            let scope = super::super::address::scope(ip, &name)?;
            route.scope =
                scope.ok_or_else(|| trimmed(wrong(&name, "invalid \"scope\" value\n")))?;
            said.scope = true;
        }
        _ if is("reordering") => metric(words, route, said, 9, "\"reordering\" value is invalid")?,
        _ if is("ssthresh") => metric(words, route, said, 6, "\"ssthresh\" value is invalid")?,
        _ if is("realms") => route.realms = Some(realms(ip, &words.need()?)?),
        _ if is("protocol") => {
            let name = words.need()?;
            let number = ip.names.protocols.number(&name).map(u64::from);
            let number = number
                .or_else(|| unsigned(&name))
                .filter(|number| *number < 256);
            route.protocol = number
                .ok_or_else(|| trimmed(wrong(&name, "\"protocol\" value is invalid\n")))?
                as u8;
        }
        _ if is("table") => {
            let name = words.need()?;
            route.table = table(ip, &name)?;
            said.table = true;
        }
        _ => destination(words, word, route, said)?,
    }
    Ok(())
}

fn destination(words: &mut Words, word: String, route: &mut Route, said: &mut Said) -> Done {
    let mut word = if word == "to" { words.need()? } else { word };
    if !word.starts_with(|c: char| c.is_ascii_digit())
        && !said.kind
        && let Some(number) = kind(&word)
    {
        route.kind = number;
        said.kind = true;
        word = words.need()?;
    }
    if said.destination {
        return Err(second("to", &word));
    }
    if route.family == MPLS {
        let stack = encapsulation::labels(&word).filter(|stack| stack.len() == 4);
        let stack = stack.ok_or_else(|| {
            failed(
                1,
                format!("Error: mpls prefix is expected rather than \"{word}\"."),
            )
        })?;
        // A label is in the place of an IPv4 address.
        let label = <[u8; 4]>::try_from(stack.as_slice()).unwrap_or_default();
        route.destination = Some(to_wit(label.into()));
        route.destination_length = 20;
        said.destination = true;
        return Ok(());
    }
    let to = prefix(&word, route.family)?;
    said.destination = true;
    if to.address.is_some() {
        set_family(route, to.family());
    }
    route.destination = to.address.map(to_wit);
    route.destination_length = to.length;
    Ok(())
}

/// The first address decides.
fn set_family(route: &mut Route, family: u8) {
    if route.family == 0 {
        route.family = family;
    }
}

/// `[inet|inet6] ADDRESS`.
fn gateway(words: &mut Words, family: u8) -> Done<std::net::IpAddr> {
    let word = words.need()?;
    match word.as_str() {
        "inet" => address(&words.need()?, INET),
        "inet6" => address(&words.need()?, INET6),
        _ => address(&word, family),
    }
}

/// What a next hop has beside its record.
type MoreOfHop = (Vec<Field>, Option<Encapsulation>);

fn next_hop(ip: &mut Ip, words: &mut Words, family: u8) -> Done<(NextHop, u8, MoreOfHop)> {
    let mut hop = NextHop::default();
    let (mut found, mut more) = (0, (Vec::new(), None));
    while let Some(word) = words.peek() {
        let is = |keyword| matches(word, keyword);
        match word {
            "via" => {
                words.next();
                let via = gateway(words, family)?;
                found = family_of(via);
                hop.gateway = Some(to_wit(via));
            }
            "dev" => {
                words.next();
                hop.output_interface = ip.link_index(&words.need()?)?;
            }
            "weight" => {
                words.next();
                let text = words.need()?;
                let weight: u8 = unsigned(&text)
                    .filter(|weight| (1..=256).contains(weight))
                    .map(|weight| (weight - 1) as u8)
                    .ok_or_else(|| wrong(&text, "\"weight\" is invalid"))?;
                hop.hops = weight;
            }
            "onlink" => {
                words.next();
                hop.flags |= ONLINK as u8;
            }
            "encap" => {
                words.next();
                let encapsulation = encapsulation::parse(ip, words)?;
                hop.encapsulation = Some(encapsulation.kind());
                more.1 = Some(encapsulation);
            }
            "as" => {
                words.next();
                more.0.push(label(words)?);
            }
            _ if is("realms") => {
                words.next();
                hop.realms = Some(realms(ip, &words.need()?)?);
            }
            _ => break,
        }
    }
    Ok((hop, found, more))
}

/// `as [ to ] LABELS`: RTA_NEWDST, in the form of labels.
fn label(words: &mut Words) -> Done<Field> {
    let mut text = words.need()?;
    if text == "to" {
        text = words.need()?;
    }
    let stack = encapsulation::labels(&text).ok_or_else(|| {
        let text = nethost_sdk::text::printable(&text);
        failed(
            1,
            format!("Error: mpls address is expected rather than \"{text}\"."),
        )
    })?;
    Ok(field(whole::NEW_DESTINATION, Value::Bytes(stack)))
}

fn metric(words: &mut Words, route: &mut Route, said: &mut Said, id: u8, why: &str) -> Done {
    let value = lock(words, said, id)?;
    push_metric(route, id, number(&value, why)?);
    Ok(())
}

/// `[lock] VALUE`.
fn lock(words: &mut Words, said: &mut Said, id: u8) -> Done<String> {
    let word = words.need()?;
    if word == "lock" {
        said.locks |= 1 << id;
        return words.need();
    }
    Ok(word)
}

fn push_metric(route: &mut Route, id: u8, value: u32) {
    debug_assert!(usize::from(id) < METRICS.len());
    route.metrics.get_or_insert_default().push((id, value));
}
