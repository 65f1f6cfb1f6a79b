//! `ip tcp_metrics`: what the kernel remembers of TCP connections, per address.

use std::net::IpAddr;

use nethost_sdk::console::Color;
use nethost_sdk::netlink::{AttributeValue as Value, Change, TcpMetrics, ip as address_of, to_wit};
use nethost_sdk::output::complain;

use super::link::show::{number, value};
use crate::color;
use crate::ip::{Ip, answer};
use crate::value::Significant;
use crate::words::{Done, Prefix, Words, bits, prefix, usage};

/// TCP_METRICS_ATTR_VALS, and the metrics inside of it.
const VALUES: u32 = 6 << 16;
const NAMES: [&str; 7] = [
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "reordering",
    "rtt_us",
    "rttvar_us",
];

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    match command.as_str() {
        word if super::means(word, &["show", "list", "lst"]) => list(ip, words),
        word if super::means(word, &["delete"]) => delete(ip, words),
        word if super::means(word, &["flush"]) => flush(ip, words),
        word if super::means(word, &["help"]) => Err(crate::help::of("tcp_metrics")),
        other => Err(super::unknown(other, "tcp_metrics")),
    }
}

fn selector(ip: &Ip, words: &mut Words) -> Done<Option<Prefix>> {
    let mut selected = None;
    while let Some(word) = words.next() {
        let word = if word == "address" {
            words.need()?
        } else {
            word
        };
        if selected.is_some() {
            return Err(crate::words::second("address", &word));
        }
        selected = Some(prefix(&word, ip.options.family)?);
    }
    Ok(selected)
}

/// The one address that a selector names, if it does.
fn single(selected: Option<Prefix>) -> Option<IpAddr> {
    let prefix = selected?;
    prefix
        .address
        .filter(|_| prefix.length == bits(prefix.family()))
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let selected = selector(ip, words)?;
    let found = metrics(ip, selected)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for metrics in &found {
        show(ip, metrics);
    }
    ip.out.end();
    Ok(())
}

fn metrics(ip: &mut Ip, selected: Option<Prefix>) -> Done<Vec<TcpMetrics>> {
    let family = ip.options.family;
    let listing = ip.kernel()?.tcp_metrics(single(selected));
    let found = listing.and_then(nethost_sdk::netlink::Listing::all);
    let mut found = found.map_err(|error| answer(&error))?;
    found.retain(|metrics| {
        let address = address_of(metrics.destination);
        (family == 0 || family == crate::words::family_of(address))
            && selected.is_none_or(|selected| super::route::within(address, &selected))
    });
    Ok(found)
}

fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let selected = selector(ip, words)?;
    let Some(prefix) = selected else {
        return Err(usage("Error: argument \"address\" is required"));
    };
    forget(ip, prefix.address)
}

fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    let selected = selector(ip, words)?;
    if selected.is_none() && ip.options.family == 0 {
        return forget(ip, None);
    }
    let found = metrics(ip, selected)?;
    if found.is_empty() {
        complain("Nothing to flush.");
    }
    for metrics in found {
        forget(ip, Some(address_of(metrics.destination)))?;
    }
    Ok(())
}

fn forget(ip: &mut Ip, of: Option<IpAddr>) -> Done {
    ip.remove(&Change::TcpMetrics(of.map(to_wit)))
}

fn show(ip: &mut Ip, metrics: &TcpMetrics) {
    let attributes = &metrics.attributes;
    ip.out.open_object();
    let destination = address_of(metrics.destination);
    ip.out
        .host(color::of(destination), "dst", destination, ["", ""]);
    if let Some(age) = number(attributes, 3) {
        let seconds = age as f64 / 1000.0;
        ip.out.any(
            "age",
            Significant(seconds),
            format_args!(" age {seconds:.3}sec"),
        );
    }
    for (place, name) in NAMES.iter().enumerate() {
        let found = number(attributes, VALUES | (place as u32 + 1));
        if let Some(number) = found.filter(|_| matches!(place, 2..=4)) {
            ip.out.any(name, number, format_args!(" {name} {number}"));
        }
    }
    // In microseconds where the kernel tells those, in 1/8 and 1/4 of them.
    for (name, coarse, fine, share) in [("rtt", 1, 6, 3), ("rttvar", 2, 7, 2)] {
        let coarse = number(attributes, VALUES | coarse).map(|milliseconds| milliseconds * 1000);
        let found = number(attributes, VALUES | fine).or(coarse);
        if let Some(micros) = found.map(|found| found >> share).filter(|us| *us != 0) {
            let seconds = micros as f64 / 1e6;
            ip.out.any(
                name,
                Significant(seconds),
                format_args!(" {name} {micros}us"),
            );
        }
    }
    if let Some(size) = number(attributes, 7) {
        ip.out.any("fo_mss", size, format_args!(" fo_mss {size}"));
    }
    if let Some(drops) = number(attributes, 8) {
        ip.out
            .any("fo_syn_drops", drops, format_args!(" fo_syn_drops {drops}"));
        if let Some(age) = number(attributes, 9) {
            let seconds = age as f64 / 1000.0;
            ip.out.any(
                "fo_syn_drop_ts",
                Significant(seconds),
                format_args!("/{seconds:.3}sec ago"),
            );
        }
    }
    if let Some(Value::Bytes(cookie)) = value(attributes, 10) {
        let shown: String = cookie.iter().map(|octet| format!("{octet:02x}")).collect();
        ip.out
            .any("fo_cookie", &shown, format_args!(" fo_cookie {shown}"));
    }
    if let Some(source) = metrics.source.map(address_of) {
        ip.out
            .host(Color::Plain, "source", source, [" source ", ""]);
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
}
