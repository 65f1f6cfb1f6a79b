//! The network stack: listen queues, retransmissions, buffers of sockets, ports, tables of neighbours and connections.

use nethost_sdk::counters::{field, pair, two_lines};

use crate::check::{Check, Kind, Unit};
use crate::sample::{Change, Sample};

/// Above so much a table is nearly full.
const FULL: f64 = 80.0;
/// Above so many retransmissions in a hundred segments, a path loses packets.
const LOSSY: f64 = 1.0;

/// Counters that are nothing as long as all is well: kind, resource, what, file, group and field.
const COUNTED: &[(Kind, &str, &str, &str, &str, &str)] = &[
    (
        Kind::Errors,
        "TCP",
        "bad segments",
        "net.snmp",
        "Tcp",
        "InErrs",
    ),
    (
        Kind::Errors,
        "TCP",
        "bad checksums",
        "net.snmp",
        "Tcp",
        "InCsumErrors",
    ),
    (
        Kind::Errors,
        "UDP",
        "bad checksums",
        "net.snmp",
        "Udp",
        "InCsumErrors",
    ),
    (
        Kind::Errors,
        "IP",
        "bad headers",
        "net.snmp",
        "Ip",
        "InHdrErrors",
    ),
    (
        Kind::Errors,
        "IP",
        "no route",
        "net.snmp",
        "Ip",
        "OutNoRoutes",
    ),
    (
        Kind::Errors,
        "IP",
        "discarded received",
        "net.snmp",
        "Ip",
        "InDiscards",
    ),
    (
        Kind::Errors,
        "IP",
        "discarded to send",
        "net.snmp",
        "Ip",
        "OutDiscards",
    ),
    (
        Kind::Errors,
        "IP",
        "reassembly failed",
        "net.snmp",
        "Ip",
        "ReasmFails",
    ),
    (
        Kind::Errors,
        "TCP",
        "aborted for memory",
        "net.netstat",
        "TcpExt",
        "TCPAbortOnMemory",
    ),
    (
        Kind::Saturation,
        "listen queue",
        "overflows",
        "net.netstat",
        "TcpExt",
        "ListenOverflows",
    ),
    (
        Kind::Saturation,
        "listen queue",
        "drops",
        "net.netstat",
        "TcpExt",
        "ListenDrops",
    ),
    (
        Kind::Saturation,
        "listen queue",
        "requests dropped",
        "net.netstat",
        "TcpExt",
        "TCPReqQFullDrop",
    ),
    (
        Kind::Saturation,
        "socket buffer",
        "pruned",
        "net.netstat",
        "TcpExt",
        "PruneCalled",
    ),
    (
        Kind::Saturation,
        "socket buffer",
        "dropped when pruned",
        "net.netstat",
        "TcpExt",
        "RcvPruned",
    ),
    (
        Kind::Saturation,
        "socket buffer",
        "collapsed",
        "net.netstat",
        "TcpExt",
        "TCPRcvCollapsed",
    ),
    (
        Kind::Saturation,
        "socket backlog",
        "drops",
        "net.netstat",
        "TcpExt",
        "TCPBacklogDrop",
    ),
    (
        Kind::Saturation,
        "UDP",
        "receive buffer full",
        "net.snmp",
        "Udp",
        "RcvbufErrors",
    ),
    (
        Kind::Saturation,
        "UDP",
        "send buffer full",
        "net.snmp",
        "Udp",
        "SndbufErrors",
    ),
    (
        Kind::Saturation,
        "TIME_WAIT",
        "table overflows",
        "net.netstat",
        "TcpExt",
        "TCPTimeWaitOverflow",
    ),
    (
        Kind::Saturation,
        "TCP memory",
        "pressure",
        "net.netstat",
        "TcpExt",
        "TCPMemoryPressures",
    ),
];

/// The same of IPv6, which has a line for each.
const COUNTED6: &[(Kind, &str, &str, &str)] = &[
    (Kind::Errors, "IPv6", "bad headers", "Ip6InHdrErrors"),
    (Kind::Errors, "IPv6", "no route", "Ip6OutNoRoutes"),
    (Kind::Errors, "IPv6", "discarded received", "Ip6InDiscards"),
    (Kind::Errors, "IPv6", "discarded to send", "Ip6OutDiscards"),
    (
        Kind::Errors,
        "UDP over IPv6",
        "bad checksums",
        "Udp6InCsumErrors",
    ),
    (
        Kind::Saturation,
        "UDP over IPv6",
        "receive buffer full",
        "Udp6RcvbufErrors",
    ),
    (
        Kind::Saturation,
        "UDP over IPv6",
        "send buffer full",
        "Udp6SndbufErrors",
    ),
];

