//! The schema of --json, docs/schemas/tcpdump.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::{flows, json};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("tcpdump", 1);
    schema
        .prints::<json::Line<'static>>()
        .prints::<flows::Line>()
        .is_up_to_date();
}
