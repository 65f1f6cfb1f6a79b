//! Opens a screen, draws, waits for one key, and closes it.

use nethost_probes::{SECOND, told};
use nethost_sdk::bindings::nethost::cap::terminal::{
    Screen, Span, StandardStream, Style, is_terminal, window_size,
};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let size = window_size().map(|size| (size.columns, size.rows));
        println!(
            "input {} output {}",
            is_terminal(StandardStream::Input),
            is_terminal(StandardStream::Output)
        );
        println!("size {size:?}");
        let screen = match Screen::open() {
            Ok(screen) => screen,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        let lines = [
            vec![Span {
                text: "bold words".into(),
                style: Style::Bold,
            }],
            vec![Span {
                text: "press a key".into(),
                style: Style::Plain,
            }],
        ];
        screen.draw(&lines).map_err(|error| told(&error))?;
        let key = screen.next_key(5 * SECOND).await;
        drop(screen);
        println!("key {key:?}");
        Ok(0)
    }
}
