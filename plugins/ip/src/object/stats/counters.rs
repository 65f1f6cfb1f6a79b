//! The counters themselves.

use nethost_sdk::netlink::{Field, LinkStatistics};

use super::super::link::statistics;
use super::select::{self, Leaf};
use crate::entity::{children, octets, unsigned};
use crate::ip::Ip;

/// Shows the counters of one leaf.
pub(super) fn show(ip: &mut Ip, leaf: &Leaf, fields: &[Field]) {
    match leaf.path {
        ["link"] => {
            ip.out.line();
            if let Some(bytes) = octets(fields, leaf.attribute) {
                statistics::show(ip, &usual(bytes), None);
            }
        }
        ["afstats", _] => {
            let families = children(fields, leaf.attribute);
            if !families.is_empty() {
                ip.out.line();
                ip.out.open_object_at("mpls_stats");
                labels(ip, &families, "    ");
                ip.out.close_object();
            }
        }
        ["offload", what] => offload(ip, what, &children(fields, leaf.attribute)),
        [_, kind, suite] => {
            let of = children(&children(fields, leaf.attribute), select::of_kind(kind));
            if has(&of, suite) {
                ip.out.line();
                of_kind(ip, kind, &of, Some(suite));
            }
        }
        _ => {}
    }
}

/// struct rtnl_link_stats64.
fn usual(bytes: &[u8]) -> LinkStatistics {
    let at = |place| number(bytes, place);
    LinkStatistics {
        rx_packets: at(0),
        tx_packets: at(1),
        rx_bytes: at(2),
        tx_bytes: at(3),
        rx_errors: at(4),
        tx_errors: at(5),
        rx_dropped: at(6),
        tx_dropped: at(7),
        multicast: at(8),
        collisions: at(9),
        rx_length_errors: at(10),
        rx_over_errors: at(11),
        rx_crc_errors: at(12),
        rx_frame_errors: at(13),
        rx_fifo_errors: at(14),
        rx_missed_errors: at(15),
        tx_aborted_errors: at(16),
        tx_carrier_errors: at(17),
        tx_fifo_errors: at(18),
        tx_heartbeat_errors: at(19),
        tx_window_errors: at(20),
        rx_compressed: at(21),
        tx_compressed: at(22),
        rx_nohandler: at(23),
    }
}

/// A number of 64 bits by its place.
fn number(bytes: &[u8], place: usize) -> u64 {
    let number = bytes.get(place * 8..).and_then(<[u8]>::first_chunk);
    number.map_or(0, |number| u64::from_ne_bytes(*number))
}

/// IFLA_OFFLOAD_XSTATS_….
fn offload(ip: &mut Ip, what: &str, fields: &[Field]) {
    const INFO: u16 = 2;
    const L3: u16 = 3;
    let info = children(&children(fields, INFO), L3);
    match what {
        "cpu_hit" => {
            ip.out.line();
            if let Some(bytes) = octets(fields, 1) {
                statistics::show(ip, &usual(bytes), None);
            }
        }
        "hw_stats_info" => {
            if info.is_empty() {
                return;
            }
            ip.out.line();
            ip.out.open_object_at("info");
            ip.out.text(format_args!("    l3_stats"));
            ip.out.open_object_at("l3_stats");
            requested(ip, &info);
            ip.out.close_object();
            ip.out.close_object();
        }
        _ => {
            if info.is_empty() {
                return;
            }
            ip.out.open_object_at("info");
            requested(ip, &info);
            ip.out.close_object();
            if let Some(bytes) = octets(fields, L3) {
                // struct rtnl_hw_stats64.
                let at = |place| number(bytes, place);
                ip.out.line();
                ip.out.open_object_at("stats64");
                columns(
                    ip,
                    "    ",
                    [at(2), at(0), at(4), at(6), at(8)],
                    [at(3), at(1), at(5), at(7)],
                    ("overrun", "mcast", "multicast"),
                );
                ip.out.close_object();
            }
        }
    }
}

fn requested(ip: &mut Ip, info: &[Field]) {
    for (id, key, before) in [(1, "request", " "), (2, "used", " used ")] {
        if let Some(on) = unsigned(info, id).map(|on| on != 0) {
            let word = if on { "on" } else { "off" };
            ip.out.any(key, on, format_args!("{before}{word}"));
        }
    }
}

