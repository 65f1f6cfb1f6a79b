//! Reads files and prints their lengths: `files_facts PATH…`. With a leading `!`, the path that is read
//! is not the argument that was typed.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::files;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        for arg in &args {
            let path = arg.strip_prefix('!').unwrap_or(arg);
            match files::read(path) {
                Ok(bytes) => println!("read {path} {}", bytes.len()),
                Err(error) => println!("read {path} {}", told(&error)),
            }
        }
        Ok(0)
    }
}
