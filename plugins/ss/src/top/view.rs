//! The table of connections or processes, as lines of text.

use nethost_sdk::terminal::{Span, Style};
use nethost_sdk::text::printable;

use super::sample::{Connection, Order, by_process};
use crate::number::general;
use crate::services::{Services, Transport};

/// What the operator has chosen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choice {
    pub(super) order: Order,
    pub(super) processes: bool,
    pub(super) paused: bool,
    pub(super) numeric: bool,
}

/// Width of the columns of ends.
const END: usize = 24;

/// The whole picture, with its title and keys.
pub(super) fn picture(
    connections: &[Connection],
    choice: Choice,
    seconds: f64,
    services: &Services,
    rows: usize,
) -> Vec<Vec<Span>> {
    let count = connections.len();
    let sum = |of: fn(&Connection) -> f64| connections.iter().map(of).sum();
    let (sent, received) = (
        octets(sum(|c| c.sent_per_second)),
        octets(sum(|c| c.received_per_second)),
    );
    let paused = if choice.paused { "  (paused)" } else { "" };
    let every = general(seconds, 6);
    let title = format!(
        "ss --top: every {every} s, {count} connections, {sent}/s out, {received}/s in{paused}"
    );
    let keys =
        "Keys: q quit  space pause  p processes  sort by: b both t out r in l rtt x retransmits";
    let mut lines = vec![
        vec![Span::new(title, Style::Bold)],
        vec![Span::new(keys, Style::Dim)],
        Vec::new(),
    ];
    let mut table = table(
        connections,
        choice,
        services,
        rows.saturating_sub(lines.len()),
    );
    if !table.is_empty() {
        lines.push(vec![Span::new(table.remove(0), Style::Reverse)]);
    }
    lines.extend(table.into_iter().map(|line| vec![Span::plain(line)]));
    lines
}

/// The heading and at most so many lines in all.
pub(super) fn table(
    connections: &[Connection],
    choice: Choice,
    services: &Services,
    rows: usize,
) -> Vec<String> {
    let mut lines = Vec::new();
    if choice.processes {
        let mut processes = by_process(connections);
        processes.sort_by(|one, other| {
            let rate = |process: &super::sample::Process| {
                process.sent_per_second + process.received_per_second
            };
            rate(other).total_cmp(&rate(one))
        });
        lines.push(format!(
            "{:>9} {:>9} {:>7} {:>7}  Process",
            "Out/s", "In/s", "Retr/s", "Conns"
        ));
        lines.extend(
            processes
                .iter()
                .take(rows.saturating_sub(1))
                .map(|process| {
                    format!(
                        "{:>9} {:>9} {:>7} {:>7}  {}",
                        octets(process.sent_per_second),
                        octets(process.received_per_second),
                        general(rounded(process.retransmits_per_second), 4),
                        process.connections,
                        process.name,
                    )
                }),
        );
        lines.truncate(rows);
        return lines;
    }
    lines.push(format!(
        "{:>9} {:>9} {:>8} {:>7} {:<10} {:<END$} {:<END$} Process",
        "Out/s", "In/s", "RTT ms", "Retr/s", "State", "Local", "Peer"
    ));
    lines.extend(connections.iter().take(rows.saturating_sub(1)).map(|one| {
        let end = |address: std::net::SocketAddr| {
            let name = match choice.numeric {
                true => None,
                false => services.name(address.port(), Transport::Tcp),
            };
            match name {
                Some(name) if address.is_ipv6() => {
                    format!("[{}]:{}", address.ip(), printable(name))
                }
                Some(name) => format!("{}:{}", address.ip(), printable(name)),
                None => address.to_string(),
            }
        };
        format!(
            "{:>9} {:>9} {:>8} {:>7} {:<10} {:<END$} {:<END$} {}",
            octets(one.sent_per_second),
            octets(one.received_per_second),
            one.rtt_ms.map_or_else(|| "-".into(), |rtt| general(rtt, 4)),
            general(rounded(one.retransmits_per_second), 4),
            one.state,
            end(one.local),
            end(one.peer),
            one.processes.join(","),
        )
        .trim_end()
        .to_owned()
    }));
    lines.truncate(rows);
    lines
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A number of octets, in binary units.
fn octets(number: f64) -> String {
    for (unit, name) in [(30, "G"), (20, "M"), (10, "K")] {
        let unit = f64::from(1_u32 << unit);
        if number >= unit {
            return format!("{:.1}{name}", number / unit);
        }
    }
    format!("{number:.0}")
}

#[cfg(test)]
mod tests {
    use super::super::sample::example;
    use super::*;

    #[test]
    fn a_picture_has_no_more_lines_than_the_window() {
        let all = vec![example(2048.0, 3.0, "sshd (7)"); 50];
        for processes in [false, true] {
            let choice = Choice {
                processes,
                numeric: true,
                ..Choice::default()
            };
            for rows in [0, 1, 5, 24] {
                let lines = picture(&all, choice, 1.0, &Services::default(), rows);
                assert!(lines.len() <= rows.max(3), "{rows}: {}", lines.len());
            }
        }
        let choice = Choice {
            numeric: true,
            ..Choice::default()
        };
        let lines = table(&all, choice, &Services::default(), 2);
        let words: Vec<_> = lines[1].split_whitespace().collect();
        let line = [
            "2.0K",
            "3",
            "1.5",
            "0",
            "ESTAB",
            "10.0.0.1:40000",
            "10.0.0.2:22",
            "sshd",
            "(7)",
        ];
        assert_eq!(words, line);
    }
}
