//! `-s`: what the kernel counts, in sentences.

use std::fmt::Write as _;

use nethost_sdk::{Error, Exit, procfs};
use serde::Serialize;

use crate::flags::Options;
use crate::words::{self, Entry, Kind};

/// Which counters are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Raw,
    Tcp,
    Udp,
    Sctp,
    /// net-tools has no sentences for these, and tells them always.
    Unknown,
}

type Table = (&'static str, &'static [Entry], Of);

const TABLES: &[Table] = &[
    ("Ip", words::IP, Of::Raw),
    ("Icmp", words::ICMP, Of::Raw),
    ("Tcp", words::TCP, Of::Tcp),
    ("Udp", words::UDP, Of::Udp),
    ("Sctp", words::SCTP, Of::Sctp),
    ("TcpExt", words::TCPEXT, Of::Tcp),
];

const TABLES6: &[Table] = &[
    ("Ip6", words::IP6, Of::Raw),
    ("Icmp6", words::ICMP6, Of::Raw),
    ("Udp6", words::UDP6, Of::Udp),
    ("Tcp6", words::TCP, Of::Tcp),
];

/// Below which heading the last counter was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Heading {
    #[default]
    None,
    Incoming,
    Outgoing,
}

impl Heading {
    fn indent(self) -> usize {
        match self {
            Self::None => 4,
            Self::Incoming | Self::Outgoing => 8,
        }
    }
}

/// Writes the sentences.
#[derive(Debug, Default)]
struct Teller {
    text: String,
    heading: Heading,
    shown: Vec<Of>,
}

impl Teller {
    /// The table of this name; its title is written where it is told.
    fn table(&mut self, tables: &[Table], title: &str) -> (&'static [Entry], Of) {
        let known = tables.iter().find(|(name, ..)| *name == title);
        let (entries, of) =
            known.map_or((&[][..], Of::Unknown), |(_, entries, of)| (*entries, *of));
        if self.tells(of) {
            let title = nethost_sdk::text::printable(title);
            let _ = writeln!(self.text, "{title}:");
        }
        if of != Of::Unknown {
            self.heading = Heading::None;
        }
        (entries, of)
    }

    fn tells(&self, of: Of) -> bool {
        of == Of::Unknown || self.shown.contains(&of)
    }

    fn tell(&mut self, entries: &[Entry], name: &str, value: u64) {
        let Some((_, sentence, kind)) = found(entries, name) else {
            if value != 0 {
                let name = nethost_sdk::text::printable(name);
                let indent = self.heading.indent();
                let _ = writeln!(self.text, "{:indent$}{name}: {value}", "");
            }
            return;
        };
        let heading = match kind {
            Kind::Silent => return,
            Kind::Incoming => Heading::Incoming,
            Kind::Outgoing => Heading::Outgoing,
            Kind::Number | Kind::Positive | Kind::Forwarding => Heading::None,
        };
        if heading != Heading::None && heading != self.heading {
            let title = match heading {
                Heading::Incoming => "ICMP input histogram:",
                _ => "ICMP output histogram:",
            };
            let indent = self.heading.indent();
            let _ = writeln!(self.text, "{:indent$}{title}", "");
        }
        if value > 0 || *kind == Kind::Number {
            let indent = heading.indent();
            let sentence = sentence.replacen('%', &value.to_string(), 1);
            let _ = writeln!(self.text, "{:indent$}{sentence}", "");
        }
        self.heading = heading;
    }

    /// A file of pairs of lines: names, and values.
    fn pairs(&mut self, text: &str, only: &str) {
        let mut lines = text.lines().filter(|line| !line.is_empty());
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let (Some((title, names)), Some((_, values))) =
                (names.split_once(':'), values.split_once(':'))
            else {
                return;
            };
            if !title.starts_with(only) {
                continue;
            }
            let (entries, of) = self.table(TABLES, title);
            if !self.tells(of) {
                continue;
            }
            for (name, value) in names.split_whitespace().zip(values.split_whitespace()) {
                self.tell(entries, name, number(value));
            }
        }
    }

    /// A file of a name and a value in each line. The table is in the name, up to the 6.
    fn named6(&mut self, text: &str) {
        let mut title = String::new();
        let mut table = (&[][..], Of::Unknown);
        for line in text.lines() {
            let mut words = line.split_whitespace();
            let (Some(name), Some(value)) = (words.next(), words.next()) else {
                continue;
            };
            if title.is_empty() || !name.contains(&title) {
                let end = name.find('6').map_or(name.len(), |at| at + 1);
                name[..end].clone_into(&mut title);
                table = self.table(TABLES6, &title);
            }
            if self.tells(table.1) {
                self.tell(table.0, name, number(value));
            }
        }
    }

    fn sctp(&mut self, text: &str) {
        let (entries, of) = self.table(TABLES, "Sctp");
        for line in text.lines() {
            let mut words = line.split_whitespace();
            if let (Some(name), Some(value), true) = (words.next(), words.next(), self.tells(of)) {
                self.tell(entries, name, number(value));
            }
        }
    }
}

