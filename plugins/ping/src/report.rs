//! The facts of a run with one target, as iputils' text and as JSON.

use std::fmt::{self, Display};
use std::time::Duration;

use nethost_sdk::Timestamp;
use nethost_sdk::output::milliseconds;
use serde::{Serialize, Serializer};

use crate::engine::Engine;
use crate::payload::WrongByte;

/// Everything that is told.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "kebab-case")]
pub(crate) enum Fact {
    Start(Start),
    Reply(Reply),
    Error(IcmpError),
    LocalError {
        message: String,
    },
    Outstanding {
        sequence: u16,
        #[serde(skip)]
        stamp: Option<Timestamp>,
    },
    Summary(Box<Summary>),
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Start {
    pub(crate) host: String,
    pub(crate) address: String,
    /// As iputils shows it: a name too where there is one.
    #[serde(skip)]
    pub(crate) label: String,
    pub(crate) v6: bool,
    /// Source address, and interface or nothing, where one was asked for.
    pub(crate) from: Option<(String, String)>,
    pub(crate) size: usize,
    #[serde(serialize_with = "hex")]
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) pattern: Vec<u8>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Reply {
    pub(crate) source: String,
    #[serde(skip)]
    pub(crate) label: String,
    pub(crate) bytes: usize,
    pub(crate) sequence: u16,
    pub(crate) identifier: u16,
    pub(crate) ttl: Option<u8>,
    #[serde(rename = "rtt_ms", serialize_with = "maybe_milliseconds")]
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub(crate) trip: Option<Duration>,
    #[serde(serialize_with = "epoch_seconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) time: Timestamp,
    pub(crate) duplicate: bool,
    pub(crate) reordered: bool,
    pub(crate) truncated: bool,
    pub(crate) wrong: Option<WrongByte>,
    #[serde(skip)]
    pub(crate) dump: String,
    #[serde(skip)]
    pub(crate) style: Style,
}

/// What the options say about lines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    pub(crate) timestamps: bool,
    pub(crate) verbose: bool,
    pub(crate) audible: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct IcmpError {
    pub(crate) source: String,
    #[serde(skip)]
    pub(crate) label: String,
    pub(crate) sequence: Option<u16>,
    pub(crate) icmp_type: u8,
    pub(crate) icmp_code: u8,
    pub(crate) info: u32,
    pub(crate) message: String,
    #[serde(serialize_with = "epoch_seconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) time: Timestamp,
    #[serde(skip)]
    pub(crate) timestamps: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Summary {
    pub(crate) host: String,
    pub(crate) transmitted: u64,
    pub(crate) received: u64,
    pub(crate) duplicates: u64,
    pub(crate) reordered: u64,
    pub(crate) corrupted: u64,
    pub(crate) errors: u64,
    pub(crate) loss_percent: f64,
    #[serde(rename = "time_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) time: Duration,
    pub(crate) pipe: u64,
    #[serde(flatten)]
    pub(crate) trips: Option<Trips>,
    /// Mean gap between packets, of a flood or an adaptive run.
    #[serde(rename = "ipg_ms", serialize_with = "maybe_milliseconds")]
    #[cfg_attr(test, schemars(with = "Option<f64>"))]
    pub(crate) gap: Option<Duration>,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Trips {
    #[serde(rename = "rtt_min_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) min: Duration,
    #[serde(rename = "rtt_avg_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) avg: Duration,
    #[serde(rename = "rtt_max_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) max: Duration,
    #[serde(rename = "rtt_mdev_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) mdev: Duration,
    #[serde(rename = "rtt_ewma_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) ewma: Duration,
    #[serde(rename = "rtt_p50_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) p50: Duration,
    #[serde(rename = "rtt_p90_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) p90: Duration,
    #[serde(rename = "rtt_p99_ms", serialize_with = "milliseconds")]
    #[cfg_attr(test, schemars(with = "f64"))]
    pub(crate) p99: Duration,
}

impl Trips {
    /// None before the first round trip.
    pub(crate) fn of(trips: &nethost_sdk::stats::RoundTrips) -> Option<Self> {
        Some(Self {
            min: trips.min(),
            avg: trips.avg(),
            max: trips.max(),
            mdev: trips.mdev(),
            ewma: trips.ewma(),
            p50: trips.percentile(50.0)?,
            p90: trips.percentile(90.0)?,
            p99: trips.percentile(99.0)?,
        })
    }
}

impl Summary {
    /// Of a run so far; `paced` when the interval was not fixed, so that the gap is of interest.
    pub(crate) fn of(host: &str, engine: &Engine, paced: bool) -> Self {
        let gaps = engine.transmitted.saturating_sub(1);
        let gap = (paced && engine.received > 0 && gaps > 0)
            .then(|| Duration::from_nanos((engine.elapsed().as_nanos() / u128::from(gaps)) as u64));
        Self {
            host: host.to_owned(),
            transmitted: engine.transmitted,
            received: engine.received,
            duplicates: engine.duplicates,
            reordered: engine.reordered,
            corrupted: engine.corrupted,
            errors: engine.errors,
            loss_percent: engine.loss(),
            time: engine.elapsed(),
            pipe: engine.pipe,
            trips: Trips::of(&engine.trips),
            gap,
        }
    }

    /// The one line that SIGQUIT asks for.
    pub(crate) fn interim(&self) -> String {
        let loss = self.loss_percent as u64;
        let mut line = format!(
            "\r{}/{} packets, {loss}% loss",
            self.received, self.transmitted
        );
        if let Some(trips) = &self.trips {
            let (min, avg, ewma, max) =
                (ms(trips.min), ms(trips.avg), ms(trips.ewma), ms(trips.max));
            line.push_str(&format!(", min/avg/ewma/max = {min}/{avg}/{ewma}/{max} ms"));
        }
        line
    }
}

impl Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(start) => start.fmt(f),
            Self::Reply(reply) => reply.fmt(f),
            Self::Error(error) => error.fmt(f),
            // These go to standard error.
            Self::LocalError { .. } => Ok(()),
            Self::Outstanding { sequence, stamp } => {
                if let Some(stamp) = stamp {
                    write!(f, "{}", Bracketed(*stamp))?;
                }
                writeln!(f, "no answer yet for icmp_seq={sequence}")
            }
            Self::Summary(summary) => summary.fmt(f),
        }
    }
}

