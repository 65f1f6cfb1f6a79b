//! `ip monitor`: what happens, as it happens.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::{Either, select};
use nethost_sdk::netlink::{Event, Object, Subjects};
use nethost_sdk::{Signal, interrupted};

use super::family::MULTICAST;
use super::{address, address_label, link, neighbour, route, rule};
use crate::ip::{Ip, answer};
use crate::options::LINK;
use crate::words::{Done, Words, failed, matches, usage};

/// How long a wait for events is; then it begins anew.
const WAIT: Duration = Duration::from_secs(3600);

/// Does what the words say.
pub(crate) async fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let mut subjects = Subjects::empty();
    let (mut all, mut labelled, mut device) = (false, false, None);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        if is("file") {
            words.need()?;
            return Err(failed(
                1,
                "ip: monitor file: saved events are not read here",
            ));
        } else if is("link") {
            subjects = subjects | Subjects::LINKS;
        } else if is("address") {
            subjects = subjects | Subjects::ADDRESSES;
        } else if is("route") {
            subjects = subjects | Subjects::ROUTES;
        } else if is("mroute") {
            subjects = subjects | Subjects::MULTICAST_ROUTES;
        } else if is("prefix") || is("netconf") || is("nsid") || is("nexthop") || is("stats") {
            return Err(failed(
                1,
                format!("ip: monitor {word} is not there; see docs/ip.md"),
            ));
        } else if is("neigh") {
            subjects = subjects | Subjects::NEIGHBOURS;
        } else if is("rule") {
            subjects = subjects | Subjects::RULES;
        } else if is("all") {
            all = true;
        } else if word == "label" {
            labelled = true;
        } else if is("help") {
            return Err(usage(
                "Usage: ip monitor [ all | link | address | route | mroute | neigh | rule ] [ dev DEVICE ]",
            ));
        } else if word == "all-nsid" {
            return Err(failed(
                1,
                "ip: monitor all-nsid is not there; see docs/ip.md",
            ));
        } else if word == "dev" {
            device = Some(words.need()?);
        } else {
            return Err(usage(format!(
                "Argument \"{}\" is unknown, try \"ip monitor help\".",
                nethost_sdk::text::printable(&word)
            )));
        }
    }
    if all || subjects == Subjects::empty() {
        subjects = everything();
    }
    let device = device.map(|name| ip.link_index(&name)).transpose()?;
    let (kernel, links) = ip.kernel_and_links()?;
    let monitor = kernel.watch(subjects).map_err(|error| answer(&error))?;
    // The names of what is there already; later ones come with the events.
    links.name(kernel, 0);
    let mut signal = Box::pin(interrupted());
    loop {
        let waiting = Box::pin(monitor.next(WAIT));
        let events = match select(waiting, signal).await {
            Either::Left((events, rest)) => {
                signal = rest;
                events.map_err(|error| answer(&error))?
            }
            Either::Right((Signal::Interrupt, _)) => return Err(failed(130, "")),
            Either::Right(_) => {
                signal = Box::pin(interrupted());
                continue;
            }
        };
        for event in &events {
            show(ip, event, device, all || labelled)?;
        }
        ip.out.flush();
    }
}

fn everything() -> Subjects {
    Subjects::LINKS
        | Subjects::ADDRESSES
        | Subjects::ROUTES
        | Subjects::RULES
        | Subjects::NEIGHBOURS
        | Subjects::MULTICAST_ROUTES
        | Subjects::ADDRESS_LABELS
}

fn show(ip: &mut Ip, event: &Event, device: Option<u32>, labelled: bool) -> Done {
    let (object, removed) = match event {
        Event::Changed(object) => (object, false),
        Event::Removed(object) => (object, true),
        Event::Lost => {
            ip.out.flush();
            eprintln!("ip: the kernel had more to tell than there was room for; events were lost");
            // What was remembered may be wrong now.
            ip.links.forget();
            return Ok(());
        }
    };
    if let Object::Link(link) = object {
        ip.links.note(link);
    }
    let (label, index) = match object {
        Object::Link(link) => ("LINK", Some(link.index)),
        Object::Address(address) => ("ADDR", Some(address.index)),
        Object::Route(route) if route.family >= MULTICAST => ("MROUTE", route.output_interface),
        Object::Route(route) => ("ROUTE", route.output_interface),
        Object::Rule(_) => ("RULE", None),
        Object::Neighbour(neighbour) => ("NEIGH", Some(neighbour.index)),
        Object::AddressLabel(label) => ("ADDRLABEL", Some(label.index)),
    };
    let hidden =
        matches!(object, Object::Link(_)) && ip.options.family != 0 && ip.options.family != LINK;
    if device.is_some_and(|device| index.is_some_and(|index| index != device)) || hidden {
        return Ok(());
    }
    timestamp(ip);
    let json = ip.options.json;
    ip.out.begin(json, ip.options.pretty);
    if labelled {
        ip.out.text(format_args!("[{label}]"));
    }
    if removed {
        ip.out.text(format_args!("Deleted "));
    }
    ip.deleted = removed;
    let done = one(ip, object);
    ip.deleted = false;
    ip.out.finish();
    done
}

fn one(ip: &mut Ip, object: &Object) -> Done {
    match object {
        Object::Link(link) => {
            ip.out.open_object();
            ip.mark_deleted();
            link::show::full(ip, link, link::show::View::Event)?;
            ip.out.close_object();
            Ok(())
        }
        Object::Address(address) => {
            let name = ip.link_name(address.index)?;
            ip.out.open_object();
            ip.mark_deleted();
            ip.out.json("index", address.index);
            ip.out.json("dev", &name);
            address::show::address(ip, &name, address, true);
            ip.out.close_object();
            Ok(())
        }
        Object::Route(route) if route.family >= MULTICAST => super::mroute::show(ip, route),
        Object::Route(route) => route::show::route(ip, route, &route::show::Hidden::default()),
        Object::Rule(rule) => {
            rule::show::rule(ip, rule);
            Ok(())
        }
        Object::Neighbour(neighbour) => neighbour::show::neighbour(ip, neighbour, false),
        Object::AddressLabel(label) => address_label::show(ip, label),
    }
}

/// -t and -ts.
fn timestamp(ip: &mut Ip) {
    if !ip.options.timestamp || ip.options.json {
        return;
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let (seconds, micros) = (now.as_secs(), now.subsec_micros());
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    if ip.options.short_timestamp {
        ip.out.text(format_args!(
            "[{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}] "
        ));
        return;
    }
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let weekday = DAYS[(seconds / 86_400 % 7) as usize];
    let month = MONTHS[month as usize - 1];
    ip.out.text(format_args!(
        "Timestamp: {weekday} {month} {day:>2} {hour:02}:{minute:02}:{second:02} {year} {micros:06} usec\n"
    ));
}

/// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar, counting years from
/// March so that the leap day is the last.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_become_dates() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_781), (2026, 11, 24));
    }
}
