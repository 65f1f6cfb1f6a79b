//! Which routes are shown, flushed or saved.

use std::net::IpAddr;

use nethost_sdk::netlink::{Route, RouteQuery, ip as address_of};

use super::common;
use super::show::{Hidden, KINDS};
use crate::ip::Ip;
use crate::words::{
    Done, INET, INET6, Prefix, Words, bits, matches, prefix, trimmed, unsigned, wrong,
};

/// RTN_LOCAL and RTN_BROADCAST.
const LOCAL_KIND: u8 = 2;
const BROADCAST_KIND: u8 = 3;

/// RT_TABLE_MAIN and RT_TABLE_LOCAL.
pub(crate) const MAIN: u32 = 254;
const LOCAL: u32 = 255;
/// RTM_F_CLONED.
const CLONED: u32 = 0x200;

/// A prefix to compare with: not shorter than it, not longer, or both.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    root: Option<Prefix>,
    matching: Option<Prefix>,
}

/// What must hold of a route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    family: u8,
    /// None: all tables.
    pub(crate) table: Option<u32>,
    pub(crate) cached: bool,
    protocol: Option<u8>,
    scope: Option<u8>,
    kind: Option<u8>,
    tos: Option<u8>,
    metric: Option<u32>,
    pub(crate) output: Option<u32>,
    input: Option<u32>,
    to: Bounds,
    from: Bounds,
    via: Option<Prefix>,
    source: Option<Prefix>,
    realms: Option<u32>,
    /// Without what is the machine's own.
    of_vrf: bool,
}

impl Filter {
    pub(crate) fn parse(ip: &mut Ip, words: &mut Words) -> Done<Self> {
        let mut filter = Self {
            family: ip.options.family,
            table: Some(MAIN),
            ..Self::default()
        };
        let mut devices = (None, None);
        while let Some(word) = words.next() {
            let is = |keyword| matches(&word, keyword);
            if is("table") {
                let name = words.need()?;
                if let Some(number) = ip
                    .names
                    .tables
                    .number(&name)
                    .map(u64::from)
                    .or_else(|| unsigned(&name))
                {
                    filter.table = Some(number as u32).filter(|table| *table != 0);
                } else if name == "all" {
                    filter.table = None;
                } else if name == "cache" {
                    filter.table = None;
                    filter.cached = true;
                } else if name != "help" {
                    return Err(trimmed(wrong(&name, "table id value is invalid\n")));
                }
            } else if is("vrf") {
                let name = words.need()?;
                filter.table = Some(super::super::vrf::table(ip, &name)?);
                filter.of_vrf = true;
            } else if is("cached") || is("cloned") {
                filter.table = None;
                filter.cached = true;
            } else if word == "tos" || is("dsfield") {
                let name = words.need()?;
                let number = ip.names.fields.number(&name).or_else(|| hexadecimal(&name));
                filter.tos = Some(
                    number.ok_or_else(|| trimmed(wrong(&name, "TOS value is invalid\n")))? as u8,
                );
            } else if is("protocol") {
                let name = words.need()?;
                filter.protocol = match ip.names.protocols.number(&name) {
                    Some(number) => Some(number as u8),
                    None if name == "all" => None,
                    None => {
                        Some(crate::words::number(&name, "invalid \"protocol\"").map_err(trimmed)?)
                    }
                };
            } else if is("scope") {
                let name = words.need()?;
                filter.scope = super::super::address::scope(ip, &name)?;
            } else if is("type") {
                let name = words.need()?;
                filter.kind = Some(
                    kind(&name)
                        .ok_or_else(|| trimmed(wrong(&name, "node type value is invalid\n")))?,
                );
            } else if word == "dev" || word == "oif" {
                devices.0 = Some(words.need()?);
            } else if word == "iif" {
                devices.1 = Some(words.need()?);
            } else if word == "via" {
                let mut name = words.need()?;
                let family = match name.as_str() {
                    "inet" => INET,
                    "inet6" => INET6,
                    _ => filter.family,
                };
                if matches!(name.as_str(), "inet" | "inet6") {
                    name = words.need()?;
                }
                filter.via = Some(prefix(&name, family)?);
            } else if word == "src" {
                filter.source = Some(prefix(&words.need()?, filter.family)?);
            } else if word == "metric" || word == "priority" || is("preference") {
                let name = words.need()?;
                filter.metric = Some(crate::words::number(&name, "\"metric\" value is invalid")?);
            } else if is("realms") {
                filter.realms = crate::words::number(&words.need()?, "invalid realms").ok();
            } else if is("from") {
                filter.from = Self::bounds(filter.family, words, None)?;
            } else if word == "to" {
                filter.to = Self::bounds(filter.family, words, None)?;
            } else {
                filter.to = Self::bounds(filter.family, words, Some(word))?;
            }
        }
        let asked = [
            filter.to.root,
            filter.to.matching,
            filter.via,
            filter.source,
        ];
        if filter.family == 0 {
            let family = asked
                .into_iter()
                .flatten()
                .map(|p| p.family())
                .find(|f| *f != 0);
            filter.family = family.unwrap_or(if filter.table.is_some() { INET } else { 0 });
        }
        if let Some(name) = devices.0 {
            filter.output = Some(ip.link_index(&name)?);
        }
        if let Some(name) = devices.1 {
            filter.input = Some(ip.link_index(&name)?);
        }
        Ok(filter)
    }

