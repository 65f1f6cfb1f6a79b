//! Makes calls that are on record: of a clock, which waits, and of the system. The other build of it is
//! `recorded_otherwise`.

use nethost_sdk::bindings::nethost::cap::{clock, system};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let began = clock::now();
        clock::wait_for(2_000_000).await;
        println!("waited {}", clock::now() - began);
        println!(
            "random {:?}",
            std::collections::hash_map::RandomState::new()
        );
        println!("zone {}", clock::local_zone_at(1_000).seconds_east);
        if args.iter().any(|word| word == "reads") {
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line);
            println!("read {read:?}: {line}");
        }
        let name = system::uname().map_err(|error| format!("{error:?}"))?;
        println!("{}", name.release);
        Ok(5)
    }
}
