//! The schema of --json, docs/schemas/lsof.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::json::Document;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("lsof", 1);
    schema.prints::<Document<'static>>().is_up_to_date();
}
