//! Asks the resolver about things that are not names.

use nethost_probes::{Malformed, SECOND};
use nethost_sdk::bindings::nethost::cap::resolver;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let mut malformed = Malformed::default();
        let label = format!("{}.test", "x".repeat(64));
        let long = "x.".repeat(600);
        let huge = "x".repeat(1 << 22);
        for name in [
            "",
            " ",
            "two words",
            "nul\0nul",
            "line\nbreak",
            "\u{1b}[31mred",
            "a..b",
            &label,
            &long,
            &huge,
        ] {
            let shown: String = name.chars().take(12).collect();
            let answer = resolver::resolve_addresses(name.to_string(), None, SECOND).await;
            malformed.refused(&format!("{shown:?}"), answer);
        }
        malformed.refused(
            "no time at all",
            resolver::resolve_addresses("nowhere.invalid".into(), None, 0).await,
        );
        malformed.refused("interface nul", resolver::interface_index("nul\0nul"));
        malformed.refused("interface empty", resolver::interface_index(""));
        malformed.refused("interface huge", resolver::interface_index(&huge));
        malformed.refused("index 0", resolver::interface_name(0));
        malformed.refused("index -1", resolver::interface_name(u32::MAX));
        Ok(malformed.exit_code())
    }
}
