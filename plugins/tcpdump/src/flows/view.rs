//! The table of conversations on the whole window, while packets are captured.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use nethost_sdk::terminal::{Key, Screen, Span, Style, window_size};
use nethost_sdk::{Exit, clock};

use super::Flows;
use super::order::Order;
use crate::failed;

/// Between two pictures.
const REFRESH: Duration = Duration::from_secs(1);
const KEYS: &str =
    "Keys: q quit  space pause  sort by: b bytes p packets s seconds r rtt a again l latest";

/// Shows the table until the operator has seen enough.
pub(crate) async fn watch(
    screen: &Screen,
    flows: &RefCell<Flows>,
    captured: &Cell<u64>,
    about: &str,
) -> Result<(), Exit> {
    let mut order = Order::default();
    let mut paused = false;
    let mut due = clock::now();
    let mut lines = Vec::new();
    loop {
        let rows = window_size().map_or(24, |size| usize::from(size.rows));
        let head = head(about, captured.get(), &flows.borrow(), order, paused);
        let room = rows.saturating_sub(head.len() + 1);
        if !paused {
            lines = table(&flows.borrow(), order, room);
        }
        let mut picture = head;
        let styles = [Style::Reverse]
            .into_iter()
            .chain(std::iter::repeat(Style::Plain));
        let spans = lines.iter().zip(styles);
        picture.extend(spans.map(|(line, style)| vec![Span::new(line, style)]));
        screen.draw(&picture).map_err(failed)?;
        let now = clock::now();
        if due <= now {
            due = now.plus(REFRESH);
        }
        match screen.next_key(due.since(now)).await.map_err(failed)? {
            Some(Key::Character('q' | 'Q')) => return Ok(()),
            Some(Key::Character(' ')) => paused = !paused,
            Some(Key::Character(key)) => order = Order::of_key(key).unwrap_or(order),
            Some(_) | None => {}
        }
    }
}

fn head(about: &str, captured: u64, flows: &Flows, order: Order, paused: bool) -> Vec<Vec<Span>> {
    let count = flows.flows.len();
    let title = format!(
        "tcpdump --flows: {about}, {captured} packets, {count} conversations, by {}{}",
        order.name(),
        if paused { "  (paused)" } else { "" }
    );
    vec![
        vec![Span::new(title, Style::Bold)],
        vec![Span::new(KEYS, Style::Dim)],
        Vec::new(),
    ]
}

/// The heading, and at most so many conversations.
pub(super) fn table(flows: &Flows, order: Order, most: usize) -> Vec<String> {
    let sorted = flows.sorted(order).into_iter().take(most);
    let lines = sorted.map(|(key, flow)| flows.line(key, flow));
    std::iter::once(Flows::heading()).chain(lines).collect()
}
