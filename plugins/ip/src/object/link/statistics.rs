//! The counters of a link, in columns as wide as the widest number.

use nethost_sdk::netlink::{Link, LinkStatistics};

use crate::ip::Ip;

/// The statistics of a link, behind its addresses.
pub(crate) fn behind_addresses(ip: &mut Ip, link: &Link) {
    if let Some(numbers) = &link.statistics {
        show(ip, numbers, link.carrier_changes);
        ip.out.text(format_args!("\n"));
    }
}

pub(crate) fn show(ip: &mut Ip, s: &LinkStatistics, carrier_changes: Option<u32>) {
    let shows_changes = carrier_changes.is_some();
    let changes = u64::from(carrier_changes.unwrap_or_default());
    let received = [
        s.rx_bytes,
        s.rx_packets,
        s.rx_errors,
        s.rx_dropped,
        s.rx_missed_errors,
        s.multicast,
        s.rx_compressed,
    ];
    let received_errors = [
        0,
        s.rx_length_errors,
        s.rx_crc_errors,
        s.rx_frame_errors,
        s.rx_fifo_errors,
        s.rx_over_errors,
        s.rx_nohandler,
    ];
    let sent = [
        s.tx_bytes,
        s.tx_packets,
        s.tx_errors,
        s.tx_dropped,
        s.tx_carrier_errors,
        s.collisions,
        s.tx_compressed,
    ];
    let sent_errors = [
        0,
        s.tx_aborted_errors,
        s.tx_fifo_errors,
        s.tx_window_errors,
        s.tx_heartbeat_errors,
        changes,
        0,
    ];
    let errors = ip.options.statistics > 1;
    if ip.out.is_json() {
        return json(ip, s, errors, changes);
    }
    let style = (ip.options.human, ip.options.iec);
    let rows: &[[u64; 7]] = if errors {
        &[received, received_errors, sent, sent_errors]
    } else {
        &[received, sent]
    };
    let mut widths = [
        "*X errors:",
        "packets",
        "errors",
        "dropped",
        "heartbt",
        "overrun",
        "compressed",
    ]
    .map(str::len);
    for row in rows {
        for (width, number) in widths.iter_mut().zip(row) {
            *width = (*width).max(shown(*number, style).len());
        }
    }
    let compressed = |number: u64, name: &'static str| if number != 0 { name } else { "" };
    let mut row = |title: &str, heads: [&str; 7], numbers: [u64; 7], last: bool| {
        let [w0, w1, w2, w3, w4, w5, w6] = widths;
        let rest = w0 - title.len();
        let [h0, h1, h2, h3, h4, h5, h6] = heads;
        ip.out.text(format_args!(
            "    {title}{h0:>rest$} {h1:>w1$} {h2:>w2$} {h3:>w3$} {h4:>w4$} {h5:>w5$}"
        ));
        if h6 != "-" {
            ip.out.text(format_args!(" {h6:>w6$}"));
        }
        ip.out.line();
        if h0.is_empty() {
            ip.out.text(format_args!("    {:>w0$} ", ""));
        } else {
            ip.out
                .text(format_args!("    {:>w0$} ", shown(numbers[0], style)));
        }
        for ((number, width), head) in numbers[1..6]
            .iter()
            .zip(&widths[1..6])
            .zip([h1, h2, h3, h4, h5])
        {
            // It is not known.
            if head.is_empty() {
                continue;
            }
            ip.out
                .text(format_args!("{:>width$} ", shown(*number, style)));
        }
        if numbers[6] != 0 {
            ip.out
                .text(format_args!("{:>w6$} ", shown(numbers[6], style)));
        }
        if !last {
            ip.out.line();
        }
    };
    let squeezed = compressed(s.rx_compressed, "compressed");
    let heads = [
        "bytes", "packets", "errors", "dropped", "missed", "mcast", squeezed,
    ];
    row("RX:", heads, received, false);
    if errors {
        let unhandled = if s.rx_nohandler != 0 {
            "nohandler"
        } else {
            "-"
        };
        let heads = ["", "length", "crc", "frame", "fifo", "overrun", unhandled];
        row("RX errors:", heads, received_errors, false);
    }
    let squeezed = compressed(s.tx_compressed, "compressed");
    let heads = [
        "bytes", "packets", "errors", "dropped", "carrier", "collsns", squeezed,
    ];
    row("TX:", heads, sent, !errors);
    if errors {
        let transitions = if shows_changes { "transns" } else { "" };
        let heads = ["", "aborted", "fifo", "window", "heartbt", transitions, "-"];
        row("TX errors:", heads, sent_errors, true);
    }
}

/// A number; with -h in thousands, millions and so on, with -iec in powers of 1024.
pub(crate) fn shown(number: u64, (human, iec): (bool, bool)) -> String {
    let base: u64 = if iec { 1024 } else { 1000 };
    if !(human || iec) || number < base {
        return number.to_string();
    }
    let mut unit = base;
    let mut letters = "kMGTPE".chars();
    let mut letter = letters.next().unwrap_or('k');
    for next in letters {
        if number / unit < base {
            break;
        }
        unit *= base;
        letter = next;
    }
    let (whole, rest) = (number / unit, number % unit);
    let suffix = if iec { "i" } else { "" };
    if rest == 0 {
        format!("{whole}{letter}{suffix}")
    } else {
        let digits = if whole >= 100 {
            0
        } else if whole >= 10 {
            1
        } else {
            2
        };
        format!("{:.digits$}{letter}{suffix}", number as f64 / unit as f64)
    }
}

fn json(ip: &mut Ip, s: &LinkStatistics, errors: bool, changes: u64) {
    let out = &mut ip.out;
    out.open_object_at("stats64");
    out.open_object_at("rx");
    for (key, number) in [
        ("bytes", s.rx_bytes),
        ("packets", s.rx_packets),
        ("errors", s.rx_errors),
        ("dropped", s.rx_dropped),
        ("over_errors", s.rx_over_errors),
        ("multicast", s.multicast),
    ] {
        out.json(key, number);
    }
    if s.rx_compressed != 0 {
        out.json("compressed", s.rx_compressed);
    }
    if errors {
        for (key, number) in [
            ("length_errors", s.rx_length_errors),
            ("crc_errors", s.rx_crc_errors),
            ("frame_errors", s.rx_frame_errors),
            ("fifo_errors", s.rx_fifo_errors),
            ("missed_errors", s.rx_missed_errors),
        ] {
            out.json(key, number);
        }
        if s.rx_nohandler != 0 {
            out.json("nohandler", s.rx_nohandler);
        }
    }
    out.close_object();
    out.open_object_at("tx");
    for (key, number) in [
        ("bytes", s.tx_bytes),
        ("packets", s.tx_packets),
        ("errors", s.tx_errors),
        ("dropped", s.tx_dropped),
        ("carrier_errors", s.tx_carrier_errors),
        ("collisions", s.collisions),
    ] {
        out.json(key, number);
    }
    if s.tx_compressed != 0 {
        out.json("compressed", s.tx_compressed);
    }
    if errors {
        for (key, number) in [
            ("aborted_errors", s.tx_aborted_errors),
            ("fifo_errors", s.tx_fifo_errors),
            ("window_errors", s.tx_window_errors),
            ("heartbeat_errors", s.tx_heartbeat_errors),
            ("carrier_changes", changes),
        ] {
            out.json(key, number);
        }
    }
    out.close_object();
    out.close_object();
}
