//! `ip route get`: which way a packet would take.

use nethost_sdk::netlink::to_wit;
use nethost_sdk::netlink::{RouteLookup, ip as address_of};

use super::show::{Hidden, route};
use crate::ip::{Ip, answer};
use crate::words::{Done, INET, INET6, Words, failed, matches, number, prefix, trimmed};

pub(super) fn get(ip: &mut Ip, words: &mut Words) -> Done {
    let mut lookup = RouteLookup {
        destination: to_wit(std::net::Ipv4Addr::UNSPECIFIED.into()),
        destination_length: 0,
        source: None,
        source_length: 0,
        input_interface: None,
        output_interface: None,
        tos: 0,
        mark: None,
        user: None,
        ip_protocol: None,
        source_port: None,
        destination_port: None,
        fib_match: false,
    };
    let mut family = ip.options.family;
    let (mut destination, mut connected) = (None, false);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        match word.as_str() {
            _ if word == "tos" || is("dsfield") => {
                let name = words.need()?;
                lookup.tos = super::named::tos(ip, &name)?;
            }
            _ if is("iif") => lookup.input_interface = Some(ip.link_index(&words.need()?)?),
            _ if is("mark") => lookup.mark = Some(number(&words.need()?, "invalid mark value")?),
            _ if is("oif") || word == "dev" => {
                lookup.output_interface = Some(ip.link_index(&words.need()?)?);
            }
            _ if is("notify") => {}
            _ if is("connected") => connected = true,
            _ if is("vrf") => {
                let name = words.need()?;
                lookup.output_interface = Some(super::super::vrf::index(ip, &name, "Invalid VRF")?);
            }
            _ if is("uid") => lookup.user = Some(number(&words.need()?, "invalid UID")?),
            _ if is("fibmatch") => lookup.fib_match = true,
            "sport" => {
                lookup.source_port =
                    Some(number(&words.need()?, "invalid sport\n").map_err(trimmed)?)
            }
            "dport" => {
                lookup.destination_port =
                    Some(number(&words.need()?, "invalid dport\n").map_err(trimmed)?)
            }
            "ipproto" => {
                let name = words.need()?;
                lookup.ip_protocol = Some(super::super::rule::protocol(ip, &name)?);
            }
            "from" => {
                let from = prefix(&words.need()?, family)?;
                if family == 0 {
                    family = from.family();
                }
                lookup.source = from.address.map(to_wit);
                lookup.source_length = from.length;
            }
            _ => {
                let word = if word == "to" { words.need()? } else { word };
                let to = prefix(&word, family)?;
                if family == 0 {
                    family = to.family();
                }
                destination = Some(to);
            }
        }
    }
    let Some(to) = destination else {
        return Err(failed(1, "need at least a destination address"));
    };
    let any = match family {
        INET6 => std::net::Ipv6Addr::UNSPECIFIED.into(),
        _ => std::net::Ipv4Addr::UNSPECIFIED.into(),
    };
    lookup.destination = to_wit(to.address.unwrap_or(any));
    // The kernel looks up addresses, not networks.
    let length = crate::words::bits(if family == INET6 { INET6 } else { INET });
    let is_of_family = to.address.is_some() || ip.options.family != 0;
    if is_of_family && to.length != length {
        nethost_sdk::output::complain(format_args!(
            "Warning: /{} as prefix is invalid, only /{length} (or none) is supported.",
            to.length
        ));
    }
    lookup.destination_length = length;
    let mut found = ip
        .kernel()?
        .look_up(&lookup)
        .map_err(|error| answer(&error))?;
    if connected {
        // A second time, as a socket bound to what was found would ask.
        lookup.source = found.preferred_source.or(found.source);
        lookup.source_length = lookup.source.map_or(0, |source| {
            crate::words::bits(crate::words::family_of(address_of(source)))
        });
        lookup.input_interface = None;
        lookup.output_interface = found.output_interface;
        found = ip
            .kernel()?
            .look_up(&lookup)
            .map_err(|error| answer(&error))?;
    }
    ip.out.begin(ip.options.json, ip.options.pretty);
    route(ip, &found, &Hidden::default())?;
    ip.out.end();
    Ok(())
}
