//! One figure with its verdict.

use std::fmt;

use nethost_sdk::text::printable;
use serde::Serialize;

/// What it tells of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Errors,
    Saturation,
    Utilisation,
}

/// In what it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum Unit {
    #[serde(rename = "per second")]
    PerSecond,
    #[serde(rename = "per cent")]
    PerCent,
    #[serde(rename = "number")]
    Number,
}

/// A figure.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Check {
    pub(crate) kind: Kind,
    pub(crate) resource: String,
    pub(crate) what: &'static str,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
    /// It is wrong above this.
    pub(crate) limit: f64,
    /// File and field.
    pub(crate) source: String,
    wrong: bool,
}

impl Check {
    pub(crate) fn new(
        kind: Kind,
        resource: &str,
        what: &'static str,
        (value, unit): (f64, Unit),
        limit: f64,
        source: impl Into<String>,
    ) -> Self {
        // What a division by nothing would give is no figure.
        let value = if value.is_finite() { value } else { 0.0 };
        Self {
            kind,
            resource: resource.into(),
            what,
            value: (value * 1000.0).round() / 1000.0,
            unit,
            limit,
            source: source.into(),
            wrong: value > limit,
        }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.wrong
    }

    /// Whether there is something to see in it.
    pub(crate) fn tells(&self) -> bool {
        self.value > 0.0 || self.kind == Kind::Utilisation
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Errors => "errors",
            Kind::Saturation => "saturation",
            Kind::Utilisation => "utilisation",
        };
        let unit = match self.unit {
            Unit::PerSecond => "/s",
            Unit::PerCent => "%",
            Unit::Number => "",
        };
        let verdict = if self.wrong { "WRONG" } else { "ok" };
        let what = format!("{} {}", printable(&self.resource), self.what);
        let figure = format!("{:.2}{unit}", self.value);
        let limit = format!("above {}{unit}", self.limit);
        writeln!(
            f,
            "{verdict:<5} {kind:<11} {what:<34} {figure:>12}  {limit:<20} {}",
            printable(&self.source)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_follows_the_limit() {
        let check = |value, limit| {
            Check::new(
                Kind::Errors,
                "eth0",
                "errors",
                (value, Unit::PerSecond),
                limit,
                "net.dev",
            )
        };
        assert!(!check(0.0, 0.0).is_wrong() && check(0.1, 0.0).is_wrong());
        assert!(!check(f64::NAN, 0.0).is_wrong());
        let text = check(1.0, 0.0).to_string();
        assert!(text.starts_with("WRONG errors      eth0 errors"), "{text}");
        assert!(text.contains(" 1.00/s  above 0/s "), "{text}");
    }
}
