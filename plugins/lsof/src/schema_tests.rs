//! The schema of --json, docs/schemas/lsof.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::json::{Document, Line};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("lsof", 1);
    let schema = schema
        .prints::<Document<'static>>()
        .prints::<Line<'static>>();
    schema.is_up_to_date();
}
