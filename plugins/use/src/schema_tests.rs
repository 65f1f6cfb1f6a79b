//! The schema of --json, docs/schemas/use.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::check::Check;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("use", 1);
    schema.prints::<Check>().is_up_to_date();
}
