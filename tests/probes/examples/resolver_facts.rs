//! Looks a name up and back again: `resolver_facts NAME ADDRESS INTERFACE`.

use nethost_probes::{SECOND, address, endpoint, told};
use nethost_sdk::bindings::nethost::cap::resolver;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [name, known, interface] = args.as_slice() else {
            return Err("usage: resolver_facts NAME ADDRESS INTERFACE".into());
        };
        match resolver::resolve_addresses(name.clone(), None, 5 * SECOND).await {
            Ok(found) => {
                let found: Vec<_> = found
                    .into_iter()
                    .map(|found| address(found).to_string())
                    .collect();
                println!("addresses {}", found.join(" "));
            }
            Err(error) => println!("addresses {}", told(&error)),
        }
        match resolver::resolve_names(endpoint(known, 0)?.address, 5 * SECOND).await {
            Ok(names) => println!("names {}", names.join(" ")),
            Err(error) => println!("names {}", told(&error)),
        }
        match resolver::interface_index(interface) {
            Ok(index) => {
                println!("index {index}");
                println!("interface {:?}", resolver::interface_name(index));
            }
            Err(error) => println!("index {}", told(&error)),
        }
        Ok(0)
    }
}
