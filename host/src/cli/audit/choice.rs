//! The options that select records.

use std::io;

use clap::Args;
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use nethost_audit::{Filter, Kind, To};

/// The selected records.
#[derive(Args)]
pub(in crate::cli) struct Choice {
    /// Records of this run; the first characters of its identifier are enough
    #[arg(long, value_name = "ID")]
    run: Option<String>,
    /// Records of this plugin, by name or digest
    #[arg(long, value_name = "NAME")]
    plugin: Option<String>,
    /// Records of this request, such as icmp.echo, or icmp.* for all requests of a kind
    #[arg(long, value_name = "CAP")]
    cap: Option<String>,
    /// Records about this address, network, name or path
    #[arg(long, value_name = "TARGET")]
    to: Option<String>,
    /// Records of this user, by name or number
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Records since this time: 2026-11-24, 2026-11-24T08:00:00Z, or 2h for two hours ago
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Records until this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Records of this event, such as open; can be given several times
    #[arg(long, value_name = "EVENT")]
    event: Vec<String>,
    /// Denials only
    #[arg(long)]
    denied: bool,
    /// Only what a report-only rule would have denied
    #[arg(long)]
    reported: bool,
}

impl Choice {
    /// Converts the options to a filter.
    pub(super) fn filter(self) -> io::Result<Filter> {
        let now = Timestamp::now();
        let time = |option: &str, text: Option<String>| {
            let Some(text) = text else { return Ok(None) };
            let read = time(&text, now).ok_or_else(|| {
                let problem = format!(
                    "{option} {text}: not a time such as 2026-11-24, 2026-11-24T08:00:00Z or 2h"
                );
                io::Error::new(io::ErrorKind::InvalidInput, problem)
            });
            read.map(Some)
        };
        let mut events = Vec::new();
        for name in &self.event {
            events.push(kind(name)?);
        }
        if self.denied {
            events.push(Kind::Denied);
        }
        Ok(Filter {
            run: self.run,
            plugin: self.plugin,
            cap: self.cap,
            to: self.to.as_deref().map(To::from),
            user: self.user,
            since: time("--since", self.since)?,
            until: time("--until", self.until)?,
            events,
            reported: self.reported,
        })
    }
}

fn kind(name: &str) -> io::Result<Kind> {
    let known = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    known.ok_or_else(|| {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        let problem = format!("--event {name}: there is {}", names.join(", "));
        io::Error::new(io::ErrorKind::InvalidInput, problem)
    })
}

fn time(text: &str, now: Timestamp) -> Option<Timestamp> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if let Ok(date) = text.parse::<Date>() {
        let midnight = date.to_zoned(TimeZone::UTC).ok()?;
        return Some(midnight.timestamp());
    }
    let ago = text.parse::<SignedDuration>().ok()?;
    now.checked_sub(ago).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_points_days_and_how_long_ago() {
        let now: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let at = |text| time(text, now).map(|time| time.to_string());
        assert_eq!(
            at("2026-11-24T08:00:00+01:00").unwrap(),
            "2026-11-24T07:00:00Z"
        );
        assert_eq!(at("2026-11-23").unwrap(), "2026-11-23T00:00:00Z");
        assert_eq!(at("90m").unwrap(), "2026-11-24T10:30:00Z");
        assert_eq!(at("yesterday"), None);
    }
}
