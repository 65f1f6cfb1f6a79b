//! `ip mroute`: multicast routes, shown.

use nethost_sdk::netlink::{Route, RouteQuery, ip as address_of};

use super::family::{MULTICAST, MULTICAST6};
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, INET, INET6, Words, matches, usage};

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    if !(matches(&command, "show") || matches(&command, "lst") || matches(&command, "list")) {
        if matches(&command, "help") {
            return Err(usage("Usage: ip mroute [ show ]; see ip-mroute(8)"));
        }
        return Err(super::unknown(&command, "mroute"));
    }
    let families: &[u8] = match ip.options.family {
        INET => &[MULTICAST],
        INET6 => &[MULTICAST6],
        _ => &[MULTICAST, MULTICAST6],
    };
    ip.out.begin(ip.options.json, ip.options.pretty);
    for family in families {
        let query = RouteQuery {
            family: *family,
            ..RouteQuery::default()
        };
        let mut listing = ip.kernel()?.routes(query).map_err(|error| answer(&error))?;
        loop {
            match listing.next() {
                Ok(Some(batch)) => batch.iter().try_for_each(|route| show(ip, route))?,
                Ok(None) => break,
                Err(error) => return Err(dump_answer(&error)),
            }
        }
    }
    ip.out.end();
    Ok(())
}

/// One multicast route.
pub(crate) fn show(ip: &mut Ip, route: &Route) -> Done {
    ip.out.open_object();
    ip.mark_deleted();
    let shown = |address: Option<_>| {
        address.map_or_else(|| "unknown".to_owned(), |a| address_of(a).to_string())
    };
    let (source, group) = (shown(route.source), shown(route.destination));
    ip.out.json("src", &source);
    ip.out.json("dst", &group);
    let pair = format!("({source},{group})");
    ip.out.text(format_args!("{pair:<32} "));
    if let Some(index) = route.input_interface {
        let name = ip.link_name(index)?;
        ip.out.any("iif", &name, format_args!("Iif: {name:<10} "));
    } else {
        ip.out
            .any("iif", "unresolved", format_args!("Iif: unresolved "));
    }
    if let Some(hops) = &route.next_hops {
        ip.out.text(format_args!("Oifs: "));
        ip.out.open_array("multipath");
        for hop in hops {
            let name = ip.link_name(hop.output_interface)?;
            ip.out.open_object();
            ip.out.any("oif", &name, format_args!("{name} "));
            ip.out.close_object();
        }
        ip.out.close_array();
    }
    ip.out
        .any("state", "resolved", format_args!(" State: resolved"));
    let table = ip.names.table(route.table);
    ip.out.any("table", table, format_args!(" Table: {table}"));
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}
