//! The table on the whole window, as it changes.

use nethost_sdk::names::{Name, Names};
use nethost_sdk::plot::{Sample, scale, sparkline};
use nethost_sdk::terminal::{Span, Style};

use super::engine::{Engine, Flow};
use super::hop::Hop;
use super::report::{Display, View, figures, heading};

/// Width of the host's column.
const HOST: usize = 33;
/// Width of all that stands before the figures.
const BEFORE: usize = HOST + 4;
const KEYS: &str = "Keys: q quit  p pause  space resume  r restart  n names  e MPLS  d display  j jitter  < > sort";

/// The picture of now.
pub(super) fn lines(view: &View, engine: &Engine, names: &Names, columns: usize) -> Vec<Vec<Span>> {
    let paused = if engine.is_paused() { "  (paused)" } else { "" };
    let sorted = view.sort_field().map_or_else(String::new, |field| {
        format!("  (sorted by {})", field.title.trim())
    });
    let title = format!(
        "{} -> {} ({}){paused}{sorted}",
        view.local, view.host, view.address
    );
    let mut lines = vec![
        vec![Span::new("My traceroute", Style::Bold)],
        vec![Span::plain(title)],
        vec![Span::new(KEYS, Style::Dim)],
        Vec::new(),
    ];
    let several = engine.flows().len() > 1;
    for (number, flow) in engine.flows().iter().enumerate() {
        let head = if several {
            format!("Flow {}", number + 1)
        } else {
            "Host".into()
        };
        let room = columns.saturating_sub(BEFORE);
        let hops = sorted_hops(view, flow, engine.first_hop());
        // One scale for all hops, so that they can be compared.
        let histories: Vec<Vec<Sample>> = match view.display {
            Display::History => hops.iter().map(|(_, hop)| hop.history(room)).collect(),
            Display::Responders | Display::Latest => Vec::new(),
        };
        let greatest = scale(&histories.concat());
        let first = format!(" {head:HOST$}   ");
        let head = match view.display {
            Display::History => {
                let full = (greatest * 1e6).round() / 1e6;
                format!("{first}Last probes; a full bar is {full} ms, x is lost")
            }
            Display::Responders | Display::Latest => heading(view, first),
        };
        lines.push(vec![Span::new(head, Style::Bold)]);
        for (at, (number, hop)) in hops.into_iter().enumerate() {
            rows(&mut lines, view, names, number, hop);
            if let (Some(history), Some(last)) = (histories.get(at), lines.last_mut()) {
                last.extend(sparkline(history, greatest));
            }
        }
    }
    lines
}

/// The hops by distance, or those with the greatest figure first.
fn sorted_hops<'f>(view: &View, flow: &'f Flow, first: u8) -> Vec<(u8, &'f Hop)> {
    let mut hops: Vec<_> = flow.shown(first).collect();
    if let Some(field) = view.sort_field() {
        hops.sort_by(|(_, one), (_, other)| field.figure(other).total_cmp(&field.figure(one)));
    }
    hops
}

/// The rows of a hop; of a history, its beginning.
fn rows(lines: &mut Vec<Vec<Span>>, view: &View, names: &Names, number: u8, hop: &Hop) {
    let label = |address| {
        let name = match names.get(address) {
            Name::Known(name) if !view.numeric => Some(name.to_owned()),
            _ => None,
        };
        view.label(address, name)
    };
    let latest = hop
        .responders
        .first()
        .map_or_else(|| "(waiting for reply)".into(), |one| label(one.address));
    let latest: String = latest.chars().take(HOST - 3).collect();
    let style = match hop.loss() {
        loss if loss <= 0.0 => Style::Plain,
        loss if loss < 20.0 => Style::Yellow,
        _ => Style::Red,
    };
    let width = HOST - 4;
    let mut line = vec![Span::plain(format!(" {number:2}. {latest:width$}   "))];
    if view.display == Display::History {
        lines.push(line);
        return;
    }
    line.push(Span::new(figures(view, String::new(), hop), style));
    lines.push(line);
    for (at, responder) in hop.responders.iter().enumerate() {
        if at > 0 && view.display == Display::Responders {
            lines.push(vec![Span::plain(format!(
                "     {}",
                label(responder.address)
            ))]);
        }
        for object in responder.extensions.iter().filter(|_| view.extensions) {
            lines.push(vec![Span::new(format!("       [{object}]"), Style::Dim)]);
        }
    }
}