/// A number; some of the kernel's are negative, and told as net-tools reads them.
fn number(text: &str) -> u64 {
    match text.strip_prefix('-') {
        Some(digits) => digits.parse::<u64>().unwrap_or_default().wrapping_neg(),
        None => text.parse().unwrap_or_default(),
    }
}

/// By halves, as bsearch(3) looks, so that the same counters have sentences.
fn found<'a>(entries: &'a [Entry], name: &str) -> Option<&'a Entry> {
    let (mut low, mut high) = (0, entries.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        match name.cmp(entries[middle].0) {
            std::cmp::Ordering::Less => high = middle,
            std::cmp::Ordering::Greater => low = middle + 1,
            std::cmp::Ordering::Equal => return Some(&entries[middle]),
        }
    }
    None
}

fn read(name: &str) -> Result<String, Exit> {
    procfs::counters(name).map_err(|error| Exit::failed(1, format!("netstat: {name}: {error}")))
}

/// The text of `-s`.
pub(crate) fn text(options: &Options) -> Result<String, Exit> {
    let mut teller = Teller::default();
    for (is_shown, of) in [
        (options.raw, Of::Raw),
        (options.tcp, Of::Tcp),
        (options.udp, Of::Udp),
        (options.sctp, Of::Sctp),
    ] {
        if is_shown {
            teller.shown.push(of);
        }
    }
    if options.family() == "inet6" {
        teller.named6(&read("net.snmp6")?);
        teller.pairs(&read("net.snmp")?, "Tcp");
        return Ok(teller.text);
    }
    teller.pairs(&read("net.snmp")?, "");
    teller.pairs(&read("net.netstat")?, "");
    match procfs::counters("net.sctp.snmp") {
        Ok(text) => teller.sctp(&text),
        Err(Error::NotFound) => {}
        Err(error) => return Err(Exit::failed(1, format!("netstat: net.sctp.snmp: {error}"))),
    }
    Ok(teller.text)
}

/// A counter.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Counter {
    table: String,
    name: String,
    value: i64,
}

/// Every counter, by the kernel's names.
pub(crate) fn counters() -> Result<Vec<Counter>, Exit> {
    let mut all = Vec::new();
    for file in ["net.snmp", "net.netstat"] {
        let text = read(file)?;
        let mut lines = text.lines().filter(|line| !line.is_empty());
        while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
            let Some((table, names)) = names.split_once(':') else {
                continue;
            };
            let values = values.split_whitespace().skip(1);
            for (name, value) in names.split_whitespace().zip(values) {
                all.push(Counter {
                    table: table.to_owned(),
                    name: name.to_owned(),
                    value: value.parse().unwrap_or_default(),
                });
            }
        }
    }
    for line in procfs::counters("net.snmp6").unwrap_or_default().lines() {
        let mut words = line.split_whitespace();
        if let (Some(name), Some(value)) = (words.next(), words.next()) {
            let end = name.find('6').map_or(name.len(), |at| at + 1);
            all.push(Counter {
                table: name[..end].to_owned(),
                name: name[end..].to_owned(),
                value: value.parse().unwrap_or_default(),
            });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_and_headings_are_those_of_net_tools() {
        let mut teller = Teller {
            shown: vec![Of::Raw],
            ..Teller::default()
        };
        teller.pairs(
            "Ip: Forwarding InReceives OutTransmits FragFails\nIp: 2 7 3 0\n\
             Icmp: InMsgs InErrors InDestUnreachs InEchos OutMsgs OutErrors OutEchos\nIcmp: 5 0 2 3 4 0 4\n\
             IcmpMsg: InType0\nIcmpMsg: 1\nTcp: InSegs\nTcp: 5\n",
            "",
        );
        assert_eq!(
            teller.text,
            "Ip:\n    Forwarding: 2\n    7 total packets received\n    OutTransmits: 3\n\
             Icmp:\n    5 ICMP messages received\n    0 input ICMP message failed\n    ICMP input histogram:\n\
             \x20       destination unreachable: 2\n        echo requests: 3\n\
             \x20   4 ICMP messages sent\n    0 ICMP messages failed\n    ICMP output histogram:\n        echo requests: 4\n\
             IcmpMsg:\n        InType0: 1\n"
        );
    }
}
