//! What the counters say at one moment, and how they change until another.

use std::collections::HashMap;

use nethost_sdk::procfs::CounterFile;
use nethost_sdk::{Error, Exit, clock, counters};

const FILES: &[&str] = &[
    "loadavg",
    "meminfo",
    "net.dev",
    "net.netstat",
    "net.snmp",
    "net.snmp6",
    "net.sockstat",
    "net.sockstat6",
    "net.softnet_stat",
    "net.stat.arp_cache",
    "net.stat.ndisc_cache",
    "net.stat.nf_conntrack",
    "pressure.cpu",
    "pressure.memory",
    "stat",
    "vmstat",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.neigh.default.gc_thresh3",
    "net.ipv4.tcp_max_orphans",
    "net.ipv4.tcp_max_tw_buckets",
    "net.ipv4.tcp_mem",
    "net.ipv4.udp_mem",
    "net.ipv6.neigh.default.gc_thresh3",
    "net.netfilter.nf_conntrack_count",
    "net.netfilter.nf_conntrack_max",
];

/// The files, those that this kernel has.
#[derive(Debug)]
pub(crate) struct Sources(Vec<(&'static str, CounterFile)>);

/// One moment.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) mark: clock::Mark,
    texts: HashMap<&'static str, String>,
}

impl Sources {
    pub(crate) fn open() -> Result<Self, Exit> {
        let mut files = Vec::new();
        for name in FILES {
            match CounterFile::open(name) {
                Ok(file) => files.push((*name, file)),
                Err(Error::Denied(denial)) => {
                    return Err(Exit::failed(2, format!("use: {denial}")));
                }
                // This kernel or this namespace has none, or it may not be read: nothing is said about it.
                Err(_) => {}
            }
        }
        Ok(Self(files))
    }

    pub(crate) fn sample(&self) -> Result<Sample, Exit> {
        let mark = clock::now();
        let mut texts = HashMap::new();
        for (name, file) in &self.0 {
            match file.text() {
                Ok(text) => {
                    texts.insert(*name, text);
                }
                Err(Error::Denied(denial)) => {
                    return Err(Exit::failed(2, format!("use: {denial}")));
                }
                Err(_) => {}
            }
        }
        Ok(Sample { mark, texts })
    }
}

impl Sample {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// The words of a file of one line as numbers.
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        let words = self.text(name).split_whitespace();
        words.filter_map(|word| word.parse().ok()).collect()
    }

    #[cfg(test)]
    pub(crate) fn of(texts: &[(&'static str, &str)], seconds: u64) -> Self {
        Self {
            mark: clock::Mark::from_nanos(seconds * 1_000_000_000),
            texts: texts
                .iter()
                .map(|(name, text)| (*name, (*text).to_owned()))
                .collect(),
        }
    }
}

/// Two moments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Change<'a> {
    pub(crate) before: &'a Sample,
    pub(crate) after: &'a Sample,
}

impl Change<'_> {
    pub(crate) fn seconds(&self) -> f64 {
        self.after
            .mark
            .since(self.before.mark)
            .as_secs_f64()
            .max(0.01)
    }

    /// The increase of a figure. None where the kernel does not count it.
    pub(crate) fn increase(&self, file: &str, find: impl Fn(&str) -> Option<i64>) -> Option<f64> {
        let after = find(self.after.text(file))?;
        let before = find(self.before.text(file)).unwrap_or_default();
        Some(counters::increase(before, after) as f64)
    }

    /// The same in a second.
    pub(crate) fn rate(&self, file: &str, find: impl Fn(&str) -> Option<i64>) -> Option<f64> {
        Some(self.increase(file, find)? / self.seconds())
    }
}