    /// `root P`, `match P`, `exact P` or just P.
    fn bounds(family: u8, words: &mut Words, first: Option<String>) -> Done<Bounds> {
        let word = match first {
            Some(word) => word,
            None => words.need()?,
        };
        let mut bounds = Bounds::default();
        if matches(&word, "root") {
            bounds.root = Some(prefix(&words.need()?, family)?);
        } else if matches(&word, "match") {
            bounds.matching = Some(prefix(&words.need()?, family)?);
        } else {
            let word = if matches(&word, "exact") {
                words.need()?
            } else {
                word
            };
            let exact = prefix(&word, family)?;
            bounds.root = Some(exact);
            bounds.matching = Some(exact);
        }
        Ok(bounds)
    }

    /// What the kernel is asked for; it filters as far as it can.
    pub(crate) fn query(&self) -> RouteQuery {
        RouteQuery {
            family: self.family,
            table: self.table,
            protocol: self.protocol,
            kind: self.kind,
            output_interface: self.output,
            cached: self.cached,
        }
    }

    /// The columns that are the same for all that is shown.
    pub(crate) fn hides(&self) -> Hidden {
        Hidden {
            table: self.table.is_some(),
            protocol: self.protocol.is_some(),
            scope: self.scope.is_some(),
            tos: self.tos.is_some(),
            metric: self.metric.is_some(),
            output: self.output.is_some(),
            input: self.input.is_some(),
            via: self.via.is_some_and(|via| via.length == bits(via.family())),
            source: self
                .source
                .is_some_and(|source| source.length == bits(source.family())),
        }
    }

    pub(crate) fn lets_through(&self, route: &Route) -> bool {
        let cloned = route.flags & CLONED != 0;
        (self.family == 0 || self.family == route.family)
            && cloned == self.cached
            && !(self.of_vrf && matches!(route.kind, LOCAL_KIND | BROADCAST_KIND))
            && self.table.is_none_or(|table| {
                table == route.table
                    // IPv6 keeps its local routes in the main table's place.
                    || (table == LOCAL && route.table == LOCAL)
            })
            && self
                .protocol
                .is_none_or(|protocol| protocol == route.protocol)
            && self.scope.is_none_or(|scope| scope == route.scope)
            && self.kind.is_none_or(|kind| kind == route.kind)
            && self.tos.is_none_or(|tos| tos == route.tos)
            && self
                .metric
                .is_none_or(|metric| route.metric.unwrap_or_default() == metric)
            && self
                .output
                .is_none_or(|index| route.output_interface == Some(index))
            && self
                .input
                .is_none_or(|index| route.input_interface == Some(index))
            && self
                .realms
                .is_none_or(|realms| route.realms == Some(realms))
            && fits(
                &self.to,
                route.destination.map(address_of),
                route.destination_length,
            )
            && fits(
                &self.from,
                route.source.map(address_of),
                route.source_length,
            )
            && self.via.is_none_or(|via| {
                route
                    .gateway
                    .map(address_of)
                    .is_some_and(|gateway| super::within(gateway, &via))
            })
            && self.source.is_none_or(|source| {
                route
                    .preferred_source
                    .map(address_of)
                    .is_some_and(|is| super::within(is, &source))
            })
    }
}

fn fits(bounds: &Bounds, address: Option<IpAddr>, length: u8) -> bool {
    let root = bounds
        .root
        .is_none_or(|root| length >= root.length && same(address, root.address, root.length));
    let matching = bounds.matching.is_none_or(|matching| {
        length <= matching.length && same(address, matching.address, length)
    });
    root && matching
}

fn same(address: Option<IpAddr>, other: Option<IpAddr>, length: u8) -> bool {
    match (address, other) {
        (None, _) | (_, None) => length == 0,
        (Some(address), other) => common(address, other, length),
    }
}

fn hexadecimal(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim_start_matches("0x"), 16)
        .ok()
        .filter(|tos| *tos < 256)
}

/// A RTN_… by name or number.
pub(crate) fn kind(name: &str) -> Option<u8> {
    let place = KINDS.iter().position(|known| *known == name);
    let number = place.map(|place| place as u64).or_else(|| unsigned(name))?;
    u8::try_from(number).ok()
}
