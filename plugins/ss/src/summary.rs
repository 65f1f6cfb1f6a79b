//! `-s`: how many sockets there are, from /proc/net/sockstat, sockstat6 and snmp.

use std::collections::HashMap;

use nethost_sdk::{Exit, procfs};
use serde::Serialize;

/// The numbers by line and name, such as `TCP:` and `inuse`.
#[derive(Debug, Default)]
struct Counts(HashMap<(String, String), i64>);

impl Counts {
    fn add(&mut self, text: &str) {
        for line in text.lines() {
            let Some((of, rest)) = line.split_once(' ') else {
                continue;
            };
            let words: Vec<&str> = rest.split_whitespace().collect();
            for pair in words.chunks_exact(2) {
                if let Ok(number) = pair[1].parse() {
                    self.0.insert((of.into(), pair[0].into()), number);
                }
            }
        }
    }

    fn get(&self, of: &str, name: &str) -> i64 {
        let key = (of.to_owned(), name.to_owned());
        self.0.get(&key).copied().unwrap_or_default()
    }
}

/// The number of this name behind `Tcp:` in /proc/net/snmp.
fn of_snmp(text: &str, name: &str) -> Option<i64> {
    let mut lines = text.lines().filter(|line| line.starts_with("Tcp:"));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let place = names.split_whitespace().position(|word| word == name)?;
    numbers.split_whitespace().nth(place)?.parse().ok()
}

/// What there is.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Summary {
    total: i64,
    tcp: Tcp,
    raw: Pair,
    udp: Pair,
    tcp_hashed: Pair,
    frag: Pair,
}

#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Tcp {
    total: i64,
    established: i64,
    closed: i64,
    orphaned: i64,
    time_wait: i64,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Pair {
    ip: i64,
    ipv6: i64,
}

impl Summary {
    /// Reads it.
    pub(crate) fn read(namespace: Option<&str>) -> Result<Self, Exit> {
        let counters = |name| match namespace {
            None => procfs::counters(name),
            Some(namespace) => procfs::CounterFile::open_in(namespace, name)?.text(),
        };
        let text = |name| counters(name).map_err(|error| Exit::failed(1, format!("ss: {error}")));
        let mut counts = Counts::default();
        counts.add(&text("net.sockstat")?);
        // There is none where there is no IPv6.
        counts.add(&counters("net.sockstat6").unwrap_or_default());
        Ok(Self::of(&counts, &text("net.snmp")?))
    }

    fn of(counts: &Counts, snmp: &str) -> Self {
        let pair = |of: &str, of6: &str| Pair {
            ip: counts.get(of, "inuse"),
            ipv6: counts.get(of6, "inuse"),
        };
        let (allocated, waiting) = (counts.get("TCP:", "alloc"), counts.get("TCP:", "tw"));
        let hashed = pair("TCP:", "TCP6:");
        Self {
            total: counts.get("sockets:", "used"),
            tcp: Tcp {
                total: allocated + waiting,
                established: of_snmp(snmp, "CurrEstab").unwrap_or_default(),
                closed: allocated - (hashed.ip + hashed.ipv6 - waiting),
                orphaned: counts.get("TCP:", "orphan"),
                time_wait: waiting,
            },
            raw: pair("RAW:", "RAW6:"),
            udp: pair("UDP:", "UDP6:"),
            tcp_hashed: hashed,
            frag: pair("FRAG:", "FRAG6:"),
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tcp {
            total,
            established,
            closed,
            orphaned,
            time_wait,
        } = self.tcp;
        writeln!(f, "Total: {}", self.total)?;
        writeln!(
            f,
            "TCP:   {total} (estab {established}, closed {closed}, orphaned {orphaned}, timewait {time_wait})\n"
        )?;
        writeln!(f, "Transport Total     IP        IPv6")?;
        let (raw, udp, tcp) = (self.raw, self.udp, self.tcp_hashed);
        let inet = Pair {
            ip: raw.ip + udp.ip + tcp.ip,
            ipv6: raw.ipv6 + udp.ipv6 + tcp.ipv6,
        };
        for (name, Pair { ip, ipv6 }) in [
            ("RAW", raw),
            ("UDP", udp),
            ("TCP", tcp),
            ("INET", inet),
            ("FRAG", self.frag),
        ] {
            writeln!(f, "{name}\t  {:<9} {ip:<9} {ipv6:<9}", ip + ipv6)?;
        }
        writeln!(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_ss() {
        let mut counts = Counts::default();
        counts.add(
            "sockets: used 300\nTCP: inuse 10 orphan 1 tw 4 alloc 20 mem 2\nUDP: inuse 3 mem 1\n",
        );
        counts.add("TCP6: inuse 2\nUDP6: inuse 1\n");
        let summary = Summary::of(&counts, "Tcp: A CurrEstab\nTcp: 1 7\n").to_string();
        let begin = "Total: 300\nTCP:   24 (estab 7, closed 12, orphaned 1, timewait 4)\n\n";
        assert!(summary.starts_with(begin), "{summary}");
        assert!(
            summary.contains("INET\t  16        13        3        \n"),
            "{summary}"
        );
    }
}
