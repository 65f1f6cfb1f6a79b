//! The schema of --json, docs/schemas/uname.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::Told;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("uname", 1);
    schema.prints::<Told>().is_up_to_date();
}
