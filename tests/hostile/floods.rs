//! Writes without end.

use nethost_sdk::bindings::{Guest, export_tool};
use std::io::Write;

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let line = [b'x'; 4095];
        loop {
            let mut output = std::io::stdout().lock();
            let written = output
                .write_all(&line)
                .and_then(|()| output.write_all(b"\n"));
            written.map_err(|error| error.to_string())?;
        }
    }
}