/// The checks.
pub(crate) fn checks(change: &Change<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (kind, resource, what, file, group, name) in COUNTED {
        let rate = change.rate(file, |text| two_lines(text, group, name));
        if let Some(rate) = rate {
            let source = format!("{file}: {group} {name}");
            let figure = (rate, Unit::PerSecond);
            checks.push(Check::new(*kind, resource, what, figure, 0.0, source));
        }
    }
    for (kind, resource, what, name) in COUNTED6 {
        if let Some(rate) = change.rate("net.snmp6", |text| field(text, name)) {
            let source = format!("net.snmp6: {name}");
            let figure = (rate, Unit::PerSecond);
            checks.push(Check::new(*kind, resource, what, figure, 0.0, source));
        }
    }
    checks.extend(retransmissions(change));
    checks.extend(tables(change.after));
    checks.extend(neighbours(change));
    checks.extend(conntrack(change));
    checks
}

fn retransmissions(change: &Change<'_>) -> Option<Check> {
    let increase = |name| change.increase("net.snmp", |text| two_lines(text, "Tcp", name));
    let (again, sent) = (increase("RetransSegs")?, increase("OutSegs")?);
    Some(Check::new(
        Kind::Errors,
        "TCP",
        "retransmissions",
        (again * 100.0 / sent.max(again).max(1.0), Unit::PerCent),
        LOSSY,
        "net.snmp: Tcp RetransSegs of OutSegs",
    ))
}

/// Tables whose size and limit are known.
fn tables(now: &Sample) -> Vec<Check> {
    let sockets = |line, name| pair(now.text("net.sockstat"), line, name).map(|n| n as f64);
    let first = |name: &str| now.numbers(name).first().copied();
    let mut checks = Vec::new();
    let mut add = |resource: &str, what, used: Option<f64>, limit: Option<f64>, source: &str| {
        if let (Some(used), Some(limit)) = (used, limit)
            && limit > 0.0
        {
            let figure = (used * 100.0 / limit, Unit::PerCent);
            checks.push(Check::new(
                Kind::Utilisation,
                resource,
                what,
                figure,
                FULL,
                source,
            ));
        }
    };
    let waiting = sockets("TCP", "tw");
    add(
        "TIME_WAIT",
        "of the table",
        waiting,
        first("net.ipv4.tcp_max_tw_buckets"),
        "net.sockstat: TCP tw; net.ipv4.tcp_max_tw_buckets",
    );
    add(
        "orphans",
        "of the most",
        sockets("TCP", "orphan"),
        first("net.ipv4.tcp_max_orphans"),
        "net.sockstat: TCP orphan; net.ipv4.tcp_max_orphans",
    );
    let range = now.numbers("net.ipv4.ip_local_port_range");
    let ports = match range.as_slice() {
        [low, high] => Some(high - low + 1.0),
        _ => None,
    };
    let six = pair(now.text("net.sockstat6"), "TCP6", "inuse").unwrap_or_default() as f64;
    let in_use = sockets("TCP", "inuse").map(|n| n + six + waiting.unwrap_or_default());
    add(
        "ephemeral ports",
        "in use at most",
        in_use,
        ports,
        "net.sockstat: TCP inuse, tw; net.ipv4.ip_local_port_range",
    );
    for (resource, line, setting) in [
        ("TCP memory", "TCP", "net.ipv4.tcp_mem"),
        ("UDP memory", "UDP", "net.ipv4.udp_mem"),
    ] {
        add(
            resource,
            "of the most",
            sockets(line, "mem"),
            now.numbers(setting).get(2).copied(),
            &format!("net.sockstat: {line} mem; {setting}"),
        );
    }
    checks
}

