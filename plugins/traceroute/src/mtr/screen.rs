//! The table on the whole window, as it changes.

use nethost_sdk::terminal::{Span, Style};

use super::engine::Engine;
use super::report::{View, figures, heading};
use nethost_sdk::names::{Name, Names};

/// Width of the host's column.
const HOST: usize = 33;

/// The picture of now.
pub(super) fn lines(view: &View, engine: &Engine, names: &Names) -> Vec<Vec<Span>> {
    let paused = if engine.is_paused() { "  (paused)" } else { "" };
    let title = format!("{} -> {} ({}){paused}", view.local, view.host, view.address);
    let keys = "Keys: q quit  p pause  space resume  r restart  n names  e MPLS  d display";
    let mut lines = vec![
        vec![Span::new("My traceroute", Style::Bold)],
        vec![Span::plain(title)],
        vec![Span::new(keys, Style::Dim)],
        Vec::new(),
    ];
    let several = engine.flows().len() > 1;
    for (number, flow) in engine.flows().iter().enumerate() {
        let head = if several {
            format!("Flow {}", number + 1)
        } else {
            "Host".into()
        };
        let columns = heading(view, format!(" {head:HOST$}   "));
        lines.push(vec![Span::new(columns, Style::Bold)]);
        for (hop_number, hop) in flow.shown(engine.first_hop()) {
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
            lines.push(vec![
                Span::plain(format!(" {hop_number:2}. {latest:width$}   ")),
                Span::new(figures(view, String::new(), hop), style),
            ]);
            for (at, responder) in hop.responders.iter().enumerate() {
                if at > 0 && view.details {
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
    }
    lines
}
