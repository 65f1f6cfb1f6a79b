//! A bar in a row of a table: a length, or a range with a mark.

use std::fmt::Write;

/// A bar from one number to another, on a scale that begins at 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bar {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// A number within, such as an average.
    pub(crate) mark: Option<f64>,
    /// The end of the scale.
    pub(crate) scale: f64,
    /// It shows something bad.
    pub(crate) is_loss: bool,
}

const WIDTH: f64 = 120.0;

impl Bar {
    /// A length.
    pub(crate) fn length(to: f64, scale: f64) -> Self {
        Self {
            from: 0.0,
            to,
            mark: None,
            scale,
            is_loss: false,
        }
    }

    /// Of 100 per cent.
    pub(crate) fn loss(percent: f64) -> Self {
        Self {
            is_loss: true,
            ..Self::length(percent, 100.0)
        }
    }

    pub(crate) fn svg(&self, out: &mut String) {
        let at = |number: f64| match self.scale > 0.0 && number.is_finite() {
            true => (number / self.scale).clamp(0.0, 1.0) * WIDTH,
            false => 0.0,
        };
        let (from, to) = (at(self.from), at(self.to));
        let width = (to - from).max(if self.to > 0.0 { 1.5 } else { 0.0 });
        let class = if self.is_loss { "bad" } else { "bar" };
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "<svg class=\"cell\" viewBox=\"0 0 {WIDTH} 12\" width=\"{WIDTH}\" height=\"12\" role=\"img\"><rect class=\"back\" width=\"{WIDTH}\" height=\"12\"/><rect class=\"{class}\" x=\"{from:.1}\" y=\"2\" width=\"{width:.1}\" height=\"8\"/>"
        );
        if let Some(mark) = self.mark {
            let _ = write!(
                out,
                "<rect class=\"mark\" x=\"{:.1}\" y=\"0\" width=\"2\" height=\"12\"/>",
                (at(mark) - 1.0).max(0.0)
            );
        }
        out.push_str("</svg>");
    }
}
