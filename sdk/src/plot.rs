//! Figures as block characters, for live views on the whole window.

use crate::terminal::{Span, Style};

const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One figure of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// It is not known yet.
    Pending,
    /// Something that was lost.
    Lost,
    /// How much it is; not less than 0.
    Value(f64),
}

impl Sample {
    /// The eighths of a row that a bar fills, of `rows`; a figure is never invisible.
    fn eighths(self, greatest: f64, rows: usize) -> usize {
        match self {
            Self::Value(value) if greatest > 0.0 => {
                let share = (value / greatest).clamp(0.0, 1.0);
                ((share * (rows * 8) as f64).round() as usize).max(1)
            }
            Self::Value(_) => 1,
            Self::Pending | Self::Lost => 0,
        }
    }
}

/// The greatest figure, rounded up to 1, 2 or 5 and a power of ten, so that a scale does not change all the time; 0 if
/// there is none.
pub fn scale(samples: &[Sample]) -> f64 {
    let greatest = samples
        .iter()
        .fold(0.0_f64, |greatest, sample| match sample {
            Sample::Value(value) if value.is_finite() => greatest.max(*value),
            _ => greatest,
        });
    if greatest <= 0.0 {
        return 0.0;
    }
    let power = 10_f64.powf(greatest.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let step = steps
        .into_iter()
        .find(|step| *step >= greatest * (1.0 - 1e-9));
    step.unwrap_or(greatest)
}

/// A row of bars, one for each figure. What is lost is a red `x`.
///
/// ```
/// use nethost_sdk::plot::{Sample, sparkline};
///
/// let spans = sparkline(&[Sample::Value(1.0), Sample::Value(2.0), Sample::Lost], 2.0);
/// assert_eq!((spans[0].text.as_str(), spans[1].text.as_str()), ("▄█", "x"));
/// ```
pub fn sparkline(samples: &[Sample], greatest: f64) -> Vec<Span> {
    graph(samples, greatest, 1).into_iter().flatten().collect()
}

/// Rows of bars, the upper one first. What is lost is a red `x` in the lowest row.
pub fn graph(samples: &[Sample], greatest: f64, rows: usize) -> Vec<Vec<Span>> {
    let row = |below: usize| {
        let mut spans: Vec<Span> = Vec::new();
        for sample in samples {
            let (character, style) = match sample {
                Sample::Lost if below == 0 => ('x', Style::Red),
                sample => {
                    let eighths = sample.eighths(greatest, rows).saturating_sub(below * 8);
                    let bar = BARS.get(eighths.min(8)).copied();
                    (bar.unwrap_or(' '), Style::Plain)
                }
            };
            match spans.last_mut() {
                Some(span) if span.style == style => span.text.push(character),
                _ => spans.push(Span::new(character, style)),
            }
        }
        spans
    };
    (0..rows).rev().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_figures() {
        let samples = [0.0, 1.0, 4.0, 8.0].map(Sample::Value);
        let text = |rows| -> Vec<String> {
            let rows = graph(
                &[&samples[..], &[Sample::Lost, Sample::Pending]].concat(),
                8.0,
                rows,
            );
            let joined = |row: Vec<Span>| row.into_iter().map(|span| span.text).collect();
            rows.into_iter().map(joined).collect()
        };
        assert_eq!(text(1), ["▁▁▄█x "]);
        assert_eq!(text(2), ["   █  ", "▁▂██x "]);
        assert!(text(0).is_empty());
        let spans = sparkline(&[Sample::Lost, Sample::Value(f64::NAN)], 0.0);
        assert_eq!(spans[0].style, Style::Red);
        assert_eq!(spans[1].text, "▁");
    }

    #[test]
    fn scales_are_round() {
        for (greatest, expected) in [
            (0.0, 0.0),
            (0.03, 0.05),
            (1.0, 1.0),
            (1.1, 2.0),
            (4.9, 5.0),
            (51.0, 100.0),
            (f64::INFINITY, 0.0),
        ] {
            let scale = scale(&[Sample::Value(greatest), Sample::Lost]);
            assert!((scale - expected).abs() < 1e-9, "{greatest}: {scale}");
        }
    }
}
