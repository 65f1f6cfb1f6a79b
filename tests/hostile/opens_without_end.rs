//! Opens and closes without end, so that what it is allowed fills the log: `opens_without_end ADDRESS COUNT`.

use nethost_probes::{endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [address, count] = args.as_slice() else {
            return Err("usage: opens_without_end ADDRESS COUNT".into());
        };
        let remote = endpoint(address, 9)?;
        let count: u32 = count.parse().map_err(|_| "COUNT is not a number")?;
        let (mut opened, mut refused) = (0, String::new());
        for _ in 0..count {
            match Socket::open(remote, &no_options()) {
                Ok(_) => opened += 1,
                Err(error) => refused = told(&error),
            }
        }
        println!("opened {opened}, then {refused}");
        Ok(0)
    }
}
