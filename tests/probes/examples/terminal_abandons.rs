//! Leaves the screen open when it ends: `terminal_abandons return|panic|exit|loop|wait`.

use nethost_probes::{SECOND, told};
use nethost_sdk::bindings::nethost::cap::clock;
use nethost_sdk::bindings::nethost::cap::terminal::{Screen, Span, Style};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let screen = Screen::open().map_err(|error| told(&error))?;
        let lines = [vec![Span {
            text: "screen is up".into(),
            style: Style::Plain,
        }]];
        screen.draw(&lines).map_err(|error| told(&error))?;
        match args.first().map(String::as_str) {
            Some("return") => {
                std::mem::forget(screen);
                Ok(0)
            }
            Some("panic") => panic!("with the screen up"),
            Some("exit") => std::process::exit(0),
            Some("loop") => loop {
                std::hint::black_box(&screen);
            },
            Some("wait") => {
                clock::wait_for(60 * SECOND).await;
                Ok(0)
            }
            _ => Err("usage: terminal_abandons return|panic|exit|loop|wait".into()),
        }
    }
}
