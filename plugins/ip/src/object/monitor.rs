//! `ip monitor`: what happens, as it happens.

use std::time::Duration;

use futures::future::{Either, select};
use nethost_sdk::netlink::{Event, Object, Subjects};
use nethost_sdk::output::complain;
use nethost_sdk::{Signal, interrupted};

use super::family::MULTICAST;
use super::{address, address_label, link, neighbour, netns, route, rule, told};
use crate::ip::{Ip, answer};
use crate::options::LINK;
use crate::words::{Done, Words, failed, matches, usage};

/// How long a wait for events is; then it begins anew.
const WAIT: Duration = Duration::from_secs(3600);

/// What can be watched, in iproute2's order: it decides what an abbreviation means.
const SUBJECTS: &[(&str, Subjects)] = &[
    ("link", Subjects::LINKS),
    ("address", Subjects::ADDRESSES),
    ("route", Subjects::ROUTES),
    ("mroute", Subjects::MULTICAST_ROUTES),
    ("prefix", Subjects::ANNOUNCED_PREFIXES),
    ("neigh", Subjects::NEIGHBOURS),
    ("rule", Subjects::RULES),
    ("netconf", Subjects::FORWARDING_SETTINGS),
    ("nsid", Subjects::NAMESPACE_NUMBERS),
    ("nexthop", Subjects::NEXT_HOPS),
];

/// Does what the words say.
pub(crate) async fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let mut subjects = Subjects::empty();
    let (mut all, mut labelled, mut device) = (false, false, None);
    while let Some(word) = words.next() {
        let subject = SUBJECTS.iter().find(|(name, _)| matches(&word, name));
        if matches(&word, "file") {
            words.need()?;
            return Err(failed(
                1,
                "ip: monitor file: saved events are not read here",
            ));
        } else if let Some((_, subject)) = subject {
            subjects = subjects | *subject;
        } else if matches(&word, "stats") {
            return Err(failed(
                1,
                "ip: monitor stats is not there: drivers that count for themselves tell of it, and no other",
            ));
        } else if matches(&word, "all") {
            all = true;
        } else if word == "label" {
            labelled = true;
        } else if matches(&word, "help") {
            return Err(crate::help::of("monitor"));
        } else if word == "all-nsid" {
            return Err(failed(
                1,
                "ip: monitor all-nsid is not there: a grant is for one network namespace",
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
        let all = SUBJECTS.iter().map(|(_, subject)| *subject);
        subjects = all.fold(subjects, |all, subject| all | subject);
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
        ip.out.settle().await?;
    }
}

fn show(ip: &mut Ip, event: &Event, device: Option<u32>, labelled: bool) -> Done {
    let (object, removed) = match event {
        Event::Changed(object) => (object, false),
        Event::Removed(object) => (object, true),
        Event::Lost => {
            ip.out.flush();
            complain("ip: the kernel had more to tell than there was room for; events were lost");
            // What was remembered may be wrong now.
            ip.links.forget();
            return Ok(());
        }
    };
    match object {
        Object::Link(link) => ip.links.note(link),
        // What is known of others may have changed with it.
        Object::Route(_) => ip.whole_routes = None,
        _ => {}
    }
    let (label, index) = match object {
        Object::Link(link) => ("LINK", Some(link.index)),
        Object::Address(address) => ("ADDR", Some(address.index)),
        Object::Route(route) if route.family >= MULTICAST => ("MROUTE", route.output_interface),
        Object::Route(route) => ("ROUTE", route.output_interface),
        Object::Rule(_) => ("RULE", None),
        Object::Neighbour(neighbour) => ("NEIGH", Some(neighbour.index)),
        Object::AddressLabel(label) => ("ADDRLABEL", Some(label.index)),
        Object::NamespaceNumber(_) => ("NSID", None),
        Object::ForwardingSettings(_) => ("NETCONF", None),
        Object::NextHop(_) => ("NEXTHOP", None),
        Object::AnnouncedPrefix(prefix) => ("PREFIX", Some(prefix.index)),
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
            address::show::address(ip, &name, address, true);
            ip.out.close_object();
            Ok(())
        }
        Object::Route(route) if route.family >= MULTICAST => super::mroute::show(ip, route, true),
        Object::Route(route) => route::show::route(ip, route, &route::show::Hidden::default()),
        Object::Rule(rule) => {
            rule::show::rule(ip, rule);
            Ok(())
        }
        Object::Neighbour(neighbour) => neighbour::show::neighbour(ip, neighbour, false),
        Object::AddressLabel(label) => address_label::show(ip, label),
        Object::NamespaceNumber(number) => {
            let names = ip.kernel()?.named_namespaces().unwrap_or_default();
            netns::number_of(ip, number, &names);
            Ok(())
        }
        Object::ForwardingSettings(settings) => told::settings(ip, settings),
        Object::NextHop(hop) => told::hop(ip, hop, None),
        Object::AnnouncedPrefix(prefix) => told::prefix(ip, prefix),
    }
}

/// -t and -ts.
fn timestamp(ip: &mut Ip) {
    if !ip.options.timestamp || ip.options.json {
        return;
    }
    let crate::clock::Local {
        year,
        month,
        day,
        weekday,
        hour,
        minute,
        second,
        micros,
    } = crate::clock::local(Duration::ZERO);
    if ip.options.short_timestamp {
        ip.out.text(format_args!(
            "[{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}] "
        ));
        return;
    }
    const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let weekday = DAYS[weekday as usize];
    let month = MONTHS[month as usize - 1];
    ip.out.text(format_args!(
        "Timestamp: {weekday} {month} {day:>2} {hour:02}:{minute:02}:{second:02} {year} {micros:06} usec\n"
    ));
}
