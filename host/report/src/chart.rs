//! A chart over time, or over the number of a query or packet: points, and marks where something was lost.

use std::fmt::Write;

/// More points are put together: each part of the width then shows its least and its greatest.
const MOST_POINTS: usize = 1200;
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;

/// A chart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chart {
    pub(crate) title: String,
    /// What is along the bottom, and along the side.
    pub(crate) axes: (&'static str, &'static str),
    pub(crate) points: Vec<(f64, f64)>,
    /// Where something was lost.
    pub(crate) lost: Vec<f64>,
    /// From the bottom up, instead of from point to point.
    pub(crate) is_bars: bool,
}

impl Chart {
    pub(crate) fn svg(&self, escape: impl Fn(&str) -> String, out: &mut String) {
        let points: Vec<(f64, f64)> = self.points.iter().copied().filter(is_finite).collect();
        let lost: Vec<f64> = self
            .lost
            .iter()
            .copied()
            .filter(|x| x.is_finite())
            .collect();
        let all = points.iter().map(|(x, _)| *x).chain(lost.iter().copied());
        let (mut first, mut last) = all
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
        if first > last {
            return;
        }
        if first == last {
            (first, last) = (first - 0.5, last + 0.5);
        }
        let most = points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
        let top = round_up(most);
        let x = |value: f64| LEFT + (value - first) / (last - first) * (WIDTH - LEFT - RIGHT);
        let y =
            |value: f64| HEIGHT - BOTTOM - (value / top).clamp(0.0, 1.0) * (HEIGHT - TOP - BOTTOM);
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "<figure><figcaption>{}</figcaption><svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\"><title>{}</title>",
            escape(&self.title),
            escape(&self.title)
        );
        for part in 0..=4 {
            let value = top * f64::from(part) / 4.0;
            let at = y(value);
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/><text class=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                shown(value)
            );
        }
        for part in 0..=4 {
            let value = first + (last - first) * f64::from(part) / 4.0;
            let class = ["start", "middle", "middle", "middle", "end"][part as usize];
            let _ = write!(
                out,
                "<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                x(value),
                HEIGHT - BOTTOM + 16.0,
                shown(value)
            );
        }
        let _ = write!(
            out,
            "<text class=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 4.0,
            escape(self.axes.0)
        );
        let drawn = thinned(&points, first, last);
        if self.is_bars {
            for (at, value) in &drawn {
                let _ = write!(
                    out,
                    "<line class=\"stem\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{2:.1}\"/>",
                    x(*at),
                    y(0.0),
                    y(*value)
                );
            }
        } else {
            let path: Vec<String> = drawn
                .iter()
                .map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value)))
                .collect();
            let _ = write!(
                out,
                "<polyline class=\"line\" points=\"{}\"/>",
                path.join(" ")
            );
            if drawn.len() <= 200 {
                for (at, value) in &drawn {
                    let _ = write!(
                        out,
                        "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"2\"/>",
                        x(*at),
                        y(*value)
                    );
                }
            }
        }
        for at in lost.iter().take(MOST_POINTS) {
            let _ = write!(
                out,
                "<line class=\"lost\" x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"{1:.1}\" y2=\"{2:.1}\"/>",
                x(*at),
                y(0.0),
                y(0.0) - 14.0
            );
        }
        let _ = write!(out, "</svg><p class=\"axis\">{}", escape(self.axes.1));
        if !lost.is_empty() {
            let _ = write!(out, "; {} lost, marked at the bottom", lost.len());
        }
        out.push_str("</p></figure>");
    }
}

fn is_finite((x, y): &(f64, f64)) -> bool {
    x.is_finite() && y.is_finite()
}

type Point = (f64, f64);

/// At most so many points that each can be seen: of more, the least and the greatest of each column.
fn thinned(points: &[(f64, f64)], first: f64, last: f64) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let columns = MOST_POINTS / 2;
    let mut ranges: Vec<Option<(Point, Point)>> = vec![None; columns];
    for point in points {
        let part = (point.0 - first) / (last - first) * columns as f64;
        let column = (part as usize).min(columns - 1);
        let range = ranges[column].get_or_insert((*point, *point));
        if point.1 < range.0.1 {
            range.0 = *point;
        }
        if point.1 > range.1.1 {
            range.1 = *point;
        }
    }
    let both = |(least, greatest): ((f64, f64), (f64, f64))| match least.0 <= greatest.0 {
        true => [least, greatest],
        false => [greatest, least],
    };
    ranges.into_iter().flatten().flat_map(both).collect()
}

/// The end of a scale: 1, 2 or 5 with zeros.
fn round_up(most: f64) -> f64 {
    if most <= 0.0 || !most.is_finite() {
        return 1.0;
    }
    let ten = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps
        .into_iter()
        .map(|step| step * ten)
        .find(|end| *end >= most)
        .unwrap_or(10.0 * ten)
}

/// A number of a scale, short.
fn shown(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".into(),
        _ if size >= 1e9 => format!("{:.1}G", value / 1e9),
        _ if size >= 1e6 => format!("{:.1}M", value / 1e6),
        _ if size >= 1e4 => format!("{:.1}k", value / 1e3),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_are_few_and_the_extremes_stay() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|n| (f64::from(n), 1.0)).collect();
        points[77_777].1 = 50.0;
        let drawn = thinned(&points, 0.0, 99_999.0);
        assert!(drawn.len() <= MOST_POINTS);
        assert!(drawn.contains(&(77_777.0, 50.0)));
    }

    #[test]
    fn odd_numbers_draw_something_or_nothing() {
        for points in [
            vec![],
            vec![(f64::NAN, 1.0)],
            vec![(1.0, f64::INFINITY)],
            vec![(1.0, -5.0)],
            vec![(1e300, 1e300), (-1e300, 1e-300)],
            vec![(0.0, 0.0)],
        ] {
            let mut out = String::new();
            let chart = Chart {
                points,
                lost: vec![f64::NAN],
                ..Chart::default()
            };
            chart.svg(str::to_owned, &mut out);
            assert!(!out.contains("NaN") && !out.contains("inf"), "{out}");
        }
    }
}