/// struct mpls_link_stats.
pub(super) fn labels(ip: &mut Ip, families: &[Field], indent: &str) {
    const MPLS: u16 = 28;
    let of = children(families, MPLS);
    let bytes = octets(&of, 1).unwrap_or_default();
    let at = |place| number(bytes, place);
    columns(
        ip,
        indent,
        [at(2), at(0), at(4), at(6), at(8)],
        [at(3), at(1), at(5), at(7)],
        ("noroute", "noroute", "noroute"),
    );
}

/// Two lines each for what was received and sent. The last column is as wide as the first of the names; it has the second
/// of them in text and the third in JSON.
fn columns(
    ip: &mut Ip,
    indent: &str,
    received: [u64; 5],
    sent: [u64; 4],
    (wide, last, key): (&str, &str, &'static str),
) {
    const NAMES: [&str; 4] = ["bytes", "packets", "errors", "dropped"];
    if ip.out.is_json() {
        for (side, numbers) in [("rx", &received[..]), ("tx", &sent[..])] {
            ip.out.open_object_at(side);
            for (name, number) in NAMES.iter().chain([&key]).zip(numbers) {
                ip.out.json(name, *number);
            }
            ip.out.close_object();
        }
        return;
    }
    let style = (ip.options.human, ip.options.iec);
    let mut widths = ["*X: bytes", "packets", "errors", "dropped", wide].map(str::len);
    if style == (false, false) {
        for numbers in [&received[..], &sent[..]] {
            for (width, number) in widths.iter_mut().zip(numbers) {
                *width = (*width).max(number.to_string().len());
            }
        }
    }
    let [w0, w1, w2, w3, w4] = widths;
    let rest = w0 - 4;
    let [bytes, packets, errors, dropped] = NAMES;
    let head = format!("{bytes:>rest$} {packets:>w1$} {errors:>w2$} {dropped:>w3$}");
    ip.out.text(format_args!("{indent}RX: {head} {last:>w4$}"));
    ip.out.line();
    ip.out.text(format_args!("{indent}"));
    for (number, width) in received.iter().zip(widths) {
        let shown = statistics::shown(*number, style);
        ip.out.text(format_args!("{shown:>width$} "));
    }
    ip.out.line();
    ip.out.text(format_args!("{indent}TX: {head}"));
    ip.out.line();
    ip.out.text(format_args!("{indent}"));
    for (number, width) in sent.iter().zip(widths) {
        let shown = statistics::shown(*number, style);
        ip.out.text(format_args!("{shown:>width$} "));
    }
}

/// BRIDGE_XSTATS_MCAST and STP, BOND_XSTATS_3AD.
fn suite_id(suite: &str) -> u16 {
    match suite {
        "mcast" => 2,
        "stp" => 4,
        _ => 1,
    }
}

fn has(of: &[Field], suite: &str) -> bool {
    let id = suite_id(suite);
    of.iter().any(|field| field.depth == 0 && field.id == id)
}

/// What a kind of link counts, all of it or one suite.
pub(super) fn of_kind(ip: &mut Ip, kind: &str, of: &[Field], suite: Option<&str>) {
    if kind.starts_with("bond") {
        // The numbers of its suites are those of others.
        let suites = children(of, suite_id("802.3ad"));
        return aggregation(ip, &suites);
    }
    for field in of.iter().filter(|field| field.depth == 0) {
        if suite.is_some_and(|suite| suite_id(suite) != field.id) {
            continue;
        }
        let bytes = octets(of, field.id).unwrap_or_default();
        match field.id {
            2 => multicast(ip, bytes),
            4 => spanning_tree(ip, bytes),
            _ => {}
        }
    }
}

const MARGIN: usize = 16;

/// struct br_mcast_stats: pairs of received and sent.
fn multicast(ip: &mut Ip, bytes: &[u8]) {
    let pair = |place| (number(bytes, place), number(bytes, place + 1));
    ip.out.open_object_at("multicast");
    versions(
        ip,
        "igmp_queries",
        "IGMP queries",
        &[pair(0), pair(2), pair(4)],
    );
    let reports = [pair(8), pair(10), pair(12)];
    versions(ip, "igmp_reports", "IGMP reports", &reports);
    leaves(ip, "igmp_leaves", "IGMP leaves", pair(6));
    wrong(ip, "igmp_parse_errors", "IGMP", number(bytes, 14));
    versions(ip, "mld_queries", "MLD queries", &[pair(15), pair(17)]);
    versions(ip, "mld_reports", "MLD reports", &[pair(21), pair(23)]);
    leaves(ip, "mld_leaves", "MLD leaves", pair(19));
    wrong(ip, "mld_parse_errors", "MLD", number(bytes, 25));
    ip.out.close_object();
}

fn versions(ip: &mut Ip, key: &str, title: &str, pairs: &[(u64, u64)]) {
    ip.out.open_object_at(key);
    ip.out.text(format_args!("{:MARGIN$}    {title}:\n", ""));
    for (side, name) in [("rx", "RX"), ("tx", "TX")] {
        ip.out.text(format_args!("{:MARGIN$}      {name}:", ""));
        for (version, (received, sent)) in (1..).zip(pairs) {
            let number = if side == "rx" { *received } else { *sent };
            let key = format!("{side}_v{version}");
            ip.out
                .any(&key, number, format_args!(" v{version} {number}"));
        }
        ip.out.text(format_args!("\n"));
    }
    ip.out.close_object();
}

fn leaves(ip: &mut Ip, key: &str, title: &str, (received, sent): (u64, u64)) {
    ip.out.open_object_at(key);
    ip.out.text(format_args!("{:MARGIN$}    {title}: ", ""));
    ip.out.any("rx", received, format_args!("RX: {received} "));
    ip.out.any("tx", sent, format_args!("TX: {sent}\n"));
    ip.out.close_object();
}

fn wrong(ip: &mut Ip, key: &str, title: &str, number: u64) {
    let text = format_args!("{:MARGIN$}    {title} parse errors: {number}\n", "");
    ip.out.any(key, number, text);
}

/// struct bridge_stp_xstats.
fn spanning_tree(ip: &mut Ip, bytes: &[u8]) {
    let at = |place| number(bytes, place);
    let rows = [
        ("STP BPDU:  ", ["rx_bpdu", "tx_bpdu"], ["RX", "TX"], [2, 3]),
        ("STP TCN:   ", ["rx_tcn", "tx_tcn"], ["RX", "TX"], [4, 5]),
        (
            "STP Transitions: ",
            ["transition_blk", "transition_fwd"],
            ["Blocked", "Forwarding"],
            [0, 1],
        ),
    ];
    ip.out.open_object_at("stp");
    for (title, keys, names, places) in rows {
        ip.out.text(format_args!("{:MARGIN$}    {title}", ""));
        for (place, end) in [(0, " "), (1, "\n")] {
            let number = at(places[place]);
            let name = names[place];
            ip.out
                .any(keys[place], number, format_args!("{name}: {number}{end}"));
        }
    }
    ip.out.close_object();
}

/// BOND_3AD_STAT_….
fn aggregation(ip: &mut Ip, fields: &[Field]) {
    const ROWS: &[(&str, &str)] = &[
        ("lacpdu_rx", "LACPDU Rx"),
        ("lacpdu_tx", "LACPDU Tx"),
        ("lacpdu_unknown_rx", "LACPDU Unknown type Rx"),
        ("lacpdu_illegal_rx", "LACPDU Illegal Rx"),
        ("marker_rx", "Marker Rx"),
        ("marker_tx", "Marker Tx"),
        ("marker_response_rx", "Marker response Rx"),
        ("marker_response_tx", "Marker response Tx"),
        ("marker_unknown_rx", "Marker unknown type Rx"),
    ];
    ip.out.open_object_at("802.3ad");
    for (id, (key, text)) in (0..).zip(ROWS) {
        if let Some(number) = unsigned(fields, id) {
            ip.out.any(
                key,
                number,
                format_args!("{:MARGIN$}    {text} {number}\n", ""),
            );
        }
    }
    ip.out.close_object();
}
