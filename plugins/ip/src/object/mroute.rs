//! `ip mroute`: multicast routes, shown.

use nethost_sdk::netlink::{Forwarded, Route, RouteQuery, ip as address_of};

use super::family::{MULTICAST, MULTICAST6};
use crate::color;
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::value::Significant;
use crate::words::{Done, INET6, Prefix, Words, matches, prefix, trimmed, wrong};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("help") {
        return Err(crate::help::of("mroute"));
    }
    if !(is("show") || is("lst") || is("list")) {
        return Err(super::unknown(&command, "mroute"));
    }
    let filter = Filter::parse(ip, words)?;
    let families: &[u8] = match filter.family {
        INET6 => &[MULTICAST6],
        // IPv6's are shown when asked for, as there.
        _ => &[MULTICAST],
    };
    ip.out.begin(ip.options.json, ip.options.pretty);
    for family in families {
        let query = RouteQuery {
            family: *family,
            table: filter.table.filter(|_| filter.chosen),
            ..RouteQuery::default()
        };
        let listing = ip.kernel()?.routes(query);
        let mut listing = listing.map_err(|error| answer(&error))?;
        while let Some(batch) = listing.next().map_err(|error| {
            ip.out.end();
            let mut failed = dump_answer(&error);
            failed.code = 1;
            failed
        })? {
            for route in batch.iter().filter(|route| filter.lets_through(route)) {
                show(ip, route, filter.table.is_none())?;
            }
        }
        warn_interrupted(listing.was_interrupted());
    }
    ip.out.end();
    Ok(())
}

/// RT_TABLE_DEFAULT and RT6_TABLE_DFLT, where multicast routes are.
const DEFAULT: u32 = 253;
const DEFAULT6: u32 = 254;

/// Which of them.
struct Filter {
    family: u8,
    /// None: all. The default ones, unless one was chosen.
    table: Option<u32>,
    chosen: bool,
    source: Option<Prefix>,
    group: Option<Prefix>,
    input: Option<u32>,
}

impl Filter {
    fn parse(ip: &mut Ip, words: &mut Words) -> Done<Self> {
        let mut filter = Self {
            family: ip.options.family,
            table: Some(DEFAULT),
            chosen: false,
            source: None,
            group: None,
            input: None,
        };
        while let Some(word) = words.next() {
            if matches(&word, "table") {
                let name = words.need()?;
                filter.chosen = true;
                filter.table = match name.as_str() {
                    "all" => None,
                    name => {
                        let number = ip.names.tables.number(name).map(u64::from);
                        let number = number.or_else(|| crate::words::unsigned(name));
                        let number = number.and_then(|number| u32::try_from(number).ok());
                        let why = "table id value is invalid\n";
                        Some(number.ok_or_else(|| trimmed(wrong(name, why)))?)
                    }
                };
            } else if word == "iif" {
                filter.input = Some(ip.link_index(&words.need()?)?);
            } else if matches(&word, "from") {
                filter.source = Some(filter.prefix(&words.need()?)?);
            } else {
                let group = if word == "to" { words.need()? } else { word };
                if matches(&group, "help") {
                    return Err(crate::help::of("mroute"));
                }
                filter.group = Some(filter.prefix(&group)?);
            }
        }
        Ok(filter)
    }

    /// Its family is that of the routes.
    fn prefix(&mut self, text: &str) -> Done<Prefix> {
        let prefix = prefix(text, self.family)?;
        if self.family == 0 {
            self.family = prefix.family();
        }
        Ok(prefix)
    }

    fn lets_through(&self, route: &Route) -> bool {
        let is = |wanted: Option<Prefix>, address: Option<_>| {
            wanted.is_none_or(|wanted| {
                address.is_some_and(|address| super::route::within(address_of(address), &wanted))
            })
        };
        let default = if route.family == MULTICAST6 {
            DEFAULT6
        } else {
            DEFAULT
        };
        let table = if self.chosen {
            self.table
        } else {
            Some(default)
        };
        table.is_none_or(|table| table == route.table)
            && self
                .input
                .is_none_or(|input| route.input_interface == Some(input))
            && is(self.source, route.source)
            && is(self.group, route.destination)
    }
}

/// One multicast route.
pub(crate) fn show(ip: &mut Ip, route: &Route, with_table: bool) -> Done {
    ip.out.open_object();
    ip.mark_deleted();
    let shown = |address: Option<_>| {
        address.map_or_else(|| "unknown".to_owned(), |a| address_of(a).to_string())
    };
    let (source, group) = (shown(route.source), shown(route.destination));
    ip.out.json("src", &source);
    ip.out.json("dst", &group);
    let pair = format!("({source},{group})");
    ip.out.text(format_args!("{pair:<32} Iif: "));
    if let Some(index) = route.input_interface {
        let name = ip.link_name(index)?;
        ip.out
            .any_in(color::INTERFACE, "iif", &name, format_args!("{name:<10} "));
    } else {
        ip.out.any("iif", "unresolved", format_args!("unresolved "));
    }
    if let Some(hops) = &route.next_hops {
        ip.out.text(format_args!("Oifs: "));
        ip.out.open_array("multipath");
        for hop in hops {
            let name = ip.link_name(hop.output_interface)?;
            ip.out.open_object();
            ip.out
                .any_in(color::INTERFACE, "oif", &name, format_args!("{name}"));
            if hop.hops > 1 {
                ip.out
                    .any("ttl", hop.hops, format_args!("(ttl {}) ", hop.hops));
            } else {
                ip.out.text(format_args!(" "));
            }
            ip.out.close_object();
        }
        ip.out.close_array();
    }
    let state = match route.input_interface {
        Some(_) => "resolved",
        None => "unresolved",
    };
    ip.out.any("state", state, format_args!(" State: {state}"));
    if with_table {
        let table = ip.names.table(route.table);
        ip.out.any("table", table, format_args!(" Table: {table}"));
    }
    if let Some(forwarded) = route.forwarded.filter(|_| ip.options.statistics > 0) {
        statistics(ip, forwarded);
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

fn statistics(ip: &mut Ip, forwarded: Forwarded) {
    let Forwarded {
        packets,
        bytes,
        wrong_interface,
        idle,
    } = forwarded;
    ip.out.line();
    ip.out
        .any("packets", packets, format_args!("  {packets} packets,"));
    ip.out.any("bytes", bytes, format_args!(" {bytes} bytes"));
    if wrong_interface != 0 {
        ip.out.any(
            "wrong_if",
            wrong_interface,
            format_args!(", {wrong_interface} arrived on wrong iif."),
        );
    }
    if let Some(idle) = idle {
        let seconds = idle as f64 / 100.0;
        ip.out.any(
            "expires",
            Significant(seconds),
            format_args!(", Age {seconds:.2}"),
        );
    }
}