/// A column of /proc/net/stat files: a line of names, then one for each processor in hexadecimal digits.
fn column(text: &str, name: &str, sum: bool) -> Option<i64> {
    let mut lines = text.lines();
    let place = lines
        .next()?
        .split_whitespace()
        .position(|known| known == name)?;
    let values = lines.filter_map(|line| {
        let word = line.split_whitespace().nth(place)?;
        i64::from_str_radix(word, 16).ok()
    });
    match sum {
        true => Some(values.sum()),
        false => values.max(),
    }
}

fn neighbours(change: &Change<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    for (resource, file, limit) in [
        (
            "ARP table",
            "net.stat.arp_cache",
            "net.ipv4.neigh.default.gc_thresh3",
        ),
        (
            "ND table",
            "net.stat.ndisc_cache",
            "net.ipv6.neigh.default.gc_thresh3",
        ),
    ] {
        let entries = column(change.after.text(file), "entries", false);
        let most = change.after.numbers(limit).first().copied();
        if let (Some(entries), Some(most)) = (entries, most) {
            let figure = (entries as f64 * 100.0 / most.max(1.0), Unit::PerCent);
            let source = format!("{file}: entries; {limit}");
            checks.push(Check::new(
                Kind::Utilisation,
                resource,
                "of the most",
                figure,
                FULL,
                source,
            ));
        }
        if let Some(rate) = change.rate(file, |text| column(text, "table_fulls", true)) {
            let source = format!("{file}: table_fulls");
            let figure = (rate, Unit::PerSecond);
            checks.push(Check::new(
                Kind::Saturation,
                resource,
                "full",
                figure,
                0.0,
                source,
            ));
        }
    }
    checks
}

/// Where it is there and may be read.
fn conntrack(change: &Change<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let first = |name: &str| change.after.numbers(name).first().copied();
    let (count, most) = (
        first("net.netfilter.nf_conntrack_count"),
        first("net.netfilter.nf_conntrack_max"),
    );
    if let (Some(count), Some(most)) = (count, most) {
        checks.push(Check::new(
            Kind::Utilisation,
            "conntrack",
            "of the table",
            (count * 100.0 / most.max(1.0), Unit::PerCent),
            FULL,
            "net.netfilter.nf_conntrack_count; net.netfilter.nf_conntrack_max",
        ));
    }
    let file = "net.stat.nf_conntrack";
    for (kind, what, name) in [
        (Kind::Errors, "invalid packets", "invalid"),
        (Kind::Saturation, "drops", "drop"),
        (Kind::Saturation, "early drops", "early_drop"),
        (Kind::Saturation, "insertions failed", "insert_failed"),
    ] {
        if let Some(rate) = change.rate(file, |text| column(text, name, true)) {
            let figure = (rate, Unit::PerSecond);
            let source = format!("{file}: {name}");
            checks.push(Check::new(kind, "conntrack", what, figure, 0.0, source));
        }
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_judged() {
        let before = Sample::of(
            &[
                ("net.snmp", "Tcp: RetransSegs OutSegs\nTcp: 10 100\n"),
                ("net.netstat", "TcpExt: ListenDrops\nTcpExt: 5\n"),
            ],
            0,
        );
        let after = Sample::of(
            &[
                ("net.snmp", "Tcp: RetransSegs OutSegs\nTcp: 20 200\n"),
                ("net.netstat", "TcpExt: ListenDrops\nTcpExt: 5\n"),
                (
                    "net.sockstat",
                    "TCP: inuse 6 orphan 0 tw 90 alloc 7 mem 1\n",
                ),
                ("net.ipv4.tcp_max_tw_buckets", "100\n"),
                ("net.stat.arp_cache", "entries  table_fulls\n0a 1\n0a 2\n"),
                ("net.ipv4.neigh.default.gc_thresh3", "1024\n"),
            ],
            2,
        );
        let change = Change {
            before: &before,
            after: &after,
        };
        let all = checks(&change);
        let find = |resource: &str, what: &str| {
            let mut all = all.iter();
            all.find(|check| check.resource == resource && check.what == what)
                .map(|check| (check.value, check.is_wrong()))
        };
        assert_eq!(find("TCP", "retransmissions"), Some((10.0, true)));
        assert_eq!(find("listen queue", "drops"), Some((0.0, false)));
        assert_eq!(find("TIME_WAIT", "of the table"), Some((90.0, true)));
        assert_eq!(find("ARP table", "full"), Some((1.5, true)));
        assert_eq!(find("conntrack", "drops"), None);
    }
}
