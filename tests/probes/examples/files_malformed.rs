//! Reads what is not a regular file: `files_malformed PATH…`, and paths that are none.

use nethost_probes::Malformed;
use nethost_sdk::bindings::nethost::cap::files;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let mut malformed = Malformed::default();
        let long = format!("/{}", "x/".repeat(1 << 20));
        for path in ["", "nul\0nul", &long] {
            let shown: String = path.chars().take(8).collect();
            malformed.refused(&format!("{shown:?}"), files::read(path));
            let identified = files::identify(path, files::Walk::ENTRIES);
            malformed.refused(&format!("identify {shown:?}"), identified);
        }
        for path in &args {
            malformed.refused(path, files::read(path));
        }
        Ok(malformed.exit_code())
    }
}
