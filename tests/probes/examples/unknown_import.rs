//! Imports an interface of its own that no host offers.

use nethost_sdk::bindings::{Guest, export_tool};

#[allow(missing_docs)]
mod needs {
    wit_bindgen::generate!({
        inline: "
            package acme:gadget@1.2.3;

            interface flux {
                capacity: func() -> u32;
            }

            world needs {
                import flux;
            }
        ",
    });
}

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        println!("flux {}", needs::acme::gadget::flux::capacity());
        Ok(0)
    }
}
