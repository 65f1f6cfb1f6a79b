//! The schema of --json, docs/schemas/nc.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::report::Fact;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("nc", 1);
    schema.prints::<Fact<'static>>().is_up_to_date();
}
