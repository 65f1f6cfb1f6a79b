//! The metrics of a route, RTAX_….

use nethost_sdk::netlink::Route;

use crate::ip::Ip;
use crate::value::Shown;

/// RTAX_… by number, as they are called in the text and in JSON.
pub(crate) const METRICS: &[&str] = &[
    "",
    "lock",
    "mtu",
    "window",
    "rtt",
    "rttvar",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "features",
    "rto_min",
    "initrwnd",
    "quickack",
    "congctl",
    "fastopen_no_cookie",
];

/// All of a route's.
pub(super) fn show(ip: &mut Ip, route: &Route) {
    let metrics = route.metrics.as_deref().unwrap_or_default();
    if metrics.is_empty() && route.congestion_control.is_none() {
        return;
    }
    let locked = metrics
        .iter()
        .find(|(id, _)| *id == 1)
        .map_or(0, |(_, lock)| *lock);
    ip.out.open_array("metrics");
    ip.out.open_object();
    for (id, value) in metrics.iter().filter(|(id, _)| *id != 1) {
        let name = METRICS.get(usize::from(*id)).copied();
        let name = name.map_or_else(|| format!("metric {id}"), str::to_owned);
        if name != "features" {
            ip.out.text(format_args!("{name} "));
        }
        if locked >> id & 1 != 0 {
            ip.out.text(format_args!("lock "));
        }
        match *id {
            12 => features(ip, *value),
            4 | 5 | 13 => {
                // In milliseconds; the round-trip times in 1/8 and 1/4 of it.
                let value = match *id {
                    4 => value / 8,
                    5 => value / 4,
                    _ => *value,
                };
                if value >= 1000 {
                    let seconds = f64::from(value) / 1000.0;
                    ip.out
                        .any(&name, Shown(seconds), format_args!("{seconds:.6}s "));
                } else {
                    ip.out.any(&name, value, format_args!("{value}ms "));
                }
            }
            _ => ip.out.any(&name, *value, format_args!("{value} ")),
        }
    }
    if let Some(name) = &route.congestion_control {
        let lock = if locked >> 16 & 1 != 0 { "lock " } else { "" };
        ip.out
            .any("congestion", name, format_args!("congctl {lock}{name} "));
    }
    ip.out.close_object();
    ip.out.close_array();
}

fn features(ip: &mut Ip, features: u32) {
    let mut left = features;
    if left & 1 != 0 {
        left &= !1;
        ip.out.any("ecn", (), format_args!("features ecn "));
    }
    if left != 0 {
        ip.out.any(
            "features",
            Shown(format_args!("{left:#x}")),
            format_args!("{left:#x} "),
        );
    }
}
