//! The schema of --json, docs/schemas/ping.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::{report, sweep_report};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("ping", 1);
    schema
        .prints::<report::Fact>()
        .prints::<sweep_report::Fact>()
        .is_up_to_date();
}
