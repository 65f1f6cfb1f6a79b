//! `--iflist`: the interfaces and routes of this machine.

use std::fmt::Write;

use nethost_sdk::netlink::{LinkAddress, ip};

use crate::link::Links;
use crate::report::hardware;
use crate::report::table::Table;

/// Everything that is listed.
pub(crate) fn text(links: &Links) -> String {
    let (interfaces, addresses, routes) = links.listed();
    let mut text = String::from("************************INTERFACES************************\n");
    let mut table = Table::default();
    table.add(["DEV", "(SHORT)", "IP/MASK", "TYPE", "UP", "MTU", "MAC"]);
    for link in &interfaces {
        // IFF_UP, IFF_LOOPBACK, IFF_POINTOPOINT.
        let kind = match (link.flags & 8 != 0, link.flags & 0x10 != 0) {
            (true, _) => "loopback",
            (_, true) => "point2point",
            _ if link.link_type == 1 => "ethernet",
            _ => "other",
        };
        let up = if link.flags & 1 != 0 { "up" } else { "down" };
        let mac = match &link.address {
            Some(LinkAddress::Mac((a, b, c, d, e, f))) if kind == "ethernet" => {
                hardware([*a, *b, *c, *d, *e, *f])
            }
            _ => String::new(),
        };
        let own: Vec<String> = addresses
            .iter()
            .filter(|address| address.index == link.index)
            .filter_map(|address| Some((address.local.or(address.peer)?, address.prefix_length)))
            .map(|(address, bits)| format!("{}/{bits}", ip(address)))
            .collect();
        let own = if own.is_empty() {
            vec!["(none)/0".to_owned()]
        } else {
            own
        };
        for address in own {
            table.add([
                link.name.clone(),
                format!("({})", link.name),
                address,
                kind.to_owned(),
                up.to_owned(),
                link.mtu.to_string(),
                mac.clone(),
            ]);
        }
    }
    text.push_str(&table.text());
    text.push_str("\n**************************ROUTES**************************\n");
    let mut table = Table::default();
    table.add(["DST/MASK", "DEV", "METRIC", "GATEWAY"]);
    let mut routes = routes;
    routes.sort_by_key(|route| (route.family, std::cmp::Reverse(route.destination_length)));
    for route in &routes {
        // Unicast routes of the main table, as /proc/net/route has them.
        let shown =
            route.kind == 1 && route.table == 254 || route.table == 255 && route.family == 10;
        if !shown {
            continue;
        }
        let any = if route.family == 10 { "::" } else { "0.0.0.0" };
        let to = route
            .destination
            .map_or_else(|| any.to_owned(), |to| ip(to).to_string());
        let name = interfaces
            .iter()
            .find(|link| Some(link.index) == route.output_interface)
            .map(|link| link.name.clone());
        table.add([
            format!("{to}/{}", route.destination_length),
            name.unwrap_or_default(),
            route.metric.unwrap_or(0).to_string(),
            route
                .gateway
                .map(|gateway| ip(gateway).to_string())
                .unwrap_or_default(),
        ]);
    }
    let _ = write!(text, "{}", table.text());
    text.push('\n');
    text
}
