//! What the counters say at one moment.

use std::collections::{BTreeMap, HashMap};
use std::time::{SystemTime, UNIX_EPOCH};

use nethost_sdk::procfs::CounterFile;
use nethost_sdk::{Error, Exit, clock, counters};

/// The files, kept open from sample to sample.
#[derive(Debug)]
pub(crate) struct Sources {
    /// None for one that this kernel has not.
    files: Vec<(&'static str, Option<CounterFile>)>,
    speeds: HashMap<String, Option<[CounterFile; 2]>>,
    wants_speeds: bool,
}

/// One moment.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Seconds since 1970.
    pub(crate) time: u64,
    pub(crate) mark: clock::Mark,
    texts: HashMap<&'static str, String>,
    /// Of interfaces, in Mbit/s; negative when half duplex.
    pub(crate) speeds: BTreeMap<String, i64>,
}

impl Sources {
    /// Opens them.
    pub(crate) fn open(names: &[&'static str]) -> Result<Self, Exit> {
        let mut files = Vec::new();
        for name in names {
            let file = match CounterFile::open(name) {
                Ok(file) => Some(file),
                Err(Error::Denied(denial)) => {
                    return Err(Exit::failed(1, format!("sar: {denial}")));
                }
                Err(_) => None,
            };
            files.push((*name, file));
        }
        Ok(Self {
            wants_speeds: names.contains(&"net.dev"),
            files,
            speeds: HashMap::new(),
        })
    }

    /// Reads them all.
    pub(crate) fn sample(&mut self) -> Result<Sample, Exit> {
        let mark = clock::now();
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut texts = HashMap::new();
        for (name, file) in &self.files {
            let Some(file) = file else { continue };
            let text = file
                .text()
                .map_err(|error| Exit::failed(1, format!("sar: {name}: {error}")))?;
            texts.insert(*name, text);
        }
        let mut sample = Sample {
            time: now.map_or(0, |now| now.as_secs()),
            mark,
            texts,
            speeds: BTreeMap::new(),
        };
        if self.wants_speeds {
            for name in crate::network::interfaces(&sample) {
                let speed = self.speed(&name);
                sample.speeds.insert(name, speed);
            }
        }
        Ok(sample)
    }

    fn speed(&mut self, name: &str) -> i64 {
        let open = |fact: &str| CounterFile::open(&format!("class.net.{name}.{fact}")).ok();
        let files = self
            .speeds
            .entry(name.to_owned())
            .or_insert_with(|| Some([open("speed")?, open("duplex")?]));
        let Some([speed, duplex]) = files else {
            return 0;
        };
        let speed: i64 = speed
            .text()
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        let half = duplex.text().is_ok_and(|text| text.trim() == "half");
        // Unknown is -1.
        let speed = speed.max(0);
        if half { -speed } else { speed }
    }
}

impl Sample {
    /// A file's text; empty when the kernel has none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// A figure of a line that begins with its name.
    pub(crate) fn field(&self, file: &str, field: &str) -> i64 {
        counters::field(self.text(file), field).unwrap_or_default()
    }

    /// A figure of a line such as `TCP: inuse 6 orphan 0`.
    pub(crate) fn pair(&self, file: &str, line: &str, field: &str) -> i64 {
        counters::pair(self.text(file), line, field).unwrap_or_default()
    }

    /// A figure of /proc/net/snmp.
    pub(crate) fn snmp(&self, group: &str, field: &str) -> i64 {
        counters::two_lines(self.text("net.snmp"), group, field).unwrap_or_default()
    }

    #[cfg(test)]
    pub(crate) fn of(texts: &[(&'static str, &str)]) -> Self {
        Self {
            time: 0,
            mark: clock::Mark::from_nanos(0),
            texts: texts
                .iter()
                .map(|(name, text)| (*name, (*text).to_owned()))
                .collect(),
            speeds: BTreeMap::new(),
        }
    }
}
