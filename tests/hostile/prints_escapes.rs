//! Prints escape sequences on both streams and in its error message.

use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        println!("out \u{1b}]0;stolen title\u{7} \u{1b}[31mred\u{1b}[0m \u{9b}2J end");
        eprintln!("err \u{1b}]0;stolen title\u{7} \u{1b}[31mred\u{1b}[0m \u{9b}2J end");
        Err("message \u{1b}]0;stolen title\u{7} \u{1b}[31mred\u{1b}[0m end".into())
    }
}