impl Display for Start {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.pattern.is_empty() {
            writeln!(f, "PATTERN: 0x{}", hex_text(&self.pattern))?;
        }
        let Self {
            host, label, size, ..
        } = self;
        if self.v6 {
            write!(f, "PING {host}({label}) ")?;
        } else {
            write!(f, "PING {host} ({}) ", self.address)?;
        }
        if let Some((source, device)) = &self.from {
            write!(f, "from {source} {device}: ")?;
        }
        if self.v6 {
            writeln!(f, "{size} data bytes")
        } else {
            writeln!(f, "{size}({}) bytes of data.", size + 28)
        }
    }
}

impl Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.style.timestamps {
            write!(f, "{}", Bracketed(self.time))?;
        }
        write!(
            f,
            "{} bytes from {}: icmp_seq={}",
            self.bytes, self.label, self.sequence
        )?;
        if self.style.verbose {
            write!(f, " ident={}", self.identifier)?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, " ttl={ttl}")?;
        }
        if self.truncated {
            return writeln!(f, " (truncated)");
        }
        if let Some(trip) = self.trip {
            write!(f, " time={} ms", four_digits(trip))?;
        }
        if self.duplicate {
            f.write_str(" (DUP!)")?;
        }
        if self.reordered && self.style.verbose {
            f.write_str(" (REORDERED)")?;
        }
        f.write_str(&self.dump)?;
        if self.style.audible {
            f.write_str("\x07")?;
        }
        f.write_str("\n")
    }
}

impl Display for IcmpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.timestamps {
            write!(f, "{}", Bracketed(self.time))?;
        }
        let sequence = self.sequence.unwrap_or_default();
        writeln!(
            f,
            "From {} icmp_seq={sequence} {}",
            self.label, self.message
        )
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "\n--- {} ping statistics ---", self.host)?;
        write!(
            f,
            "{} packets transmitted, {} received",
            self.transmitted, self.received
        )?;
        for (count, what) in [(self.duplicates, "duplicates"), (self.errors, "errors")] {
            if count > 0 {
                write!(f, ", +{count} {what}")?;
            }
        }
        if self.transmitted > 0 {
            let time = (self.time.as_nanos() + 500_000) / 1_000_000;
            write!(
                f,
                ", {}% packet loss, time {time}ms",
                six_digits(self.loss_percent)
            )?;
        }
        f.write_str("\n")?;
        let mut comma = "";
        if let Some(Trips {
            min,
            avg,
            max,
            mdev,
            ..
        }) = &self.trips
        {
            let (min, avg, max, mdev) = (ms(*min), ms(*avg), ms(*max), ms(*mdev));
            write!(f, "rtt min/avg/max/mdev = {min}/{avg}/{max}/{mdev} ms")?;
            comma = ", ";
        }
        if self.pipe > 1 {
            write!(f, "{comma}pipe {}", self.pipe)?;
            comma = ", ";
        }
        if let (Some(gap), Some(trips)) = (self.gap, &self.trips) {
            write!(f, "{comma}ipg/ewma {}/{} ms", ms(gap), ms(trips.ewma))?;
        }
        f.write_str("\n")
    }
}

/// `[1700000000.123456] `, as `-D` has it.
struct Bracketed(Timestamp);

impl Display for Bracketed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0.as_nanos() / 1_000;
        write!(f, "[{}.{:06}] ", us / 1_000_000, us % 1_000_000)
    }
}

/// Milliseconds with three digits behind the point.
pub(crate) fn ms(duration: Duration) -> String {
    let us = duration.as_micros();
    format!("{}.{:03}", us / 1_000, us % 1_000)
}

/// iputils' `time=`: four digits, rounded.
fn four_digits(trip: Duration) -> String {
    let us = trip.as_micros();
    match us {
        0..1_000 => format!("0.{us:03}"),
        1_000..9_995 => format!("{}.{:02}", (us + 5) / 1_000, (us + 5) % 1_000 / 10),
        9_995..99_950 => format!("{}.{}", (us + 50) / 1_000, (us + 50) % 1_000 / 100),
        _ => ((us + 500) / 1_000).to_string(),
    }
}

/// C's `%g`, for percentages.
pub(crate) fn six_digits(percent: f64) -> String {
    let whole = if percent >= 100.0 {
        3
    } else if percent >= 10.0 {
        2
    } else {
        1
    };
    let leading = if percent > 0.0 && percent < 1.0 {
        (-percent.log10()).ceil() as usize
    } else {
        0
    };
    let text = format!("{percent:.*}", 6 - whole + leading);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex_text(bytes))
}

fn maybe_milliseconds<S: Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => milliseconds(duration, serializer),
        None => serializer.serialize_none(),
    }
}

fn epoch_seconds<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((time.as_nanos() / 1_000) as f64 / 1e6)
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
