//! Draws what must not reach a terminal, and opens a second screen.

use nethost_probes::{Malformed, SECOND, told};
use nethost_sdk::bindings::nethost::cap::terminal::{Screen, Span, Style};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut malformed = Malformed::default();
        let screen = Screen::open().map_err(|error| told(&error))?;
        let second = Screen::open();
        let span = |text: String| Span {
            text,
            style: Style::Plain,
        };
        let hostile = "\u{1b}]0;stolen title\u{7}\u{1b}[31mred\r\n\u{9b}2J\u{202e}end";
        let drawn = screen.draw(&[vec![span(hostile.into())]]);
        let wide = screen.draw(&[vec![span("w".repeat(1 << 20))]]);
        let tall = screen.draw(&vec![vec![span("t".into())]; 100_000]);
        let key = screen.next_key(SECOND / 100).await;
        drop(screen);
        malformed.refused("second screen", second);
        malformed.answered("control characters", drawn);
        malformed.answered("a line of a million columns", wide);
        malformed.answered("a hundred thousand lines", tall);
        malformed.answered("no key", key);
        Ok(malformed.exit_code())
    }
}
