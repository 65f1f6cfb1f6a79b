//! Drops captures with work under way, and leaves one open at the end.

use std::time::Duration;

use nethost_sdk::bindings::{Guest, export_tool};
use nethost_sdk::capture::{CaptureOptions, Session};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let open = || {
            let options = CaptureOptions {
                link: 1,
                snapshot: 96,
                promiscuous: true,
                buffer: 1 << 20,
                immediate: true,
                filter: Vec::new(),
            };
            Session::open(Some("lo"), &options).map_err(|error| error.to_string())
        };
        drop(open()?);
        println!("dropped unused");
        let session = open()?;
        let waited = session.receive(1, Duration::from_millis(50)).await;
        waited.map_err(|error| error.to_string())?;
        drop(session);
        println!("dropped in the middle");
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
