//! `ip route`: the routing tables.

pub(crate) mod change;
pub(super) mod encapsulation;
mod filter;
mod flush;
mod get;
mod metric;
pub(crate) mod named;
pub(crate) mod show;
pub(crate) mod whole;

use std::net::IpAddr;

use nethost_sdk::netlink::Object;

use super::saved;
use crate::ip::{Ip, answer, dump_answer, warn_interrupted};
use crate::words::{Done, Prefix, Words, matches, usage};
use filter::Filter;

pub(crate) use filter::kind;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return list(ip, words);
    };
    let is = |keyword| matches(&command, keyword);
    if is("list") || is("show") || is("lst") {
        return list(ip, words);
    }
    if is("get") {
        return get::get(ip, words);
    }
    if let Some(verb) = change::verb(&command) {
        return change::change(ip, words, verb);
    }
    if is("flush") {
        return flush::flush(ip, words);
    }
    if is("save") {
        return save(ip, words);
    }
    if is("restore") {
        return saved::restore(ip, saved::ROUTES);
    }
    if is("showdump") {
        return show_saved(ip);
    }
    if is("help") {
        return Err(crate::help::of("route"));
    }
    Err(usage(format!(
        "Command \"{}\" is unknown, try \"ip route help\".",
        nethost_sdk::text::printable(&command)
    )))
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let filter = Filter::parse(ip, words)?;
    let mut listing = ip
        .kernel()?
        .routes(filter.query())
        .map_err(|error| answer(&error))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    loop {
        let batch = listing.next().map_err(|error| {
            // What came before stands, as a whole document.
            ip.out.end();
            dump_answer(&error)
        })?;
        let Some(batch) = batch else {
            break;
        };
        for route in batch.iter().filter(|route| filter.lets_through(route)) {
            show::route(ip, route, &filter.hides())?;
        }
    }
    warn_interrupted(listing.was_interrupted());
    ip.out.end();
    Ok(())
}

fn save(ip: &mut Ip, words: &mut Words) -> Done {
    let filter = Filter::parse(ip, words)?;
    saved::check_output()?;
    let listing = ip
        .kernel()?
        .routes(filter.query())
        .map_err(|error| answer(&error))?;
    saved::save(saved::ROUTES, listing, |route| filter.lets_through(route))
}

fn show_saved(ip: &mut Ip) -> Done {
    ip.out.begin(ip.options.json, ip.options.pretty);
    for object in saved::read(saved::ROUTES)? {
        if let Object::Route(route) = object {
            show::route(ip, &route, &show::Hidden::default())?;
        }
    }
    ip.out.end();
    Ok(())
}

/// Whether an address lies in a prefix.
pub(crate) fn within(address: IpAddr, prefix: &Prefix) -> bool {
    common(address, prefix.address, prefix.length)
}

/// Whether the first bits are the same; no address is the one of all zeros.
pub(crate) fn common(address: IpAddr, other: Option<IpAddr>, length: u8) -> bool {
    match (address, other) {
        (_, None) => length == 0,
        (IpAddr::V4(a), Some(IpAddr::V4(b))) => {
            let differs = u32::from(a) ^ u32::from(b);
            length == 0 || differs.leading_zeros() >= length.into()
        }
        (IpAddr::V6(a), Some(IpAddr::V6(b))) => {
            let differs = u128::from(a) ^ u128::from(b);
            length == 0 || differs.leading_zeros() >= length.into()
        }
        _ => false,
    }
}
