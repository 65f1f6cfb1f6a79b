//! An interface as text, in the long form and as a line of a table, and as JSON.

use std::io::Write;

use nethost_sdk::Exit;
use nethost_sdk::interface_block::{Interface, flag_names, hardware};
use nethost_sdk::output::{Format, Output};
use serde::Serialize;

/// Shows one.
pub(crate) fn show(
    interface: &Interface,
    short: bool,
    output: &mut Output<impl Write>,
) -> Result<(), Exit> {
    match output.format() {
        Format::Text if short => output.line(interface.row()),
        Format::Text => output.text(interface),
        Format::Json => output.json(&Facts::of(interface)),
    }
}

/// For JSON.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Facts<'a> {
    #[serde(flatten)]
    interface: &'a Interface,
    flag_names: Vec<&'static str>,
    hardware_name: &'static str,
    hardware_address: Option<String>,
}

impl<'a> Facts<'a> {
    fn of(interface: &'a Interface) -> Self {
        let kind = hardware::by_number(interface.hardware);
        Self {
            interface,
            flag_names: flag_names(interface.flags),
            hardware_name: kind.name,
            hardware_address: hardware::write(kind.form, &interface.octets),
        }
    }
}
