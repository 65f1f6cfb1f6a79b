//! Lines as sysstat prints them, and as JSON.

use nethost_sdk::text::printable;
use serde_json::{Map, Value};

use crate::activity::{Activity, How};
use crate::rates::Line;

/// How figures are written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    /// Items stand at the end of the line.
    pub(crate) pretty: bool,
    /// Sizes with units.
    pub(crate) human: bool,
    pub(crate) decimals: usize,
}

/// The heading, after an empty line.
pub(crate) fn heading(activity: &Activity, label: &str, style: Style) -> String {
    let mut text = format!("\n{label:<11}");
    let at_end = style.pretty && activity.has_long_items();
    if let (Some((name, width)), false) = (activity.items, at_end) {
        text.push_str(&format!(" {name:>width$}"));
    }
    for column in activity.columns {
        text.push_str(&format!(" {:>9}", column.name));
    }
    if let (Some((name, _)), true) = (activity.items, at_end) {
        text.push_str(&format!(" {name}"));
    }
    text.push('\n');
    text
}

/// One line.
pub(crate) fn line(activity: &Activity, label: &str, line: &Line, style: Style) -> String {
    let mut text = format!("{label:<11}");
    let item = printable(&line.item);
    let at_end = style.pretty && activity.has_long_items();
    if let (Some((_, width)), false) = (activity.items, at_end) {
        text.push_str(&format!(" {item:>width$}"));
    }
    for (value, column) in line.values.iter().zip(activity.columns) {
        text.push_str(&cell(*value, column.how, style));
    }
    if at_end {
        text.push_str(&format!(" {item}"));
    }
    text.push('\n');
    text
}

fn cell(value: f64, how: How, style: Style) -> String {
    let decimals = style.decimals;
    match how {
        How::Whole => format!(" {value:>9.0}"),
        How::Kilobytes | How::RateOfKilobytes(_) if style.human => {
            format!(" {:>9}", with_unit(value))
        }
        How::Kilobytes => format!(" {value:>9.0}"),
        How::Percent | How::Share | How::Utilisation if style.human => {
            let decimals = decimals.min(1);
            format!(" {:>9}", format!("{value:.decimals$}%"))
        }
        _ => format!(" {value:>9.decimals$}"),
    }
}

/// Kilobytes in the largest unit that leaves at least one.
fn with_unit(kilobytes: f64) -> String {
    if kilobytes == 0.0 {
        return "0.0B".into();
    }
    let mut value = kilobytes;
    let mut units = ["k", "M", "G", "T", "P"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while value >= 1024.0 {
        let Some(larger) = units.next() else { break };
        value /= 1024.0;
        unit = larger;
    }
    format!("{value:.1}{unit}")
}

/// The lines of an activity as JSON, rounded to what is measured.
pub(crate) fn json(activity: &Activity, lines: &[Line]) -> Value {
    let object = |line: &Line| {
        let mut object = Map::new();
        if let Some((name, _)) = activity.items {
            object.insert(name.to_ascii_lowercase(), line.item.clone().into());
        }
        for (column, value) in activity.columns.iter().zip(&line.values) {
            let rounded = (value * 100.0).round() / 100.0;
            object.insert(column.name.to_owned(), rounded.into());
        }
        Value::Object(object)
    };
    match (activity.items, lines) {
        (None, [line]) => object(line),
        _ => Value::Array(lines.iter().map(object).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network;

    const PLAIN: Style = Style {
        pretty: false,
        human: false,
        decimals: 2,
    };

    /// Seen from sysstat 12.6.1.
    #[test]
    fn columns_stand_where_sysstat_has_them() {
        let dev = network::ALL[0];
        assert_eq!(
            heading(dev, "18:17:44", PLAIN),
            "\n18:17:44        IFACE   rxpck/s   txpck/s    rxkB/s    txkB/s   rxcmp/s   txcmp/s  rxmcst/s   %ifutil\n"
        );
        let lo = Line {
            item: "lo".into(),
            values: vec![0.0; 8],
        };
        assert_eq!(
            line(dev, "18:17:45", &lo, PLAIN),
            "18:17:45           lo      0.00      0.00      0.00      0.00      0.00      0.00      0.00      0.00\n"
        );
        let human = Style {
            pretty: true,
            human: true,
            ..PLAIN
        };
        assert_eq!(
            line(dev, "18:26:05", &lo, human),
            "18:26:05         0.00      0.00      0.0B      0.0B      0.00      0.00      0.00      0.0% lo\n"
        );
        assert_eq!(with_unit(725.6 * 1024.0), "725.6M");
    }
}
