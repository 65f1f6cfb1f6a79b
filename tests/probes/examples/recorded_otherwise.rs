//! Another build of `recorded`: it says something else, and with the word `other` it asks for something else.

use nethost_sdk::bindings::nethost::cap::{clock, system};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let has = |word: &str| args.iter().any(|arg| arg == word);
        let began = clock::now();
        clock::wait_for(2_000_000).await;
        println!("{} is over", clock::now() - began);
        let at = if has("other") { 2_000 } else { 1_000 };
        clock::local_zone_at(at);
        if has("waits") {
            nethost_sdk::bindings::interrupted().await;
        }
        if has("ends") {
            return Ok(0);
        }
        let name = system::uname().map_err(|error| format!("{error:?}"))?;
        println!("release {}", name.release);
        Ok(6)
    }
}
