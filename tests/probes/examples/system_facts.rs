//! Prints what the host says of its machine.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::system;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        match system::uname() {
            Ok(facts) => println!(
                "uname {} {} {}",
                facts.sysname, facts.release, facts.machine
            ),
            Err(error) => println!("uname {}", told(&error)),
        }
        match system::os_release() {
            Ok(pairs) => {
                for (key, value) in pairs {
                    println!("os-release {key} {value}");
                }
            }
            Err(error) => println!("os-release {}", told(&error)),
        }
        match system::uptime() {
            Ok(uptime) => println!("uptime {uptime}"),
            Err(error) => println!("uptime {}", told(&error)),
        }
        match system::process() {
            Ok(process) => println!("process {process}"),
            Err(error) => println!("process {}", told(&error)),
        }
        match system::installed_kernels() {
            Ok(kernels) => println!("kernels {}", kernels.join(" ")),
            Err(error) => println!("kernels {}", told(&error)),
        }
        Ok(0)
    }
}
