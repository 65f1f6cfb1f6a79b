//! Waits for the operator's signals and names them, until the second interrupt or a minute is over.

use nethost_sdk::bindings::nethost::cap::types::Signal;
use nethost_sdk::bindings::{Guest, export_tool, interrupted};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        println!("ready");
        loop {
            match interrupted().await {
                Signal::Quit => println!("quit"),
                Signal::WindowChange => println!("window change"),
                Signal::Interrupt if args.first().is_some_and(|word| word == "stubborn") => {
                    println!("stays")
                }
                Signal::Interrupt => {
                    println!("interrupt");
                    return Ok(7);
                }
            }
        }
    }
}
