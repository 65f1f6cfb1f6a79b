//! Which records somebody wants to see.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::members::Members;
use super::record::{Kind, Record, Target, TargetKind};

/// A choice of records: those that fit everything that is set.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The run's identifier begins with this.
    pub run: Option<String>,
    /// Name or digest of the plugin.
    pub plugin: Option<String>,
    /// Name of the request, or its beginning up to a dot and `*`.
    pub cap: Option<String>,
    /// Whom or what was touched.
    pub to: Option<To>,
    /// Name or number of the user.
    pub user: Option<String>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
    /// These events; all, when none is named.
    pub events: Vec<Kind>,
    /// Only what a report-only rule would have denied.
    pub reported: bool,
}

/// A network, or a name.
#[derive(Debug, Clone)]
pub enum To {
    /// Addresses and networks within this one.
    Network(IpNet),
    /// A name, as asked for or as it became.
    Name(String),
}

impl From<&str> for To {
    fn from(text: &str) -> Self {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        match address.ok().or_else(|| text.parse().ok()) {
            Some(network) => Self::Network(network),
            None => Self::Name(text.to_owned()),
        }
    }
}

impl To {
    fn fits(&self, target: &Target<'_>) -> bool {
        match self {
            Self::Network(network) => match target.kind {
                TargetKind::Address => target
                    .address()
                    .is_some_and(|address| network.contains(&address)),
                TargetKind::Network => target
                    .resolved
                    .parse::<IpNet>()
                    .is_ok_and(|touched| network.contains(&touched)),
                TargetKind::Set => {
                    Members::of(target).is_some_and(|members| members.touch(network))
                }
                _ => false,
            },
            Self::Name(name) => {
                name.eq_ignore_ascii_case(&target.asked)
                    || name.eq_ignore_ascii_case(&target.resolved)
            }
        }
    }
}

impl Filter {
    /// True when this record fits.
    pub fn fits(&self, record: &Record<'_>) -> bool {
        fn fits<T>(wanted: &Option<T>, test: impl FnOnce(&T) -> bool) -> bool {
            wanted.as_ref().is_none_or(test)
        }
        let plugin = record.plugin.as_deref();
        (self.events.is_empty() || self.events.contains(&record.event))
            && (!self.reported || !record.report.is_empty())
            && fits(&self.since, |since| record.ts >= *since)
            && fits(&self.until, |until| record.ts <= *until)
            && fits(&self.run, |run| record.run.starts_with(run.as_str()))
            && fits(&self.plugin, |wanted| {
                plugin.is_some_and(|plugin| {
                    plugin.name == *wanted || plugin.digest.starts_with(wanted.as_str())
                })
            })
            && fits(&self.user, |user| {
                record.actor.user.as_ref() == Some(user) || record.actor.uid.to_string() == *user
            })
            && fits(&self.cap, |wanted| {
                record
                    .cap
                    .as_deref()
                    .is_some_and(|cap| match wanted.strip_suffix('*') {
                        Some(beginning) => cap.starts_with(beginning),
                        None => cap == wanted,
                    })
            })
            && fits(&self.to, |to| {
                record.target.as_ref().is_some_and(|target| to.fits(target))
            })
    }
}
