//! The schema of --json, docs/schemas/os-release.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::Told;
use crate::lsb::Distribution;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("os-release", 1);
    schema
        .prints::<Told>()
        .prints::<Distribution>()
        .is_up_to_date();
}
