//! Metrics as text: what both OpenMetrics and the textfile collector of node_exporter read.

use std::collections::BTreeMap;
use std::fmt::Write;

/// So many samples of one metric are written. A monitoring system keeps each of them for ever.
const MOST_SAMPLES: usize = 1000;
/// The longest value of a label.
const LONGEST_LABEL: usize = 200;

/// Names and values of labels.
type Labels = Vec<(&'static str, String)>;

/// All metrics, each with its samples.
#[derive(Debug, Default)]
pub struct Metrics {
    families: BTreeMap<&'static str, Family>,
}

#[derive(Debug, Default)]
struct Family {
    help: &'static str,
    samples: BTreeMap<Labels, f64>,
}

impl Metrics {
    /// Sets a sample. The name and its meaning are fixed texts; values of labels may be any text.
    pub(crate) fn set(
        &mut self,
        (name, help): (&'static str, &'static str),
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        if let Some(sample) = self.sample((name, help), labels) {
            *sample = value;
        }
    }

    /// Adds to a sample.
    pub(crate) fn add(
        &mut self,
        (name, help): (&'static str, &'static str),
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        if let Some(sample) = self.sample((name, help), labels) {
            *sample += value;
        }
    }

    fn sample(
        &mut self,
        (name, help): (&'static str, &'static str),
        labels: &[(&'static str, &str)],
    ) -> Option<&mut f64> {
        let family = self.families.entry(name).or_default();
        family.help = help;
        let labels: Labels = labels
            .iter()
            .map(|(name, value)| (*name, value_of(value)))
            .collect();
        if family.samples.len() >= MOST_SAMPLES && !family.samples.contains_key(&labels) {
            return None;
        }
        Some(family.samples.entry(labels).or_insert(0.0))
    }

    /// As a text. All are gauges: a file has what was measured, not what has been counted since ever.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, family) in &self.families {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} gauge", family.help);
            for (labels, value) in family.samples.iter().filter(|(_, value)| value.is_finite()) {
                text.push_str(name);
                for (number, (label, value)) in labels.iter().enumerate() {
                    let before = if number == 0 { '{' } else { ',' };
                    let _ = write!(text, "{before}{label}=\"{value}\"");
                }
                if !labels.is_empty() {
                    text.push('}');
                }
                let _ = writeln!(text, " {value}");
            }
        }
        text.push_str("# EOF\n");
        text
    }
}

/// The value of a label, escaped, without control characters.
fn value_of(text: &str) -> String {
    let kept = &text[..text.floor_char_boundary(LONGEST_LABEL)];
    let mut escaped = String::with_capacity(kept.len());
    for character in kept.chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            plain if nethost_core::text::is_plain(plain) => escaped.push(plain),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}
