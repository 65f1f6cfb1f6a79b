//! The schema of --json, docs/schemas/route.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, route};

#[test]
fn the_schema_is_up_to_date() {
    ToolSchema::new("route", 1).also(route()).is_up_to_date();
}
