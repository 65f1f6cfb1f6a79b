//! The schema of --json, docs/schemas/ifconfig.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;

use crate::show::Facts;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("ifconfig", 1);
    schema.prints::<Facts<'static>>().is_up_to_date();
}
