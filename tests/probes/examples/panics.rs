//! Panics, as a plugin with a mistake does.

use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        panic!("the plugin's own mistake, with {} arguments", args.len())
    }
}
